#pragma once
// What can be counted in a log and compared with a published figure: one table of statistics.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "estimators/stage.h"
#include "sim/log_file.h"

namespace netcvr {

/// A log and what several statistics need of it.
struct CountedLog {
    explicit CountedLog(const LogFile& file);

    const LogFile& file;
    Outcomes outcomes;
    std::size_t mature = 0;    // clicks whose labels are final when the file ends: a prefix
    std::size_t streamed = 0;  // the first click of the streamed period
};

/// Clicks whose labels are final when the file ends: a prefix, as rows are in time order.
std::size_t mature_clicks(const ClickLog& log);

std::size_t distinct_ids(std::vector<std::int32_t> ids);

/// A row of the table. Rates of events (…s_per_click) count what the file has, over all clicks; labels (cvr,
/// …) are events within W_A and W_R over mature clicks. A statistic with an argument is written
/// "name:argument".
struct LogStatistic {
    std::string_view name, argument, unit, help;  // argument: "" for none, else what it is
    std::optional<double> (*of)(const CountedLog& log, std::string_view argument);
    bool is_count = false;  // grows with the log's scale
};
const std::vector<LogStatistic>& log_statistics();
/// The row of "name" or "name:argument". Throws InputError (scenario): unknown name, missing or bad argument.
const LogStatistic& find_statistic(std::string_view written);
/// Its value; empty where the log has none (no truth, no purchases, nothing to divide by).
std::optional<double> value_of(std::string_view written, const CountedLog& log);

}  // namespace netcvr
