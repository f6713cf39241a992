#pragma once

#include <optional>
#include <vector>

#include "output/bootstrap.h"
#include "output/score.h"
#include "output/scored_rows.h"

namespace netcvr {

/// The scores of a method's gmv and net_gmv, appended: against the truth of the conversion's value
/// (/truth/gmv_first and net_gmv_first in a world with repeats, else gmv and net_gmv: then they are the
/// same), and against what was paid and kept, matured or as known at a time. No ceilings; intervals against
/// labels of what is a ratio of sums. clicks: those that have a label, and resamples of their users. Throws
/// InputError (data) if the log has no money to score against.
void add_money_scores(const ClickLog& log,
                      const std::optional<Truth>& truth,
                      const std::optional<Time>& as_of,
                      const Predictions& predictions,
                      const LabelledRows& clicks,
                      const Resamples& resamples,
                      std::vector<Score>& scores);

}  // namespace netcvr
