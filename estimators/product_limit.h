#pragma once
// The product-limit estimator (Kaplan and Meier, JASA 1958) of a stage by stratum: the clicks that enter it
// are watched until t; whose event has not come by then is censored.

#include <span>
#include <vector>

#include "estimators/history.h"

namespace netcvr {

struct ProductLimit {
    double starts = 0;    // clicks that entered the stage
    double at_risk = 0;   // of these, not known to have left when the window closes
    double survival = 1;  // P̂(no event within attribution | start)

    double event() const { return 1 - survival; }
};

/// Of each stratum, and at the end of all together, from clicks that entered the stage in [from, t) and
/// events before t. strata: their number; stratum[i]: of click i.
///
///   survival = ∏ over seconds u < W of (1 − dᵤ / rᵤ)
///
/// rᵤ counts those watched through second u of their delay, start + u < t, that had no event in a second
/// before; dᵤ those of them with the event in it. So an event comes before a censoring in the same second, as
/// in Kaplan and Meier; events that tie are one factor. Time: one pass over starts and events, sorted
/// already.
std::vector<ProductLimit> product_limit(const Stage& stage,
                                        const StageOrder& order,
                                        std::span<const std::uint32_t> stratum,
                                        std::size_t strata,
                                        Time from,
                                        Time t);

}  // namespace netcvr
