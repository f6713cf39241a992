// Intervals and tests over replicates.

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>

#include "output/compare.h"

namespace netcvr {
namespace {

struct Moments {
    double mean = 0, standard_error = 0;
};

/// Σ (a − ā)(b − b̄) / (n − 1) / n: of the means, not of the values. 0 for one value.
double covariance_of_means(const std::vector<double>& a,
                           double mean_a,
                           const std::vector<double>& b,
                           double mean_b) {
    const auto n = static_cast<double>(a.size());
    std::vector<double> products;
    products.reserve(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) products.push_back((a[i] - mean_a) * (b[i] - mean_b));
    return a.size() > 1 ? pairwise_sum(products) / (n - 1) / n : 0;
}

double mean_of(const std::vector<double>& values) {
    return pairwise_sum(values) / static_cast<double>(values.size());
}

Moments moments(const std::vector<double>& values) {
    const double mean = mean_of(values);
    return {.mean = mean, .standard_error = std::sqrt(covariance_of_means(values, mean, values, mean))};
}

boost::math::students_t student(std::size_t n) {
    return boost::math::students_t(static_cast<double>(n) - 1);
}

double t_quantile(std::size_t n) {
    return quantile(student(n), 1 - test_level / 2);
}

}  // namespace

Estimate estimate(const std::vector<double>& replicates) {
    Estimate result{.mean = std::nullopt, .half_width = std::nullopt, .n = replicates.size()};
    if (replicates.empty()) return result;
    const Moments m = moments(replicates);
    result.mean = m.mean;
    if (result.n > 1 && std::isfinite(m.mean)) result.half_width = t_quantile(result.n) * m.standard_error;
    return result;
}

std::optional<double> t_test(const std::vector<double>& replicates) {
    if (replicates.size() < 2) return std::nullopt;
    const Moments m = moments(replicates);
    if (!std::isfinite(m.mean)) return std::nullopt;
    if (m.standard_error == 0) return m.mean == 0 ? 1.0 : 0.0;
    return 2 * cdf(complement(student(replicates.size()), std::abs(m.mean) / m.standard_error));
}

std::vector<double> holm(const std::vector<double>& p_values) {
    std::vector<std::size_t> order(p_values.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
    std::vector<double> adjusted(p_values.size());
    double largest = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
        largest =
            std::max(largest, std::min(1.0, p_values[order[k]] * static_cast<double>(order.size() - k)));
        adjusted[order[k]] = largest;
    }
    return adjusted;
}

Ratio ratio(const std::vector<std::pair<double, double>>& pairs) {
    Ratio result{.n = pairs.size()};
    const auto refuse = [&](std::string reason) {
        result.refused = std::move(reason);
        return result;
    };
    if (pairs.size() < 2) return refuse(pairs.empty() ? "no seed has all three" : "one seed has no interval");
    std::vector<double> a, b;
    for (const auto& [numerator, denominator] : pairs) a.push_back(numerator), b.push_back(denominator);
    const double mean_a = mean_of(a), mean_b = mean_of(b);
    if (!std::isfinite(mean_a) || !std::isfinite(mean_b)) return refuse("infinite on some seed");
    const double t2 = std::pow(t_quantile(result.n), 2);
    // Fieller's condition as A ρ² − 2 B ρ + C ≤ 0.
    const double big_a = mean_b * mean_b - t2 * covariance_of_means(b, mean_b, b, mean_b);
    const double big_b = mean_a * mean_b - t2 * covariance_of_means(a, mean_a, b, mean_b);
    const double big_c = mean_a * mean_a - t2 * covariance_of_means(a, mean_a, a, mean_a);
    if (mean_b <= 0 || big_a <= 0)
        return refuse(fmt::format("oracle is not significantly better than pretrained (by {:.3g} ± {:.3g})",
                                  mean_b, *estimate(b).half_width));
    const double root = std::sqrt(std::max(0.0, big_b * big_b - big_a * big_c));  // ≥ 0 but for rounding
    result.value = mean_a / mean_b;
    result.low = (big_b - root) / big_a;
    result.high = (big_b + root) / big_a;
    return result;
}

std::string_view verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::cascade_better:
            return "cascade better";
        case Verdict::direct_better:
            return "direct better";
        case Verdict::undecided:
            return "undecided";
        case Verdict::untested:
            break;
    }
    return "untested";
}

}  // namespace netcvr
