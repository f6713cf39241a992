#pragma once
// Delivery rules: when a click reaches the trainer, and with which label. Each is written once for every
// stage; a rule may use an event only in copies delivered at or after it (every_method_test checks that).
//
// Edges, the same for all: an event with delay exactly w is early, with delay exactly W it does not count,
// and where w ≥ W every event that counts is early. No copy comes later than max(W, w) after the stage's
// start, unless the rule waits for both stages. Part 0 is a click's first copy, part 1 one sent again, unless
// the rule says otherwise.

#include <vector>

#include "estimators/copies.h"
#include "estimators/stage.h"

namespace netcvr::delivery {

/// Final label at the start. No platform can do this: it is the privileged stream of the oracle.
void at_start_final_label(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// 0 at the start, 1 at the event (stream S1; on the refund stage S1 one level down).
void at_start_then_positive(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// The same, and 0 again when attribution closes without an event.
void at_start_then_resolution(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// Label seen when the observation window closes, and never again (S2).
void after_window(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// Label seen when the observation window closes, and 1 again at a late event (S3; R2 on the refund stage).
void after_window_then_late_positive(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// The same, and 0 again when attribution closes without an event (S5).
void after_window_then_repair(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// Every click twice: as above, then once more with its final label as soon as that is known (S4). The second
/// copy of an early event goes with its first, of a late event at the event, of a real negative when
/// attribution closes.
void after_window_then_resolution(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// Every click once with its final label, when that is final for all clicks of its age: W, or W_A + W_R for
/// net. Positives wait as long as negatives, so both labels speak of clicks of the same age and their ratio
/// is a rate.
void at_maturity(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// Every click once, in the last second of the segment in which its stage starts, with the label seen by
/// then.
void at_end_of_segment(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// Every click at each of the ages (ages.h) with the label seen by then; part k is age k.
void at_ages(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// 0 at each age before the event, part k at age k; 1 at the event, part = number of ages before it.
void at_ages_until_event(const Outcomes& outcomes, StageKind kind, Copies& copies);

}  // namespace netcvr::delivery
