#pragma once

#include "estimators/train.h"
#include "sim/log_file.h"
#include "sim/scenario.h"

namespace netcvr {

/// What training.frozen = exact asks of a log, from its full truth; nothing without one. Refers to the file.
MassesOf masses_of(const LogFile& file, const Scenario& scenario);

}  // namespace netcvr
