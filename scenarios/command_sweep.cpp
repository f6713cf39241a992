#include <filesystem>

#include <fmt/format.h>

#include "scenarios/commands.h"
#include "scenarios/execute.h"
#include "scenarios/options.h"
#include "scenarios/part.h"
#include "scenarios/plan_text.h"
#include "scenarios/print.h"
#include "scenarios/progress.h"
#include "scenarios/run_folder.h"
#include "scenarios/submit.h"
#include "scenarios/workers.h"
#include "sim/artifact.h"
#include "sim/errors.h"
#include "sim/parallel.h"

namespace netcvr {
namespace {

SweepPlan plan_of(const SweepArguments& arguments) {
    if (!std::filesystem::is_directory(arguments.sweep)) return load_sweep(arguments.sweep, arguments.sets);
    if (!arguments.sets.empty())
        throw InputError(Exit::usage, fmt::format("--set {}: the plan in '{}' is fixed; set "
                                                  "fields where it is made, with "
                                                  "the sweep's file and another -o",
                                                  arguments.sets.front(), arguments.sweep));
    const RunFolder folder(arguments.sweep);
    if (!std::filesystem::exists(folder.plan_path()))
        throw InputError(Exit::data, fmt::format("'{}' is not the folder of a sweep: it has no sweep.toml",
                                                 arguments.sweep));
    return load_sweep(folder.plan_path(), {});
}

RunFolder folder_of(const SweepArguments& arguments, const SweepPlan& plan) {
    if (!arguments.output.empty()) return RunFolder(arguments.output);
    if (std::filesystem::is_directory(arguments.sweep)) return RunFolder(arguments.sweep);
    return RunFolder("output/runs/" + plan.name);
}

std::vector<RunState> states_of(const SweepPlan& plan, const RunFolder& folder) {
    std::vector<RunState> states;
    if (!std::filesystem::is_directory(folder.path())) return states;
    for (const auto& run : plan.runs) states.push_back(folder.state(run));
    return states;
}

/// "targets.refunds_per_conversion = 0.245, seed 3"
std::string name_of(const SweepRun& run) {
    std::string name;
    for (const auto& [key, value] : run.labels) name += fmt::format("{} = {}, ", key, value);
    return name + fmt::format("seed {}", run.seed);
}

void say(const std::string& line) {
    fmt::print(stderr, "netcvr: {}\n", line);
}

/// Writes results.json and says what is in it.
std::string merge(const SweepPlan& plan, const RunFolder& folder) {
    const Gathered all = gather(plan, folder);
    for (const auto& damage : all.damaged) say(damage + "; it counts as missing");
    write_text(folder.merged_path(), sweep_results_json(all.results), true);
    const std::size_t done = all.results.results.size(), failed = all.results.failures.size();
    std::string text = fmt::format("{}: {} of {} runs", folder.merged_path(), done, plan.runs.size());
    if (failed > 0) text += fmt::format(", {} failed", failed);
    if (all.missing > 0) text += fmt::format(", {} missing", all.missing);
    return text + "\n";
}

/// The runs of this part that have no result, in the order of the plan.
std::vector<std::size_t> to_do(const SweepPlan& plan, const RunFolder& folder, const Part& part) {
    std::vector<std::size_t> missing;
    for (const std::size_t k : shard(plan, part.index, part.count)) {
        std::string damage;
        if (folder.read(plan.runs[k], &damage)) continue;
        if (!damage.empty()) say(damage + "; it will be run again");
        missing.push_back(k);
    }
    return missing;
}

/// Runs what is to do; the number of runs that failed. Results and failures are
/// in the folder.
std::size_t run_missing(const SweepPlan& plan,
                        const RunFolder& folder,
                        const std::vector<std::size_t>& missing,
                        std::size_t total,
                        int jobs) {
    std::vector<double> expected(plan.runs.size());
    double all_expected = 0;
    for (const std::size_t k : missing)
        all_expected += expected[k] = estimate(plan.runs[k], plan.methods).seconds;
    std::size_t failed = 0;
    ProgressLine line;
    SweepProgress progress(total - missing.size(), total, all_expected);
    const auto task = [&](std::size_t k, int threads) {
        const Executed done = execute(plan.runs[k], plan.methods, plan.bootstrap, threads);
        folder.write(plan.runs[k], done.result, done.cost);
    };
    const auto ended = [&](std::size_t k, const std::string& failure) {
        progress.end_run(expected[k], !failure.empty(), line.seconds());
        if (failure.empty()) return;
        ++failed;
        folder.write_failure(plan.runs[k], failure);
        line.clear();
        say(fmt::format("run {} of {} failed ({}): {}", k + 1, plan.runs.size(), name_of(plan.runs[k]),
                        failure));
    };
    run_in_children(
        missing,
        {.jobs = jobs,
         .task = task,
         .ended = ended,
         .abandoned = [&](std::size_t k, pid_t child) { folder.remove_temporaries(plan.runs[k], child); },
         .tick = [&] { line.show(progress.text(line.seconds())); }});
    return failed;
}

void run_part(const SweepArguments& arguments, const SweepPlan& plan, const RunFolder& folder) {
    const Part part = part_of(arguments.shard);
    folder.check_plan(plan, arguments.force);
    folder.create();
    const FolderLock lock(folder, part.index, part.count);
    folder.begin(plan, arguments.force);
    // Who holds the whole folder is alone: what is still unfinished there belongs
    // to the dead.
    if (part.count == 1)
        for (const auto& path : folder.temporaries()) std::filesystem::remove(path);
    const std::size_t total = shard(plan, part.index, part.count).size();
    const auto missing = to_do(plan, folder, part);
    std::size_t failed = 0;
    try {
        failed = run_missing(plan, folder, missing, total, thread_count(arguments.jobs));
    } catch (const Interrupted&) {
        say(fmt::format("interrupted; what is done stays, netcvr sweep run {} goes on", folder.path()));
        throw;
    }
    if (part.count == 1)
        print(merge(plan, folder) +
              fmt::format("netcvr report {} -o report.html shows them\n", folder.path()));
    else
        print(
            fmt::format("{}: part {} of {}, {} of {} runs; netcvr sweep merge {} "
                        "when all parts are done\n",
                        folder.path(), part.index + 1, part.count, total - failed, total, folder.path()));
    if (failed > 0)
        throw InputError(Exit::failed_runs, fmt::format("{} of {} runs failed; netcvr sweep status {} "
                                                        "says why, netcvr sweep run {} "
                                                        "tries them again",
                                                        failed, total, folder.path(), folder.path()));
}

void print_status(const SweepArguments& arguments, const SweepPlan& plan, const RunFolder& folder) {
    Standing standing;
    for (const auto& run : plan.runs) {
        const RunState state = folder.state(run);
        standing.states.push_back(state);
        // Where a sweep runs meanwhile, a file seen may be gone.
        if (auto failure = folder.read_failure(run); failure && state == RunState::failed)
            standing.failures.push_back(*std::move(failure));
        if (auto cost = folder.read_cost(run); cost && state == RunState::done)
            standing.costs.push_back(*std::move(cost));
    }
    if (!is_locked(folder)) standing.stale = folder.temporaries();
    print(arguments.json ? status_json(plan, standing) : status_text(plan, standing));
}

}  // namespace

void add_options(Options& add, SweepArguments& to) {
    add.choice(
        "ACTION", to.action, {"plan", "run", "status", "merge", "submit"},
        "plan: what would run, and its cost; run: run what is missing; status: what there is; merge: one "
        "file of all results; submit: run on a cluster",
        true);
    add.required("SWEEP", to.sweep, "FILE.toml|DIR", "A sweep file, or the folder of a sweep that was begun");
    add.optional("-o,--output", to.output, "DIR",
                 "Folder of the sweep [default output/runs/NAME, or the folder named above]");
    add.repeated(
        "--set", to.sets, "KEY=VALUE",
        "Set a field (`netcvr list fields`) in every run of a FILE.toml; may be repeated [default none]");
    add.integer("-j,--jobs", to.jobs, 0, 1024, " runs, 0 = all processors", "Runs at once, a process each");
    add.optional(
        "--shard", to.shard, "I/N",
        "run: the I-th of N parts of the plan, 1-based [default the task of a Slurm array without holes, "
        "else 1/1]");
    add.flag("--json", to.json, "plan, status: print JSON [default: text]");
    add.choice("--engine", to.engine, {"slurm"}, "submit: what runs the array job");
    add.repeated("--option", to.engine_options, "OPTION",
                 "submit: an option for the engine, as in --option=--partition=short; "
                 "may be repeated [default none]");
    add.integer("--array", to.array, 1, 100000, " tasks", "submit: largest array; runs are packed into it");
    add.flag("--dry-run", to.dry_run, "submit: write the batch script and submit nothing [default off]");
    add.flag("--force", to.force,
             "Replace the plan of a folder that holds another [default: refuse, exit 6]");
}

void run(const SweepArguments& arguments) {
    const SweepPlan plan = plan_of(arguments);
    const RunFolder folder = folder_of(arguments, plan);
    const int jobs = thread_count(arguments.jobs);
    if (arguments.action == "plan") {
        const auto states = states_of(plan, folder);
        print(arguments.json ? plan_json(plan, states, jobs) : plan_text(plan, states, jobs));
    } else if (arguments.action == "run") {
        run_part(arguments, plan, folder);
    } else if (arguments.action == "status") {
        print_status(arguments, plan, folder);
    } else if (arguments.action == "submit") {
        submit(arguments, plan, folder);
    } else {
        if (!std::filesystem::is_directory(folder.path()))
            throw InputError(Exit::data, fmt::format("'{}' is not there: nothing of this sweep has been run",
                                                     folder.path()));
        folder.check_plan(plan, arguments.force);
        const FolderLock beside(folder);
        folder.begin(plan, arguments.force);
        print(merge(plan, folder));
    }
}

}  // namespace netcvr
