#include "output/crossing.h"

#include <algorithm>
#include <cmath>

#include "output/compare.h"

namespace netcvr {
namespace {

bool by_logarithm(const std::vector<double>& level) {
    return std::ranges::all_of(level, [](double x) { return x > 0; });
}

/// One crossing of every curve on the scale; empty unless each has exactly one, in the given direction.
std::vector<double> common_crossings(const std::vector<double>& scale,
                                     const std::vector<std::vector<double>>& curves,
                                     bool rising) {
    std::vector<double> found;
    for (const std::vector<double>& curve : curves) {
        const std::vector<double> changes = sign_changes(scale, curve);
        if (changes.size() != 1) return {};
        const auto last = std::ranges::find_if(curve.rbegin(), curve.rend(), [](double d) { return d != 0; });
        if ((*last > 0) != rising) return {};
        found.push_back(changes.front());
    }
    return found;
}

/// The mean of at least two crossings, with its interval.
Crossing at_a_point(const std::vector<double>& crossings, bool logarithmic, bool rising) {
    const auto back = [&](double u) { return logarithmic ? std::exp(u) : u; };
    const Estimate u = estimate(crossings);
    return {.course = Course::crosses,
            .at = back(*u.mean),
            .low = back(*u.mean - u.half_width.value()),
            .high = back(*u.mean + u.half_width.value()),
            .rising = rising,
            .seeds = u.n};
}

/// What the tests of the levels say by themselves.
Crossing by_signs(const std::vector<double>& level, const std::vector<Sign>& sign) {
    const auto all = [&](Sign wanted) {
        return !sign.empty() && std::ranges::all_of(sign, [&](Sign s) { return s == wanted; });
    };
    if (all(-1)) return {.course = Course::below};
    if (all(1)) return {.course = Course::above};
    Crossing result;
    std::optional<std::size_t> before;
    for (std::size_t l = 0; l < sign.size(); ++l) {
        if (sign[l] == 0) continue;
        if (before && sign[*before] != sign[l]) {
            if (result.course == Course::bracketed) return {.course = Course::several};
            result = {
                .course = Course::bracketed, .low = level[*before], .high = level[l], .rising = sign[l] > 0};
        }
        before = l;
    }
    return result;
}

}  // namespace

std::vector<double> sign_changes(const std::vector<double>& scale, const std::vector<double>& curve) {
    std::vector<double> changes;
    std::optional<std::size_t> before;  // the last level that is not 0
    for (std::size_t l = 0; l < curve.size(); ++l) {
        if (curve[l] == 0) continue;
        if (before && (curve[*before] > 0) != (curve[l] > 0)) {
            const double a = curve[*before], b = curve[l];
            const bool zeros_between = l - *before > 1;
            changes.push_back(zeros_between ? (scale[*before + 1] + scale[l - 1]) / 2
                                            : scale[*before] + (scale[l] - scale[*before]) * a / (a - b));
        }
        before = l;
    }
    return changes;
}

Crossing crossing(const std::vector<double>& level,
                  const std::vector<std::vector<double>>& curves,
                  const std::vector<Sign>& sign) {
    const Crossing tested = by_signs(level, sign);
    if (tested.course != Course::bracketed) return tested;
    const bool logarithmic = by_logarithm(level);
    std::vector<double> scale = level;
    if (logarithmic)
        for (double& x : scale) x = std::log(x);
    const std::vector<double> crossings = common_crossings(scale, curves, tested.rising);
    return crossings.size() < 2 ? tested : at_a_point(crossings, logarithmic, tested.rising);
}

}  // namespace netcvr
