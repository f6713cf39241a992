#pragma once

#include <string>
#include <utility>
#include <vector>

#include "output/compare.h"

namespace netcvr {

inline Comparison compared(std::vector<Result> results) {
    return compare(loose_results(std::move(results)));
}

using MadeUp = std::vector<std::pair<std::string, double>>;  // method, excess log loss of net_cvr

inline Score made_up_score(Target target, std::string metric, double value) {
    Score score;
    score.target = target;
    score.metric = std::move(metric);
    score.value = value;
    return score;
}

/// A result with made-up scores. Methods named direct… have a net head only; oracle and pretrained are
/// references.
inline Result made_up(const std::string& scenario,
                      std::int64_t seed,
                      const std::string& refunds,
                      const MadeUp& excess) {
    Result result{.scenario = scenario, .seed = seed, .log_digest = "", .labels = {}, .scores = {}};
    if (!refunds.empty()) result.labels["refunds_per_conversion"] = refunds;
    result.labels["windows.refund_attribution"] = "3d";
    result.scores.clicks = 322000 + static_cast<std::size_t>(seed);
    result.scores.refunds = 5000;
    result.scores.world = {made_up_score(Target::net_cvr, "expected_auc", .7912)};
    for (const auto& [name, value] : excess) {
        MethodScores method;
        method.method = name;
        method.reference = name == "oracle" || name == "pretrained";
        method.cascade = !name.starts_with("direct");
        method.scores = {made_up_score(Target::net_cvr, "excess_log_loss", value),
                         made_up_score(Target::net_cvr, "rmse", .01 + value),
                         made_up_score(Target::net_cvr, "pcoc_truth", 1 + 10 * value),
                         made_up_score(Target::net_cvr, "expected_auc", .79 - value)};
        if (method.cascade) {
            method.scores.push_back(made_up_score(Target::cvr, "pcoc_truth", 1 - 5 * value));
            method.scores.push_back(made_up_score(Target::refund_rate, "pcoc_truth", 1 + 20 * value));
        }
        result.scores.methods.push_back(std::move(method));
    }
    return result;
}

}  // namespace netcvr
