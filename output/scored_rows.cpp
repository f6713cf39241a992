#include "output/scored_rows.h"

#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "estimators/stage.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

Column scored(const std::vector<float>& column, StreamedRows rows) {
    return column.empty() ? Column{} : Column(column).subspan(rows.first, rows.count);
}

std::vector<std::uint32_t> stated(Column refund_rate) {
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < refund_rate.size(); ++i)
        if (!std::isnan(refund_rate[i])) rows.push_back(static_cast<std::uint32_t>(i));
    return rows;
}

void add_row(LabelledRows& rows, std::size_t click, bool label) {
    rows.click.push_back(static_cast<std::uint32_t>(click));
    rows.label.push_back(label);
}

/// Without ids every click is a user of its own.
void name_users_and_segments(LabelledRows& rows, const ClickLog& log, std::size_t first) {
    std::vector<std::int64_t> user, segment;
    for (const std::uint32_t click : rows.click) {
        user.push_back(log.has_ids ? log.user_id[first + click] : static_cast<std::int64_t>(first + click));
        segment.push_back((log.click_time[first + click] - log.protocol.stream_start()) /
                          log.protocol.segment);
    }
    rows.user = numbered(user);
    rows.segment = numbered(segment);
}

void check_time(const ClickLog& log, StreamedRows rows, Time as_of) {
    const Time first = log.click_time[rows.first], end = log.duration + log.follow_up;
    if (as_of < first || as_of > end)
        throw InputError(
            Exit::usage,
            fmt::format("labels as of {}; allowed: {} (the first scored click) to {} (the end of "
                        "the log's follow-up)",
                        format_duration(as_of), format_duration(first), format_duration(end)));
}

}  // namespace

Numbered numbered(std::span<const std::int64_t> values) {
    Numbered numbers;
    std::unordered_map<std::int64_t, std::uint32_t> number;
    numbers.of.reserve(values.size());
    for (const std::int64_t value : values) {
        const auto [found, fresh] =
            number.try_emplace(value, static_cast<std::uint32_t>(numbers.value.size()));
        if (fresh) numbers.value.push_back(value);
        numbers.of.push_back(found->second);
    }
    return numbers;
}

ScoredRows scored_rows(const ClickLog& log,
                       const std::optional<Truth>& truth,
                       const std::optional<Time>& as_of) {
    ScoredRows all;
    all.rows = streamed_rows(log);
    if (truth)
        all.truth = {scored(truth->cvr, all.rows), scored(truth->refund_rate, all.rows),
                     scored(truth->net_cvr, all.rows)};
    if (truth && truth->cvr.empty()) all.stated = stated(all.truth[1]);
    if (as_of) check_time(log, all.rows, *as_of);
    all.final_labels = !as_of && log.follow_up >= log.windows.maturity();
    all.has_labels = as_of || all.final_labels;
    if (!all.has_labels) return all;
    const Outcomes events = as_of ? known_at(outcomes(log), *as_of) : outcomes(log);
    auto& [converted, refunded, net] = all.by_labels;
    for (std::size_t i = 0; i < all.rows.count; ++i) {
        const std::size_t row = all.rows.first + i;
        if (!events.conversion.entered(row)) break;  // and none after it: rows are in order of clicks
        add_row(converted, i, events.conversion.happens(row));
        if (!log.has_refunds) continue;  // nobody knows what was kept
        add_row(net, i, events.net(row));
        if (events.conversion.happens(row)) add_row(refunded, i, events.refund.happens(row));
    }
    for (LabelledRows& rows : all.by_labels) name_users_and_segments(rows, log, all.rows.first);
    return all;
}

}  // namespace netcvr
