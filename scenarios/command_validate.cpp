#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "output/validation.h"
#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/presets.h"
#include "scenarios/print.h"
#include "scenarios/scenario_file.h"
#include "scenarios/settings_of_log.h"
#include "sim/errors.h"
#include "sim/hdf5_file.h"
#include "sim/log_columns.h"
#include "sim/simulate.h"

namespace netcvr {
namespace {

constexpr double most_clicks = 2e7;  // a log to be tested is held in memory, some 200 bytes a click
constexpr std::size_t most_named = 5;

bool names_scenario(const std::string& subject) {
    if (names_log(subject)) return false;
    return subject.ends_with(".toml") || !std::filesystem::exists(subject) ||
           std::any_of(presets().begin(), presets().end(), [&](const auto& p) { return p.name == subject; });
}

void print_structure(const LogFile& log, const std::string& path) {
    const auto checks = check_structure(log);
    print(fmt::format("{}: {} of {} clicks\n{}", path, log.header.origin, log.log.size(),
                      structure_text(checks)));
    for (const auto& check : checks)
        if (!check.broken.empty())
            throw InputError(Exit::data, fmt::format("{}: {}: {}", path, check.part, check.broken));
}

void print_truth(const LogFile& log, const Scenario& scenario, const World* world, const std::string& name) {
    const ExpectedClicks clicks = world != nullptr ? expected_clicks(*world, log.log) : ExpectedClicks{};
    const TruthValidation validation = validate_truth(log, scenario, world != nullptr ? &clicks : nullptr);
    print("\n" + validation_text(validation));
    if (validation.failing.empty()) {
        print(fmt::format("{}: the truth holds in all {} cells\n", name, validation.cells));
        return;
    }
    std::string failing;
    for (std::size_t k = 0; k < std::min(most_named, validation.failing.size()); ++k)
        failing += "; " + validation.failing[k];
    throw InputError(Exit::data, fmt::format("{}: the truth fails in {} of {} cells{}{}", name,
                                             validation.failing.size(), validation.cells, failing,
                                             validation.failing.size() > most_named ? "; …" : ""));
}

/// What decides labels stands twice in a log: in the root's attributes and in its scenario.
void check_attributes(const LogFile& log, const std::string& path) {
    const auto expect = [&](std::string_view name, const std::string& stated, const std::string& wanted) {
        if (stated != wanted)
            throw InputError(Exit::data,
                             fmt::format("{}: /: attribute '{}' is {}, but the log's scenario_toml has {}",
                                         path, name, stated, wanted));
    };
    const Scenario s = settings_of(log, path).scenario;
    ClickLog as_scenario;
    as_scenario.duration = s.log.duration, as_scenario.follow_up = s.log.follow_up;
    as_scenario.windows = s.windows, as_scenario.protocol = s.protocol;
    std::map<std::string, Time> wanted;
    for_each_time(as_scenario, [&](const std::string& name, Time time) { wanted[name] = time; });
    for_each_time(log.log, [&](const std::string& name, Time time) {
        expect(name, format_duration(time), format_duration(wanted.at(name)));
    });
    expect("time_origin", log.header.time_origin, s.log.time_origin);
    if (!states_refunds(log.header)) return;  // nothing was drawn
    expect("seed", fmt::format("{}", log.header.seed), fmt::format("{}", s.seed));
}

/// Rows and columns that no reader of a log would miss.
void check_columns(const LogFile& log, const std::string& path) {
    const Hdf5Reader file(path);
    if (const auto rows = file.integer("/", "rows"); rows != static_cast<std::int64_t>(log.log.size()))
        file.fail("/", fmt::format("attribute 'rows' is {}, but the columns have {}", rows, log.log.size()));
    std::map<std::string, std::set<std::string>> known;
    const auto add = [&](const LogColumn& column, const auto&) { known[column.group].insert(column.name); };
    for_each_log_column(log.log, add);
    const Truth truth = empty_truth(log.header.truth);
    for_each_truth_column(truth, log.header.truth, add);
    for (const auto& [group, names] : known)
        for (const auto& name : file.columns(group))
            if (!names.contains(name)) file.fail(fmt::format("{}/{}", group, name), "is no column of a log");
}

void validate_log(const ValidateArguments& arguments) {
    if (!arguments.sets.empty() || !arguments.seed.empty())
        throw InputError(Exit::usage, "validate: a log is what it is: --set and --seed need a scenario");
    const LogFile log = read_log(arguments.subject);
    if (log.header.withheld.empty()) check_attributes(log, arguments.subject);
    check_columns(log, arguments.subject);
    print_structure(log, arguments.subject);
    if (!arguments.truth) return;
    if (!log.truth) throw InputError(Exit::data, arguments.subject + ": has no /truth to be held against");
    const Scenario scenario = settings_of(log, arguments.subject).scenario;
    const auto& sample = log.header.selection;
    if (sample && sample->period == "same")
        throw InputError(Exit::data,
                         arguments.subject +
                             ": its users were chosen by its own outcomes: given that, labels of one "
                             "user depend on each other, and these tests hold for independent ones");
    if (log.header.origin != "simulated" || sample)
        return print_truth(log, scenario, nullptr, arguments.subject);
    const World world = make_world(scenario, arguments.threads);
    print_truth(log, scenario, &world, arguments.subject);
}

void validate_scenario(const ValidateArguments& arguments) {
    auto sets = arguments.sets;
    if (!arguments.seed.empty()) sets.push_back("seed=" + arguments.seed);
    Settings settings = load_settings(arguments.subject, sets);
    if (arguments.truth && settings.scenario.mean_clicks() > most_clicks)
        throw InputError(Exit::scenario,
                         fmt::format("validate --truth: {:.0f} clicks are more than the {:.0f} it takes in: "
                                     "--set scale=…",
                                     settings.scenario.mean_clicks(), most_clicks));
    const World world = make_world(settings.scenario, arguments.threads);
    settings.scenario = world.scenario;
    print(fmt::format("{}: every field is in its range and every target is met; {} clicks\n",
                      arguments.subject, row_count(world)));
    if (!arguments.truth) return;
    const LogFile log =
        simulate_in_memory(world, header_of(world, resolved_toml(settings), true), arguments.threads);
    print_structure(log, arguments.subject);
    print_truth(log, world.scenario, &world, arguments.subject);
}

}  // namespace

void add_options(Options& add, ValidateArguments& to) {
    add.required("SUBJECT", to.subject, "LOG|PRESET|FILE.toml", "A log, or a scenario to draw a log of");
    add.flag("--truth", to.truth,
             "Hold outcomes, delays and clicks against the truth; exit 4 if they disagree [default: only "
             "whether the file or scenario is sound]");
    add.sets(to.sets);
    add.optional("--seed", to.seed, "N", "Seed of a scenario's log [0 … 9.2e18, default as it says]");
    add.threads(to.threads);
}

void run(const ValidateArguments& arguments) {
    names_scenario(arguments.subject) ? validate_scenario(arguments) : validate_log(arguments);
}

}  // namespace netcvr
