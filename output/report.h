#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/compare.h"
#include "output/sweep_results.h"

namespace netcvr {

/// What a report is made of.
struct ReportInput {
    SweepResults sweep;                         // of loose results: one without name, axes from their labels
    std::vector<std::optional<RunCost>> costs;  // parallel to sweep.results, or empty
    std::size_t missing = 0;                    // runs of the plan that are still to come
    std::string command;                        // that made the report
};

enum class ReportFormat : std::uint8_t { text, md, csv };
/// "text", "md" or "csv"; throws InputError (usage) with the nearest name.
ReportFormat parse_report_format(std::string_view name);

/// Text and md: a table a group, what its columns are, and a verdict a group. CSV: every estimate with its
/// interval.
std::string report(const Comparison& comparison, ReportFormat format);

}  // namespace netcvr
