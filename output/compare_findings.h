#pragma once

#include <string>
#include <vector>

#include "output/compare.h"

namespace netcvr {

/// A crossing or its absence for every panel and cascade, of groups that are decided.
std::vector<Finding> findings(const SweepResults& sweep, const Comparison& comparison);
/// What the findings say, in few sentences; why there is none, if there is none.
std::vector<std::string> summary(const SweepResults& sweep, const Comparison& comparison);

/// A value of a numeric axis as a person writes it: "0.0123", "2.5h" where the levels are durations.
std::string axis_value(const Axis& axis, double value);

}  // namespace netcvr
