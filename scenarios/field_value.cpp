#include "scenarios/field_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

[[noreturn]] void refuse(const std::string& message) {
    throw InputError(Exit::scenario, message);
}

template <class T>
std::optional<T> parse_whole(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return value;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string written(const Given& given) {
    if (const auto* whole = std::get_if<std::int64_t>(&given.value)) return fmt::format("{}", *whole);
    if (const auto* number = std::get_if<double>(&given.value)) return fmt::format("{}", *number);
    if (const auto* text = std::get_if<std::string>(&given.value)) return fmt::format("\"{}\"", *text);
    std::vector<std::string> all;
    for (const auto& entry : std::get<std::vector<Given>>(given.value)) all.push_back(written(entry));
    return fmt::format("[{}]", fmt::join(all, ", "));
}

std::string with_unit(const Field& field) {
    return field.unit.empty() || field.unit == "1" ? "" : fmt::format(" ({})", field.unit);
}

template <class T>
T in_range(const Field& field, T value, const std::string& shown) {
    const auto number = static_cast<double>(value);
    if (!std::isfinite(number)) refuse(fmt::format("{} = {} is not a finite number", field.name, shown));
    if (number < field.low || number > field.high)
        refuse(
            fmt::format("{} = {} is outside {}{}", field.name, shown, range_text(field), with_unit(field)));
    return value + T{0};  // −0 is written as 0: one value, one spelling
}

double number_of(const Field& field, const Given& given) {
    const std::string shown = written(given);
    if (const auto* whole = std::get_if<std::int64_t>(&given.value))
        return in_range(field, static_cast<double>(*whole), shown);
    if (const auto* number = std::get_if<double>(&given.value)) return in_range(field, *number, shown);
    if (const auto* text = std::get_if<std::string>(&given.value))
        if (const auto number = parse_number(*text)) return in_range(field, *number, *text);
    refuse(fmt::format("{} = {} is not a number{}", field.name, shown, with_unit(field)));
}

std::int64_t integer_of(const Field& field, const Given& given) {
    const auto* whole = std::get_if<std::int64_t>(&given.value);
    if (whole == nullptr)
        refuse(fmt::format("{} = {} is not a whole number{}", field.name, written(given), with_unit(field)));
    return in_range(field, *whole, written(given));
}

/// A bare number might mean days or minutes: say how to write both.
[[noreturn]] void refuse_bare(const Field& field, const std::string& number) {
    const auto days = parse_duration(number + "d");
    const std::string hint = days ? fmt::format("write \"{}d\" or \"{}m\"", number, *days / minute)
                                  : std::string("write \"3d\" or \"4320m\"");
    refuse(fmt::format("{} = {} has no unit (s m h d w); {}", field.name, number, hint));
}

Time duration_of(const Field& field, const Given& given) {
    const auto* text = std::get_if<std::string>(&given.value);
    if (text == nullptr && !std::holds_alternative<std::vector<Given>>(given.value))
        refuse_bare(field, written(given));
    if (text != nullptr && parse_whole<double>(*text)) refuse_bare(field, *text);
    const auto duration = text == nullptr ? std::nullopt : parse_duration(*text);
    if (!duration)
        refuse(fmt::format(
            "{} = {} is not a duration in whole seconds: a number and one of s m h d w, as in \"3d\"",
            field.name, written(given)));
    return in_range(field, *duration, *text);
}

std::string text_of(const Field& field, const Given& given) {
    const auto* text = std::get_if<std::string>(&given.value);
    if (text == nullptr) refuse(fmt::format("{} = {} is not a text", field.name, written(given)));
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (!std::all_of(text->begin(), text->end(), printable))
        refuse(fmt::format("{} holds a character that is not printable ASCII", field.name));
    const std::vector<std::string> choices(field.choices.begin(), field.choices.end());
    if (!choices.empty() && std::find(choices.begin(), choices.end(), *text) == choices.end())
        refuse(fmt::format("{} = \"{}\" is unknown{}", field.name, *text, suggestion(*text, choices)));
    return *text;
}

template <class T>
std::vector<T> list_of(const Field& field, const Given& given, T (*entry)(const Field&, const Given&)) {
    const auto* list = std::get_if<std::vector<Given>>(&given.value);
    if (list == nullptr)
        refuse(fmt::format("{} = {} is not a list, as in [1, 2]", field.name, written(given)));
    if (field.length != 0 && list->size() != field.length)
        refuse(fmt::format("{} has {} entries, not {}", field.name, list->size(), field.length));
    std::vector<T> values;
    for (const auto& one : *list) values.push_back(entry(field, one));
    return values;
}

std::string bound_text(const Field& field, double bound) {
    return field.kind == Kind::duration ? format_duration(static_cast<Time>(bound))
                                        : fmt::format("{}", bound);
}

/// Slots are handed out for settings that may be written; reading through them changes nothing.
Slot slot_in(const Field& field, const void* settings) {
    return field.slot(const_cast<void*>(settings));
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return parse_whole<double>(text);
    const auto above = parse_whole<double>(text.substr(0, slash)),
               below = parse_whole<double>(text.substr(slash + 1));
    if (!above || !below || *below == 0) return {};
    return *above / *below;
}

std::optional<double> parse_share(std::string_view text) {
    const bool percent = text.ends_with('%');
    const auto share = parse_number(percent ? text.substr(0, text.size() - 1) : text);
    return share ? std::optional(*share / (percent ? 100 : 1)) : std::nullopt;
}

Given parse_given(std::string_view text) {
    text = trimmed(text);
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
        std::vector<Given> list;
        text = trimmed(text.substr(1, text.size() - 2));
        while (!text.empty()) {
            const std::size_t comma = std::min(text.find(','), text.size());
            list.push_back(parse_given(text.substr(0, comma)));
            text.remove_prefix(std::min(comma + 1, text.size()));
        }
        return {list};
    }
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        return {std::string(text.substr(1, text.size() - 2))};
    if (const auto whole = parse_whole<std::int64_t>(text)) return {*whole};
    if (const auto number = parse_whole<double>(text)) return {*number};
    return {std::string(text)};
}

