#include "output/improvement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace netcvr {
namespace {

constexpr std::array<std::string_view, 3> improved = {"auc", "average_precision", "nll"};

const Resampled* find(const std::vector<Resampled>& all, const Resampled& like) {
    const auto found = std::ranges::find_if(all, [&](const Resampled& other) {
        return other.metric == like.metric && other.target == like.target;
    });
    return found == all.end() ? nullptr : &*found;
}

/// How much better a is than b.
std::optional<double> gain(const Metric& metric, std::optional<double> a, std::optional<double> b) {
    if (!a || !b || !std::isfinite(*b)) return std::nullopt;
    return metric.better == Better::lower ? *b - *a : *a - *b;
}

Draws gains(const Resampled& a, const Resampled& b) {
    Draws draws;
    for (std::size_t k = 0; k < a.draws.size(); ++k) draws.push_back(gain(*a.metric, a.draws[k], b.draws[k]));
    return draws;
}

/// Why nothing can be divided by what the oracle gains over pretrained; "" if it can.
std::string refusal(const std::optional<double>& possible, const std::optional<Interval>& interval) {
    if (!possible || !std::isfinite(*possible)) return "oracle or pretrained has no finite value";
    if (!interval)
        return fmt::format("whether oracle − pretrained = {:.6f} is positive needs a bootstrap", *possible);
    if (interval->low > 0) return "";
    return fmt::format("oracle − pretrained = {:.6f} [{:.6f}, {:.6f}] is not significantly better than 0",
                       *possible, interval->low, interval->high);
}

RelativeImprovement improvement(const Resampled& method,
                                const Resampled& pretrained,
                                const Resampled& oracle) {
    RelativeImprovement result{.target = method.target,
                               .metric = std::string(method.metric->name),
                               .value = std::nullopt,
                               .low = std::nullopt,
                               .high = std::nullopt,
                               .refused = ""};
    const auto possible = gain(*method.metric, oracle.value, pretrained.value);
    const Draws possible_draws = gains(oracle, pretrained);
    result.refused = refusal(possible, percentile_interval(possible_draws));
    const auto reached = gain(*method.metric, method.value, pretrained.value);
    if (result.refused.empty() && !reached) result.refused = "the method has no value";
    if (!result.refused.empty()) return result;
    result.value = *reached / *possible;
    Draws ratios = gains(method, pretrained);
    for (std::size_t k = 0; k < ratios.size(); ++k)
        if (possible_draws[k] == 0)
            ratios[k].reset();
        else if (ratios[k])
            *ratios[k] /= *possible_draws[k];
    if (const auto interval = percentile_interval(ratios))
        result.low = interval->low, result.high = interval->high;
    return result;
}

}  // namespace

std::vector<RelativeImprovement> relative_improvements(const std::vector<Resampled>& method,
                                                       const std::vector<Resampled>& pretrained,
                                                       const std::vector<Resampled>& oracle) {
    std::vector<RelativeImprovement> all;
    for (const Resampled& one : method) {
        const Resampled *low = find(pretrained, one), *high = find(oracle, one);
        if (low && high && std::ranges::count(improved, one.metric->name) > 0)
            all.push_back(improvement(one, *low, *high));
    }
    return all;
}

}  // namespace netcvr
