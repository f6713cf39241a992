#include "estimators/adam.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Core>

namespace netcvr {
namespace {

constexpr double decay_first = 0.9, decay_second = 0.999;
constexpr float epsilon = 1e-8F;  // of the paper: keeps a weight that never had a gradient where it is

/// Size: length at compile time, or Eigen::Dynamic.
template <int Size>
void step(float rate, Eigen::Index size, const float* gradient, float* first, float* second, float* weight) {
    using Array = Eigen::Array<float, Size, 1>;
    constexpr auto beta_1 = static_cast<float>(decay_first), beta_2 = static_cast<float>(decay_second);
    const Eigen::Map<const Array> g(gradient, size);
    Eigen::Map<Array> m(first, size), v(second, size), w(weight, size);
    m = beta_1 * m + (1 - beta_1) * g;
    v = beta_2 * v + (1 - beta_2) * g.square();
    w -= rate * m / (v.sqrt() + epsilon);
}

template <int Size>
void step_rows(float rate, const Gradient::Rows& rows, Floats& moments, Network& network) {
    const std::size_t size = network.shape.embedding;
    for (std::size_t k = 0; k < rows.touched.size(); ++k) {
        const std::size_t row = rows.touched[k];
        float* first = &moments[row * 2 * size];
        step<Size>(rate, static_cast<Eigen::Index>(size), &rows.sum[k * size], first, first + size,
                   &network.w[row * size]);
    }
}

auto step_rows_of_size(std::size_t size) {
    switch (size) {
        case 8:
            return step_rows<8>;
        case 16:
            return step_rows<16>;
        case 32:
            return step_rows<32>;
        default:
            return step_rows<Eigen::Dynamic>;
    }
}

}  // namespace

void Adam::update(Network& network, const Gradient& gradient, Crew* crew) {
    constexpr std::size_t most_weights = 1 << 15;
    ++steps;
    const auto t = static_cast<double>(steps);
    const auto rate = static_cast<float>(learning_rate * std::sqrt(1 - std::pow(decay_second, t)) /
                                         (1 - std::pow(decay_first, t)));
    const std::size_t layers = gradient.layers.size();
    std::vector<Gradient::Range> parts;
    for (const auto& [begin, count] : gradient.moving)
        for (std::size_t done = 0; done < count; done += most_weights)
            parts.push_back({begin + done, std::min(most_weights, count - done)});
    layer_moments.resize(2 * layers);
    row_moments.resize(2 * network.embeddings());
    const auto step_rows_of = step_rows_of_size(network.shape.embedding);
    share(parts.size() > 1 ? crew : nullptr, parts.size() + gradient.rows.size(), [&](std::size_t k) {
        if (k >= parts.size())
            return step_rows_of(rate, gradient.rows[k - parts.size()], row_moments, network);
        const auto [begin, n] = parts[k];
        step<Eigen::Dynamic>(rate, static_cast<Eigen::Index>(n), &gradient.layers[begin],
                             &layer_moments[begin], &layer_moments[layers + begin],
                             &network.w[network.embeddings() + begin]);
    });
}

}  // namespace netcvr
