#pragma once

#include <vector>

#include "output/compare.h"

namespace netcvr {

/// The results of a sweep by the levels they are on, in the order of the plan; nothing summarised yet. Throws
/// InputError (data) if a result is on no level of an axis.
std::vector<Group> groups_of(const SweepResults& sweep);

}  // namespace netcvr
