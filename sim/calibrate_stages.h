#pragma once
// The stages of calibration. Each solves its own unknowns and never touches what another solved, so that one
// target moves one thing.

#include <cstddef>
#include <vector>

#include "sim/pilot.h"

namespace netcvr {

/// What the stage of conversions hands on, per pilot point and by intent class k.
struct ConversionMasses {
    std::vector<double> ever[2];    // P(converts ever, class k)
    std::vector<double> within[2];  // P(converts within W_A, class k)
};

/// Stage C: intercept, spread and hour amplitude of the conversion logit, scale and ratio of its delays.
/// hour[i]: local hour of point i, for targets.hourly_cvr_ratio.
ConversionMasses solve_conversions(const World& world,
                                   Spreadable conversion,
                                   const std::vector<double>& considered,
                                   const std::vector<double>& hour,
                                   Scenario::Solved& found);

/// Stage R: scale of refund delays and spread of the refund logit at the reference sparsity, then the
/// intercept. Returns the intercept at the reference sparsity.
double solve_refunds(const World& world,
                     Spreadable& refund,
                     const ConversionMasses& masses,
                     Scenario::Solved& found);

/// Stage P: level of repeats, and how much more often they are refunded at the reference sparsity.
void solve_repeats(const World& world,
                   const std::vector<double>& repeat,
                   const Spreadable& refund,
                   const ConversionMasses& masses,
                   double reference_intercept,
                   Scenario::Solved& found);

}  // namespace netcvr
