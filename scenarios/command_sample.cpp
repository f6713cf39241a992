#include <algorithm>

#include <fmt/format.h>

#include "output/population_table.h"
#include "output/table.h"
#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/progress.h"
#include "scenarios/sample_request.h"
#include "scenarios/scenario_file.h"
#include "scenarios/settings_of_log.h"
#include "scenarios/version.h"
#include "sim/artifact.h"
#include "sim/errors.h"
#include "sim/parallel.h"
#include "sim/rng.h"
#include "sim/sample.h"

namespace netcvr {
namespace {

/// A log to choose from: how to see its rows, who its users are, and the world behind it if that is known.
struct Source {
    LogHeader header;
    VisitLog visit;
    std::vector<std::int32_t> users;  // ascending; empty: 0 … user_count − 1
    std::size_t user_count = 0;
};

Settings settings_for(const SampleArguments& a) {
    auto sets = a.sets;
    if (!a.seed.empty()) sets.push_back("seed=" + a.seed);
    return load_settings(a.source, sets);
}

Selection choose(const UserCounts& counts,
                 const std::vector<std::int32_t>& users,
                 const SampleRequest& request,
                 std::int64_t seed) {
    Selection selection = select_users(counts, users, request.plan, seed);
    selection.scheme = request.scheme;
    selection.count = name_of(request.plan.count);
    selection.period = request.prior ? "prior" : "same";
    return selection;
}

Selection choose_by_prior(const World& world, const SampleRequest& request, int threads) {
    return choose(prior_counts(world, UserLaw(world), thread_count(threads)), {}, request,
                  world.scenario.seed);
}

Selection choose_by_log(const Source& source, const SampleRequest& request) {
    LogCounts log(source.users, source.user_count, request.plan.count);
    source.visit([&](const LogRows& rows, std::size_t) { log.add(rows.log); });
    return choose(log.counts, log.users, request, source.header.seed);
}

std::string what_counts(const Selection& selection) {
    const bool prior = selection.period == "prior";
    return fmt::format("Purchases of a user (--count {}): {}, in {}.\n", selection.count,
                       selection.count == "labels"   ? "first conversions within W_A"
                       : selection.count == "logged" ? "conversions whenever they come, and repeats"
                                                     : "after logged clicks and others",
                       prior ? "the period before the log" : "the log itself");
}

std::string summary(const std::string& path, const SampleSummary& done, const Selection& selection) {
    std::string text = fmt::format("{}: {} clicks of {} users, content digest {}\n", path, grouped(done.rows),
                                   grouped(done.users), done.digest_log);
    Table table{.header = {"stratum", "sampled", "eligible", "weight"}, .rows = {}};
    for (const auto& stratum : selection.strata) {
        const auto n = static_cast<double>(stratum.selected), all = static_cast<double>(stratum.eligible);
        table.rows.push_back(
            {stratum.name, grouped(static_cast<std::size_t>(stratum.selected)),
             grouped(static_cast<std::size_t>(stratum.eligible)),
             selection.scheme == "activity-strata" && n > 0 ? fmt::format("{:.4g}", all / n) : "1"});
    }
    text += text_table(table);
    text += "  " + what_counts(selection);
    if (selection.scheme == "activity-strata")
        return text + "  Weights give totals over the union of the strata, not over all users.\n";
    return text + fmt::format(
                      "  In with {:.6g} or more {}; nobody is left to chance (but ties), so no weight undoes "
                      "the choice.\n",
                      selection.threshold,
                      selection.scheme == "top-rate" ? "conversions per click" : "purchases");
}

void write(const SampleArguments& a, const SampleRequest& request, Source& source, Selection selection) {
    source.header.selection = std::move(selection);
    source.header.created_by = program_version();
    if (request.plan.with_bounds && !source.header.truth.cvr)
        throw InputError(Exit::data, a.source + ": has no /truth/cvr to make --truth given-inclusion from");
    const SampleSummary done =
        write_sample(source.visit, source.header,
                     {.path = a.output, .compress = a.compress, .force = a.force, .truth = request.truth});
    print(summary(a.output, done, *source.header.selection));
}

void sample_scenario(const SampleArguments& a, const SampleRequest& request) {
    Settings settings = settings_for(a);
    const World world = make_world(settings.scenario, a.threads);
    settings.scenario = world.scenario;
    ProgressLine line("sample", "clicks");
    Source source;
    source.header = header_of(world, resolved_toml(settings), false);
    source.user_count = world.population.users.size();
    source.visit = [&](const TakeRows& take) {
        visit_rows(world, false, a.threads, [&](const LogRows& rows, std::size_t done) {
            take(rows, done);
            line.show(done, row_count(world));
        });
    };
    Selection selection =
        request.prior ? choose_by_prior(world, request, a.threads) : choose_by_log(source, request);
    write(a, request, source, std::move(selection));
}

std::vector<std::int32_t> distinct(std::vector<std::int32_t> ids) {
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

/// The world that drew a log, for the prior period of its users.
World world_of(const LogFile& file, const SampleArguments& a) {
    if (file.header.origin != "simulated" || file.header.stream_version != stream_version)
        throw InputError(
            Exit::data,
            fmt::format("{}: origin '{}', stream version {}: only of a log simulated by stream "
                        "version {} is the prior period known; use --period same",
                        a.source, file.header.origin, file.header.stream_version, stream_version));
    return make_world(settings_of(file, a.source).scenario, a.threads);
}

void sample_log(const SampleArguments& a, const SampleRequest& request) {
    if (!a.sets.empty() || !a.seed.empty())
        throw InputError(Exit::usage, "sample: a log is what it is: --set and --seed need a scenario");
    LogFile file = read_log(a.source);
    if (file.header.selection) throw InputError(Exit::data, a.source + ": is a sample already");
    if (!file.log.has_ids) throw InputError(Exit::data, a.source + ": has no /log/user_id to sample by");
    Source source{.header = file.header, .visit = {}, .users = distinct(file.log.user_id)};
    if (source.users.empty()) throw InputError(Exit::data, a.source + ": has no clicks");
    Selection selection;
    if (request.prior) selection = choose_by_prior(world_of(file, a), request, a.threads);
    const LogRows rows{std::move(file.log), file.truth ? std::move(*file.truth) : Truth{}};
    source.visit = [&](const TakeRows& take) { take(rows, rows.log.size()); };
    if (!request.prior) selection = choose_by_log(source, request);
    write(a, request, source, std::move(selection));
}

void print_table(const SampleArguments& a) {
    const World world = make_world(settings_for(a).scenario, a.threads);
    ProgressLine line("sample", "clicks");
    const auto rows = population_table(world, a.threads,
                                       [&](std::size_t done, std::size_t total) { line.show(done, total); });
    line.clear();
    print(a.json ? population_json(rows) : population_text(rows));
}

void check(const SampleArguments& arguments) {
    const auto need = [](bool there, const char* what) {
        if (!there) throw InputError(Exit::usage, fmt::format("sample: {} is required (or --table)", what));
    };
    if (arguments.table) return;
    need(!arguments.scheme.empty(), "--scheme NAME");
    need(!arguments.output.empty(), "-o FILE");
}

}  // namespace

void add_options(Options& add, SampleArguments& to) {
    add.required("SOURCE", to.source, "PRESET|FILE.toml|LOG.h5",
                 "A preset or scenario file, or a log that `simulate` wrote");
    add.choice("--scheme", to.scheme,
               {"activity-strata", "buyers", "top-purchases", "top-rate", "keep-buyers"},
               "Whose clicks to keep: so many users of each stratum; users with a purchase; of these the "
               "--users with most purchases, or with most conversions per click; users with a conversion in "
               "the log itself [required unless --table]");
    add.optional("-o,--output", to.output, "FILE", "The log to write, HDF5 [required unless --table]");
    add.optional("--users", to.users, "N|SHARE",
                 "How many users: 1000, or a share of the eligible, 5% or 1/20 [top-…: required; "
                 "activity-strata: default as many as the scarcest stratum allows]");
    add.optional("--strata", to.strata, "LIST",
                 "Strata and their shares of the users; who fits several belongs to the first [default "
                 "purchases=6..:0.5,clicks=2..4:0.3,clicks=0:0.2; --period same, where a log has no users "
                 "without clicks: purchases=6..:0.625,clicks=2..4:0.375]");
    add.choice("--period", to.period, {"prior", "same"},
               "Choose by the period before the log, which leaves /truth true, or by the log itself; default "
               "prior, keep-buyers: same");
    add.choice("--count", to.count, {"logged", "all", "labels"},
               "What counts as a purchase: conversions whenever they come and repeats, after logged clicks; "
               "others too (prior period only); only first conversions within W_A (--period same only); "
               "default all, activity-strata and --period same: logged, --truth given-inclusion: labels, "
               "which it needs");
    add.choice("--truth", to.truth, {"given-inclusion", "none"},
               "With --period same: write the law given that the users were chosen, or no truth; default "
               "/truth_before_selection, which `score` refuses");
    add.sets(to.sets);
    add.seed(to.seed);
    add.threads(to.threads);
    add.compress(to.compress);
    add.flag("--table", to.table,
             "Print clicks per user and rates per click of the four samples of the population study, beside "
             "its figures; write nothing [default off]");
    add.flag("--json", to.json, "With --table: print JSON [default: text]");
    add.force(to.force);
}

void run(const SampleArguments& a) {
    check(a);
    if (a.table && names_log(a.source))
        throw InputError(Exit::usage, "sample: --table needs a scenario, to know the users without clicks");
    if (a.table) return print_table(a);
    const SampleRequest request = sample_request(a);
    check_can_write(a.output, a.force, {a.source});
    if (names_log(a.source))
        sample_log(a, request);
    else
        sample_scenario(a, request);
}

}  // namespace netcvr
