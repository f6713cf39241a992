#pragma once
// What `score` says about one log, as JSON (read back by `report`), as text and as CSV.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "output/score.h"

namespace netcvr {

/// Raised when a results file says something else or otherwise than before; other versions are not read.
inline constexpr int results_version = 2;

/// What the scored clicks are like, by their matured labels.
struct LogShape {
    static constexpr std::array trajectory_names = {"T0", "A0", "A1", "A2", "B0", "B1", "B2"};
    /// Clicks on each of the seven trajectories: T0 no conversion; A early, B late conversion; then 0 never
    /// refunded, 1 early refund, 2 late refund (early: within the observation window).
    std::array<std::size_t, 7> trajectory{};
    std::vector<Time> delay;  // increasing; seconds
    std::vector<double>
        conversions_within;              // share of attributed conversions whose delay is at most delay[k]
    std::vector<double> refunds_within;  // share of attributed refunds, counted from the conversion

    bool operator==(const LogShape&) const = default;
};
/// Throws nothing; all empty if the log's labels have not matured.
LogShape shape_of(const ClickLog& log);

/// The scores of one log and what it takes to group them.
struct Result {
    std::string scenario;
    std::int64_t seed = 0;
    std::string log_digest;
    std::map<std::string, std::string> labels =
        {};                          // "targets.refunds_per_conversion" → "0.245"; `report` groups by them
    std::string scenario_toml = {};  // resolved
    LogShape shape = {};
    Scores scores = {};

    bool operator==(const Result&) const = default;
};

std::string results_json(const Result& result);
/// Throws InputError (data) naming `source` and what is wrong.
Result parse_results_json(const std::string& text, const std::string& source);

/// One table a target: a row a metric, beside its world ceiling a column a method.
std::string results_text(const Result& result);
/// Long form: scenario,seed,method,target,metric,value,ceiling,count,infinite,low,high; RI-… as metrics of
/// that name.
std::string results_csv(const Result& result);

/// `list metrics`: name, held against, better direction, formula, unit, targets.
std::string metrics_text();

}  // namespace netcvr
