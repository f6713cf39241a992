#pragma once
// Figures that others published about a log, and how a simulated one compares.

#include <optional>
#include <string>
#include <vector>

#include "output/log_statistics.h"
#include "sim/fields.h"

namespace netcvr {

/// A [[published]] table of a scenario file.
struct Published {
    std::string statistic;  // a row of log_statistics()
    double value = 0;
    double tolerance = 0.05;     // relative; of bound = "near"
    std::string kind = "hard";   // or "soft"
    std::string bound = "near";  // or "at-least", "at-most"
    std::string source;
};
const std::vector<Field>& published_fields();

struct FigureCheck {
    Published published;
    std::optional<double> realised;
    bool met = false;
    /// (realised − value) / value; the difference itself where the value is 0. Of a bound there is none.
    std::optional<double> error() const;
};
/// `scale`: of the log; counts (Statistic::count) are published of the whole and scaled by it.
std::vector<FigureCheck> compare_with(const std::vector<Published>& published,
                                      const LogFile& file,
                                      double scale = 1);
std::size_t hard_misses(const std::vector<FigureCheck>& rows);

std::string comparison_text(const std::string& name, const std::vector<FigureCheck>& rows);
std::string comparison_json(const std::string& name, const std::vector<FigureCheck>& rows);

}  // namespace netcvr
