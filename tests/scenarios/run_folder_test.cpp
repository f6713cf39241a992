#include "scenarios/run_folder.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "estimators/train.h"
#include "sim/artifact.h"
#include "sim/rng.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

/// Run k of a plan that nobody made from a file; its address is a digit 32 times.
SweepRun made_up_run(int k) {
    SweepRun run;
    run.labels = {{"targets.cvr", std::to_string(k)}};
    run.seed = k;
    run.address = std::string(32, static_cast<char>('0' + k));
    return run;
}

SweepPlan made_up_plan(int runs) {
    SweepPlan plan;
    plan.name = "made up";
    plan.toml = "name = \"made up\"\n";
    for (int k = 0; k < runs; ++k) plan.runs.push_back(made_up_run(k));
    return plan;
}

Result made_up_result(const SweepRun& run) {
    Result result;
    result.scenario = "tiny";
    result.seed = run.seed;
    result.labels = run.labels;
    result.scores.clicks = 1000;
    result.scores.methods = {{.method = "direct",
                              .scores = {{.target = Target::net_cvr,
                                          .metric = "excess_log_loss",
                                          .value = 0.1 + 1.0 / 3,
                                          .ceiling = 0.0,
                                          .count = 1000,
                                          .low = {},
                                          .high = {}}}}};
    return result;
}

const RunCost made_up_cost = {.simulate_seconds = 0.5,
                              .train_seconds = 1.0 / 3,
                              .score_seconds = 0.25,
                              .peak_memory = std::size_t{5} << 30,
                              .method_seconds = {{"direct", 0.125}}};

TEST(RunFolder, gives_back_what_was_written) {
    const ScratchFolder scratch;
    const RunFolder folder(scratch.file("runs of mine"));
    folder.begin(made_up_plan(1));
    const SweepRun run = made_up_run(0);
    EXPECT_EQ(folder.state(run), RunState::missing);
    folder.write(run, made_up_result(run), made_up_cost);
    EXPECT_EQ(folder.state(run), RunState::done);
    EXPECT_EQ(folder.read(run), made_up_result(run));
    EXPECT_EQ(folder.read_cost(run), made_up_cost);
    EXPECT_TRUE(folder.temporaries().empty());
}

TEST(RunFolder, keeps_results_that_are_results_files_by_themselves) {
    const ScratchFolder scratch;
    const RunFolder folder(scratch.path.string());
    folder.create();
    const SweepRun run = made_up_run(0);
    folder.write(run, made_up_result(run), made_up_cost);
    EXPECT_EQ(parse_results_json(bytes_of(folder.result_path(run)), "r.json"), made_up_result(run));
}

TEST(RunFolder, remembers_a_failure_until_the_run_succeeds) {
    const ScratchFolder scratch;
    const RunFolder folder(scratch.path.string());
    folder.create();
    const SweepRun run = made_up_run(3);
    const std::string reason = "killed by \"signal 9\"\nand \xff no text";
    folder.write_failure(run, reason);
    EXPECT_EQ(folder.state(run), RunState::failed);
    const auto failure = folder.read_failure(run);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->reason, "killed by \"signal 9\"\nand \xEF\xBF\xBD no text");
    EXPECT_EQ(failure->seed, 3);
    EXPECT_EQ(failure->labels, run.labels);
    folder.write(run, made_up_result(run), made_up_cost);
    EXPECT_EQ(folder.state(run), RunState::done);
    EXPECT_FALSE(folder.read_failure(run));
}

TEST(RunFolder, takes_no_result_that_is_torn_altered_or_of_another_run) {
    const ScratchFolder scratch;
    const RunFolder folder(scratch.path.string());
    folder.create();
    const SweepRun run = made_up_run(0), other = made_up_run(1);
    folder.write(run, made_up_result(run), made_up_cost);
    const std::string whole = bytes_of(folder.result_path(run));
    const auto expect_damaged = [&](const SweepRun& of, const std::string& bytes, std::size_t place) {
        write_bytes(folder.result_path(of), bytes);
        std::string damage;
        EXPECT_FALSE(folder.read(of, &damage)) << place;
        EXPECT_TRUE(damage.starts_with(folder.result_path(of))) << damage;
        EXPECT_EQ(folder.state(of), RunState::missing) << place;
    };
    for (std::size_t k = 0; k < whole.size(); k += k < 100 ? 1 : 11) {
        expect_damaged(run, whole.substr(0, k), k);
        std::string altered = whole;
        altered[k] ^= 1;
        expect_damaged(run, altered, k);
    }
    expect_damaged(other, whole, 0);
    write_bytes(folder.result_path(run), whole);
    EXPECT_TRUE(folder.read(run));
}

