#pragma once
// The one scoring function. Scored rows are every click of the streamed period, the same for truth and
// labels.
//   cvr, net_cvr   all scored clicks
//   refund_rate    against the truth: all scored clicks, weighted by the true cvr (so: per conversion);
//                  against labels: the attributed conversions among them
//   gmv, net_gmv   all scored clicks (money_scores.h)
// Labels are matured: a log whose follow-up is shorter than W_A + W_R has none, and the reason is given.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "estimators/train.h"
#include "output/metric_table.h"
#include "sim/click_log.h"
#include "sim/truth.h"

namespace netcvr {

/// The method whose excess log loss is subtracted in excess_over_oracle.
inline constexpr std::string_view oracle_method = "oracle";
/// Not a method: the explained ceiling, the truth given all but the hidden effects, scored beside the methods
/// of a log that has it. Its excess log loss is the part that no function of the features avoids; what a
/// method has beyond it is KL(explained || f).
inline constexpr std::string_view explained_method = "explained";
/// The method that relative improvements start from.
inline constexpr std::string_view pretrained_method = "pretrained";

/// One number. Without a value, the metric is undefined on these rows (one class, nothing to divide by).
struct Score {
    Target target = Target::cvr;
    std::string metric;             // a name in metrics()
    std::optional<double> value;    // +inf if a forecast of 0 or 1 was wrong, see `infinite`
    std::optional<double> ceiling;  // world ceiling: what the generating probabilities themselves would score
    std::size_t count = 0;          // rows scored: clicks, or conversions for refund_rate against labels
    std::size_t infinite = 0;       // rows that are infinite by themselves
    std::size_t skipped = 0;        // users or segments left out of a mean over them: they have no value
    std::optional<double> low, high;  // 95 % interval of a bootstrap by user; metrics against labels only

    bool operator==(const Score&) const = default;
};

/// One target of one method over the groups of one dimension (breakdown.h): sums over the scored clicks of a
/// group, so that means, PCOC and bias follow, for one log or for several together.
struct Breakdown {
    std::string dimension;  // a name in dimensions()
    Target target = Target::cvr;
    std::vector<double> weight;    // Σ w: clicks; for refund_rate Σ true cvr, expected conversions
    std::vector<double> forecast;  // Σ w f
    std::vector<double> truth;     // Σ w p
    std::vector<double> excess;    // Σ w KL(p‖f), nats

    bool operator==(const Breakdown&) const = default;
};

/// RI-M of the field: (M of the method − M of pretrained) / (M of oracle − M of pretrained) for a metric M
/// against labels. It has a value only where the denominator is significantly better than 0.
struct RelativeImprovement {
    Target target = Target::cvr;
    std::string metric;                      // M, a name in metrics()
    std::optional<double> value, low, high;  // 95 % interval of a bootstrap by user
    std::string refused;                     // why it has no value; "" if it has

    bool operator==(const RelativeImprovement&) const = default;
};

struct MethodScores {
    std::string method;
    bool reference =
        false;  // oracle, pretrained, explained: shown beside the methods, not compared as one of them
    bool cascade = false;      // predicts cvr and refund_rate, not net_cvr alone
    bool net_derived = false;  // its net_cvr is cvr · (1 − refund_rate), made here: the predictions had none
    std::size_t copies = 0;    // trained on in the stream; 0 if unknown
    double learning_rate = 0;   // of its stream; 0 if unknown
    Incidents incidents = {};   // odd weights of those copies
    std::vector<Score> scores;  // by target, then in the order of metrics(); absent targets have none
    std::vector<Breakdown> breakdowns = {};              // by dimension, then target; none without truth
    std::vector<RelativeImprovement> improvements = {};  // none without labels, pretrained or oracle

    bool operator==(const MethodScores&) const = default;
};

struct Scores {
    std::vector<MethodScores> methods;  // in the order given
    std::vector<Score> world;           // the truth scored as if it were a method; empty without truth
    std::size_t clicks = 0, conversions = 0,
                refunds = 0;          // scored clicks; attributed events among them, by label
    std::string no_truth, no_labels;  // why those metrics are absent; "" if they are not
    int bootstrap = 0;                // resamples behind the intervals of label metrics
    std::string resampled = "users";  // or "clicks", of a log without ids
    std::map<std::string, std::vector<std::string>> groups;  // dimension → names of its groups

    bool operator==(const Scores&) const = default;
};

/// More resamples only take time: an interval's ends no longer move.
inline constexpr int most_resamples = 10000;

struct ScoreOptions {
    int bootstrap = 0;                  // resamples; 0 = no intervals for metrics against labels
    std::string category_feature = {};  // the feature that holds the item's category; "" = the log has none
    Time local_time_at_origin = 0;      // local time of day at the log's time origin
    /// Labels as known at this second: later clicks are not held against labels, later events have not
    /// happened. Empty = matured labels. The truth is of no time; no ceiling is stated of such labels.
    std::optional<Time> labels_as_of = {};
};

/// Predictions must be those of read_predictions() or train(): rows increasing, every click of the streamed
/// period. Throws InputError (data) otherwise, and if the streamed period has no click.
Scores score(const ClickLog& log,
             const std::optional<Truth>& truth,
             const std::vector<Predictions>& predictions,
             const ScoreOptions& options = {});

/// The value of one metric of one method; null if it has none.
const Score* find_score(const std::vector<Score>& scores, Target target, std::string_view metric);

}  // namespace netcvr
