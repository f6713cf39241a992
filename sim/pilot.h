#pragma once
// What calibration averages over: points that stand for the log's clicks, their law as a function of what is
// to be solved, and the root finding.

#include <functional>
#include <string>
#include <vector>

#include "sim/world.h"

namespace netcvr {

/// Clicks of this world's own users and items in proportion to their expected numbers, from Sobol's net.
Clicks pilot_clicks(const World& world);

/// A linear predictor as a function of its spread (and of the size of an hour curve): rest + spread · traits
/// + hour · curve, and a delay's log scale that follows it.
class Spreadable {
public:
    Spreadable() = default;
    /// `whole` at spread 1 and hour 1; `without_traits` at spread 0, `without_hours` at hour 0 (empty: there
    /// are none). The log scale is `scale` there, and moves by `propensity` per unit.
    Spreadable(std::vector<double> whole,
               const std::vector<double>& without_traits,
               const std::vector<double>& without_hours,
               std::vector<double> scale,
               double propensity);

    /// Recomputes predictor and log_scale; leaves them to the last bit what they were given as at (1, 1).
    void set(double spread, double amplitude);
    std::vector<double> predictor, log_scale;

private:
    std::vector<double> whole_, traits_, hours_, scale_;
    double propensity_ = 0;
};

/// Expected AUC of probabilities p as their own score: positives weigh p, negatives 1 − p. From a histogram
/// of logits of 4,096 bins, half credit inside a bin, each point shared by two bins so that it is continuous
/// in p.
double bayes_auc(const std::vector<double>& p);

/// (1/n) Σ a b, summed in order.
double mean_product(const std::vector<double>& a, const std::vector<double>& b);
double mean(const std::vector<double>& a);

/// Where a root may lie and where it is looked for first.
struct Bracket {
    double guess = 0, width = 2, low = -40, high = 40;
};
/// Root of a monotone function near the guess; throws InputError (scenario) with `out_of_reach()` if there is
/// none between low and high. The bracket grows from ± width, so a good guess costs a handful of evaluations.
double solve(const std::function<double(double)>& f,
             const Bracket& bracket,
             const std::function<std::string()>& out_of_reach);

/// What a target could be, and the fields of which one would have to give way.
struct Reach {
    std::string_view key;
    double low = 0, high = 0;
    std::string_view unit;
    std::vector<std::string_view> against;
};
/// "targets.cvr = 0.9 is out of reach: with the other fields as they are, 0 … 0.7 per click can be met; it
/// conflicts with targets.conversion_delay_median = 6m". Fields that are 0 ask for nothing and are left out.
std::string unreachable(const Scenario& scenario, const Reach& reach);
/// The second below W at which `share(m)` reaches half of `share(W)`; share grows with m.
Time half_way(Time window, const std::function<double(Time)>& share);

/// Half-width of the next round's bracket: rounds contract, so a few times the last step holds the root.
double next_width(double step);
/// To a multiple of 2^-20, so that a stored solution is the solution.
double snapped(double x);

}  // namespace netcvr
