#pragma once
// Metrics of amounts of money: v what there was or the truth of it, f its forecast, row i of each the same
// click. Divided by the mean, so that they compare between logs of other currencies. Nothing has a value
// where Σ v = 0.

#include <span>

#include "output/label_metrics.h"
#include "output/metrics.h"

namespace netcvr {

/// √(mean (f − v)²) / mean v.
Value normalised_rmse(std::span<const float> v, std::span<const float> f);
/// |f − v| over v.
Terms nmae_terms(std::span<const float> v, std::span<const float> f);
/// mean |f − v| / mean v, the ratio of these terms.
Value normalised_mae(std::span<const float> v, std::span<const float> f);
/// The normalised Gini coefficient of the field (Wang et al. 2019): G(f) / G(v), where with mid-ranks r, 1
/// for the highest score s,
///     G(s) = Σ vᵢ (n + 1 − 2 rᵢ) / (n Σ v),
/// twice the area between the curve of value against rows, best first, and the diagonal. Of values 0 and 1 it
/// is 2 AUC − 1. 1: the order of v; 0: no order.
Value normalised_gini(std::span<const float> v, const Ranking& s);

}  // namespace netcvr
