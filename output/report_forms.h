#pragma once

#include <string>

#include "output/report.h"

namespace netcvr {

std::string text_report(const ReportInput& input, const Comparison& comparison);
std::string md_report(const ReportInput& input, const Comparison& comparison);
std::string tex_report(const ReportInput& input, const Comparison& comparison);
std::string csv_report(const ReportInput& input, const Comparison& comparison);
std::string json_report(const ReportInput& input, const Comparison& comparison);

/// Any text as text in LaTeX.
std::string tex_escaped(std::string_view text);
/// Any text as text in a cell or a line of Markdown.
std::string md_escaped(std::string_view text);

}  // namespace netcvr
