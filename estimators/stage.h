#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/click_log.h"
#include "sim/time.h"
#include "sim/windows.h"

namespace netcvr {

/// Which event a learner predicts.
enum class StageKind : std::uint8_t { conversion, refund, net };

/// Something starts, an event may follow after a delay. Conversion (click → conversion) and refund
/// (conversion → refund) are the same thing, so every delivery rule and every weight serves both.
struct Stage {
    std::vector<Time> start;  // start[i] of click i; never = not entered
    std::vector<Time> event;  // attributed event; never = none, or later than attribution
    Time attribution = 0;     // an event counts iff event − start < attribution
    Time observation = 0;     // early iff event − start <= observation
};

/// The three events of every click as a delivery rule may see them, windows applied.
struct Outcomes {
    Stage conversion;  // start = click time
    Stage refund;      // start = attributed conversion
    Windows windows;

    std::size_t size() const { return conversion.start.size(); }
    const Stage& stage(StageKind kind) const { return kind == StageKind::refund ? refund : conversion; }
    /// The click's final net label: converted within W_A and not refunded within W_R of it.
    bool net(std::size_t click) const {
        return conversion.event[click] != never && refund.event[click] == never;
    }
};

Outcomes outcomes(const ClickLog& log);

/// What a platform knew at time t: clicks after t have not entered, events after t have not happened.
Outcomes known_at(const Outcomes& all, Time t);

}  // namespace netcvr
