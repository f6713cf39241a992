#pragma once
// The ages at which methods without a waiting window of their own look at a click: fixed fractions of the
// attribution window, W / 512, W / 64, W / 8, W. What happens within hours is seen soon, what takes days
// costs one more look.

#include <cstddef>

#include "estimators/stage.h"
#include "sim/windows.h"

namespace netcvr {

inline constexpr std::size_t age_count = 4;

/// Age k of a stage with this attribution window; non-decreasing, the last is the window itself.
constexpr Time age(Time attribution, std::size_t k) {
    return attribution >> (3 * (age_count - 1 - k));
}

/// The windows with the observation window of a stage (net: of both) at age k instead.
inline Windows windows_at_age(Windows windows, StageKind stage, std::size_t k) {
    if (stage != StageKind::refund) windows.conversion_observation = age(windows.conversion_attribution, k);
    if (stage != StageKind::conversion) windows.refund_observation = age(windows.refund_attribution, k);
    return windows;
}

}  // namespace netcvr
