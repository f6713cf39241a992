#pragma once
// Means over replicates (seeds) with Student-t intervals, and differences paired by seed.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/results.h"

namespace netcvr {

inline constexpr std::string_view direct_method = "direct";

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

enum class Verdict : std::uint8_t { cascade_better, direct_better, undecided, untested };
std::string_view verdict_name(Verdict verdict);

struct MethodSummary {
    std::string method;
    bool reference = false, cascade = false;
    std::vector<std::int64_t> seeds;           // in which it was scored
    Estimate excess;                           // excess log loss of net_cvr against the truth, nats per click
    Estimate over_oracle;                      // the same minus oracle's on the same log
    Estimate over_direct;                      // the same minus direct's on the same log
    Estimate rmse;                             // of net_cvr against the truth
    Estimate pcoc_net, pcoc_cvr, pcoc_refund;  // against the truth
    Estimate auc;                              // expected AUC of net_cvr under the truth
    std::optional<double> p_value;             // of over_direct = 0, Holm over all comparisons of the report
    Verdict verdict = Verdict::untested;  // cascade methods that are no reference, where direct is present
};

/// The logs of one scenario that differ in nothing but the seed.
struct Group {
    std::string title;                // what sets it apart from the other groups
    std::vector<std::int64_t> seeds;  // increasing
    Estimate clicks, refunds;         // scored clicks; refunds among their attributed conversions, by label
    Estimate auc_ceiling;             // world ceiling of auc
    std::vector<MethodSummary> methods;  // lowest excess first
};

struct Comparison {
    std::vector<Group> groups;    // in the order of first appearance
    std::size_t comparisons = 0;  // cascade − direct tests adjusted for together
};

/// Throws InputError (data) if a group has a seed twice, or a result has no truth to compare with.
Comparison compare(const std::vector<Result>& results);

}  // namespace netcvr
