#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "output/label_metrics.h"

namespace netcvr {

/// What is predicted. refund_rate = P(refund within W_R of the conversion | conversion within W_A, x).
/// gmv = E[order value of a conversion within W_A | x], net_gmv the same less what a refund within W_R pays
/// back.
enum class Target : std::uint8_t { cvr, refund_rate, net_cvr, gmv, net_gmv };
/// Probabilities and amounts of money.
inline constexpr std::array all_targets = {Target::cvr, Target::refund_rate, Target::net_cvr};
inline constexpr std::array money_targets = {Target::gmv, Target::net_gmv};
std::string_view target_name(Target target);

enum class Better : std::uint8_t { lower, higher, near_one, near_zero };
enum class Against : std::uint8_t { truth, labels };

/// One method's forecast of one target on the rows that are scored. Columns that do not exist are empty.
struct Case {
    std::span<const float> forecast = {};
    const Ranking* ranking = nullptr;  // of forecast
    std::span<const float> truth = {}, weight = {};
    std::span<const float> oracle = {};  // forecast of the method named `oracle`
    // Against labels only:
    std::span<const std::uint8_t> label = {};
    std::span<const std::uint32_t> user = {},
                                   segment = {};  // of the row: user[i] < users, segment[i] < segments
    std::size_t users = 0, segments = 0;
    std::span<const float> value = {};  // instead of a label: the money there was
    const RankedLabels *ranked = nullptr, *ranked_by_segment = nullptr;
};

/// How a metric against labels is made: of a curve, or of sums.
struct LabelFormula {
    Value (*of_curve)(const Curve& curve) = nullptr;
    bool by_segment = false;  // the mean over segments of what of_curve gives
    Terms (*terms)(const Case& of) = nullptr;
    Value (*of_sums)(const Sums& sums) = nullptr;
    Value (*of_values)(const Case& of) = nullptr;  // of money, from all rows at once
    /// False for a distance of means of forecasts from means of labels: noise only adds to it, and intervals
    /// of resamples hold its mean in three logs of four (tests/verification/bootstrap_test.cpp). And for what
    /// of_values makes.
    bool interval = true;
};

/// One row: a metric. `list metrics`, the headers of tables and the scoring come from here.
struct Metric {
    std::string_view name;
    Against against;
    Better better;
    std::string_view unit;     // per conversion instead of per click where the target is refund_rate
    std::string_view formula;  // one line
    std::vector<Target> targets;
    /// The world ceiling: the truth as forecast; expected where labels are random. Null if it is not known.
    Value (*ceiling)(const Case& of_truth) = nullptr;
    Value (*on_truth)(const Case& of) = nullptr;  // against the truth
    LabelFormula on_labels = {};                  // against labels
};
Value value_of(const Metric& metric, const Case& of);

/// In the order of tables.
const std::vector<Metric>& metrics();
/// Those of one target.
std::vector<const Metric*> metrics_of(Target target, Against against);
/// Throws InputError (usage) with the nearest name.
const Metric& find_metric(std::string_view name);

}  // namespace netcvr
