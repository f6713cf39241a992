#pragma once
// The results of a sweep: what `sweep merge` writes and `report` shows. Everything here but the costs is the
// same on every machine, for any number of jobs, and however often the sweep was interrupted.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "output/results.h"

namespace netcvr {

/// One thing a sweep varies: one field (`grid`), or several fields that move together (`zip`).
struct Axis {
    std::string title;  // "targets.refunds_per_conversion"; of a zip its title, or its keys joined by " & "
    std::vector<std::string> keys;    // keys in Result::labels
    std::vector<std::string> levels;  // levels[l]: "0.245"; of a zip its label, or its values joined
    std::vector<std::map<std::string, std::string>> labels;  // labels[l]: key → value, as in Result::labels
    /// levels[l] as a number, in seconds for durations, if every level of a single field is one.
    std::vector<double> numbers;

    bool operator==(const Axis&) const = default;
};

/// A run that gave no result, and why.
struct Failure {
    std::map<std::string, std::string> labels;
    std::int64_t seed = 0;
    std::string reason;

    bool operator==(const Failure&) const = default;
};

/// What a run took. Not part of its result: it differs from machine to machine.
struct RunCost {
    double simulate_seconds = 0, train_seconds = 0, score_seconds = 0;  // wall clock
    std::size_t peak_memory = 0;                                        // bytes, of the run's process
    std::map<std::string, double> method_seconds;                       // method → seconds of its streams

    bool operator==(const RunCost&) const = default;
};

struct SweepResults {
    std::string name, question;  // of the sweep; question: what its file says it asks
    std::string scenario;        // base preset or file
    std::vector<Axis> axes;      // the first is the horizontal axis of charts
    std::vector<std::string> methods;
    std::vector<std::int64_t> seeds;
    std::size_t planned = 0;        // runs of the whole sweep
    std::vector<Result> results;    // in the order of the plan
    std::vector<Failure> failures;  // in the order of the plan
    std::string sweep_toml;         // the plan itself
    std::string created_by;         // "netcvr 0.1.0"
    std::int64_t stream_version = 0, training_version = 0;

    bool operator==(const SweepResults&) const = default;
};

/// One file for a whole sweep: "format": "netcvr-sweep-results".
std::string sweep_results_json(const SweepResults& sweep);
/// Throws InputError (data) naming `source` and what is wrong.
SweepResults parse_sweep_results(const std::string& text, const std::string& source);

std::string cost_json(const RunCost& cost);
RunCost parse_cost(const std::string& text, const std::string& source);

}  // namespace netcvr
