#include "sim/cascade_text.h"

#include <algorithm>
#include <array>
#include <farmhash.h>
#include <functional>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "sim/errors.h"
#include "sim/parallel.h"
#include "sim/python_list.h"

namespace netcvr {
namespace {

constexpr std::array<std::int32_t, 22> buckets = {8,   327680, 655360, 655360, 8192, 655360, 16,  32,
                                                  256, 81920,  163840, 8,      512,  128,    256, 1024,
                                                  128, 16,     8,      8,      16,   16};
constexpr std::size_t times = 3;
constexpr std::string_view missing = "[]";

std::optional<Time> time_or_none(std::string_view field) {
    return field == "-1" ? never : whole_number(field, latest_time);
}

/// The bucket of a raw category: of its first element if it is a list. False with a fault.
bool read_category(const TextFields& fields,
                   std::size_t column,
                   FeatureColumn& feature,
                   std::vector<std::string_view>& elements,
                   TextRows& rows) {
    std::string_view text = fields(rows.log.size(), column);
    bool some = !text.empty();
    if (text.starts_with('[')) {
        const std::string_view wrong = read_python_list(text, elements);
        if (!wrong.empty()) return rows.fault = field_fault(rows.log.size(), column, text, wrong), false;
        some = !elements.empty();
        if (some) text = elements[0];
    }
    feature.value.push_back(some ? bucket_of(text, feature.cardinality) : -1);
    return true;
}

/// Seconds since `origin` of seconds since 1970. False with a fault.
bool read_epoch(
    std::string_view digits, Time origin, std::size_t row, std::size_t column, Time& time, TextRows& rows) {
    const auto epoch = whole_number(digits, 100 * latest_time);
    if (!epoch || *epoch - origin > latest_time)
        return rows.fault = field_fault(row, column, digits, "is no time in seconds since 1970"), false;
    time = *epoch - origin;
    if (time >= 0) return true;
    rows.fault =
        field_fault(row, column, digits,
                    fmt::format("is {} s before the time origin; --time-origin sets another", -time));
    return false;
}

/// Times in a list; an empty field is an empty list. False with a fault.
bool read_times(const TextFields& fields,
                std::size_t column,
                Time origin,
                std::vector<std::string_view>& elements,
                std::vector<Time>& list,
                TextRows& rows) {
    const std::size_t row = rows.log.size();
    const std::string_view field = fields(row, column);
    list.clear();
    if (field.empty() || field == missing) return true;
    const std::string_view wrong = read_python_list(field, elements);
    if (!wrong.empty()) return rows.fault = field_fault(row, column, field, wrong), false;
    for (const std::string_view element : elements)
        if (!read_epoch(element, origin, row, column, list.emplace_back(), rows)) return false;
    return true;
}

/// Whether no purchase of the row that was added last comes before its click or before the first of the list,
/// which is the conversion. False with a fault.
bool check_order(const TextFields& fields, Time origin, const std::vector<Time>& paid, TextRows& rows) {
    const auto earliest = std::ranges::min_element(paid);
    if (earliest == paid.end() || *earliest >= paid[0]) return true;  // the first is after the click
    const std::size_t row = rows.log.size() - 1;
    const Time click = rows.log.click_time[row];
    const bool before_click = *earliest < click;
    rows.fault = field_fault(row, 1, fields(row, 1),
                             fmt::format("has a purchase at {} before the {} at {}", *earliest + origin,
                                         before_click ? "click" : "first of the list, the conversion,",
                                         (before_click ? click : paid[0]) + origin));
    return false;
}

/// The purchases of the row that was added last. Refunds belong to purchases by position if they are as many
/// and none comes before its purchase; else only the first refund is somebody's, the first purchase's.
void add_purchases(const std::vector<Time>& paid, const std::vector<Time>& refunded, TextRows& rows) {
    const std::size_t row = rows.log.size() - 1;
    bool aligned = refunded.size() == paid.size();
    for (std::size_t k = 0; aligned && k < paid.size(); ++k) aligned = refunded[k] >= paid[k];
    Purchases& p = rows.log.purchases;
    for (std::size_t k = 0; k < paid.size(); ++k) {
        p.row.push_back(static_cast<std::int64_t>(row));
        p.ordinal.push_back(static_cast<std::int32_t>(k));
        p.purchase_time.push_back(paid[k]);
        p.refund_time.push_back(k == 0 ? rows.log.refund_time[row] : aligned ? refunded[k] : never);
    }
    if (!aligned && !refunded.empty()) rows.dropped_refunds += refunded.size() - 1;
}

/// What read_cascade_raw needs from one row to the next.
struct RawRow {
    std::vector<std::string_view> elements;
    std::vector<Time> paid, refunded;
};

bool read_raw_row(const TextFields& fields, Time origin, RawRow& raw, TextRows& rows) {
    const std::size_t row = rows.log.size();
    const auto first = [](const std::vector<Time>& list) { return list.empty() ? never : list[0]; };
    Time click = 0;
    if (!read_epoch(fields(row, 0), origin, row, 0, click, rows) ||
        !read_times(fields, 1, origin, raw.elements, raw.paid, rows) ||
        !read_times(fields, 2, origin, raw.elements, raw.refunded, rows))
        return false;
    for (std::size_t f = 0; f < rows.log.features.size(); ++f)
        if (!read_category(fields, times + f, rows.log.features[f], raw.elements, rows)) return false;
    if (!add_click(fields, click, first(raw.paid), first(raw.refunded), rows) ||
        !check_order(fields, origin, raw.paid, rows))
        return false;
    add_purchases(raw.paid, raw.refunded, rows);
    return true;
}

bool read_row(const TextFields& fields, TextRows& rows) {
    const std::size_t row = rows.log.size();
    std::array<Time, times> time{};
    for (std::size_t c = 0; c < times; ++c) {
        const auto read = time_or_none(fields(row, c));
        if (!read || (c == 0 && *read == never))
            return rows.fault = field_fault(row, c, fields(row, c), "is no time"), false;
        time[c] = *read;
    }
    for (std::size_t f = 0; f < rows.log.features.size(); ++f) {
        FeatureColumn& feature = rows.log.features[f];
        const std::string_view field = fields(row, times + f);
        const auto value =
            field == "-1" ? std::optional<std::int64_t>(-1) : whole_number(field, feature.cardinality - 1);
        if (!value) {
            rows.fault = field_fault(row, times + f, field,
                                     fmt::format("is no bucket, 0 to {}", feature.cardinality - 1));
            return false;
        }
        feature.value.push_back(static_cast<std::int32_t>(*value));
    }
    return add_click(fields, time[0], time[1], time[2], rows);
}

/// For every category that occurs, the smallest whole number whose text falls into its bucket.
std::vector<std::uint32_t> tokens(const std::vector<bool>& occurs) {
    constexpr std::uint32_t none = ~0U;
    const auto cardinality = static_cast<std::int32_t>(occurs.size());
    std::vector<std::uint32_t> token(occurs.size(), none);
    auto wanted = static_cast<std::size_t>(std::count(occurs.begin(), occurs.end(), true));
    std::string text;
    for (std::uint32_t k = 0; wanted > 0; ++k) {
        text.clear();
        append_number(text, k);
        const auto bucket = static_cast<std::size_t>(bucket_of(text, cardinality));
        if (!occurs[bucket] || token[bucket] != none) continue;
        token[bucket] = k;
        --wanted;
    }
    return token;
}

}  // namespace

std::vector<FeatureColumn> cascade_features() {
    std::vector<FeatureColumn> features;
    features.reserve(buckets.size());
    for (const std::int32_t cardinality : buckets)
        features.push_back({fmt::format("field_{}", features.size() + 1), cardinality, {}});
    return features;
}

std::int32_t bucket_of(std::string_view text, std::int32_t count) {
    return static_cast<std::int32_t>(util::Fingerprint64(text.data(), text.size()) %
                                     static_cast<std::uint64_t>(count));
}

void read_cascade(const TextFields& fields, Time, TextRows& rows) {
    while (rows.log.size() < fields.rows() && read_row(fields, rows)) {
    }
}

void read_cascade_raw(const TextFields& fields, Time origin, TextRows& rows) {
    rows.log.has_purchases = true;
    RawRow raw;
    while (rows.log.size() < fields.rows() && read_raw_row(fields, origin, raw, rows)) {
    }
}

void prepare_cascade(const TextLayout& layout, TextExport& what) {
    for (std::size_t f = 0; f < buckets.size(); ++f)
        if (what.features[f]->cardinality > buckets[f])
            throw InputError(Exit::data, fmt::format("feature '{}' has {} categories, column {} of layout {} "
                                                     "has {}; --columns chooses others",
                                                     what.features[f]->name, what.features[f]->cardinality,
                                                     layout.times + f + 1, layout.name, buckets[f]));
}

void prepare_cascade_raw(const TextLayout& layout, TextExport& what) {
    prepare_cascade(layout, what);
    std::map<std::int32_t, std::vector<bool>, std::greater<>> occurs;  // what takes longest comes first
    for (std::size_t f = 0; f < buckets.size(); ++f) {
        auto& seen = occurs[buckets[f]];
        seen.resize(static_cast<std::size_t>(buckets[f]));
        for (const std::int32_t value : what.features[f]->value)
            if (value >= 0) seen[static_cast<std::size_t>(value)] = true;
    }
    std::vector<std::pair<const std::vector<bool>*, std::vector<std::uint32_t>*>> work;
    work.reserve(occurs.size());
    for (const auto& [cardinality, seen] : occurs) work.emplace_back(&seen, &what.token[cardinality]);
    parallel_for(work.size(), what.threads, [&](std::size_t k) { *work[k].second = tokens(*work[k].first); });
}

void append_cascade(
    const TextLayout&, const TextExport& what, std::size_t begin, std::size_t end, std::string& text) {
    std::array<std::int32_t, buckets.size()> of_missing{};
    for (std::size_t f = 0; f < buckets.size(); ++f) of_missing[f] = bucket_of(missing, buckets[f]);
    for (std::size_t i = begin; i < end; ++i) {
        append_number(text, what.log.click_time[i]);
        for (const Time time : {what.log.conversion_time[i], what.log.refund_time[i]})
            text += '\t', append_number(text, time == never ? -1 : time);
        for (std::size_t f = 0; f < buckets.size(); ++f) {
            const std::int32_t value = what.features[f]->value[i];
            text += '\t', append_number(text, value < 0 ? of_missing[f] : value);
        }
        text += '\n';
    }
}

namespace {

/// The purchases of one click and their refunds, as lists of seconds since 1970.
struct Lists {
    const TextExport& what;
    std::size_t at;  // the first purchase of a click not yet written

