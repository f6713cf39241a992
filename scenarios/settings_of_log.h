#pragma once

#include <string>

#include "scenarios/settings.h"
#include "sim/log_file.h"

namespace netcvr {

/// The resolved scenario a log carries. Throws InputError (data) if its text is damaged.
Settings settings_of(const LogFile& file, const std::string& path);

}  // namespace netcvr
