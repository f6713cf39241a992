#pragma once
// What the prequential protocol makes of a log: clicks to pretrain on, clicks to predict, and the copies that
// train a learner between predictions. train() and `netcvr deliver` both take it from here, so that a method
// made elsewhere sees what ours see.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "estimators/copies.h"
#include "estimators/examples.h"
#include "estimators/frozen.h"
#include "estimators/method.h"
#include "estimators/stage.h"
#include "sim/click_log.h"

namespace netcvr {

/// Age of a click at which no rule waits for its conversion or refund any more: rules may wait longer than
/// attribution.
Time settled(const Windows& windows);

/// Throws InputError (scenario) for a protocol that leaves no labels to pretrain on or no stream.
void check_protocol(const ClickLog& log);
/// Only for one without a stream.
void check_stream(const ClickLog& log);
/// Throws InputError (data) if one of the methods needs money and the log has none, or has a conversion of no
/// value or more paid back than paid, naming the row.
void check_values(const ClickLog& log, const std::vector<const Method*>& chosen);

/// Clicks of the pretrain period that enter one of the stages, with their label in each, a question each;
/// final when the stream starts, as the gap is long enough.
Examples pretrain_examples(const ClickLog& log, const Outcomes& all, const std::vector<StageKind>& stages);
/// Those that answer a frozen head's question, at each age if it is asked by age, with the answers; final as
/// well.
Examples pretrain_examples(const ClickLog& log, const Outcomes& all, StageKind kind, const Frozen& head);

/// Those of the clicks after the pretrain period, in order of their stage's start, which is the order in
/// which answers become final.
Examples later_examples(const ClickLog& log, const Outcomes& all, StageKind kind, const Frozen& head);
/// Which of the seven each click of the pretrain period took, with each of these windows; final as well.
TrajectoryExamples pretrain_trajectories(const ClickLog& log,
                                         const Outcomes& all,
                                         const std::vector<Windows>& windows);

/// The clicks to predict: every one from the stream's start on.
std::vector<std::uint32_t> streamed_clicks(const ClickLog& log);

/// Of a time in the stream: segment k is [start + k · segment, start + (k + 1) · segment). Its clicks are
/// predicted before its copies train.
std::size_t segment_of(const Protocol& protocol, Time t);

/// Number of segments, the last click included.
std::size_t segments(const ClickLog& log);

/// The copies that train the learner in the stream, in order of delivery; none if it never trains.
Copies stream_of(const ClickLog& log, const Outcomes& all, const Learner& learner);
/// Those that its rule sends before the stream starts, in order.
Copies sent_before_stream(const ClickLog& log, const Outcomes& all, const Learner& learner);
/// Those of clicks of the pretrain period, whenever sent: what an own start is fitted on. All have come when
/// the stream starts, as the gap is long enough. In order of clicks, all copies of a click together: in order
/// of delivery the last, when no click is left to send negatives of, would all be late positives.
Copies sent_of_pretrain(const ClickLog& log, const Outcomes& all, const Learner& learner);

/// What a value head learns of the stage's event: what was paid, the share paid back, or, of net, what is
/// kept. Of net known of each copy, else of positive ones; 0 where it is not.
double value_of(const Outcomes& all, StageKind stage, std::size_t click, bool positive);

/// What a copy is beside the copies of its click that came before. What comes later has no part in it: until
/// the event, one that will happen and one that will not have the same role.
enum class Role : std::uint8_t {
    first_negative,     // no event seen yet, or final, as the rule says
    first_positive,     // the event has been seen
    late_positive,      // the event, after a negative copy
    repeated_negative,  // still no event, after a negative copy: the rule has closed the case
    repeated_positive,  // the event once more, after a positive copy
    late_negative,      // the start of the stage, sent by its rule after the event
};
/// roles[k] of copy k of `stream`, to which `earlier` was sent before.
std::vector<Role> roles(const Copies& earlier, const Copies& stream);

}  // namespace netcvr
