#include "scenarios/sweep_reader.h"

#include <algorithm>

#include <fmt/format.h>

namespace netcvr {
namespace {

void gather(const TomlValue& table, const std::string& prefix, std::vector<SweepReader::Leaf>& found) {
    for (const auto& entry : table.entries)
        if (entry.kind == TomlValue::Kind::table)
            gather(entry, prefix + entry.key + ".", found);
        else
            found.push_back({prefix + entry.key, &entry});
}

}  // namespace

const TomlValue* SweepReader::find(std::string_view key, Kind kind, std::string_view what) const {
    const TomlValue* value = file.find(key);
    if (value != nullptr && value->kind != kind) refuse(value->at, fmt::format("{} {}", key, what));
    return value;
}

const TomlValue& SweepReader::require(std::string_view key, Kind kind, std::string_view what) const {
    const TomlValue* value = find(key, kind, what);
    if (value == nullptr) refuse({1, 1}, fmt::format("a sweep without '{}'", key));
    return *value;
}

std::int64_t SweepReader::whole(std::string_view key,
                                std::int64_t fallback,
                                std::int64_t low,
                                std::int64_t high) const {
    const TomlValue* value = find(key, Kind::whole, "is not a whole number");
    if (value == nullptr) return fallback;
    if (value->whole < low || value->whole > high)
        refuse(value->at, fmt::format("{} = {} is outside {} … {}", key, value->whole, low, high));
    return value->whole;
}

std::string SweepReader::printable(const TomlValue& value, std::string_view what) const {
    if (value.kind != Kind::text || value.text.empty())
        refuse(value.at, fmt::format("{} is not a text", what));
    if (!std::ranges::all_of(value.text, [](char c) { return c >= ' ' && c <= '~'; }))
        refuse(value.at, fmt::format("{} holds a character that is not printable ASCII", what));
    return value.text;
}

std::vector<SweepReader::Leaf> SweepReader::leaves(std::string_view section) const {
    std::vector<Leaf> found;
    if (const auto* table = file.find(section)) {
        if (table->kind != Kind::table)
            refuse(table->key_at, fmt::format("'{}' is a section: write [{}]", section, section));
        gather(*table, "", found);
    }
    std::ranges::sort(found, {}, [](const Leaf& leaf) { return leaf.value->key_at; });
    return found;
}

const SettingsField* SweepReader::field_at(const Leaf& leaf) const {
    if (leaf.name == "seed") refuse(leaf.value->key_at, std::string(seeds_hint));
    if (leaf.name == "preset" || leaf.name == "features" || leaf.name.starts_with("features."))
        refuse(leaf.value->key_at,
               fmt::format("'{}' can only stand in a scenario file or in [base]", leaf.name));
    const auto* field = find_field(leaf.name);
    if (field == nullptr) refuse(leaf.value->key_at, unknown_key(leaf.name, {}));
    return field;
}

}  // namespace netcvr
