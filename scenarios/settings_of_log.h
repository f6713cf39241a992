#pragma once

#include <string>

#include "scenarios/settings.h"
#include "sim/log_file.h"

namespace netcvr {

/// The resolved scenario a log carries. Throws InputError (data) if its text is damaged.
Settings settings_of(const LogFile& file, const std::string& path);

/// Whether a name means a log, not a scenario: a file that begins as HDF5 does, or a name that ends as those
/// do.
bool names_log(const std::string& name);

/// Whether that scenario is the world of the log: not if the log was imported or its scenario is withheld.
bool states_world(const LogHeader& header);

/// Whether its refunds, at least, were drawn from that scenario: "simulated", "imported_criteo + simulated
/// refunds".
bool states_refunds(const LogHeader& header);

}  // namespace netcvr
