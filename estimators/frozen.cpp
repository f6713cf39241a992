#include "estimators/frozen.h"

#include "estimators/ages.h"

namespace netcvr {
namespace {

bool contains(TrajectorySet set, std::size_t trajectory) {
    return (set >> trajectory & 1U) != 0;
}

}  // namespace

std::vector<Windows> windows_of(const Frozen& head, StageKind stage, const Windows& stream) {
    if (!head.by_age) return {stream};
    std::vector<Windows> windows;
    for (std::size_t k = 0; k < age_count; ++k) windows.push_back(windows_at_age(stream, stage, k));
    return windows;
}

Answer answer(const Question& question, Trajectory trajectory) {
    if (!contains(question.asked, trajectory)) return Answer::skip;
    return contains(question.yes, trajectory) ? Answer::yes : Answer::no;
}

double answer(const Question& question, const Trajectories& masses) {
    double yes = 0, asked = 0;
    for (std::size_t j = 0; j < masses.size(); ++j) {
        if (contains(question.asked, j)) asked += masses[j];
        if (contains(question.yes, j)) yes += masses[j];
    }
    return asked > 0 ? yes / asked : 0;
}

}  // namespace netcvr