void assign(const Field& field, void* settings, const Given& given) {
    const Slot slot = field.slot(settings);
    switch (field.kind) {
        case Kind::number:
            *std::get<double*>(slot) = number_of(field, given);
            return;
        case Kind::integer:
            *std::get<std::int64_t*>(slot) = integer_of(field, given);
            return;
        case Kind::duration:
            *std::get<Time*>(slot) = duration_of(field, given);
            return;
        case Kind::text:
            *std::get<std::string*>(slot) = text_of(field, given);
            return;
        case Kind::numbers:
            *std::get<std::vector<double>*>(slot) = list_of(field, given, number_of);
            return;
        case Kind::integers:
            *std::get<std::vector<std::int64_t>*>(slot) = list_of(field, given, integer_of);
            return;
    }
}

std::string toml_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string to_toml(const Field& field, const void* settings) {
    const Slot slot = slot_in(field, settings);
    switch (field.kind) {
        case Kind::number:
            return fmt::format("{}", *std::get<double*>(slot));
        case Kind::integer:
            return fmt::format("{}", *std::get<std::int64_t*>(slot));
        case Kind::duration:
            return toml_text(format_duration(*std::get<Time*>(slot)));
        case Kind::text:
            return toml_text(*std::get<std::string*>(slot));
        case Kind::numbers:
            return fmt::format("[{}]", fmt::join(*std::get<std::vector<double>*>(slot), ", "));
        case Kind::integers:
            return fmt::format("[{}]", fmt::join(*std::get<std::vector<std::int64_t>*>(slot), ", "));
    }
    return "";
}

std::string range_text(const Field& field) {
    if (field.kind == Kind::text) return fmt::format("{}", fmt::join(field.choices, ", "));
    return fmt::format("{} … {}", bound_text(field, field.low), bound_text(field, field.high));
}

bool same_value(const Field& field, const void* a, const void* b) {
    return std::visit([&]<class T>(const T* left) { return *left == *std::get<T*>(slot_in(field, b)); },
                      slot_in(field, a));
}

}  // namespace netcvr
