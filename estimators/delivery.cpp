#include "estimators/delivery.h"

namespace netcvr::delivery {
namespace {

/// An early conversion waits until its window closes like everybody else (S3), so that its age tells nothing.
/// An early refund is sent at once (R2): it is rare, and the click's conversion has revealed itself already.
Time first_copy(const Stage& stage, StageKind kind, std::size_t i) {
    const bool at_once = kind == StageKind::refund && stage.early(i);
    return at_once ? stage.event[i] : stage.start[i] + stage.observation;
}

}  // namespace

void at_start_final_label(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    const Stage& stage = outcomes.stage(kind);
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (stage.entered(i)) copies.add(i, stage.start[i], outcomes.label(kind, i));
}

void at_start_then_positive(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    const Stage& stage = outcomes.stage(kind);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (stage.entered(i)) copies.add(i, stage.start[i], false);
        if (stage.happens(i)) copies.add(i, stage.event[i], true);
    }
}

void after_window_then_late_positive(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    const Stage& stage = outcomes.stage(kind);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (!stage.entered(i)) continue;
        copies.add(i, first_copy(stage, kind, i), stage.early(i));
        if (stage.late(i)) copies.add(i, stage.event[i], true);
    }
}

void after_window_then_resolution(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    const Stage& stage = outcomes.stage(kind);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (!stage.entered(i)) continue;
        const Time first = first_copy(stage, kind, i);
        copies.add(i, first, stage.early(i));
        if (stage.early(i))
            copies.add(i, first, true);
        else if (stage.late(i))
            copies.add(i, stage.event[i], true);
        else
            copies.add(i, stage.start[i] + stage.settled(), false);
    }
}

void at_maturity(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    const Stage& stage = outcomes.stage(kind);
    const Time age = kind == StageKind::net ? outcomes.windows.maturity() : stage.attribution;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (stage.entered(i)) copies.add(i, stage.start[i] + age, outcomes.label(kind, i));
}

}  // namespace netcvr::delivery
