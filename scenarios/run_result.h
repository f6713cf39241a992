#pragma once

#include <vector>

#include "estimators/train.h"
#include "output/results.h"
#include "scenarios/settings.h"
#include "sim/log_file.h"

namespace netcvr {

/// Everything that is said about one log and the predictions for it. labels: every field of the scenario but
/// its seed and name (a sweep puts its axes there instead). bootstrap: resamples of users, 0 = no intervals
/// for metrics against labels. Throws InputError (data) as score() does.
Result result_of(const LogFile& file,
                 const Settings& settings,
                 const std::vector<Predictions>& predictions,
                 int bootstrap);

}  // namespace netcvr