    Lists(const TextExport& export_, std::size_t row)
        : what(export_),
          at(static_cast<std::size_t>(
              std::ranges::lower_bound(what.log.purchases.row, static_cast<std::int64_t>(row)) -
              what.log.purchases.row.begin())) {}

    void append_time(std::string& text, bool first, Time time) const {
        if (!first) text += ',';
        append_number(text, time + what.origin);
    }

    void append(std::size_t row, std::string& text) {
        const auto& p = what.log.purchases;
        const std::size_t begin = at;
        while (at < p.size() && p.row[at] == static_cast<std::int64_t>(row)) ++at;
        const Time conversion = what.log.conversion_time[row], refund = what.log.refund_time[row];
        const std::size_t count = begin == at ? (conversion == never ? 0 : 1) : at - begin;
        text += "[";
        for (std::size_t k = 0; k < count; ++k)
            append_time(text, k == 0, k == 0 ? conversion : p.purchase_time[begin + k]);
        text += "]\t[";
        // Readers take the first refund for that of the first purchase; a list that is as long as that of the
        // purchases is aligned with it, and no other says whose the further ones are.
        if (refund != never) append_time(text, true, refund);
        bool all = refund != never;
        for (std::size_t k = 1; k < count; ++k) all = all && p.refund_time[begin + k] != never;
        for (std::size_t k = 1; all && k < count; ++k) append_time(text, false, p.refund_time[begin + k]);
        text += "]";
    }
};

}  // namespace

void append_cascade_raw(
    const TextLayout&, const TextExport& what, std::size_t begin, std::size_t end, std::string& text) {
    std::array<const std::uint32_t*, buckets.size()> token{};
    for (std::size_t f = 0; f < buckets.size(); ++f) token[f] = what.token.at(buckets[f]).data();
    Lists lists(what, begin);
    for (std::size_t i = begin; i < end; ++i) {
        append_number(text, what.log.click_time[i] + what.origin);
        text += '\t';
        lists.append(i, text);
        for (std::size_t f = 0; f < buckets.size(); ++f) {
            const std::int32_t value = what.features[f]->value[i];
            text += '\t';
            value < 0 ? void(text += missing) : append_number(text, token[f][value]);
        }
        text += '\n';
    }
}

}  // namespace netcvr
