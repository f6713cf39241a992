#include "sim/criteo_text.h"

#include <limits>
#include <unordered_map>

#include <fmt/core.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

constexpr std::size_t integers = 8, categories = 9;
constexpr std::size_t code_digits = 6;
constexpr std::int32_t most_codes = 1 << 4 * code_digits;

/// The value of a digit, 16 of anything else.
constexpr std::uint32_t hexadecimal(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
    return c >= 'a' && c <= 'f' ? static_cast<std::uint32_t>(c - 'a' + 10) : 16;
}

std::optional<Time> time_or_none(std::string_view field) {
    return field.empty() ? never : whole_number(field, latest_time);
}

bool read_times(const TextFields& fields, std::size_t times, TextRows& rows) {
    std::array<Time, 3> time = {never, never, never};
    const std::size_t row = rows.log.size();
    for (std::size_t c = 0; c < times; ++c) {
        const auto read = c == 0 ? whole_number(fields(row, c), latest_time) : time_or_none(fields(row, c));
        if (!read) return rows.fault = field_fault(row, c, fields(row, c), "is no time"), false;
        time[c] = *read;
    }
    return add_click(fields, time[0], time[1], time[2], rows);
}

/// A column of whole numbers; shortens the rows to those before a fault.
void read_integers(const TextFields& fields, std::size_t column, FeatureColumn& feature, TextRows& rows) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max() - 1;
    const std::size_t count = rows.log.size();
    for (std::size_t row = 0; row < count; ++row) {
        const std::string_view field = fields(row, column);
        const bool missing = field.empty() || field == "-1";
        const auto read = missing ? std::optional<std::int64_t>(-1) : whole_number(field, most);
        if (!read) {
            rows.fault = field_fault(row, column, field, fmt::format("is no whole number up to {}", most));
            rows.log.click_time.resize(row);
            return;
        }
        feature.value.push_back(static_cast<std::int32_t>(*read));
    }
}

/// As codes if all are, else as places in `words`.
void read_categories(const TextFields& fields,
                     std::size_t column,
                     FeatureColumn& feature,
                     std::vector<std::string_view>& words,
                     std::size_t count) {
    for (std::size_t row = 0; row < count; ++row) {
        const std::string_view field = fields(row, column);
        const auto code = field.empty() ? std::optional(-1) : category_of_code(field);
        if (!code) break;
        feature.value.push_back(*code);
    }
    if (feature.value.size() == count) return;
    feature.value.clear();
    std::unordered_map<std::string_view, std::int32_t> place;
    for (std::size_t row = 0; row < count; ++row) {
        const std::string_view field = fields(row, column);
        const auto [found, fresh] = place.try_emplace(field, static_cast<std::int32_t>(words.size()));
        if (fresh && field.empty()) found->second = -1;
        if (fresh && !field.empty()) words.push_back(field);
        feature.value.push_back(found->second);
    }
}

void read(const TextFields& fields, std::size_t times, TextRows& rows) {
    while (rows.log.size() < fields.rows() && read_times(fields, times, rows)) {
    }
    auto& features = rows.log.features;
    for (std::size_t f = 0; f < integers; ++f) read_integers(fields, times + f, features[f], rows);
    for (std::size_t f = integers; f < features.size(); ++f)
        read_categories(fields, times + f, features[f], rows.words[f], rows.log.size());
}

void append_time(std::string& text, Time time) {
    if (time != never) append_number(text, time);
}

}  // namespace

std::vector<FeatureColumn> criteo_features() {
    std::vector<FeatureColumn> features;
    for (std::size_t k = 1; k <= integers; ++k) features.push_back({fmt::format("integer_{}", k), 0, {}});
    for (std::size_t k = 1; k <= categories; ++k) features.push_back({fmt::format("category_{}", k), 0, {}});
    return features;
}

std::optional<std::int32_t> category_of_code(std::string_view code) {
    if (code.size() != 2 + code_digits || code[0] != 'c' || code[1] != '0') return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : code.substr(2)) {
        if (hexadecimal(c) == 16) return std::nullopt;
        value = 16 * value + hexadecimal(c);
    }
    return static_cast<std::int32_t>(value);
}

void append_code(std::string& text, std::int32_t category) {
    char code[2 + code_digits] = {'c', '0'};
    for (std::size_t k = 0; k < code_digits; ++k)
        code[2 + k] = "0123456789abcdef"[category >> 4 * (code_digits - 1 - k) & 15];
    text.append(code, sizeof code);
}

void read_criteo(const TextFields& fields, Time, TextRows& rows) {
    read(fields, 2, rows);
}
void read_criteo_refund(const TextFields& fields, Time, TextRows& rows) {
    read(fields, 3, rows);
}

void prepare_criteo(const TextLayout& layout, TextExport& what) {
    for (std::size_t f = integers; f < what.features.size(); ++f)
        if (what.features[f]->cardinality > most_codes)
            throw InputError(
                Exit::data,
                fmt::format("feature '{}' has {} categories, layout {} holds {} in six digits",
                            what.features[f]->name, what.features[f]->cardinality, layout.name, most_codes));
}

void append_criteo(
    const TextLayout& layout, const TextExport& what, std::size_t begin, std::size_t end, std::string& text) {
    for (std::size_t i = begin; i < end; ++i) {
        append_number(text, what.log.click_time[i]);
        text += '\t';
        append_time(text, what.log.conversion_time[i]);
        if (layout.times > 2) text += '\t', append_time(text, what.log.refund_time[i]);
        for (std::size_t f = 0; f < what.features.size(); ++f) {
            text += '\t';
            const std::int32_t value = what.features[f]->value[i];
            if (value < 0) continue;
            f < integers ? append_number(text, value) : append_code(text, value);
        }
        text += '\n';
    }
}

}  // namespace netcvr
