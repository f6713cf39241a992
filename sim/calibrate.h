#pragma once

#include <string>

#include "sim/world.h"

namespace netcvr {

/// Digest of every field that moves a column, [solved] aside: what a solution belongs to.
std::string solution_key(const Scenario& scenario);

/// Solves what [targets] ask for so that this world's own users and items, averaged over by the probabilities
/// themselves (no labels are drawn), meet them. In frozen stages: conversions first, refunds at the reference
/// sparsity next, then the refund intercept, repeats last; no stage touches what another solved (world.h has
/// the unknowns):
///
///   C   α → cvr; τ_C → conversion_delay_median, unless conversion_delay.scale gives it;
///       ratio → purchases_per_click; s_c → bayes_auc_cvr; a_c → hourly_cvr_ratio
///   R   β → reference_refunds_per_conversion; τ_R → refund_delay_median; s_R → bayes_auc_net_cvr;
///       then, these frozen, β → refunds_per_conversion
///   P   level of μ → repurchases_per_click; b' → refunds_per_click
///
/// Targets that are 0 are not solved for. Deterministic; does not depend on the number of threads. Throws
/// InputError (scenario) if a target is out of reach, with the interval that is within reach while the others
/// are held.
Scenario::Solved calibrate(const World& world);
/// The same over given clicks, by their predictors; targets of shape (AUC, hours) are not solved for.
Scenario::Solved calibrate(const World& world, const Predictors& predictors);
/// Refunds alone, over given conversions within W_A; considered[i] is 0 or 1, for their class is known.
Scenario::Solved calibrate_refunds(const World& world, const Predictors& conversions);

}  // namespace netcvr
