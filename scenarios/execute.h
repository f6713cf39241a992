#pragma once
// One run of a sweep: draw its log, train all methods on it, score them. Nothing touches the disk.

#include <vector>

#include "estimators/method.h"
#include "output/sweep_results.h"
#include "scenarios/sweep.h"

namespace netcvr {

struct Executed {
    Result result;
    RunCost cost;  // peak_memory: of this process so far
};

/// The result does not depend on `threads` (0: all processors); the cost does. bootstrap: resamples by user
/// for the intervals of metrics against labels. Throws what make_world(), train() and result_of() throw.
Executed execute(const SweepRun& run, const std::vector<const Method*>& methods, int bootstrap, int threads);

}  // namespace netcvr
