#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/click_log.h"
#include "sim/time.h"
#include "sim/trajectory.h"
#include "sim/windows.h"

namespace netcvr {

/// Which event a learner predicts.
enum class StageKind : std::uint8_t { conversion, refund, net };

constexpr std::string_view name_of(StageKind kind) {
    constexpr std::string_view names[] = {"conversion", "refund", "net"};
    return names[static_cast<std::size_t>(kind)];
}

/// Something starts, an event may follow after a delay. Conversion (click → conversion) and refund
/// (conversion → refund) are the same thing, so every delivery rule and every weight serves both.
struct Stage {
    std::vector<Time> start;        // start[i] of click i; never = not entered
    std::vector<Time> event;        // attributed event; never = none, or later than attribution
    Time attribution = 0;           // an event counts iff event − start < attribution
    Time observation = 0;           // early iff event − start <= observation
    std::vector<float> value = {};  // what the event is worth: order value of a conversion, share of it that
                                    // a refund pays back; 0 without the event; empty in a log without money

    bool entered(std::size_t click) const { return start[click] != never; }
    /// visit(click) for each that entered, in order. Few enter a refund's stage: 64 clicks are asked at once,
    /// so that those left out cost a comparison and no branch.
    template <class Visit>
    void for_each_entered(Visit visit) const {
        constexpr std::size_t at_once = 64;
        for (std::size_t begin = 0; begin < start.size(); begin += at_once) {
            std::uint64_t some = 0;
            for (std::size_t k = 0; k < std::min(at_once, start.size() - begin); ++k)
                some |= std::uint64_t{entered(begin + k)} << k;
            for (; some != 0; some &= some - 1)
                visit(begin + static_cast<std::size_t>(std::countr_zero(some)));
        }
    }
    bool happens(std::size_t click) const { return event[click] != never; }
    bool early(std::size_t click) const {
        return within(start[click], event[click], observation, Edge::closed);
    }
    bool late(std::size_t click) const { return happens(click) && !early(click); }
    /// Age at which the outcome is final and no longer waited for. A rule that waits longer than attribution
    /// (then nothing is late) may not call a click a real negative before its first copy.
    Time settled() const { return std::max(attribution, observation); }
};

/// The three events of every click as a delivery rule may see them, windows applied.
struct Outcomes {
    Stage conversion;  // start = click time
    Stage refund;      // start = attributed conversion
    Windows windows;
    Protocol protocol = {};

    std::size_t size() const { return conversion.start.size(); }
    /// The stage whose start and clock a learner of this kind follows; a net learner starts at the click.
    const Stage& stage(StageKind kind) const { return kind == StageKind::refund ? refund : conversion; }
    /// The click's final net label: converted within W_A and not refunded within W_R of it.
    bool net(std::size_t click) const { return conversion.happens(click) && !refund.happens(click); }
    bool has_money() const { return !conversion.value.empty(); }
    /// What the event of the stage is worth; of net, the order value less what is paid back, 0 without a
    /// conversion.
    double value(StageKind kind, std::size_t click) const {
        if (kind != StageKind::net) return stage(kind).value[click];
        return double{conversion.value[click]} * (1 - double{refund.value[click]});
    }
    /// Which of the seven a click takes, with these observation windows.
    Trajectory trajectory(std::size_t click, const Windows& windows) const;
    /// The final label of a click that entered the stage.
    bool label(StageKind kind, std::size_t click) const {
        return kind == StageKind::net ? net(click) : stage(kind).happens(click);
    }
};

/// Applies the attribution windows: an event at or beyond its window never happened.
Outcomes outcomes(const ClickLog& log);

/// What a platform knew at time t: clicks after t have not entered, events after t have not happened.
Outcomes known_at(const Outcomes& all, Time t);

}  // namespace netcvr
