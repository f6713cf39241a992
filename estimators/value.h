#pragma once
// Heads for money. The zero-inflated log-normal of Wang, Liu and Miao (2019) says of a click's order value v
//     P(v > 0) = p,   log v | v > 0 ~ N(μ, σ²),   E[v] = p exp(μ + σ²/2),
// and its likelihood is one factor for p and one for (μ, σ). A cascade keeps its own p, with its own
// correction for delays, and is given the other factor by name: `es-dfm:value=ziln`.
//
// What is estimated is the value of the conversion, a click's first purchase, within W_A, and what is kept of
// it after a refund within W_R. Repeat purchases have no head.

#include <cstddef>
#include <span>
#include <vector>

#include "estimators/modifier.h"

namespace netcvr {

/// exp(μ + σ²/2) of the logits (μ, s), σ = log(1 + e^s).
double log_normal_mean(double mu, double s);

/// Mean over the batch of −log density of the value, where there is one:
///     log v + log σ + ½ log 2π + (log v − μ)² / (2σ²),
/// μ the logit of `head`, σ = log(1 + e^s) of the next, not below 10⁻³. dz is added to.
double log_normal_loss(const Batch& batch, std::span<const double> z, std::span<double> dz, std::size_t head);

/// The row `value=ziln` of the table of modifiers: with the method's learners a head for the value of its
/// conversions, and, if it has a refund tower, one for the share that a refund pays back. Both train on the
/// first copy with which the method's own rule shows an event, so that a value comes when its event comes,
/// once. The row refuses (usage) a method of which no tower shows conversions.
std::vector<Modifier> value_heads();

}  // namespace netcvr
