#include "sim/counts.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"

namespace netcvr {
namespace {

/// Ten standard deviations: less than 1e-20 of either law lies below, uniforms begin at 1e-16.
std::int64_t left_end(double mean, double variance) {
    return static_cast<std::int64_t>(std::max(0.0, std::floor(mean - 10 * std::sqrt(variance) - 10)));
}

/// log n!
double log_factorial(std::int64_t n) {
    constexpr double half_log_two_pi = 0.91893853320467274178;
    const double z = static_cast<double>(n) + 1;
    return (z - 0.5) * math::log(z) - z + half_log_two_pi + math::stirling_rest(z);
}

/// Walks up from `n`, whose probability is `term`, while u lies above what is below; ratio(n) leads to n + 1.
template <class Ratio>
std::int64_t walk(std::int64_t n, double term, double mean, double u, Ratio ratio) {
    double below = term;
    // A term that no longer moves the sum ends it: what is left is rounding.
    while (u >= below && (static_cast<double>(n) < mean || below + term > below)) {
        term *= ratio(n);
        below += term;
        ++n;
    }
    return n;
}

}  // namespace

std::int64_t poisson_count(double mean, double u) {
    if (mean <= 0) return 0;
    const std::int64_t first = left_end(mean, mean);
    const double term = math::exp(
        first == 0 ? -mean : static_cast<double>(first) * math::log(mean) - mean - log_factorial(first));
    return walk(first, term, mean, u, [&](std::int64_t n) { return mean / static_cast<double>(n + 1); });
}

std::int64_t binomial_count(std::int64_t n, double p, double u) {
    if (n <= 0 || p <= 0) return 0;
    if (p >= 1) return n;
    const double trials = static_cast<double>(n), mean = trials * p, odds = p / (1 - p);
    const std::int64_t first = std::min(n, left_end(mean, mean * (1 - p)));
    const double ways = first == 0 ? 0 : log_factorial(n) - log_factorial(first) - log_factorial(n - first);
    const double k = static_cast<double>(first);
    const double term = math::exp(ways + k * math::log(p) + (trials - k) * math::log(1 - p));
    return std::min(n, walk(first, term, mean, u, [&](std::int64_t i) {
                        return odds * static_cast<double>(n - i) / static_cast<double>(i + 1);
                    }));
}

}  // namespace netcvr
