#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/part.h"
#include "scenarios/print.h"
#include "scenarios/progress.h"
#include "scenarios/scenario_file.h"
#include "scenarios/version.h"
#include "sim/artifact.h"
#include "sim/errors.h"
#include "sim/given_clicks.h"
#include "sim/log_columns.h"
#include "sim/log_shard.h"
#include "sim/simulate.h"
#include "sim/statements.h"

namespace netcvr {
namespace {

std::size_t bytes_per_row(const Scenario& scenario) {
    ClickLog log;
    log.features.resize(scenario.features.size());
    log.has_money = scenario.has_money();
    const TruthSchema schema{.more = statements(scenario), .law = {}};
    std::size_t bytes = 0;
    const auto add = [&]<class T>(const LogColumn&, const std::vector<T>&) { bytes += sizeof(T); };
    for_each_log_column(log, add);
    const Truth truth = empty_truth(schema);
    for_each_truth_column(truth, schema, add);
    return bytes;
}

/// The resolved scenario, and what it will cost as a comment, so that the whole is a scenario file.
void print_plan(const Settings& settings) {
    const double clicks = settings.scenario.mean_clicks();
    const std::size_t bytes = bytes_per_row(settings.scenario);
    print(resolved_toml(settings));
    print(fmt::format(
        "\n# expected: {:.0f} clicks of {} bytes without compression (--truth rates), {:.1f} MB\n", clicks,
        bytes, clicks * static_cast<double>(bytes) / 1e6));
}

/// `source`: a World or GivenClicks.
template <class Source>
SimulateSummary write_log(const SimulateArguments& arguments, const Source& source, LogHeader header) {
    header.created_by = program_version();
    ProgressLine line("simulate", "clicks");
    return simulate(source, header,
                    {.path = arguments.output,
                     .threads = arguments.threads,
                     .compress = arguments.compress,
                     .force = arguments.force,
                     .progress = [&](std::size_t done, std::size_t total) { line.show(done, total); }});
}

void print_summary(const SimulateArguments& arguments,
                   const std::string& of,
                   const SimulateSummary& summary) {
    print(fmt::format("{}: {}{} clicks, content digest {}\n", arguments.output, of, summary.rows,
                      summary.digest_log));
}

/// Fields that say nothing of given clicks, by how their names begin.
constexpr std::array<std::string_view, 8> of_drawn_clicks = {
    "users.",          "items.",      "correlation.", "log.utc_offset",
    "conversion.hour", "refund.hour", "intent.price", "conversion_delay.price"};
/// And of given conversions.
constexpr std::array<std::string_view, 4> of_drawn_conversions = {"conversion.", "intent.",
                                                                  "conversion_delay.", "targets.cvr"};

[[noreturn]] void refuse_set(const std::string& set, const std::string& why) {
    throw InputError(Exit::usage, fmt::format("simulate --on: --set {}: {}", set, why));
}

void check_sets(const SimulateArguments& arguments) {
    for (const std::string& set : arguments.sets) {
        const auto begins = [&](std::string_view name) { return set.starts_with(name); };
        if (std::ranges::any_of(of_drawn_clicks, begins))
            refuse_set(set, "the clicks are given, and so are their users, items and hours");
        if (arguments.add == "refunds" && std::ranges::any_of(of_drawn_conversions, begins))
            refuse_set(set, "with --add refunds the conversions are given");
    }
}

/// Refuses what was set and is not so of the clicks.
void check_sets_hold(const SimulateArguments& arguments, const Settings& asked, const Settings& settled) {
    for (const std::string& set : arguments.sets) {
        const SettingsField& field = *find_field(set.substr(0, set.find('=')));
        if (!same_value(*field, field.in(asked), field.in(settled)))
            refuse_set(set, fmt::format("with given {} it is {}",
                                        arguments.add == "refunds" ? "clicks and conversions" : "clicks",
                                        to_toml(*field, field.in(settled))));
    }
}

void simulate_on(const SimulateArguments& arguments, Settings settings) {
    check_sets(arguments);
    check_can_write(arguments.output, arguments.force, {arguments.scenario, arguments.on});
    const LogFile given = read_log(arguments.on);
    const GivenClicks clicks = make_given_clicks(
        given, settings.scenario, arguments.add == "refunds" ? Added::refunds : Added::conversions);
    const Settings asked = settings;
    settings.scenario = clicks.laws.scenario;
    check_sets_hold(arguments, asked, settings);
    print_summary(arguments, "", write_log(arguments, clicks, header_of(clicks, resolved_toml(settings))));
}

/// simulate: what goes with --on.
void check_on(const SimulateArguments& arguments) {
    if (arguments.on.empty() != arguments.add.empty())
        throw InputError(Exit::usage, "simulate: --on FILE and --add belong together");
    if (arguments.on.empty()) return;
    for (const auto& [given, name] : {std::pair{!arguments.shard.empty(), "--shard"},
                                      {arguments.truth == "full", "--truth full"},
                                      {arguments.dry_run, "--dry-run"}})
        if (given) throw InputError(Exit::usage, fmt::format("simulate: {} does not go with --on", name));
}

void check(const SimulateArguments& arguments) {
    if (arguments.output.empty() && !arguments.dry_run)
        throw InputError(Exit::usage, "simulate: -o FILE is required (or --dry-run)");
    check_on(arguments);
}

}  // namespace

void add_options(Options& add, SimulateArguments& to) {
    add.required("SCENARIO", to.scenario, "PRESET|FILE.toml", scenario_help);
    add.optional("-o,--output", to.output, "FILE", "The log to write, HDF5 [required unless --dry-run]");
    add.sets(to.sets);
    add.seed(to.seed);
    add.threads(to.threads);
    add.compress(to.compress);
    add.choice("--truth", to.truth, {"rates", "full"},
               "Columns of /truth: rates at the windows, or every parameter too");
    add.optional(
        "--shard", to.shard, "I/N",
        "Write the I-th of N parts of the log, 1-based, for `merge` [default the task of a Slurm array "
        "without holes, else the whole log]");
    add.optional("--on", to.on, "FILE",
                 "Take the clicks of this log, imported or simulated, instead of drawing them; what they "
                 "decide cannot "
                 "be --set [default none]");
    add.choice(
        "--add", to.add, {"refunds", "conversions"},
        "Draw refunds of the conversions there are, or conversions and refunds anew; default none, required "
        "with --on");
    add.force(to.force);
    add.flag("--dry-run", to.dry_run,
             "Print the resolved scenario and the expected size; write nothing [default off]");
}

void run(const SimulateArguments& arguments) {
    check(arguments);
    auto sets = arguments.sets;
    if (!arguments.seed.empty()) sets.push_back("seed=" + arguments.seed);
    Settings settings = load_settings(arguments.scenario, sets);
    if (arguments.dry_run) return print_plan(settings);
    if (!arguments.on.empty()) return simulate_on(arguments, settings);
    const auto part = asked_part(arguments.shard);
    check_can_write(arguments.output, arguments.force, {arguments.scenario});
    const World world = make_world(settings.scenario, arguments.threads);
    settings.scenario = world.scenario;
    LogHeader header = header_of(world, resolved_toml(settings), arguments.truth == "full");
    if (part) header.shard = make_shard(row_count(world), part->index, part->count);
    const std::string of = part ? fmt::format("shard {} of {}, ", part->index + 1, part->count) : "";
    print_summary(arguments, of, write_log(arguments, world, header));
}

}  // namespace netcvr
