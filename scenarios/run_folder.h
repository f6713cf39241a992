#pragma once
// The folder of a sweep, output/runs/NAME by default. Files appear whole or not at all; whatever else is
// found there is left alone.
//
//   sweep.toml                 the plan
//   runs/ADDRESS.json          one result each (results.h), opening with its address and the digest of the
//                              rest
//   runs/ADDRESS.cost.json     what it took: not part of the result
//   runs/ADDRESS.failed.json   why there is none
//   results.json               all results in the order of the plan (`sweep merge`, and at the end of `run`)
//   lock, lock.I-of-N          held (flock) while a sweep runs there; the kernel gives them back, come what
//                              may

#include <optional>
#include <string>
#include <sys/types.h>
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

    /// Makes the folder. Throws InputError (system).
    void create() const;
    /// Throws InputError (exists) if there is another plan and !force.
    void check_plan(const SweepPlan& plan, bool force) const;
    /// Makes the folder and writes the plan unless it is there, in whatever words. Throws what check_plan()
    /// throws, and InputError (system).
    void begin(const SweepPlan& plan, bool force = false) const;

    RunState state(const SweepRun& run) const;
    /// The result, its content checked. None if there is no file or it is not what was written; `damage` then
    /// says what is wrong with the file there is.
    std::optional<Result> read(const SweepRun& run, std::string* damage = nullptr) const;
    std::optional<RunCost> read_cost(const SweepRun& run) const;
    std::optional<Failure> read_failure(const SweepRun& run) const;

    /// Throw InputError (system).
    void write(const SweepRun& run, const Result& result, const RunCost& cost) const;
    void write_failure(const SweepRun& run, const std::string& reason) const;

    /// Files that were being written by somebody who lives or was killed.
    std::vector<std::string> temporaries() const;
    /// What `process` was writing for this run.
    void remove_temporaries(const SweepRun& run, pid_t process) const;

private:
    std::string path_;
};

/// Everything the folder has of this plan, in its order. costs is parallel to results.results (absent: none
/// kept).
struct Gathered {
    SweepResults results;
    std::vector<std::optional<RunCost>> costs;
    std::size_t missing = 0;
    std::vector<std::string> damaged;  // "DIR/runs/….json: …": files that count as missing
};
Gathered gather(const SweepPlan& plan, const RunFolder& folder);

/// Held while it lives: the whole folder (part 0 of 1), or one part of a plan beside the other parts. Throws
/// InputError: exists if another process holds it, system if the folder cannot be locked.
class FolderLock {
public:
    FolderLock(const RunFolder& folder, std::size_t part, std::size_t parts);
    /// Beside all parts; only keeps others from taking the whole.
    explicit FolderLock(const RunFolder& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int whole_ = -1, part_ = -1;
};

/// True if somebody runs or merges the sweep of this folder now.
bool is_locked(const RunFolder& folder);

}  // namespace netcvr
