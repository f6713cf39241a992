#pragma once
// The parts of the page below its first screen, each a whole HTML element or "".

#include <string>

#include "output/report.h"

namespace netcvr {

/// Runs that failed or are still to come.
std::string gaps_section(const ReportInput& input);
/// What the methods of the sweep are and what they took.
std::string methods_section(const ReportInput& input);
/// What is needed to make the same report again, and to see that it is the same.
std::string provenance_section(const ReportInput& input);

}  // namespace netcvr
