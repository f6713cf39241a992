#pragma once
// Frozen heads: auxiliary probabilities given x that a method's weights need, fitted on closed history and
// held from then on. Each is a question about the seven trajectories,
//     P(trajectory in `yes` | trajectory in `asked`, x),
// so it has a definite answer for every click once attribution has closed, and its true value follows from
// the masses of the trajectories wherever these are known. Windows are the stream's own. Who answers is
// training.frozen's to say (answers.cpp).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "estimators/stage.h"
#include "sim/trajectory.h"

namespace netcvr {

/// Trajectories, one bit each.
using TrajectorySet = std::uint8_t;
template <class... Each>
constexpr TrajectorySet set_of(Each... each) {
    return static_cast<TrajectorySet>((0U | ... | (1U << each)));
}
namespace trajectory_sets {
inline constexpr TrajectorySet none = 0, all = set_of(t0, a0, a1, a2, b0, b1, b2), early = set_of(a0, a1, a2),
                               late = set_of(b0, b1, b2), converted = early | late,
                               refunded = set_of(a1, a2, b1, b2), refunded_early = set_of(a1, b1),
                               refunded_late = set_of(a2, b2), kept = set_of(a0, b0);
}  // namespace trajectory_sets

struct Question {
    TrajectorySet asked = 0, yes = 0;
};

struct Frozen {
    std::string_view name;                            // as a method's `math` calls it
    std::string_view meaning;                         // the conditional probability, spelled out
    Question conversion = {}, refund = {}, net = {};  // what it asks in each stage
    bool by_age = false;  // asked at every age (ages.h), not of the observation window; then a copy's answer
                          // is that of the age with the number of its part
    std::optional<std::size_t> age = {};  // … or of this age, whatever the part
    std::optional<StageKind> of = {};     // the stage it asks about if not the learner's own

    const Question& question(StageKind stage) const {
        return stage == StageKind::conversion ? conversion : stage == StageKind::refund ? refund : net;
    }
};

enum class Answer : std::uint8_t { no, yes, skip };  // skip: the question is not about this click

/// With which windows the head asks in its stage: the stream's, or those at every age.
std::vector<Windows> windows_of(const Frozen& head, StageKind stage, const Windows& stream);

Answer answer(const Question& question, Trajectory trajectory);
/// P(yes | asked) in a world in which the trajectories have these masses; 0 where none is asked.
double answer(const Question& question, const Trajectories& masses);

namespace frozen {

namespace sets = trajectory_sets;

inline constexpr Frozen event{.name = "event",
                              .meaning = "P(event | x)",
                              .conversion = {sets::all, sets::converted},
                              .refund = {sets::converted, sets::refunded},
                              .net = {sets::all, sets::kept}};
inline constexpr Frozen late{.name = "late",
                             .meaning = "P(event, delay > w | x)",
                             .conversion = {sets::all, sets::late},
                             .refund = {sets::converted, sets::refunded_late}};
inline constexpr Frozen real_negative{.name = "real_negative",
                                      .meaning = "P(no event | x, none seen by w)",
                                      .conversion = {sets::all & ~sets::early, set_of(t0)},
                                      .refund = {sets::converted & ~sets::refunded_early, sets::kept}};
inline constexpr Frozen late_given_event{.name = "late_given_event",
                                         .meaning = "P(delay > w | event, x)",
                                         .conversion = {sets::converted, sets::late},
                                         .refund = {sets::refunded, sets::refunded_late}};

/// The same question at every age instead of at w.
constexpr Frozen at_ages(Frozen head, std::string_view name, std::string_view meaning) {
    head.name = name;
    head.meaning = meaning;
    head.by_age = true;
    return head;
}
/// The same about a stage that is not the learner's own.
constexpr Frozen of_stage(Frozen head, StageKind stage) {
    head.of = stage;
    return head;
}
/// The answer of that age alone.
constexpr Frozen of_age(Frozen head, std::size_t age) {
    head.age = age;
    return head;
}
inline constexpr Frozen late_at_age = at_ages(late, "late_at_age", "P(event, delay > the copy's age | x)");
inline constexpr Frozen real_negative_at_age =
    at_ages(real_negative, "real_negative_at_age", "P(no event | x, none seen by the copy's age)");
inline constexpr Frozen late_given_event_at_age =
    at_ages(late_given_event, "late_given_event_at_age", "P(delay > the copy's age | event, x)");

}  // namespace frozen
}  // namespace netcvr
