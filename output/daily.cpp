#include "output/daily.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "output/table.h"
#include "sim/time.h"

namespace netcvr {
namespace {

constexpr std::string_view counted_with =
    "Events by the day of their click, until the end of the follow-up. Purchases are those of /purchases, "
    "repeats "
    "included, and refunds those of any of them.";
constexpr std::string_view counted_without =
    "Events by the day of their click, until the end of the follow-up. The log has no /purchases: a purchase "
    "is a "
    "click's first conversion, a refund that conversion's.";

std::size_t distinct(std::vector<std::int32_t> ids) {
    std::ranges::sort(ids);
    return static_cast<std::size_t>(std::unique(ids.begin(), ids.end()) - ids.begin());
}

/// Local days since 1970-01-01.
std::int64_t local_day(Time local) {
    return local >= 0 ? local / day : -((day - 1 - local) / day);
}

/// "2025-05-01"
std::string date_of(std::int64_t days) {
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

void count_events(const ClickLog& log, const std::vector<std::size_t>& day_of, std::vector<DayCounts>& days) {
    for (std::size_t i = 0; i < log.size(); ++i) {
        DayCounts& on = days[day_of[i]];
        ++on.clicks;
        if (log.has_purchases) continue;
        on.purchases += log.conversion_time[i] != never ? 1 : 0;
        on.refunds += log.refund_time[i] != never ? 1 : 0;
    }
    const Purchases& p = log.purchases;
    for (std::size_t k = 0; k < p.size(); ++k) {
        DayCounts& on = days[day_of[static_cast<std::size_t>(p.row[k])]];
        ++on.purchases;
        on.repurchases += p.ordinal[k] > 0 ? 1 : 0;
        on.refunds += p.refund_time[k] != never ? 1 : 0;
    }
}

DayCounts total_of(const std::vector<DayCounts>& days, const ClickLog& log) {
    DayCounts total{.date = "total", .users = distinct(log.user_id)};
    for (const DayCounts& on : days) {
        total.clicks += on.clicks, total.purchases += on.purchases;
        total.repurchases += on.repurchases, total.refunds += on.refunds;
    }
    return total;
}

/// Per click; nothing on a day without clicks.
std::optional<double> per_click(std::size_t events, const DayCounts& on) {
    if (on.clicks == 0) return std::nullopt;
    return static_cast<double>(events) / static_cast<double>(on.clicks);
}
std::string percent(const std::optional<double>& rate) {
    return rate ? fmt::format("{:.4f}%", 100 * *rate) : "–";
}

}  // namespace

std::vector<DayCounts> daily_counts(const LogFile& file, Time utc_offset) {
    const ClickLog& log = file.log;
    std::vector<DayCounts> days;
    if (log.size() == 0) return {total_of(days, log)};
    const Time origin = parse_utc(file.header.time_origin).value_or(0) + utc_offset;
    const std::int64_t first = local_day(origin + log.click_time.front());
    std::vector<std::size_t> day_of;
    for (const Time t : log.click_time)
        day_of.push_back(static_cast<std::size_t>(local_day(origin + t) - first));
    for (std::size_t d = 0; d <= day_of.back(); ++d)
        days.push_back({.date = date_of(first + static_cast<std::int64_t>(d))});
    count_events(log, day_of, days);
    for (std::size_t d = 0, begin = 0; d < days.size(); ++d) {
        const std::size_t end = begin + days[d].clicks;  // clicks are in order of time
        if (!log.user_id.empty())
            days[d].users = distinct({log.user_id.begin() + static_cast<std::ptrdiff_t>(begin),
                                      log.user_id.begin() + static_cast<std::ptrdiff_t>(end)});
        begin = end;
    }
    days.push_back(total_of(days, log));
    return days;
}

std::string daily_text(const std::vector<DayCounts>& days, const ClickLog& log) {
    const auto count = [](bool there, std::size_t n) { return there ? grouped(n) : "–"; };
    const auto rate = [](bool there, std::size_t n, const DayCounts& on) {
        return there ? percent(per_click(n, on)) : "–";
    };
    Table table{.header = {"date", "users", "clicks", "purchases", "repurchases", "refunds", "purchase/click",
                           "repurchase/click", "refund/click"},
                .rows = {}};
    for (const DayCounts& on : days)
        table.rows.push_back({on.date, count(log.has_ids, on.users), grouped(on.clicks),
                              grouped(on.purchases), count(log.has_purchases, on.repurchases),
                              count(log.has_refunds, on.refunds), rate(true, on.purchases, on),
                              rate(log.has_purchases, on.repurchases, on),
                              rate(log.has_refunds, on.refunds, on)});
    return text_table(table) +
           wrapped(
               "  " + std::string(log.has_purchases ? counted_with : counted_without) + " Users: distinct.",
               2);
}

std::string daily_json(const std::vector<DayCounts>& days, const ClickLog& log) {
    using Json = nlohmann::ordered_json;
    const auto count = [](bool there, std::size_t n) { return there ? Json(n) : Json(nullptr); };
    const auto rate = [](bool there, std::size_t n, const DayCounts& on) {
        const auto x = per_click(n, on);
        return there && x ? Json(*x) : Json(nullptr);
    };
    Json list = Json::array();
    for (const DayCounts& on : days)
        list.push_back({{"date", on.date},
                        {"users", count(log.has_ids, on.users)},
                        {"clicks", on.clicks},
                        {"purchases", on.purchases},
                        {"repurchases", count(log.has_purchases, on.repurchases)},
                        {"refunds", count(log.has_refunds, on.refunds)},
                        {"purchases_per_click", rate(true, on.purchases, on)},
                        {"repurchases_per_click", rate(log.has_purchases, on.repurchases, on)},
                        {"refunds_per_click", rate(log.has_refunds, on.refunds, on)}});
    const Json json = {{"format", "netcvr-daily"},
                       {"format_version", 1},
                       {"counted", log.has_purchases ? counted_with : counted_without},
                       {"days", list}};
    return json.dump(1) + "\n";
}

}  // namespace netcvr
