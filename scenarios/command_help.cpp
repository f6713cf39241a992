#include <fmt/core.h>

#include "estimators/method.h"
#include "estimators/modifier.h"
#include "output/log_statistics.h"
#include "output/metric_table.h"
#include "scenarios/cli.h"
#include "scenarios/commands.h"
#include "scenarios/field_value.h"
#include "scenarios/method_text.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/scenario_file.h"
#include "sim/errors.h"
#include "sim/features.h"

namespace netcvr {

void add_options(Options& add, HelpArguments& to) {
    add.required("NAME", to.name, "NAME",
                 "A method, modifier, metric, field, source of features or statistic");
}

void run(const HelpArguments& arguments) {
    if (arguments.name.find(':') != std::string::npos) return print(method_text(find_method(arguments.name)));
    std::vector<std::string> known;
    for (const auto& method : methods()) {
        if (method.name == arguments.name) return print(method_text(method));
        known.emplace_back(method.name);
    }
    std::string of_modifier;
    for (const auto& row : modifiers()) {
        if (row.name == arguments.name)
            of_modifier += fmt::format("METHOD:{}: {}\n{}\n", spelled(row), row.title, row.math);
        known.emplace_back(row.name);
    }
    if (!of_modifier.empty()) return print(of_modifier);
    for (const auto& metric : metrics()) {
        if (metric.name == arguments.name)
            return print(fmt::format("{}: {} [{}]\n", metric.name, metric.formula, metric.unit));
        known.emplace_back(metric.name);
    }
    const Settings defaults;
    for (const auto& row : settings_fields()) {
        if (row->name == arguments.name) return print(field_text(*row, to_toml(*row, row.in(defaults))));
        known.emplace_back(row->name);
    }
    for (const auto& source : feature_sources()) {
        if (source.name == arguments.name) return print(fmt::format("{}: {}\n", source.name, source.help));
        known.emplace_back(source.name);
    }
    for (const auto& row : log_statistics()) {
        if (row.name == arguments.name)
            return print(fmt::format("{}: {} [{}]\n", row.name, row.help, row.unit));
        known.emplace_back(row.name);
    }
    for (const auto& example : examples())
        if (example.verb == arguments.name)
            throw InputError(Exit::usage,
                             fmt::format("'{0}' is a verb: netcvr {0} --help explains it", example.verb));
    throw InputError(Exit::usage,
                     fmt::format("'{}' is no method, modifier, metric, field, source or statistic{}",
                                 arguments.name, suggestion(arguments.name, known)));
}

}  // namespace netcvr
