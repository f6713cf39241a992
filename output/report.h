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

enum class ReportFormat : std::uint8_t { html, text, md, tex, csv, json };
const std::vector<std::string>& report_formats();  // their names
/// Throws InputError (usage) with the nearest name.
ReportFormat parse_report_format(std::string_view name);
/// The format named, or else what the ending of `output` says (.html .txt .md .tex .csv .json), or else text.
/// Throws InputError (usage): an unknown format or ending, both against each other, html without an output.
ReportFormat choose_report_format(const std::string& named, const std::string& output);

/// Every format but html, which is report_page(). Each says which runs failed and how many are to come.
///   text, md  a table a group, what its columns are, verdicts, and where cascades and direct cross
///   tex       a booktabs table a group; bold where the paired test says so (MethodSummary::best)
///   csv       long form: every estimate with its interval
///   json      the comparison whole
std::string report(const ReportInput& input, const Comparison& comparison, ReportFormat format);

}  // namespace netcvr
