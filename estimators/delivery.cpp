#include "estimators/delivery.h"

#include "estimators/ages.h"

namespace netcvr::delivery {
namespace {

enum : std::uint8_t { first, again };

/// An early conversion waits until its window closes like everybody else (S3), so that its age tells nothing.
/// An early refund is sent at once (R2): it is rare, and the click's conversion has revealed itself already.
Time first_copy(const Stage& stage, StageKind kind, std::size_t i) {
    const bool at_once = kind == StageKind::refund && stage.early(i);
    return at_once ? stage.event[i] : stage.start[i] + stage.observation;
}

template <class Send>
void for_each_entered(const Outcomes& outcomes, StageKind kind, Send send) {
    const Stage& stage = outcomes.stage(kind);
    stage.for_each_entered([&](std::size_t i) { send(stage, i); });
}

void confirm_negative(const Stage& stage, std::size_t i, Copies& copies) {
    if (!stage.happens(i)) copies.add(i, stage.start[i] + stage.settled(), false, again);
}

/// The last second of the segment that contains t, also before the stream: what comes then still trains
/// before the next segment is predicted.
Time last_of_segment(const Protocol& protocol, Time t) {
    const Time into = (t - protocol.stream_start()) % protocol.segment;
    return t - into + (into < 0 ? 0 : protocol.segment) - 1;
}

}  // namespace

void at_start_final_label(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    for_each_entered(outcomes, kind, [&](const Stage& stage, std::size_t i) {
        copies.add(i, stage.start[i], outcomes.label(kind, i));
    });
}

void at_start_then_positive(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    for_each_entered(outcomes, kind, [&](const Stage& stage, std::size_t i) {
        copies.add(i, stage.start[i], false);
        if (stage.happens(i)) copies.add(i, stage.event[i], true, again);
    });
}

void at_start_then_resolution(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    at_start_then_positive(outcomes, kind, copies);
    for_each_entered(outcomes, kind,
                     [&](const Stage& stage, std::size_t i) { confirm_negative(stage, i, copies); });
}

void after_window(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    for_each_entered(outcomes, kind, [&](const Stage& stage, std::size_t i) {
        copies.add(i, first_copy(stage, kind, i), stage.early(i));
    });
}

void after_window_then_late_positive(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    for_each_entered(outcomes, kind, [&](const Stage& stage, std::size_t i) {
        copies.add(i, first_copy(stage, kind, i), stage.early(i));
        if (stage.late(i)) copies.add(i, stage.event[i], true, again);
    });
}

void after_window_then_repair(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    after_window_then_late_positive(outcomes, kind, copies);
    for_each_entered(outcomes, kind,
                     [&](const Stage& stage, std::size_t i) { confirm_negative(stage, i, copies); });
}

void after_window_then_resolution(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    for_each_entered(outcomes, kind, [&](const Stage& stage, std::size_t i) {
        const Time at = first_copy(stage, kind, i);
        copies.add(i, at, stage.early(i));
        if (stage.early(i))
            copies.add(i, at, true, again);
        else if (stage.late(i))
            copies.add(i, stage.event[i], true, again);
        else
            confirm_negative(stage, i, copies);
    });
}

void at_maturity(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    for_each_entered(outcomes, kind, [&](const Stage& stage, std::size_t i) {
        const Time age = kind == StageKind::net ? outcomes.windows.maturity() : stage.attribution;
        copies.add(i, stage.start[i] + age, outcomes.label(kind, i));
    });
}

void at_end_of_segment(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    for_each_entered(outcomes, kind, [&](const Stage& stage, std::size_t i) {
        const Time last = last_of_segment(outcomes.protocol, stage.start[i]);
        copies.add(i, last, stage.happens(i) && stage.event[i] <= last);
    });
}

void at_ages(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    for_each_entered(outcomes, kind, [&](const Stage& stage, std::size_t i) {
        for (std::size_t k = 0; k < age_count; ++k) {
            const Time at = stage.start[i] + age(stage.attribution, k);
            copies.add(i, at, stage.happens(i) && stage.event[i] <= at, k);
        }
    });
}

void at_ages_until_event(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    for_each_entered(outcomes, kind, [&](const Stage& stage, std::size_t i) {
        std::size_t k = 0;
        for (; k < age_count; ++k) {
            const Time at = stage.start[i] + age(stage.attribution, k);
            if (stage.happens(i) && stage.event[i] <= at) break;
            copies.add(i, at, false, k);
        }
        if (stage.happens(i)) copies.add(i, stage.event[i], true, k);
    });
}

}  // namespace netcvr::delivery
