#pragma once

#include <string>
#include <vector>

#include "output/report.h"

namespace netcvr {

/// What `report` is given: the folder of a sweep, or one file that `sweep merge` wrote, or any number of
/// files that `score --json` wrote. Damaged files of a folder are told on stderr and count as missing. Throws
/// InputError: usage if a sweep does not stand alone, data if something cannot be read.
ReportInput read_report_input(const std::vector<std::string>& paths);

}  // namespace netcvr
