#pragma once
// The one scoring function. Scored rows are every click of the streamed period, the same for truth and
// labels.
//   cvr, net_cvr   all scored clicks
//   refund_rate    against the truth: all scored clicks, weighted by the true cvr (so: per conversion);
//                  against labels: the attributed conversions among them
// Labels are matured: a log whose follow-up is shorter than W_A + W_R has none, and the reason is given.

#include <cstddef>
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

/// One number. Without a value, the metric is undefined on these rows (one class, nothing to divide by).
struct Score {
    Target target = Target::cvr;
    std::string metric;             // a name in metrics()
    std::optional<double> value;    // +inf if a forecast of 0 or 1 was wrong, see `infinite`
    std::optional<double> ceiling;  // world ceiling: what the generating probabilities themselves would score
    std::size_t count = 0;          // rows scored: clicks, or conversions for refund_rate against labels
    std::size_t infinite = 0;       // rows that are infinite by themselves

    bool operator==(const Score&) const = default;
};

struct MethodScores {
    std::string method;
    bool reference = false;  // oracle and pretrained: shown beside the methods, not compared as one of them
    bool cascade = false;    // predicts cvr and refund_rate, not net_cvr alone
    std::vector<Score> scores;  // by target, then in the order of metrics(); absent targets have none

    bool operator==(const MethodScores&) const = default;
};

struct Scores {
    std::vector<MethodScores> methods;  // in the order given
    std::vector<Score> world;           // the truth scored as if it were a method; empty without truth
    std::size_t clicks = 0, conversions = 0,
                refunds = 0;          // scored clicks; attributed events among them, by label
    std::string no_truth, no_labels;  // why those metrics are absent; "" if they are not

    bool operator==(const Scores&) const = default;
};

/// Predictions must be those of read_predictions() or train(): rows increasing, every click of the streamed
/// period. Throws InputError (data) otherwise, and if the streamed period has no click.
Scores score(const ClickLog& log,
             const std::optional<Truth>& truth,
             const std::vector<Predictions>& predictions);

/// The value of one metric of one method; null if it has none.
const Score* find_score(const std::vector<Score>& scores, Target target, std::string_view metric);

}  // namespace netcvr
