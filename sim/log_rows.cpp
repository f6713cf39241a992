#include "sim/log_rows.h"

#include <algorithm>

#include "sim/log_columns.h"

namespace netcvr {
namespace {

/// Keeps rows [skip, skip + count) of every column.
template <class T>
void keep(std::vector<T>& column, std::size_t skip, std::size_t count) {
    if (column.empty()) return;
    column.erase(column.begin() + static_cast<std::ptrdiff_t>(skip + count), column.end());
    column.erase(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(skip));
}

/// Keeps the purchases that follow rows [skip, skip + count), which are counted anew.
void keep_purchases(Purchases& p, bool money, std::size_t skip, std::size_t count) {
    const auto place = [&](std::size_t row) {
        return static_cast<std::size_t>(
            std::lower_bound(p.row.begin(), p.row.end(), static_cast<std::int64_t>(row)) - p.row.begin());
    };
    const std::size_t first = place(skip), number = place(skip + count) - first;
    keep(p.row, first, number);
    for (auto& row : p.row) row -= static_cast<std::int64_t>(skip);
    keep(p.ordinal, first, number);
    keep(p.purchase_time, first, number);
    keep(p.refund_time, first, number);
    if (!money) return;
    keep(p.order_value, first, number);
    keep(p.refund_value, first, number);
}

/// visit(column of a, column of b) for every column of two logs of one schema.
template <class Visit>
void for_each_pair(LogRows& a, const LogRows& b, const TruthSchema& schema, Visit visit) {
    // Columns come in one order, so those of b are listed first.
    std::vector<const void*> listed;
    const auto list = [&](const LogColumn&, const auto& column) { listed.push_back(&column); };
    for_each_log_column(b.log, list);
    for_each_truth_column(b.truth, schema, list);
    std::size_t next = 0;
    const auto pair = [&]<class T>(const LogColumn&, std::vector<T>& column) {
        visit(column, *static_cast<const std::vector<T>*>(listed[next++]));
    };
    for_each_log_column(a.log, pair);
    for_each_truth_column(a.truth, schema, pair);
}

}  // namespace

void keep_rows(LogRows& rows, const TruthSchema& schema, std::size_t skip, std::size_t count) {
    const auto visit = [&](const LogColumn&, auto& column) { keep(column, skip, count); };
    keep_purchases(rows.log.purchases, rows.log.has_money, skip, count);
    for_each_log_column(rows.log, visit);
    for_each_truth_column(rows.truth, schema, visit);
}

void append_rows(const LogRows& more, const TruthSchema& schema, LogRows& whole) {
    const auto first = static_cast<std::int64_t>(whole.log.size());
    const std::size_t purchases = whole.log.purchases.size();
    append_purchases(more.log.purchases, whole.log.purchases);
    for (std::size_t p = purchases; p < whole.log.purchases.size(); ++p) whole.log.purchases.row[p] += first;
    for_each_pair(whole, more, schema,
                  [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); });
}

void append_chosen_rows(const LogRows& from,
                        const TruthSchema& schema,
                        std::span<const std::uint32_t> chosen,
                        LogRows& whole) {
    const auto first = static_cast<std::int64_t>(whole.log.size());
    const Purchases& p = from.log.purchases;
    Purchases& to = whole.log.purchases;
    std::size_t next = 0;  // place in `chosen`
    for (std::size_t k = 0; k < p.size(); ++k) {
        while (next < chosen.size() && chosen[next] < p.row[k]) ++next;
        if (next == chosen.size()) break;
        if (chosen[next] != p.row[k]) continue;
        to.row.push_back(first + static_cast<std::int64_t>(next));
        to.ordinal.push_back(p.ordinal[k]);
        to.purchase_time.push_back(p.purchase_time[k]);
        to.refund_time.push_back(p.refund_time[k]);
        if (p.order_value.empty()) continue;
        to.order_value.push_back(p.order_value[k]);
        to.refund_value.push_back(p.refund_value[k]);
    }
    for_each_pair(whole, from, schema, [&](auto& column, const auto& values) {
        column.reserve(column.size() + chosen.size());
        for (const std::uint32_t row : chosen) column.push_back(values[row]);
    });
}

}  // namespace netcvr
