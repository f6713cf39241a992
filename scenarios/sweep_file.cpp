#include "scenarios/sweep_file.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/field_value.h"
#include "scenarios/sweep_reader.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

using Kind = TomlValue::Kind;
using Leaf = SweepReader::Leaf;

const std::vector<std::string> keys = {"name",  "scenario",  "base", "methods", "replicates", "first_seed",
                                       "seeds", "bootstrap", "set",  "grid",    "zip"};
void check_keys(const SweepReader& reader) {
    for (const auto& entry : reader.file.entries) {
        if (std::ranges::find(keys, entry.key) != keys.end()) continue;
        const bool field = find_field(entry.key) != nullptr;
        reader.refuse(entry.key_at,
                      fmt::format("unknown key '{}' of a sweep{}", entry.key,
                                  field ? "; fields of the scenario stand under [set], [grid] or [zip]"
                                        : suggestion(entry.key, keys)));
    }
}

/// A sweep's name is the name of its folder.
std::string read_name(const SweepReader& reader) {
    const TomlValue& value = reader.require("name", Kind::text, "is not a text");
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    };
    if (value.text.empty() || value.text.size() > 100 || value.text[0] == '.' ||
        !std::ranges::all_of(value.text, allowed))
        reader.refuse(value.at, "name is the name of a folder too: up to 100 letters, digits, - _ and .");
    return value.text;
}

void read_scenario_of(const SweepReader& reader, const std::string& folder, SweepFile& sweep) {
    const auto* named = reader.find("scenario");
    if (named != nullptr) sweep.scenario = reader.printable(*named, "scenario");
    if (const auto* table = reader.find("base", Kind::table, "is a section: write [base]")) {
        sweep.base = read_scenario(*table, reader.source);
        if (named == nullptr) sweep.scenario = sweep.base.scenario.name;
        return;
    }
    if (named == nullptr) reader.refuse({1, 1}, "a sweep without 'scenario', a preset or a file");
    try {
        sweep.base = load_base(sweep.scenario, folder);
    } catch (const InputError& error) {
        reader.refuse(named->at, error.what());
    }
}

void read_methods(const SweepReader& reader, SweepFile& sweep) {
    const TomlValue& list =
        reader.require("methods", Kind::list, "is not a list, as in [\"es-dfm\", \"direct\"]");
    if (list.entries.empty()) reader.refuse(list.at, "methods is empty");
    for (const auto& entry : list.entries) {
        const auto refuse = [&](const std::string& what) {
            throw InputError(Exit::usage, fmt::format("{}:{}:{}: {}", reader.source, entry.at.line,
                                                      entry.at.column, what));
        };
        if (entry.kind != Kind::text) refuse("a method is not a text");
        std::vector<const Method*> called;
        try {
            called = methods_called(entry.text);
        } catch (const InputError& error) {
            refuse(error.what());
        }
        for (const Method* method : called) {
            if (std::ranges::find(sweep.methods, method) != sweep.methods.end())
                refuse(fmt::format("method '{}' is named twice", method->name));
            sweep.methods.push_back(method);
        }
    }
}

void read_seeds(const SweepReader& reader, SweepFile& sweep) {
    constexpr std::int64_t most = 1'000'000'000'000'000'000;
    const auto* list = reader.find("seeds", Kind::list, "is not a list, as in [1, 2, 3]");
    for (const char* other : {"replicates", "first_seed"})
        if (const auto* value = reader.find(other); value != nullptr && list != nullptr)
            reader.refuse(value->key_at, fmt::format("'{}' beside 'seeds': write one or the other", other));
    if (list == nullptr) {
        const std::int64_t first = reader.whole("first_seed", 1, 0, most);
        const std::int64_t count = reader.whole("replicates", 1, 1, 10000);
        for (std::int64_t k = 0; k < count; ++k) sweep.seeds.push_back(first + k);
        return;
    }
    if (list->entries.empty()) reader.refuse(list->at, "seeds is empty");
    for (const auto& entry : list->entries) {
        if (entry.kind != Kind::whole || entry.whole < 0 || entry.whole > most)
            reader.refuse(entry.at, fmt::format("a seed is a whole number, 0 … {}", most));
        if (std::ranges::find(sweep.seeds, entry.whole) != sweep.seeds.end())
            reader.refuse(entry.at, fmt::format("seed {} appears twice", entry.whole));
        sweep.seeds.push_back(entry.whole);
    }
}

void read_set(const SweepReader& reader, const std::vector<std::string>& sets, SweepFile& sweep) {
    std::set<const SettingsField*> assigned;
    sweep.common = sweep.base;
    for (const Leaf& leaf : reader.leaves("set")) {
        const auto* field = reader.field_at(leaf);
        if (!assigned.insert(field).second)
            reader.refuse(leaf.value->key_at, fmt::format("'{}' is set twice", leaf.name));
        assign_at(*leaf.value, reader.source, **field, field->in(sweep.common));
    }
    for (const auto& assignment : sets) {
        const std::string key = assignment.substr(0, assignment.find('='));
        if (key == "seed")
            throw InputError(Exit::scenario, fmt::format("--set {}: {}", assignment, seeds_hint));
        apply_set(sweep.common, assignment);
        assigned.insert(find_field(key));
    }
    for (const auto& row : settings_fields())
        if (assigned.contains(&row)) sweep.set.push_back(&row);
}

/// The values a field takes along its axis, each tried on it.
std::vector<Given> read_levels(const SweepReader& reader, const Leaf& leaf, const SettingsField& field) {
    const TomlValue& list = *leaf.value;
    if (list.kind != Kind::list)
        reader.refuse(list.at, fmt::format("{} is not a list of values, one for each level", leaf.name));
    if (list.entries.empty()) reader.refuse(list.at, fmt::format("{} has no level", leaf.name));
    std::vector<Given> levels;
    for (const auto& entry : list.entries) {
        Settings trial;
        assign_at(entry, reader.source, *field, field.in(trial));
        levels.push_back(given_from(entry, reader.source));
    }
    return levels;
}