TEST(RunFolder, replaces_another_plan_only_by_force) {
    const ScratchFolder scratch;
    const RunFolder folder(scratch.path.string());
    SweepPlan plan = made_up_plan(1);
    folder.begin(plan);
    folder.begin(plan);
    const std::string first = plan.toml;
    plan.toml += "seeds = [1]\n";
    EXPECT_NE(message(Exit::exists, [&] { folder.begin(plan); }).find("holds another plan"),
              std::string::npos);
    EXPECT_EQ(bytes_of(folder.plan_path()), first);
    folder.begin(plan, true);
    EXPECT_EQ(bytes_of(folder.plan_path()), plan.toml);
}

TEST(RunFolder, knows_temporaries_from_other_files) {
    const ScratchFolder scratch;
    const RunFolder folder(scratch.path.string());
    folder.create();
    const SweepRun run = made_up_run(0);
    for (const auto& path : {folder.result_path(run), folder.cost_path(run), folder.failure_path(run),
                             folder.plan_path(), folder.merged_path()}) {
        write_bytes(path, "");
        write_bytes(temporary_of(path, 4711), "");
    }
    write_bytes(scratch.file("notes.tmp"), "");
    write_bytes(scratch.file("report.html.tmp.4711"), "");
    EXPECT_EQ(folder.temporaries().size(), 5u);
    folder.remove_temporaries(run, 4712);
    EXPECT_EQ(folder.temporaries().size(), 5u);
    folder.remove_temporaries(run, 4711);
    EXPECT_EQ(folder.temporaries().size(), 2u);
}

TEST(Gather, keeps_the_order_of_the_plan_and_counts_what_is_not_there) {
    const ScratchFolder scratch;
    const RunFolder folder(scratch.path.string());
    const SweepPlan plan = made_up_plan(6);
    folder.begin(plan);
    for (const std::size_t k : {4, 0, 2})
        folder.write(plan.runs[k], made_up_result(plan.runs[k]), made_up_cost);
    folder.write_failure(plan.runs[3], "out of memory");
    write_bytes(folder.result_path(plan.runs[5]), "torn");
    std::filesystem::remove(folder.cost_path(plan.runs[2]));
    const Gathered all = gather(plan, folder);
    ASSERT_EQ(all.results.results.size(), 3u);
    for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(all.results.results[k], made_up_result(plan.runs[2 * k]));
    EXPECT_EQ(all.costs, (std::vector<std::optional<RunCost>>{made_up_cost, std::nullopt, made_up_cost}));
    EXPECT_EQ(all.results.failures,
              (std::vector<Failure>{{.labels = plan.runs[3].labels, .seed = 3, .reason = "out of memory"}}));
    EXPECT_EQ(all.missing, 2u);
    ASSERT_EQ(all.damaged.size(), 1u);
    EXPECT_TRUE(all.damaged[0].starts_with(folder.result_path(plan.runs[5])));
    EXPECT_EQ(all.results.planned, 6u);
    EXPECT_EQ(all.results.sweep_toml, plan.toml);
    EXPECT_EQ(all.results.stream_version, stream_version);
    EXPECT_EQ(all.results.training_version, training_version);
}

TEST(FolderLock, of_the_whole_excludes_all_others_and_parts_exclude_themselves) {
    const ScratchFolder scratch;
    const RunFolder folder(scratch.path.string());
    EXPECT_FALSE(is_locked(folder));
    const auto refused = [&](std::size_t part, std::size_t parts) {
        const auto said = message(Exit::exists, [&] { const FolderLock second(folder, part, parts); });
        EXPECT_NE(said.find("'" + folder.path() + "': a sweep runs there already"), std::string::npos)
            << said;
    };
    {
        const FolderLock whole(folder, 0, 1);
        EXPECT_TRUE(is_locked(folder));
        refused(0, 1);
        refused(1, 2);
    }
    EXPECT_FALSE(is_locked(folder));
    const FolderLock first(folder, 0, 2), second(folder, 1, 2), merging(folder);
    EXPECT_TRUE(is_locked(folder));
    refused(0, 1);
    refused(1, 2);
}

TEST(FolderLock, ends_with_its_process_however_that_ends) {
    const ScratchFolder scratch;
    const RunFolder folder(scratch.path.string());
    const pid_t holder = ::fork();
    if (holder == 0) {
        const FolderLock whole(folder, 0, 1);
        ::raise(SIGKILL);
    }
    ::waitpid(holder, nullptr, 0);
    const FolderLock whole(folder, 0, 1);
    EXPECT_TRUE(is_locked(folder));
}

TEST(FolderLock, of_a_folder_that_cannot_be_written_says_so) {
    const RunFolder folder("/proc/nowhere");
    EXPECT_NE(message(Exit::system, [&] { const FolderLock lock(folder, 0, 1); })
                  .find("cannot write '/proc/nowhere/lock'"),
              std::string::npos);
}

}  // namespace
}  // namespace netcvr
