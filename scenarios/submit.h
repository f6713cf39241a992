#pragma once
// `sweep submit`: the missing runs of a sweep as one Slurm array job.
//
// Task i of the array runs part i of n of the plan (sweep.h, shard): n = min(runs, --array), so a part is
// named by the plan and not by what is missing. Submitting again asks for the same parts, and only for those
// in which a run is not done; there, what is done is skipped. While a job of this folder is queued or
// running, a second one is refused: it would compute the same runs.

#include <cstddef>
#include <string>
#include <vector>

#include "scenarios/commands.h"
#include "scenarios/run_folder.h"
#include "scenarios/sweep.h"

namespace netcvr {

struct ArrayJob {
    std::string name;                // the same for every job of this folder, and of no other
    std::string folder, program;     // absolute
    std::vector<std::size_t> tasks;  // 1-based parts with runs that are not done, increasing
    std::size_t parts = 0;           // of the plan
    int jobs = 1;            // runs at once in a task, each on a processor of its own; -j, 0 is 1 here
    std::size_t runs = 0;    // that are not done, in all tasks
    double seconds = 0;      // of the longest task, as estimated
    std::size_t memory = 0;  // bytes of the largest task, as estimated
    std::vector<std::string> options;  // "--partition=short"; they follow ours, so that they win
};

/// What there is to submit; no task if every run is done. Throws InputError (usage) for an option that is not
/// one long option, or that names or divides the job, which is for submit to do.
ArrayJob array_job(const SweepArguments& arguments, const SweepPlan& plan, const RunFolder& folder);

/// Asked of the cluster: time_margin × the seconds estimated, and time to start; memory_margin × the memory.
inline constexpr double time_margin = 3, memory_margin = 2;
inline constexpr int minutes_to_start = 5;
/// The batch script; any path may hold blanks and quotes.
std::string batch_script(const ArrayJob& job);

/// Writes DIR/submit.sbatch and submits it; --dry-run prints the command instead. Says so if nothing is
/// missing. Throws InputError: exists if a job of this folder is queued, system if Slurm is not there or
/// refuses.
void submit(const SweepArguments& arguments, const SweepPlan& plan, const RunFolder& folder);

}  // namespace netcvr