std::vector<std::string> read_level_names(const SweepReader& reader, const TomlValue& list) {
    if (list.kind != Kind::list) reader.refuse(list.at, "label is not a list of texts, one for each level");
    std::vector<std::string> names;
    for (const auto& entry : list.entries) names.push_back(reader.printable(entry, "a label"));
    return names;
}

/// The level whose values (or name) appeared before it, or the number of levels.
std::size_t repeated_level(const WrittenAxis& axis) {
    std::set<std::vector<std::string>> values;
    std::set<std::string> names;
    for (std::size_t level = 0; level < axis.given[0].size(); ++level) {
        std::vector<std::string> texts;
        for (std::size_t f = 0; f < axis.fields.size(); ++f) {
            Settings trial;
            const auto& field = *axis.fields[f];
            assign(*field, field.in(trial), axis.given[f][level]);
            texts.push_back(to_toml(*field, field.in(trial)));
        }
        if (!values.insert(texts).second) return level;
        if (!axis.names.empty() && !names.insert(axis.names[level]).second) return level;
    }
    return axis.given[0].size();
}

void check_distinct(const SweepReader& reader, const WrittenAxis& axis, const Leaf& leaf) {
    const std::size_t repeated = repeated_level(axis);
    if (repeated < axis.given[0].size())
        reader.refuse(leaf.value->entries[repeated].at,
                      fmt::format("{}: level {} repeats an earlier one", leaf.name, repeated + 1));
}

WrittenAxis read_zip(const SweepReader& reader, const std::vector<Leaf>& leaves) {
    WrittenAxis axis{.zip = true, .fields = {}, .given = {}};
    const Leaf* first = nullptr;
    for (const Leaf& leaf : leaves) {
        if (leaf.name == "title") {
            axis.title = reader.printable(*leaf.value, "title");
            continue;
        }
        std::size_t length = 0;
        if (leaf.name == "label") {
            axis.names = read_level_names(reader, *leaf.value);
            length = axis.names.size();
        } else {
            axis.fields.push_back(reader.field_at(leaf));
            axis.given.push_back(read_levels(reader, leaf, *axis.fields.back()));
            length = axis.given.back().size();
        }
        if (first == nullptr) first = &leaf;
        if (const std::size_t levels = first->value->entries.size(); length != levels)
            reader.refuse(leaf.value->at,
                          fmt::format("{} has {} levels, {} has {}: fields of a zip move together", leaf.name,
                                      length, first->name, levels));
    }
    if (first == nullptr || axis.fields.empty()) reader.refuse(leaves[0].value->at, "a zip without a field");
    check_distinct(reader, axis, *first);
    return axis;
}

void read_axes(const SweepReader& reader, SweepFile& sweep) {
    const auto grid = reader.leaves("grid"), zip = reader.leaves("zip");
    const bool zip_first = !zip.empty() && !grid.empty() && zip[0].value->key_at < grid[0].value->key_at;
    if (zip_first) sweep.axes.push_back(read_zip(reader, zip));
    for (const Leaf& leaf : grid) {
        WrittenAxis axis;
        axis.fields = {reader.field_at(leaf)};
        axis.given = {read_levels(reader, leaf, *axis.fields[0])};
        check_distinct(reader, axis, leaf);
        sweep.axes.push_back(std::move(axis));
    }
    if (!zip.empty() && !zip_first) sweep.axes.push_back(read_zip(reader, zip));
}

/// A field has one place to take its value from.
void check_once(const SweepReader& reader, const std::vector<std::string>& sets) {
    std::set<std::string> varied;
    for (const char* section : {"grid", "zip"})
        for (const Leaf& leaf : reader.leaves(section))
            if (!varied.insert(leaf.name).second)
                reader.refuse(leaf.value->key_at, fmt::format("'{}' is varied twice", leaf.name));
    for (const Leaf& leaf : reader.leaves("set"))
        if (varied.contains(leaf.name))
            reader.refuse(leaf.value->key_at, fmt::format("'{}' is both set and varied", leaf.name));
    for (const auto& assignment : sets)
        if (const auto key = assignment.substr(0, assignment.find('=')); varied.contains(key))
            throw InputError(Exit::scenario,
                             fmt::format("--set {}: {} varies '{}'", assignment, reader.source, key));
}

}  // namespace

std::string opening_comment(std::string_view text) {
    std::string comment;
    while (text.starts_with('#')) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        line.remove_prefix(line.starts_with("# ") ? 2 : 1);
        while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
        comment += comment.empty() ? "" : "\n";
        comment += line;
    }
    // What is not UTF-8 is replaced: results and pages hold this text.
    const auto json = nlohmann::json(comment).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return nlohmann::json::parse(json).get<std::string>();
}

SweepFile read_sweep_file(std::string_view toml,
                          const std::string& source,
                          const std::string& folder,
                          const std::vector<std::string>& sets) {
    const TomlValue file = parse_toml(toml, source);
    const SweepReader reader{source, file};
    check_keys(reader);
    SweepFile sweep;
    sweep.name = read_name(reader);
    sweep.question = opening_comment(toml);
    read_scenario_of(reader, folder, sweep);
    read_methods(reader, sweep);
    read_seeds(reader, sweep);
    sweep.bootstrap = static_cast<int>(reader.whole("bootstrap", 0, 0, most_resamples));
    check_once(reader, sets);
    read_set(reader, sets, sweep);
    read_axes(reader, sweep);
    return sweep;
}

}  // namespace netcvr
