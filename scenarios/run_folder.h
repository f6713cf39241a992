#pragma once
// The folder of a sweep, output/runs/NAME by default. Files appear whole or not at all; whatever else is
// found there is left alone.
//
//   sweep.toml                 the plan
//   runs/ADDRESS.json          one result each (results.h)
//   runs/ADDRESS.cost.json     what it took: not part of the result
//   runs/ADDRESS.failed.json   why there is none
//   results.json               all results in the order of the plan (`sweep merge`, and at the end of `sweep
//   run`) lock, lock.I-of-N          held (flock) while a sweep runs there, by the kernel given back at its
//   end

#include <optional>
#include <string>
#include <vector>

#include "output/sweep_results.h"
#include "scenarios/sweep.h"

namespace netcvr {

enum class RunState { missing, done, failed };

class RunFolder {
public:
    explicit RunFolder(std::string path) : path_(std::move(path)) {}

    const std::string& path() const { return path_; }
    std::string plan_path() const { return path_ + "/sweep.toml"; }
    std::string result_path(const SweepRun& run) const { return path_ + "/runs/" + run.address + ".json"; }
    std::string cost_path(const SweepRun& run) const { return path_ + "/runs/" + run.address + ".cost.json"; }
    std::string failure_path(const SweepRun& run) const {
        return path_ + "/runs/" + run.address + ".failed.json";
    }
    std::string merged_path() const { return path_ + "/results.json"; }

    /// Creates the folder and writes the plan if it is not there as it is. Throws InputError (system).
    void begin(const SweepPlan& plan) const;
    RunState state(const SweepRun& run) const;
    void write(const SweepRun& run, const Result& result, const RunCost& cost) const;
    void write_failure(const SweepRun& run, const std::string& reason) const;

private:
    std::string path_;
};

/// Everything the folder has of this plan, in its order. costs is parallel to results.results (absent: none
/// kept).
struct Gathered {
    SweepResults results;
    std::vector<std::optional<RunCost>> costs;
    std::size_t missing = 0;
};
Gathered gather(const SweepPlan& plan, const RunFolder& folder);

/// Held while it lives: the whole folder (part 0 of 1), or one part of a plan beside the other parts. Throws
/// InputError (exists) if another process holds it.
class FolderLock {
public:
    FolderLock(const RunFolder& folder, std::size_t part, std::size_t parts);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int whole_ = -1, part_ = -1;
};

}  // namespace netcvr
