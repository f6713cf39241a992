#pragma once
// What `score` says about one log, as JSON (read back by `report`), as text and as CSV.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "output/score.h"

namespace netcvr {

/// The scores of one log and what it takes to group them.
struct Result {
    std::string scenario;
    std::int64_t seed = 0;
    std::string log_digest;
    std::map<std::string, std::string>
        labels;  // "targets.refunds_per_conversion" → "0.245"; `report` groups by them
    Scores scores;

    bool operator==(const Result&) const = default;
};

std::string results_json(const Result& result);
/// Throws InputError (data) naming `source` and what is wrong.
Result parse_results_json(const std::string& text, const std::string& source);
Result read_results(const std::string& path);

/// One table a target: a row a metric, beside its world ceiling a column a method.
std::string results_text(const Result& result);
/// Long form: scenario,seed,method,target,metric,value,ceiling,count,infinite.
std::string results_csv(const Result& result);

/// `list metrics`: name, held against, better direction, formula, unit, targets.
std::string metrics_text();

}  // namespace netcvr
