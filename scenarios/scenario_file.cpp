#include "scenarios/scenario_file.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "scenarios/presets.h"
#include "sim/errors.h"
#include "sim/scenario_checks.h"

namespace netcvr {
namespace {

/// A text being read: its name for messages, and the presets that led to it.
struct Source {
    std::string name;
    std::vector<std::string> presets = {};
};

[[noreturn]] void refuse(const Source& source, TomlPlace at, const std::string& what) {
    refuse_toml(source.name, at, what);
}

std::string_view section_of(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? "" : name.substr(0, dot);
}

std::vector<std::string> known_sections() {
    std::vector<std::string> sections;
    for (const auto& row : settings_fields())
        if (const auto section = section_of(row->name);
            !section.empty() && std::find(sections.begin(), sections.end(), section) == sections.end())
            sections.emplace_back(section);
    return sections;
}

/// assign, and what the kind of a text does not say.
void assign_and_check(const Field& field, void* settings, const Given& given) {
    assign(field, settings, given);
    if (field.name == "log.time_origin") check_time_origin(*std::get<std::string*>(field.slot(settings)));
}

/// A list of tables of one kind: [[features]], [[published]].
struct Rows {
    std::string_view name, one;  // "features", "a feature"
    const std::vector<Field>& fields;
    std::vector<const char*> required;
};

template <class Row>
Row read_row(const Source& source, const TomlValue& table, const Rows& rows) {
    Row row;
    std::vector<std::string> known;
    for (const auto& field : rows.fields) known.emplace_back(field.name);
    for (const auto& entry : table.entries) {
        const auto at = std::find(known.begin(), known.end(), entry.key);
        if (at == known.end())
            refuse(
                source, entry.key_at,
                fmt::format("unknown key '{}' of {}{}", entry.key, rows.one, suggestion(entry.key, known)));
        assign_at(entry, source.name, rows.fields[static_cast<std::size_t>(at - known.begin())], &row);
    }
    for (const char* key : rows.required)
        if (table.find(key) == nullptr)
            refuse(source, table.at, fmt::format("{} without '{}'", rows.one, key));
    return row;
}

template <class Row>
void read_rows(const Source& source, const TomlValue& list, const Rows& rows, std::vector<Row>& to) {
    const auto is_table = [](const TomlValue& entry) { return entry.kind == TomlValue::Kind::table; };
    if (list.kind != TomlValue::Kind::list || !std::ranges::all_of(list.entries, is_table))
        refuse(source, list.at, fmt::format("{} are written as [[{}]] tables", rows.name, rows.name));
    to.clear();
    for (const auto& entry : list.entries) to.push_back(read_row<Row>(source, entry, rows));
}

void read_published(const Source& source, const TomlValue& list, std::vector<Published>& to) {
    read_rows(source, list, {"published", "a published figure", published_fields(), {"statistic", "value"}},
              to);
    for (std::size_t k = 0; k < to.size(); ++k) try {
            find_statistic(to[k].statistic);
        } catch (const InputError& error) {
            refuse(source, list.entries[k].find("statistic")->at, error.what());
        }
}

void read_features(const Source& source, const TomlValue& list, std::vector<Feature>& to) {
    read_rows(source, list, {"features", "a feature", feature_fields(), {"name", "source"}}, to);
    for (std::size_t k = 0; k < to.size(); ++k) try {
            check_source(to[k]);
        } catch (const InputError& error) {
            refuse(source, list.entries[k].find("source")->at, error.what());
        }
}

void read_table(const Source& source, const TomlValue& table, const std::string& prefix, Settings& settings) {
    for (const auto& entry : table.entries) {
        const std::string name = prefix + entry.key;
        if (name == "preset") continue;
        if (name == "features") {
            read_features(source, entry, settings.scenario.features);
            continue;
        }
        if (name == "published") {
            read_published(source, entry, settings.published);
            continue;
        }
        if (const auto* field = find_field(name)) {
            assign_at(entry, source.name, **field, field->in(settings));
            continue;
        }
        const auto sections = known_sections();
        const bool section = std::find(sections.begin(), sections.end(), name) != sections.end();
        const bool is_table = entry.kind == TomlValue::Kind::table;
        if (is_table && !section)
            refuse(source, entry.key_at,
                   fmt::format("unknown section '{}'{}", name, suggestion(name, sections)));
        if (!is_table)
            refuse(source, entry.key_at,
                   section ? fmt::format("'{}' is a section: write [{}]", name, name)
                           : unknown_key(name, {"preset", "features", "published"}));
        read_table(source, entry, name + ".", settings);
    }
}

const Preset* find_preset(std::string_view name) {
    for (const auto& preset : presets())
        if (preset.name == name) return &preset;
    return nullptr;
}

std::string unknown_preset(std::string_view name) {
    std::vector<std::string> known;
    for (const auto& preset : presets()) known.emplace_back(preset.name);
    return fmt::format("unknown preset '{}'{}", name, suggestion(name, known));
}

Settings read_text(std::string_view text, const Source& source);

/// What the key `preset` starts from.
Settings read_base(const TomlValue& table, const Source& source) {
    const TomlValue* name = table.find("preset");
    if (name == nullptr) return {};
    if (name->kind != TomlValue::Kind::text) refuse(source, name->at, "preset is not a text");
    const Preset* preset = find_preset(name->text);
    if (preset == nullptr) refuse(source, name->at, unknown_preset(name->text));
    auto chain = source.presets;
    if (std::find(chain.begin(), chain.end(), name->text) != chain.end())
        refuse(source, name->at, fmt::format("preset '{}' starts from itself", name->text));
    chain.push_back(name->text);
    Settings base = read_text(preset->toml, {fmt::format("preset {}", name->text), chain});
    base.published.clear();  // they were said of that preset, not of what is made of it
    return base;
}

Settings read_whole(const TomlValue& table, const Source& source) {
    Settings settings = read_base(table, source);
    read_table(source, table, "", settings);
    return settings;
}

Settings read_text(std::string_view text, const Source& source) {
    return read_whole(parse_toml(text, source.name), source);
}

}  // namespace

const std::vector<SettingsField>& settings_fields() {
    static const std::vector<SettingsField> all = [] {
        std::vector<SettingsField> rows;
        for (const auto& field : scenario_fields()) rows.push_back({&field, false});
        for (const auto& field : training_fields()) rows.push_back({&field, true});
        return rows;
    }();
    return all;
}

const SettingsField* find_field(std::string_view name) {
    for (const auto& row : settings_fields())
        if (row->name == name) return &row;
    return nullptr;
}

std::string unknown_key(std::string_view name, const std::vector<std::string>& more) {
    std::vector<std::string> known = more;
    for (const auto& row : settings_fields()) known.emplace_back(row->name);
    return fmt::format("unknown key '{}'{}", name, suggestion(name, known));
}

Settings parse_scenario(std::string_view toml, const std::string& source) {
    return read_text(toml, {source});
}

Settings read_scenario(const TomlValue& table, const std::string& source) {
    return read_whole(table, {source});
}

Given given_from(const TomlValue& value, const std::string& source) {
    switch (value.kind) {
        case TomlValue::Kind::whole:
            return {value.whole};
        case TomlValue::Kind::number:
            return {value.number};
        case TomlValue::Kind::text:
            return {value.text};
        case TomlValue::Kind::list: {
            std::vector<Given> entries;
            for (const auto& entry : value.entries) entries.push_back(given_from(entry, source));
            return {entries};
        }
        default:
            refuse_toml(source, value.at, "true, false, dates and tables are no values of a scenario");
    }
}

void assign_at(const TomlValue& value, const std::string& source, const Field& field, void* settings) {
    const Given given = given_from(value, source);
    try {
        assign_and_check(field, settings, given);
    } catch (const InputError& error) {
        refuse_toml(source, value.at, error.what());
    }
}

void apply_set(Settings& settings, const std::string& assignment) {
    const auto fail = [&](const std::string& what) {
        throw InputError(Exit::scenario, fmt::format("--set {}: {}", assignment, what));
    };
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos) fail("write key=value");
    const std::string key = assignment.substr(0, equals), value = assignment.substr(equals + 1);
    const SettingsField* row = find_field(key);
    if (row == nullptr && (key == "features" || key == "published" || key == "preset"))
        fail("can only stand in a scenario file");
    if (row == nullptr) fail(unknown_key(key, {}));
    const Given given = (*row)->kind == Kind::text ? Given{value} : parse_given(value);
    try {
        assign_and_check(**row, row->in(settings), given);
    } catch (const InputError& error) {
        fail(error.what());
    }
}

