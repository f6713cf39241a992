#pragma once
// A sweep: a grid of scenarios × seeds on which the same methods are run. This is the plan; workers.h runs it
// and run_folder.h keeps it.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "estimators/method.h"
#include "output/sweep_results.h"
#include "scenarios/settings.h"

namespace netcvr {

/// One log, and all methods of the sweep on it.
struct SweepRun {
    Settings settings;                          // resolved, seed included; not yet solved
    std::map<std::string, std::string> labels;  // of every axis: key → value
    std::int64_t seed = 0;
    /// 32 hexadecimal digits for everything that decides the result: the resolved scenario and training, the
    /// methods with their versions, bootstrap, stream_version, training_version, the results' format version.
    /// Not labels: another plan may hold the same run under others.
    std::string address;
};

struct SweepPlan {
    std::string name, question;  // question: the comment that opens the file
    std::string scenario;        // base preset or file
    std::vector<Axis> axes;
    std::vector<const Method*> methods;
    std::vector<std::int64_t> seeds;
    int bootstrap = 0;           // resamples by user for metrics against labels
    std::vector<SweepRun> runs;  // seeds innermost, the first axis outermost
    std::string toml;            // the whole plan in one file: read again it gives the same runs
};

/// A sweep in TOML (README, "Sweeps"):
///
///   name, scenario, methods, replicates and first_seed (or seeds), bootstrap
///   [set]   key = value            for all runs
///   [grid]  key = [values]         an axis each; all combinations
///   [zip]   key = [values], …      one axis of fields that move together; label = ["…"] names its levels,
///                                  title = "…" the axis
///   [base]  a scenario written here, in place of the one that `scenario` then only names
///
/// `source` stands in messages; a scenario that is a file is found beside `folder`. Throws InputError
/// (scenario) with line and column, and usage for a method.
SweepPlan parse_sweep(std::string_view toml,
                      const std::string& source,
                      const std::string& folder,
                      const std::vector<std::string>& sets);
SweepPlan load_sweep(const std::string& path, const std::vector<std::string>& sets);

/// What a run is expected to take on one processor.
struct RunEstimate {
    double seconds = 0;
    std::size_t memory = 0;  // bytes at its peak
    std::size_t bytes = 0;   // of its result on disk
};
RunEstimate estimate(const SweepRun& run, const std::vector<const Method*>& methods);

/// Part `index` (0-based) of `count`: every count-th run, so that parts cost about the same.
std::vector<std::size_t> shard(const SweepPlan& plan, std::size_t index, std::size_t count);

}  // namespace netcvr
