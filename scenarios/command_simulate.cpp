#include <fmt/core.h>

#include "scenarios/commands.h"
#include "scenarios/part.h"
#include "scenarios/print.h"
#include "scenarios/progress.h"
#include "scenarios/scenario_file.h"
#include "scenarios/version.h"
#include "sim/artifact.h"
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

void simulate_on(const SimulateArguments& arguments, Settings settings) {
    check_can_write(arguments.output, arguments.force);
    const LogFile given = read_log(arguments.on);
    const GivenClicks clicks = make_given_clicks(
        given, settings.scenario, arguments.add == "refunds" ? Added::refunds : Added::conversions);
    settings.scenario = clicks.laws.scenario;
    print_summary(arguments, "", write_log(arguments, clicks, header_of(clicks, resolved_toml(settings))));
}

}  // namespace

void run(const SimulateArguments& arguments) {
    auto sets = arguments.sets;
    if (!arguments.seed.empty()) sets.push_back("seed=" + arguments.seed);
    Settings settings = load_settings(arguments.scenario, sets);
    if (arguments.dry_run) return print_plan(settings);
    if (!arguments.on.empty()) return simulate_on(arguments, settings);
    const auto part = asked_part(arguments.shard);
    check_can_write(arguments.output, arguments.force);
    const World world = make_world(settings.scenario, arguments.threads);
    settings.scenario = world.scenario;
    LogHeader header = header_of(world, resolved_toml(settings), arguments.truth == "full");
    if (part) header.shard = make_shard(row_count(world), part->index, part->count);
    const std::string of = part ? fmt::format("shard {} of {}, ", part->index + 1, part->count) : "";
    print_summary(arguments, of, write_log(arguments, world, header));
}

}  // namespace netcvr
