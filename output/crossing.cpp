#include "output/crossing.h"

#include <algorithm>
#include <cmath>

#include "output/compare.h"

namespace netcvr {
namespace {

bool by_logarithm(const std::vector<double>& level) {
    return std::ranges::all_of(level, [](double x) { return x > 0; });
}

/// One crossing of every curve on the scale; empty unless each has exactly one, all in the same direction.
std::vector<double> common_crossings(const std::vector<double>& scale,
                                     const std::vector<std::vector<double>>& curves) {
    std::vector<double> found;
    std::optional<bool> rising;
    for (const std::vector<double>& curve : curves) {
        const std::vector<double> changes = sign_changes(scale, curve);
        if (changes.size() != 1) return {};
        const auto last = std::ranges::find_if(curve.rbegin(), curve.rend(), [](double d) { return d != 0; });
        if (rising && *rising != (*last > 0)) return {};
        rising = *last > 0;
        found.push_back(changes.front());
    }
    return found;
}

Crossing at_a_point(const std::vector<double>& crossings, bool logarithmic) {
    const auto back = [&](double u) { return logarithmic ? std::exp(u) : u; };
    const Estimate u = estimate(crossings);
    Crossing result{.course = Course::crosses, .at = back(*u.mean), .seeds = u.n};
    if (u.half_width) {
        result.low = back(*u.mean - *u.half_width);
        result.high = back(*u.mean + *u.half_width);
    }
    return result;
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
    if (tested.course == Course::below || tested.course == Course::above || tested.course == Course::several)
        return tested;
    const bool logarithmic = by_logarithm(level);
    std::vector<double> scale = level;
    if (logarithmic)
        for (double& x : scale) x = std::log(x);
    const std::vector<double> crossings = common_crossings(scale, curves);
    if (crossings.empty()) return tested;
    Crossing result = at_a_point(crossings, logarithmic);
    const auto& curve = curves.front();
    result.rising = *std::ranges::find_if(curve.rbegin(), curve.rend(), [](double d) { return d != 0; }) > 0;
    return result;
}

}  // namespace netcvr
