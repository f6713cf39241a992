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

template <class Term>
Value over_mean(std::span<const float> v, const Term& error) {
    const auto n = static_cast<double>(v.size());
    const double sum = total(v);
    if (!(sum > 0)) return {};
    return {.value = error(n) / (sum / n)};
}

}  // namespace

Value normalised_rmse(std::span<const float> v, std::span<const float> f) {
    return over_mean(v, [&](double n) {
        const auto square = [&](std::size_t i) { return (double{f[i]} - v[i]) * (double{f[i]} - v[i]); };
        return std::sqrt(pairwise_sum(v.size(), square) / n);
    });
}

Value normalised_mae(std::span<const float> v, std::span<const float> f) {
    return over_mean(v, [&](double n) {
        return pairwise_sum(v.size(), [&](std::size_t i) { return std::abs(double{f[i]} - v[i]); }) / n;
    });
}

Value normalised_gini(std::span<const float> v, const Ranking& s) {
    const double best = concentration(v, rank(v));
    if (!(best > 0)) return {};
    return {.value = concentration(v, s) / best};
}

}  // namespace netcvr
