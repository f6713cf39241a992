#include "output/goodness.h"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/poisson.hpp>

namespace netcvr {

double bound_of(std::size_t tests) {
    return boost::math::quantile(
        complement(boost::math::normal(), family_level / 2 / static_cast<double>(tests)));
}

double z_of(double observed, double expected, double variance) {
    if (expected >= 25 && variance > 0) return (observed - expected) / std::sqrt(variance);
    if (expected <= 0) return observed > 0 ? 99 : 0;
    const boost::math::poisson law(expected);
    const double below = cdf(law, observed), above = observed > 0 ? cdf(complement(law, observed - 1)) : 1.0;
    const double tail = std::min(.5, std::min(below, above));
    return (below < above ? -1 : 1) * quantile(complement(boost::math::normal(), std::max(tail, 1e-300)));
}

double Dispersion::scatter_z() const {
    if (entities == 0) return 0;
    const double freedom = 2 * entities * entities / variance, ninth = 2 / (9 * freedom);
    return (std::cbrt(squares / entities) - (1 - ninth)) / std::sqrt(ninth);
}

double kolmogorov(std::vector<double> u) {
    if (u.empty()) return 0;
    std::sort(u.begin(), u.end());
    const auto n = static_cast<double>(u.size());
    double distance = 0;
    for (std::size_t i = 0; i < u.size(); ++i)
        distance =
            std::max({distance, u[i] - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - u[i]});
    return distance * std::sqrt(n);
}

double kolmogorov_bound(std::size_t tests) {
    return std::sqrt(std::log(2 * static_cast<double>(tests) / family_level) / 2);
}

}  // namespace netcvr
