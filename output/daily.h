#pragma once
// What happened to the clicks of every day, as the tables of the population study have it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/log_file.h"

namespace netcvr {

/// Events by the local day of their click, whenever they happened within the follow-up.
struct DayCounts {
    std::string date;  // "2025-05-01"; "total"
    std::size_t users = 0, clicks = 0;
    std::size_t purchases = 0;  // repeats included, where the log has them
    std::size_t repurchases = 0, refunds = 0;
};

/// A row for every local day from the first click's to the last's, then the total. utc_offset: of local time.
std::vector<DayCounts> daily_counts(const LogFile& file, Time utc_offset);

/// What the log (of days) does not have is –, or null.
std::string daily_text(const std::vector<DayCounts>& days, const ClickLog& log);
std::string daily_json(const std::vector<DayCounts>& days, const ClickLog& log);

}  // namespace netcvr
