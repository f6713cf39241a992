#include <fmt/core.h>

#include "estimators/method.h"
#include "output/metric_table.h"
#include "scenarios/commands.h"
#include "scenarios/field_value.h"
#include "scenarios/method_text.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/scenario_file.h"
#include "sim/errors.h"

namespace netcvr {

void add_options(Options& add, HelpArguments& to) {
    add.required("NAME", to.name, "NAME", "A method, metric or field");
}

void run(const HelpArguments& arguments) {
    std::vector<std::string> known;
    for (const auto& method : methods()) {
        if (method.name == arguments.name) return print(method_text(method));
        known.emplace_back(method.name);
    }
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
    throw InputError(Exit::usage, fmt::format("'{}' is no method, metric or field{}", arguments.name,
                                              suggestion(arguments.name, known)));
}

}  // namespace netcvr
