#pragma once
// Corrections of a method's predictions after the fact: refitted each day of the stream on those of the
// method's own predictions whose labels have become final, and applied to the predictions of the day.

#include <cstdint>
#include <span>

#include "estimators/calibration.h"
#include "estimators/stage.h"
#include "sim/windows.h"

namespace netcvr {

/// Of the predictions of one stage.
struct Correction {
    StageKind stage = StageKind::conversion;
    Calibration fit = nullptr;
};

/// When the corrections were refitted that serve a click at time t of the stream: at the start of the first
/// segment that begins on the same day of the stream as the click's own segment.
Time refitted(const Protocol& protocol, Time t);

/// Age of a click at which its prediction may be judged: W_A for cvr, W_A + W_R for refund rate and net. A
/// conversion's refund may be final sooner, W_R after the conversion; but whether a click is counted must not
/// depend on what became of it, or conversions that come fast would speak for all.
Time judged_at_age(const Windows& windows, StageKind stage);

/// predicted[k], P(event of the stage | x) of click streamed[k] as the method said it when the click came,
/// becomes what the correction makes of it. Clicks that never entered the stage are predicted, too, but never
/// judged. Until the first label is final nothing changes. strata[i]: of click i of the log; streamed is in
/// time order.
void correct(const Correction& correction,
             const Outcomes& all,
             std::span<const std::uint32_t> streamed,
             std::span<const std::uint32_t> strata,
             std::span<double> predicted);

}  // namespace netcvr