Settings load_base(const std::string& name_or_path, const std::string& folder) {
    if (const Preset* preset = find_preset(name_or_path))
        return read_text(preset->toml, {fmt::format("preset {}", name_or_path), {name_or_path}});
    const bool path = name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml") ||
                      std::filesystem::is_regular_file(std::filesystem::path(folder) / name_or_path);
    if (!path)
        throw InputError(Exit::scenario, unknown_preset(name_or_path) + " (a file's name ends in .toml)");
    const std::string found = (std::filesystem::path(folder) / name_or_path).string();
    return read_text(read_toml_file(found, "scenario"), {found});
}

Settings load_settings(const std::string& name_or_path, const std::vector<std::string>& sets) {
    Settings settings = load_base(name_or_path);
    for (const auto& assignment : sets) apply_set(settings, assignment);
    try {
        check(settings.scenario);
    } catch (const InputError& error) {
        const std::string set = sets.empty() ? "" : fmt::format(" --set {}", fmt::join(sets, " --set "));
        throw InputError(error.exit, fmt::format("{}{}: {}", name_or_path, set, error.what()));
    }
    return settings;
}

std::string resolved_toml(const Settings& settings, const std::string& table) {
    const std::string inside = table.empty() ? "" : table + ".";
    std::vector<std::string> sections = known_sections();
    sections.insert(sections.begin(), "");
    std::string text = table.empty() ? "" : fmt::format("[{}]\n", table);
    for (const auto& section : sections) {
        if (!section.empty()) text += fmt::format("\n[{}{}]\n", inside, section);
        for (const auto& row : settings_fields()) {
            if (section_of(row->name) != section) continue;
            const auto key = section.empty() ? row->name : row->name.substr(section.size() + 1);
            text += fmt::format("{} = {}  # {}\n", key, to_toml(*row, row.in(settings)), row->help);
        }
    }
    for (const auto& feature : settings.scenario.features) {
        text += fmt::format("\n[[{}features]]\n", inside);
        for (const auto& field : feature_fields())
            text += fmt::format("{} = {}\n", field.name, to_toml(field, &feature));
    }
    return text;
}

}  // namespace netcvr
