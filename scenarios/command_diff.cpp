#include <algorithm>

#include <fmt/core.h>

#include "output/difference.h"
#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/scenario_file.h"
#include "sim/errors.h"
#include "sim/hdf5_file.h"

namespace netcvr {
namespace {

/// Of the scenario a file carries; the standard one if it carries none.
Settings settings_in(const std::string& path) {
    const Hdf5Reader file(path);
    if (!file.has_attribute("/", "scenario_toml")) return {};
    try {
        return parse_scenario(file.text("/", "scenario_toml"), path + ": /: scenario_toml");
    } catch (const InputError& error) {
        throw InputError(Exit::data, error.what());
    }
}

std::string feature_text(const Feature& feature) {
    std::string text;
    for (const auto& field : feature_fields())
        if (field.name != "name")
            text += fmt::format("{}{}", text.empty() ? "" : ", ", to_toml(field, &feature));
    return text;
}

/// Features of both; that one has more shows in the columns.
void add_features(const Scenario& a, const Scenario& b, std::vector<ValueDifference>& found) {
    for (const auto& feature : a.features) {
        const auto other = std::ranges::find(b.features, feature.name, &Feature::name);
        if (other != b.features.end() && *other != feature)
            found.push_back({"feature " + feature.name, feature_text(feature), feature_text(*other)});
    }
}

std::vector<ValueDifference> scenario_differences(const Settings& a, const Settings& b) {
    std::vector<ValueDifference> found;
    for (const auto& row : settings_fields())
        if (row->name != "solved.key" && !same_value(*row, row.in(a), row.in(b)))
            found.push_back({std::string(row->name), to_toml(*row, row.in(a)), to_toml(*row, row.in(b))});
    add_features(a.scenario, b.scenario, found);
    return found;
}

}  // namespace

void add_options(Options& add, DiffArguments& to) {
    add.required("FIRST", to.first, "FILE", "A log, or another file of ours");
    add.required("SECOND", to.second, "FILE",
                 "What it is compared with; exit 0 if they are the same, else 4");
    add.flag("--json", to.json, "Print JSON [default: text]");
}

void run(const DiffArguments& arguments) {
    const auto &a = arguments.first, &b = arguments.second;
    const Settings in_a = settings_in(a), in_b = settings_in(b);
    const Difference found =
        difference(a, b, scenario_differences(in_a, in_b), in_a.scenario.seed == in_b.scenario.seed);
    print(arguments.json ? difference_json(found, a, b) : difference_text(found, a, b));
    if (found.same()) return;
    const std::size_t columns =
        found.columns.size() + found.shapes.size() + found.only_a.size() + found.only_b.size();
    throw InputError(Exit::data,
                     fmt::format("{} and {} differ in {} fields and {} columns{}", a, b, found.values.size(),
                                 columns, found.rows_unread.empty() ? "" : ", values aside"));
}

}  // namespace netcvr
