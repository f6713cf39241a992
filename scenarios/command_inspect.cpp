#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "output/daily.h"
#include "output/inspect.h"
#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/presets.h"
#include "scenarios/print.h"
#include "scenarios/scenario_file.h"
#include "scenarios/settings_of_log.h"
#include "scenarios/targets_of_log.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

/// Of the scenario named; nothing for no name.
std::vector<Published> published_of(const std::string& scenario) {
    if (scenario.empty()) return {};
    auto published = load_settings(scenario, {}).published;
    if (!published.empty()) return published;
    std::vector<std::string> others;
    for (const auto& preset : presets())
        if (!load_settings(std::string(preset.name), {}).published.empty()) others.emplace_back(preset.name);
    throw InputError(Exit::scenario,
                     fmt::format("'{}' has no [[published]] figures to hold a log to; {} have", scenario,
                                 fmt::join(others, ", ")));
}

std::string targets_text(const LogFile& file, const std::string& path) {
    if (file.log.size() == 0) throw InputError(Exit::data, path + ": has no clicks, and so no targets");
    const std::string refunds =
        file.log.has_refunds ? ""
                             : "# It did not record refunds: what is asked of these is a default, too.\n";
    return "# What the log says. Traits, weights and what its features show it does not: those are defaults, "
           "and\n"
           "# every source is \"noise\" until you name one (netcvr list sources).\n" +
           refunds + resolved_toml(targets_of(file));
}

/// What the scenario asked of its whole log, by the names that inspect() knows; of a sample it asked nothing,
/// and nothing is known of a world that the log does not state.
std::map<std::string, double> wanted_of(const LogFile& file, const Scenario& scenario) {
    const Scenario::Targets& targets = scenario.targets;
    if (file.header.selection || !states_refunds(file.header)) return {};
    std::map<std::string, double> wanted = {
        {"refund_delay_median", static_cast<double>(targets.refund_delay_median)}};
    if (!scenario.holds_ever())  // of reported refunds, as the log has no others
        wanted["refunds_per_conversion"] = targets.refunds_per_conversion * (1 - scenario.refund.unreported);
    if (file.header.truth.of_conversions()) return wanted;  // conversions are real
    if (!scenario.holds_ever()) wanted["conversions_per_click"] = targets.cvr;
    wanted["conversion_delay_median"] = static_cast<double>(targets.conversion_delay_median);
    return wanted;
}

void check(const InspectArguments& arguments) {
    if (arguments.as_targets && (arguments.json || arguments.daily || !arguments.against.empty()))
        throw InputError(Exit::usage, "inspect: --as-targets stands alone");
    if (arguments.daily && !arguments.against.empty())
        throw InputError(Exit::usage, "inspect: --daily and --against exclude each other");
}

}  // namespace

void add_options(Options& add, InspectArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.optional("--against", to.against, "PRESET|FILE.toml",
                 "Hold the log to the figures published of a scenario instead; exit 4 if it misses a hard "
                 "one [default "
                 "none]");
    add.flag("--as-targets", to.as_targets,
             "Print a scenario that aims at this log instead: sizes, windows, curves, targets [default off]");
    add.flag("--daily", to.daily,
             "Print users, clicks, purchases, repurchases and refunds of every day instead [default off]");
    add.flag("--json", to.json, "Print JSON [default: text]");
}

void run(const InspectArguments& arguments) {
    check(arguments);
    const std::vector<Published> published = published_of(arguments.against);
    const LogFile file = read_log(arguments.log);
    if (arguments.as_targets) return print(targets_text(file, arguments.log));
    const Scenario scenario = settings_of(file, arguments.log).scenario;
    if (!arguments.against.empty()) {
        const double scale = states_world(file.header) ? scenario.scale : 1;
        const auto rows = compare_with(published, file, scale);
        const std::string scaled = scale == 1 ? "" : fmt::format(", counts at the log's scale {:g}", scale);
        print(arguments.json ? comparison_json(arguments.against, rows)
                             : comparison_text(arguments.against + scaled, rows));
        if (const auto missed = hard_misses(rows); missed > 0)
            throw InputError(Exit::data, fmt::format("{}: {} hard figures of {} missed", arguments.log,
                                                     missed, arguments.against));
        return;
    }
    if (arguments.daily) {
        const auto days = daily_counts(file, scenario.log.utc_offset);
        return print(arguments.json ? daily_json(days, file.log) : daily_text(days, file.log));
    }
    const Inspection inspection = inspect(file, wanted_of(file, scenario));
    print(arguments.json ? inspect_json(file, inspection) : inspect_text(file, inspection));
}

}  // namespace netcvr
