#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "output/breakdown.h"
#include "output/compare.h"
#include "sim/time.h"
#include "tests/output/made_up_results.h"

namespace netcvr {

/// Seven methods of which the cascades beat direct where refunds are dense, and the other way round where
/// they are sparse; the net excess of direct crosses that of es-dfm where refunds = .05, whatever the seed.
inline MadeUp made_up_excess(double refunds, double seed) {
    const double log = 1e-4 * seed, u = std::log(refunds / .05), wobble = 2e-5 * std::sin(7 * seed + u);
    return {{"pretrained", .0092 + 3 * log + 3e-4 * u},
            {"oracle", .0010 + log},
            {"vanilla", .0046 + 2 * log - 1e-4 * u},
            {"fnw", .0031 + log - 3e-4 * u + 4 * wobble},
            {"es-dfm", .0028 + log - 3e-4 * u + (1 + u * u) * wobble},
            {"defer", .0039 + log - 3e-4 * u + 30 * wobble},
            {"direct", .0028 + log + 1e-4 * u}};
}

/// Sums over 10 (of `segment` 80) equally large groups whose forecasts are off by a factor 1 + tilt · u, u =
/// −1 … 1.
inline Breakdown made_up_breakdown(const std::string& dimension,
                                   Target target,
                                   std::size_t groups,
                                   double tilt) {
    Breakdown sums{
        .dimension = dimension, .target = target, .weight = {}, .forecast = {}, .truth = {}, .excess = {}};
    for (std::size_t g = 0; g < groups; ++g) {
        const double u = 2 * static_cast<double>(g) / static_cast<double>(groups - 1) - 1;
        const double mean = (target == Target::refund_rate ? .2 : .05) * std::exp(1.5 * u);
        sums.weight.push_back(30000);
        sums.truth.push_back(30000 * mean);
        sums.forecast.push_back(30000 * mean * (1 + tilt * (u + .5)));
        sums.excess.push_back(30000 * mean * tilt * tilt);
    }
    return sums;
}

inline std::vector<std::string> made_up_groups(std::string_view dimension) {
    std::vector<std::string> names;
    for (std::size_t g = 0; g < (dimension == "segment" ? 80 : dimension == "hour_of_day" ? 24 : 10); ++g)
        names.push_back(dimension == "segment" ? format_duration(10 * day + static_cast<Time>(g) * 6 * hour)
                                               : std::to_string(g + 1));
    return names;
}

inline void add_breakdowns(Result& result) {
    for (const Dimension& dimension : dimensions())
        result.scores.groups[std::string(dimension.name)] = made_up_groups(dimension.name);
    double tilt = .03;
    for (MethodScores& method : result.scores.methods) {
        method.copies = 1200000 + static_cast<std::size_t>(1e6 * tilt);
        for (const auto& [dimension, names] : result.scores.groups)
            for (const Target target : all_targets)
                if (method.cascade || target == Target::net_cvr)
                    method.breakdowns.push_back(made_up_breakdown(
                        dimension, target, names.size(), tilt + .004 * static_cast<double>(result.seed)));
        tilt = -1.3 * tilt;
    }
}

inline void add_shape(Result& result, double refunds) {
    const double net = 20000 * (1 - refunds), refunded = 20000 * refunds;
    const auto count = [](double share) { return static_cast<std::size_t>(share); };
    result.shape.trajectory = {
        300000,          count(.7 * net),      count(.2 * refunded), count(.5 * refunded),
        count(.3 * net), count(.1 * refunded), count(.2 * refunded)};
    for (Time delay = 10; delay <= 3 * day; delay *= 3) {
        const double t = static_cast<double>(delay);
        result.shape.delay.push_back(delay);
        result.shape.conversions_within.push_back(t / (t + 360) * 1.0014);
        result.shape.refunds_within.push_back(t / (t + 14000) * 1.05);
    }
}

inline Axis made_up_axis(const std::string& key, const std::vector<std::string>& levels) {
    Axis axis{.title = key, .keys = {key}, .levels = levels, .labels = {}, .numbers = {}};
    for (const std::string& level : levels) {
        axis.labels.push_back({{key, level}});
        axis.numbers.push_back(parse_duration(level) ? static_cast<double>(*parse_duration(level))
                                                     : std::stod(level));
    }
    return axis;
}

/// A sweep of refunds per conversion × the refund window, three seeds each, and what its runs took.
inline SweepResults made_up_sweep(const std::vector<std::string>& refunds = {"0.54", "0.1", "0.01", "0.001"},
                                  const std::vector<std::string>& windows = {"1d", "3d"}) {
    SweepResults sweep;
    sweep.name = "sparsity";
    sweep.question = "When does the cascade lose to the direct model as refunds get sparse?";
    sweep.scenario = "cascade";
    sweep.axes = {made_up_axis("refunds_per_conversion", refunds)};
    if (windows.size() > 1) sweep.axes.push_back(made_up_axis("windows.refund_attribution", windows));
    sweep.seeds = {1, 2, 3};
    for (const std::string& refund : refunds)
        for (const std::string& window : windows)
            for (const std::int64_t seed : sweep.seeds) {
                const double rate = std::stod(refund);
                Result result =
                    made_up("cascade", seed, refund, made_up_excess(rate, static_cast<double>(seed)));
                result.labels["windows.refund_attribution"] = window;
                add_breakdowns(result);
                add_shape(result, rate);
                sweep.results.push_back(std::move(result));
            }
    for (const auto& [method, excess] : made_up_excess(.1, 1)) sweep.methods.push_back(method);
    sweep.planned = sweep.results.size();
    sweep.created_by = "netcvr 0.1.0";
    return sweep;
}

inline std::vector<std::optional<RunCost>> made_up_costs(const SweepResults& sweep) {
    std::vector<std::optional<RunCost>> costs;
    for (const Result& result : sweep.results) {
        RunCost cost;
        cost.peak_memory = 300000000 + static_cast<std::size_t>(result.seed) * 1000000;
        for (const std::string& method : sweep.methods)
            cost.method_seconds[method] =
                static_cast<double>(method.size()) + .1 * static_cast<double>(result.seed);
        costs.emplace_back(std::move(cost));
    }
    return costs;
}

}  // namespace netcvr
