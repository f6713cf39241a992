#pragma once

#include "scenarios/settings.h"
#include "sim/log_file.h"

namespace netcvr {

/// A scenario that aims at this log: its size, period, windows and protocol, its traffic and conversion by
/// hour and weekday, its features by name, cardinality and missing share, and every target that can be
/// counted in it. What a log cannot say (traits, weights, what a feature means) stays at its default.
Settings targets_of(const LogFile& file);

}  // namespace netcvr
