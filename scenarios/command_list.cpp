#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "estimators/method.h"
#include "estimators/modifier.h"
#include "output/log_statistics.h"
#include "output/results.h"
#include "scenarios/commands.h"
#include "scenarios/field_value.h"
#include "scenarios/method_text.h"
#include "scenarios/options.h"
#include "scenarios/presets.h"
#include "scenarios/print.h"
#include "scenarios/scenario_file.h"
#include "sim/errors.h"
#include "sim/features.h"

namespace netcvr {
namespace {

/// One line each, in the order in which they are applied.
std::string modifiers_text() {
    std::string text;
    for (const auto& row : modifiers()) text += fmt::format("  :{:<42} {}\n", spelled(row), row.title);
    return text;
}

std::string methods_text() {
    return methods_table() +
           "\nSettles at: with one free logit per x, exact frozen heads, in a world that stands still.\n"
           "p = P(event | x), d = P(event later than the observation window | x), of the stage in front: r "
           "for p "
           "on the refund\nstage; n = net_cvr. `netcvr help NAME` has mathematics and delivery.\n\n"
           "Behind a method's name, as in es-dfm:refund=R1 (`netcvr help es-dfm:refund=R1`):\n" +
           modifiers_text();
}

/// The question a preset asks is the comment on its first line.
std::string scenarios_text() {
    std::size_t width = 0;
    for (const auto& preset : presets()) width = std::max(width, preset.name.size());
    std::string text;
    for (const auto& preset : presets()) {
        auto line = preset.toml.substr(0, preset.toml.find('\n'));
        line.remove_prefix(std::min(line.find_first_not_of("# "), line.size()));
        text += fmt::format("{:<{}}  {}\n", preset.name, width, line);
    }
    return text;
}

std::string fields_text() {
    std::string text;
    const Settings defaults;
    for (const auto& row : settings_fields()) text += field_text(*row, to_toml(*row, row.in(defaults)));
    text += "\n[[features]] is a list of tables; the keys of each (sources: netcvr list sources):\n";
    const Feature feature;
    for (const auto& field : feature_fields()) text += field_text(field, to_toml(field, &feature));
    return text;
}

std::string sources_text() {
    std::size_t width = 0;
    for (const auto& source : feature_sources()) width = std::max(width, source.name.size());
    std::string text;
    for (const auto& source : feature_sources())
        text += fmt::format("{:<{}}  {}\n", source.name, width, source.help);
    return text;
}

std::string statistics_text() {
    std::string text;
    for (const auto& row : log_statistics()) {
        const std::string name =
            std::string(row.name) + (row.argument.empty() ? "" : fmt::format(":{}", row.argument));
        text += fmt::format("{:<42} {} [{}]\n", name, row.help, row.unit);
    }
    return text;
}

}  // namespace

void add_options(Options& add, ListArguments& to) {
    add.required("WHAT", to.what, "methods|scenarios|fields|sources|metrics|statistics", "What to list");
}

void run(const ListArguments& arguments) {
    static const std::map<std::string, std::function<std::string()>> lists = {
        {"methods", methods_text}, {"scenarios", scenarios_text}, {"fields", fields_text},
        {"sources", sources_text}, {"metrics", metrics_text},     {"statistics", statistics_text}};
    const auto found = lists.find(arguments.what);
    if (found == lists.end())
        throw InputError(Exit::usage,
                         fmt::format("list '{}' is unknown{}", arguments.what,
                                     suggestion(arguments.what, {"methods", "scenarios", "fields", "sources",
                                                                 "metrics", "statistics"})));
    print(found->second());
}

}  // namespace netcvr
