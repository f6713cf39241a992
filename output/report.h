#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "output/compare.h"

namespace netcvr {

enum class ReportFormat : std::uint8_t { text, md, csv };
/// "text", "md" or "csv"; throws InputError (usage) with the nearest name.
ReportFormat parse_report_format(std::string_view name);

/// Text and md: a table a group, what its columns are, and a verdict a group. CSV: every estimate with its
/// interval.
std::string report(const Comparison& comparison, ReportFormat format);

}  // namespace netcvr
