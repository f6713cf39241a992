#pragma once
// The columns of a log file in their order, once for the writer and the reader.

#include <map>
#include <string>
#include <string_view>

#include "sim/log_file.h"

namespace netcvr {

struct LogColumn {
    std::string group, name;  // "/log", "click_time"
    std::string_view units;
    std::string description;
    std::string_view denominator = {};  // of a rate
    std::int64_t cardinality = 0;       // of a feature

    std::string path() const { return group + "/" + name; }
};

/// visit(LogColumn, std::vector<T>&) for every column of /log and /features. T = Time marks a column in which
/// the file has −1 where memory has `never`.
template <class Log, class Visit>
void for_each_log_column(Log& log, Visit visit) {
    constexpr std::string_view time = "s since time_origin";
    visit(LogColumn{"/log", "click_time", time, "when the ad was clicked"}, log.click_time);
    visit(LogColumn{"/log", "conversion_time", time, "first conversion; -1 = none within the follow-up"},
          log.conversion_time);
    visit(LogColumn{"/log", "refund_time", time, "refund of that conversion; -1 = none within the follow-up"},
          log.refund_time);
    visit(LogColumn{"/log", "user_id", "id", "who clicked"}, log.user_id);
    visit(LogColumn{"/log", "item_id", "id", "what was clicked"}, log.item_id);
    for (auto& feature : log.features)
        visit(LogColumn{.group = "/features",
                        .name = feature.name,
                        .units = "category",
                        .description = "0 to cardinality - 1; -1 = missing",
                        .cardinality = feature.cardinality},
              feature.value);
}

/// The same for /truth; `full` adds the uncensored times and the columns of the law.
template <class TruthColumns, class Visit>
void for_each_truth_column(TruthColumns& truth, bool full, Visit visit) {
    constexpr std::string_view time = "s since time_origin";
    visit(LogColumn{"/truth", "cvr", "1", "P(conversion within W_A | click)", "per click"}, truth.cvr);
    visit(LogColumn{"/truth", "refund_rate", "1",
                    "P(refund within W_R of the conversion | conversion within W_A, click)",
                    "per conversion within W_A"},
          truth.refund_rate);
    visit(LogColumn{"/truth", "net_cvr", "1",
                    "P(conversion within W_A and no refund within W_R of it | click)", "per click"},
          truth.net_cvr);
    if (!full) return;
    visit(LogColumn{"/truth", "conversion_time", time, "uncensored; -1 = never"}, truth.conversion_time);
    visit(LogColumn{"/truth", "refund_time", time, "uncensored; -1 = never"}, truth.refund_time);
    for (auto& column : truth.law)
        visit(LogColumn{"/truth", column.name, "1", column.description}, column.value);
}

/// visit(name of a root attribute, value) for the windows and periods a reader needs without the scenario.
template <class Log, class Visit>
void for_each_time(Log& log, Visit visit) {
    visit("log.duration", log.duration);
    visit("log.follow_up", log.follow_up);
    visit("windows.conversion_attribution", log.windows.conversion_attribution);
    visit("windows.refund_attribution", log.windows.refund_attribution);
    visit("windows.conversion_observation", log.windows.conversion_observation);
    visit("windows.refund_observation", log.windows.refund_observation);
    visit("protocol.pretrain", log.protocol.pretrain);
    visit("protocol.gap", log.protocol.gap);
    visit("protocol.segment", log.protocol.segment);
}

/// The digests of a file: of each group, and of /log and /features together, which do not depend on /truth.
struct LogDigests {
    explicit LogDigests(const std::vector<ColumnDigest>& columns) {
        std::map<std::string, std::vector<ColumnDigest>> parts = {
            {"/log", {}}, {"/features", {}}, {"/truth", {}}};
        std::vector<ColumnDigest> known;
        for (const auto& column : columns) {
            const std::string part = column.path.substr(0, column.path.find('/', 1));
            parts[part].push_back(column);
            if (part != "/truth") known.push_back(column);
        }
        for (const auto& [part, members] : parts) group[part] = combined(members);
        log_and_features = combined(known);
    }

    std::map<std::string, std::string> group;
    std::string log_and_features;
};

}  // namespace netcvr
