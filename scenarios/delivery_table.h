#pragma once

#include <string>

#include "estimators/method.h"

namespace netcvr {

/// What a learner's rule sends of each of the seven trajectories to one of its towers, label@when, asked of
/// the rule itself: a line for each, or, where it depends on when within the trajectory's bounds the events
/// come, a line for each case.
std::string delivery_table(const Learner& learner, std::size_t tower = 0);

}  // namespace netcvr
