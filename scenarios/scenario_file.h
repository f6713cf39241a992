#pragma once
// Scenario files: TOML read through the field tables. Everything written is checked; nothing unknown is
// ignored.

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/field_value.h"
#include "scenarios/settings.h"
#include "scenarios/toml_document.h"

namespace netcvr {

/// One row of all tables, and where its values live.
struct SettingsField {
    const Field* field;
    bool training;  // lives in Settings::training, else in Settings::scenario

    const Field& operator*() const { return *field; }
    const Field* operator->() const { return field; }
    void* in(Settings& settings) const {
        return training ? static_cast<void*>(&settings.training) : static_cast<void*>(&settings.scenario);
    }
    const void* in(const Settings& settings) const { return in(const_cast<Settings&>(settings)); }
};
/// scenario_fields(), then training_fields().
const std::vector<SettingsField>& settings_fields();
/// The row of that name; null if there is none.
const SettingsField* find_field(std::string_view name);
/// "unknown key 'sed'; did you mean 'seed'?" `more`: names that would do beside the fields'.
std::string unknown_key(std::string_view name, const std::vector<std::string>& more);
/// The keys of one [[features]] table.
const std::vector<Field>& feature_fields();

/// A scenario in TOML; `source` stands before line and column in messages. Throws InputError (scenario).
Settings parse_scenario(std::string_view toml, const std::string& source);

/// The same where the scenario is a table of another file.
Settings read_scenario(const TomlValue& table, const std::string& source);

/// A value for a field to judge. Throws InputError (scenario) for what no field takes: tables, dates, true.
Given given_from(const TomlValue& value, const std::string& source);
/// assign() with the place in front of its message.
void assign_at(const TomlValue& value, const std::string& source, const Field& field, void* settings);

/// Applies one "key=value", with the checks of a file; messages start with the assignment.
void apply_set(Settings& settings, const std::string& assignment);

/// A preset, or a file that is looked for in `folder` ("": where the program runs); without the checks across
/// fields.
Settings load_base(const std::string& name_or_path, const std::string& folder = "");
/// A preset or a file, then the assignments in order, then the checks across fields.
Settings load_settings(const std::string& name_or_path, const std::vector<std::string>& sets);

/// Complete TOML that parse_scenario reads back to equal settings; a comment says each field's meaning.
/// `table`: the table that holds it, "" = the text is the scenario.
std::string resolved_toml(const Settings& settings, const std::string& table = "");

}  // namespace netcvr
