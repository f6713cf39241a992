#pragma once
// What `sweep plan` and `sweep status` print.

#include <string>
#include <vector>

#include "output/sweep_results.h"
#include "scenarios/run_folder.h"
#include "scenarios/sweep.h"

namespace netcvr {

/// What is asked, of what, and what it will cost. states: of plan.runs in the sweep's folder; empty if there
/// is no folder. jobs: runs at once.
std::string plan_text(const SweepPlan& plan, const std::vector<RunState>& states, int jobs);
std::string plan_json(const SweepPlan& plan, const std::vector<RunState>& states, int jobs);

/// How far a folder has come with its plan.
struct Standing {
    std::vector<RunState> states;    // of plan.runs
    std::vector<Failure> failures;   // of the runs that failed, in the order of the plan
    std::vector<RunCost> costs;      // of the runs that are done, as far as they were kept
    std::vector<std::string> stale;  // temporary files that nobody writes to any more
};
std::string status_text(const SweepPlan& plan, const Standing& standing);
std::string status_json(const SweepPlan& plan, const Standing& standing);

}  // namespace netcvr
