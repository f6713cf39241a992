#pragma once
// Checks of single texts, for readers who know where the text stands; check() of scenario.h has them too.

#include <string>

#include "sim/scenario.h"

namespace netcvr {

/// Throws InputError (scenario) for what is no UTC instant.
void check_time_origin(const std::string& time_origin);

/// Throws InputError (scenario) for a source that is none of feature_sources().
void check_source(const Feature& feature);

}  // namespace netcvr
