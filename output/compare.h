#pragma once
// What the results of a sweep say: means over replicates (seeds) with Student-t intervals, differences paired
// by seed, and where a cascade and direct change places along the first axis.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "output/crossing.h"
#include "output/sweep_results.h"

namespace netcvr {

inline constexpr std::string_view direct_method = "direct";
inline constexpr double test_level = .05;  // of intervals and verdicts

/// Mean over n seeds; half_width of the 95 % interval t_{.975, n−1} sd/√n, absent for n < 2 or an infinite
/// mean.
struct Estimate {
    std::optional<double> mean, half_width;
    std::size_t n = 0;
};
Estimate estimate(const std::vector<double>& replicates);
/// Two-sided p-value of "the mean is 0" by Student's t; absent for n < 2.
std::optional<double> t_test(const std::vector<double>& replicates);
/// Holm's adjusted p-values, in the order given.
std::vector<double> holm(const std::vector<double>& p_values);

/// Σ a / Σ b over n seeds with Fieller's 95 % interval.
struct Ratio {
    std::optional<double> value = {}, low = {}, high = {};
    std::string refused = {};  // why it has no value; "" if it has
    std::size_t n = 0;
};
/// Ratio of the means of pairs (a, b). Fieller's interval holds every ρ for which a t test does not refuse
/// "mean of a − ρ b is 0":
///   (ā − ρ b̄)² ≤ t² (s_aa − 2 ρ s_ab + ρ² s_bb) / n,
/// an interval iff b̄ differs significantly from 0. Refused unless b̄ is significantly above 0.
Ratio ratio(const std::vector<std::pair<double, double>>& pairs);

enum class Verdict : std::uint8_t { cascade_better, direct_better, undecided, untested };
std::string_view verdict_name(Verdict verdict);

/// How much of the way from pretrained to oracle a method goes, over seeds:
///   (M of pretrained − M of the method) / (M of pretrained − M of oracle), paired by seed.
struct Improvement {
    Target target = Target::net_cvr;
    std::string metric;  // M, a name in metrics()
    Ratio ratio;
};

struct MethodSummary {
    std::string method;
    bool reference = false, cascade = false;
    /// Significantly lower excess than every other method that is no reference (paired t, Holm over those
    /// tests): tables set it in bold. None of a group may be.
    bool best = false;
    std::vector<std::int64_t> seeds;           // in which it was scored
    Estimate excess;                           // excess log loss of net_cvr against the truth, nats per click
    Estimate over_oracle;                      // the same minus oracle's on the same log
    Estimate over_direct;                      // the same minus direct's on the same log
    Estimate rmse;                             // of net_cvr against the truth
    Estimate bias;                             // mean forecast − mean truth of net_cvr, per click
    Estimate pcoc_net, pcoc_cvr, pcoc_refund;  // against the truth
    Estimate auc;                              // expected AUC of net_cvr under the truth
    Estimate copies;                           // trained on in the stream
    Estimate seconds;                          // of its streams, wall clock
    std::vector<Improvement> improvements;     // by metric, then target; none of references
    std::map<std::int64_t, double> differences;  // seed → excess − direct's
    std::optional<double> p_value;        // of over_direct = 0, Holm over all comparisons of the report
    Verdict verdict = Verdict::untested;  // cascade methods that are no reference, where direct is present
};

/// The logs of one scenario that differ in nothing but the seed.
struct Group {
    std::string title;                 // what sets it apart from the other groups
    std::vector<std::size_t> level;    // level[a]: which of axis a's
    std::string panel;                 // its levels on all axes but the first; "" if there is no other
    std::vector<std::size_t> results;  // in SweepResults::results, seeds increasing
    std::vector<std::int64_t> seeds;   // increasing
    Estimate clicks, refunds;          // scored clicks; refunds among their attributed conversions, by label
    Estimate auc_ceiling;              // world ceiling of auc
    Estimate peak_memory;              // of a run's process, bytes
    std::vector<MethodSummary> methods;  // lowest excess first
};
/// Null if the method was not scored there.
const MethodSummary* find_method(const Group& group, std::string_view method);
/// Null if it has none.
const Improvement* find_improvement(const MethodSummary& method, Target target, std::string_view metric);

/// What a cascade does against direct along the first axis.
struct Finding {
    std::string panel;   // as in Group
    std::string method;  // a cascade
    Crossing crossing;
    std::string sentence;  // plain text
};

struct Comparison {
    std::vector<Group> groups;         // in the order of the plan
    std::vector<std::string> panels;   // of the groups, in the order of the plan
    std::size_t comparisons = 0;       // cascade − direct tests adjusted for together
    std::vector<Finding> findings;     // by panel, then in the order of the methods
    std::vector<std::string> summary;  // the findings in few sentences, plain text
};

/// Results that no sweep holds together, as one: an axis for every label that is not the same everywhere
/// (labels that always change together share one), "scenario" if there are several.
SweepResults loose_results(std::vector<Result> results);

/// costs is parallel to sweep.results, or empty. Throws InputError (data) if a group has a seed twice, or a
/// result has no truth to compare with.
Comparison compare(const SweepResults& sweep, const std::vector<std::optional<RunCost>>& costs = {});

}  // namespace netcvr
