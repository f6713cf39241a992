#include "output/money_metrics.h"

namespace netcvr {
namespace {

/// Σ vᵢ (n + 1 − 2 rᵢ).
double concentration(std::span<const float> v, const Ranking& s) {
    const auto n = static_cast<double>(v.size());
    CompensatedSum sum;
    std::uint32_t begin = 0;
    for (const std::uint32_t end : s.tie_end) {
        const double middle = (begin + 1.0 + end) / 2;
        for (std::uint32_t k = begin; k < end; ++k) sum.add(double{v[s.row[k]]} * (n + 1 - 2 * middle));
        begin = end;
    }
    return sum.value();
}

}  // namespace

Value normalised_rmse(std::span<const float> v, std::span<const float> f) {
    const auto n = static_cast<double>(v.size());
    const double sum = total(v);
    if (!(sum > 0)) return {};
    const auto square = [&](std::size_t i) { return (double{f[i]} - v[i]) * (double{f[i]} - v[i]); };
    return {.value = std::sqrt(pairwise_sum(v.size(), square) / n) / (sum / n)};
}

Terms nmae_terms(std::span<const float> v, std::span<const float> f) {
    Terms terms{.numerator = {}, .denominator = {v.begin(), v.end()}, .cell = {}};
    for (std::size_t i = 0; i < v.size(); ++i) terms.numerator.push_back(std::abs(double{f[i]} - v[i]));
    return terms;
}

Value normalised_mae(std::span<const float> v, std::span<const float> f) {
    return ratio(sums(nmae_terms(v, f)));
}

Value normalised_gini(std::span<const float> v, const Ranking& s) {
    const double best = concentration(v, rank(v));
    if (!(best > 0)) return {};
    return {.value = concentration(v, s) / best};
}

}  // namespace netcvr
