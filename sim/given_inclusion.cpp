#include "sim/given_inclusion.h"

#include <algorithm>

namespace netcvr {

std::vector<double> given_inclusion(std::span<const float> p, std::int64_t fewest, std::int64_t most) {
    const std::size_t n = p.size();
    // Counts 0 … last, the last for itself and all above, which are admitted alike.
    const auto low = static_cast<std::size_t>(std::max<std::int64_t>(0, fewest));
    const bool open = most >= static_cast<std::int64_t>(n);
    const std::size_t last = open ? low : static_cast<std::size_t>(most) + 1, states = last + 1;
    const auto after = [&](std::size_t j) { return std::min(j + 1, last); };

    // admitted[i][j]: P(S is admitted | j so far, labels i … n − 1 to come)
    std::vector<double> admitted((n + 1) * states);
    for (std::size_t j = 0; j <= last; ++j) admitted[n * states + j] = j >= low && (open || j < last) ? 1 : 0;
    for (std::size_t i = n; i-- > 0;)
        for (std::size_t j = 0; j <= last; ++j)
            admitted[i * states + j] =
                p[i] * admitted[(i + 1) * states + after(j)] + (1.0 - p[i]) * admitted[(i + 1) * states + j];

    std::vector<double> before(states, 0.0), given(n);  // before[j]: P(j of the labels before i)
    before[0] = 1;
    for (std::size_t i = 0; i < n; ++i) {
        double sum = 0;
        for (std::size_t j = 0; j <= last; ++j) sum += before[j] * admitted[(i + 1) * states + after(j)];
        given[i] = std::min(1.0, p[i] * sum / admitted[0]);
        for (std::size_t j = last + 1; j-- > 0;) {
            const double stays = j == last ? 1.0 : 1.0 - p[i];
            before[j] = before[j] * stays + (j > 0 ? before[j - 1] * p[i] : 0.0);
        }
    }
    return given;
}

}  // namespace netcvr
