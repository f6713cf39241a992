#pragma once

#include <optional>
#include <vector>

#include "estimators/train.h"
#include "output/results.h"
#include "scenarios/settings.h"
#include "sim/log_file.h"

namespace netcvr {

/// Everything that is said about one log and the predictions for it. labels: every field of the scenario but
/// its seed and name (a sweep puts its axes there instead). bootstrap: resamples of users, 0 = no intervals
/// for metrics against labels. as_of: hold them against labels as known then; said under "labels_as_of".
/// Throws InputError (data) as score() does.
Result result_of(const LogFile& file,
                 const Settings& settings,
                 const std::vector<Predictions>& predictions,
                 int bootstrap,
                 const std::optional<Time>& as_of = std::nullopt);

}  // namespace netcvr
