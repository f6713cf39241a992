#pragma once
// What /truth states besides cvr, refund_rate and net_cvr, at the scenario's windows and in the letters of
// world.h: given what features could show, with unreported refunds, with repeat purchases, in money.

#include <vector>

#include "sim/truth.h"
#include "sim/world.h"

namespace netcvr {

/// The statements of a world, in the order of their columns and without values:
///
///   cvr_explained, refund_rate_explained, net_cvr_explained   (hidden effects) as their namesakes, given all
///   but
///                     the hidden effects: each logit's Gaussian is integrated out, E σ(η + τ ε). What no
///                     function of features can beat; exact if the features determine the rest of the law.
///   net_cvr_reported  (unreported refunds) what labels say: c Σ π F [1 − (1 − q) ρ G]
///   repurchases       (repeats) E[repeats within W_rep of a conversion within W_A] = c Σ π F μ H
///   net_any           (repeats) P(any of these purchases is kept) = c Σ π F [1 − ρ G e^{−μ b}], b = H (1 −
///   ρ' G) gmv, net_gmv      (money) E[value of these purchases], and less what is paid back within W_R:
///                     v c Σ π F (1 + μ H);  v c Σ π F [(1 − φ ρ G) + μ H (1 − φ ρ' G)], φ = 1 − partial / 2
std::vector<Truth::Column> statements(const Scenario& scenario);

/// Puts the values of some clicks into rows `first` … of columns that statements() made. `law` is that of
/// `predictors`.
void write_statements(const World& world,
                      const Predictors& predictors,
                      const Law& law,
                      std::size_t first,
                      std::vector<Truth::Column>& columns);

/// E σ(η + τ Z), Z standard normal.
double mean_logistic(double eta, double tau);

}  // namespace netcvr
