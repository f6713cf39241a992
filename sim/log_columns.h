#pragma once
// The columns of a log file in their order, once for the writer and the reader.

#include <map>
#include <string>
#include <string_view>

#include "sim/log_file.h"

namespace netcvr {

inline constexpr std::string_view log_format = "netcvr-log", shard_format = "netcvr-log-shard";

// Values of the root attributes refunds and selection.truth, which other logs lack.
inline constexpr std::string_view refunds_not_recorded = "not recorded",
                                  truth_given_inclusion = "given-inclusion";

struct LogColumn {
    std::string group, name;  // "/log", "click_time"
    std::string units;
    std::string description;
    std::string denominator = {};  // of a rate
    std::int64_t cardinality = 0;  // of a feature
    bool has_missing = false;      // NaN where there is nothing to state

    std::string path() const { return group + "/" + name; }
};

/// visit(LogColumn, std::vector<T>&) for every column of /log and /features. T = Time marks a column in which
/// the file has −1 where memory has `never`.
template <class Log, class Visit>
void for_each_log_column(Log& log, Visit visit) {
    const std::string time = "s since time_origin";
    visit(LogColumn{"/log", "click_time", time, "when the ad was clicked"}, log.click_time);
    visit(LogColumn{"/log", "conversion_time", time, "first conversion; -1 = none within the follow-up"},
          log.conversion_time);
    visit(LogColumn{"/log", "refund_time", time,
                    log.has_refunds ? "refund of that conversion; -1 = none within the follow-up"
                                    : "refunds were not recorded: -1 says nothing"},
          log.refund_time);
    if (log.has_ids) {
        visit(LogColumn{"/log", "user_id", "id", "who clicked"}, log.user_id);
        visit(LogColumn{"/log", "item_id", "id", "what was clicked"}, log.item_id);
    }
    if (log.has_money) {
        visit(
            LogColumn{"/log", "order_value", "currency", "of that conversion; 0 = none within the follow-up"},
            log.order_value);
        visit(LogColumn{"/log", "refund_value", "currency",
                        "paid back of order_value; 0 = nothing within the follow-up"},
              log.refund_value);
    }
    for (auto& feature : log.features)
        visit(LogColumn{.group = "/features",
                        .name = feature.name,
                        .units = "category",
                        .description = "0 to cardinality - 1; -1 = missing",
                        .cardinality = feature.cardinality},
              feature.value);
}

/// The same for /purchases, a table of its own length, if the log has one.
template <class Log, class Visit>
void for_each_purchase_column(Log& log, Visit visit) {
    if (!log.has_purchases) return;
    const std::string time = "s since time_origin";
    auto& table = log.purchases;
    visit(LogColumn{"/purchases", "row", "row of /log", "the click"}, table.row);
    visit(LogColumn{"/purchases", "ordinal", "1", "0 = the click's first purchase, its conversion"},
          table.ordinal);
    visit(LogColumn{"/purchases", "purchase_time", time, "when it was bought"}, table.purchase_time);
    visit(LogColumn{"/purchases", "refund_time", time, "its refund; -1 = none within the follow-up"},
          table.refund_time);
    if (!log.has_money) return;
    visit(LogColumn{"/purchases", "order_value", "currency", "what was paid"}, table.order_value);
    visit(LogColumn{"/purchases", "refund_value", "currency", "paid back of it within the follow-up"},
          table.refund_value);
}

/// Puts `more` after `to`; their rows still count from where they did.
inline void append_purchases(const Purchases& more, Purchases& to) {
    const auto append = [](auto& column, const auto& from) {
        column.insert(column.end(), from.begin(), from.end());
    };
    append(to.row, more.row);
    append(to.ordinal, more.ordinal);
    append(to.purchase_time, more.purchase_time);
    append(to.refund_time, more.refund_time);
    append(to.order_value, more.order_value);
    append(to.refund_value, more.refund_value);
}

/// The same for /truth: the columns that `schema` names.
template <class TruthColumns, class Visit>
void for_each_truth_column(TruthColumns& truth, const TruthSchema& schema, Visit visit) {
    const std::string time = "s since time_origin", group = schema.group();
    const std::string given =
        schema.given_inclusion ? "click, its user was chosen for this sample by its conversions" : "click";
    const auto visit_named = [&](auto& columns) {
        for (auto& column : columns)
            visit(LogColumn{group, column.name, column.units, column.description, column.denominator},
                  column.value);
    };
    if (schema.cvr)
        visit(LogColumn{group, "cvr", "1", "P(conversion within W_A | " + given + ")", "per click"},
              truth.cvr);
    if (schema.refund_rate)
        visit(
            LogColumn{.group = group,
                      .name = "refund_rate",
                      .units = "1",
                      .description =
                          schema.of_conversions()
                              ? "P(refund within W_R of the conversion | conversion, its delay, click); NaN "
                                "without a conversion within W_A"
                              : "P(refund within W_R of the conversion | conversion within W_A, click)",
                      .denominator = "per conversion within W_A",
                      .has_missing = schema.of_conversions()},
            truth.refund_rate);
    if (schema.net_cvr)
        visit(
            LogColumn{group, "net_cvr", "1",
                      "P(conversion within W_A and no refund within W_R of it | " + given + ")", "per click"},
            truth.net_cvr);
    visit_named(truth.more);
    if (!schema.full) return;
    visit(LogColumn{group, "conversion_time", time, "uncensored; -1 = never"}, truth.conversion_time);
    visit(LogColumn{group, "refund_time", time, "uncensored; -1 = never"}, truth.refund_time);
    visit_named(truth.law);
}

/// A truth without rows that has the columns of `schema`.
inline Truth empty_truth(const TruthSchema& schema) {
    Truth truth;
    truth.more = schema.more;
    truth.law = schema.law;
    return truth;
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

/// The digests of a file: of each group, and of /log and /features together, which do not depend on /truth
/// or /purchases.
struct LogDigests {
    explicit LogDigests(const std::vector<ColumnDigest>& columns) {
        std::map<std::string, std::vector<ColumnDigest>> parts = {{"/log", {}}, {"/features", {}}};
        std::vector<ColumnDigest> known;
        for (const auto& column : columns) {
            const std::string part = column.path.substr(0, column.path.find('/', 1));
            parts[part].push_back(column);
            if (part == "/log" || part == "/features") known.push_back(column);
        }
        for (const auto& [part, members] : parts) group[part] = combined(members);
        log_and_features = combined(known);
    }

    std::map<std::string, std::string> group;
    std::string log_and_features;
};

}  // namespace netcvr
