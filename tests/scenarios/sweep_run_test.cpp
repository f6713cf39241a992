// Sweeps as somebody runs them: the program itself on a sweep of a few tiny logs. What takes longer (kill -9
// at random moments, full disks, read-only mounts) is in .ci/sweep.
#include <chrono>
#include <csignal>
#include <memory>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "scenarios/run_folder.h"
#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

namespace fs = std::filesystem;

std::string sweep_toml(const std::string& cvr, int clicks = 600) {
    return "# Does it go on?\n"
           "name = \"small\"\n"
           "scenario = \"tiny\"\n"
           "methods = [\"direct\", \"pretrained\"]\n"
           "replicates = 2\n"
           "bootstrap = 5\n"
           "[set]\n"
           "log.clicks = " +
           std::to_string(clicks) +
           "\n"
           "users.count = 100\n"
           "items.count = 100\n"
           "training.hidden = [4]\n"
           "[grid]\n"
           "targets.cvr = " +
           cvr + "\n";
}

class Sweep : public testing::Test {
protected:
    static void SetUpTestSuite() {
        whole = std::make_unique<ScratchFolder>();
        write_bytes(whole->file("sweep.toml"), sweep_toml("[0.2, 0.1]"));
        const auto ran = run_in(*whole, "netcvr sweep run sweep.toml -j 1");
        ASSERT_EQ(ran.exit, 0) << ran.err;
        EXPECT_EQ(ran.out,
                  "output/runs/small/results.json: 4 of 4 runs\n"
                  "netcvr report output/runs/small -o report.html shows them\n");
        EXPECT_EQ(ran.err, "");
    }
    static void TearDownTestSuite() { whole.reset(); }

    /// What the undisturbed sweep of [0.2, 0.1] wrote.
    static std::string expected() { return bytes_of(whole->file("output/runs/small/results.json")); }

    /// Result files of the folder `name`, without costs and failures.
    std::vector<fs::path> results(const std::string& name) const {
        std::set<fs::path> found;
        for (const auto& entry : fs::directory_iterator(folder.file(name + "/runs")))
            if (entry.path().stem().extension().empty()) found.insert(entry.path());
        return {found.begin(), found.end()};
    }

    Sweep() { write_bytes(folder.file("sweep.toml"), sweep_toml("[0.2, 0.1]")); }
    Ran run(const std::string& command) const { return run_in(folder, "netcvr sweep " + command); }

    ScratchFolder folder;
    static std::unique_ptr<ScratchFolder> whole;
};
std::unique_ptr<ScratchFolder> Sweep::whole;

TEST_F(Sweep, gives_the_same_results_for_any_jobs_and_parts) {
    EXPECT_EQ(run("run sweep.toml -j 3 -o three").exit, 0);
    EXPECT_EQ(bytes_of(folder.file("three/results.json")), expected());
    for (const char* part : {"3/3", "1/3", "2/3"})
        EXPECT_EQ(run("run sweep.toml -o parts --shard " + std::string(part)).exit, 0) << part;
    EXPECT_FALSE(fs::exists(folder.file("parts/results.json")));
    const auto merged = run("merge parts");
    EXPECT_EQ(merged.exit, 0) << merged.err;
    EXPECT_EQ(merged.out, "parts/results.json: 4 of 4 runs\n");
    EXPECT_EQ(bytes_of(folder.file("parts/results.json")), expected());
}

TEST_F(Sweep, does_only_what_is_missing) {
    ASSERT_EQ(run("run sweep.toml -o x").exit, 0);
    const auto files = results("x");
    ASSERT_EQ(files.size(), 4u);
    fs::remove(files[1]);
    write_bytes(files[2], bytes_of(files[2]).substr(0, 1000));
    const auto written = [&](int k) { return fs::last_write_time(files[static_cast<std::size_t>(k)]); };
    const auto first = written(0), third = written(2), fourth = written(3);
    const auto again = run("run x");  // the folder knows its plan
    EXPECT_EQ(again.exit, 0) << again.err;
    EXPECT_EQ(again.err, "netcvr: x/runs/" + files[2].filename().string() +
                             ": not as it was written; it will be run again\n");
    EXPECT_EQ(written(0), first);
    EXPECT_GT(written(2), third);
    EXPECT_EQ(written(3), fourth);
    EXPECT_EQ(bytes_of(folder.file("x/results.json")), expected());
}

TEST_F(Sweep, takes_over_from_the_dead) {
    ASSERT_EQ(run("run sweep.toml -o x --shard 1/2").exit, 0);
    const std::string torn = results("x")[0].string() + ".tmp.1";
    write_bytes(torn, "{");
    ASSERT_EQ(run("run sweep.toml -o x --shard 2/2").exit, 0);
    EXPECT_TRUE(fs::exists(torn)) << "another part may be writing it";
    ASSERT_EQ(run("run x").exit, 0);
    EXPECT_FALSE(fs::exists(torn));
    EXPECT_EQ(bytes_of(folder.file("x/results.json")), expected());
}

TEST_F(Sweep, merges_what_there_is_and_marks_it) {
    EXPECT_EQ(run("merge sweep.toml").exit, 4);
    ASSERT_EQ(run("run sweep.toml -o x --shard 1/2").exit, 0);
    const auto merged = run("merge x");
    EXPECT_EQ(merged.exit, 0);
    EXPECT_EQ(merged.out, "x/results.json: 2 of 4 runs, 2 missing\n");
    const auto sweep = parse_sweep_results(bytes_of(folder.file("x/results.json")), "x");
    EXPECT_EQ(sweep.planned, 4u);
    EXPECT_EQ(sweep.results.size(), 2u);
}

TEST_F(Sweep, with_failed_runs_exits_5_and_says_why) {
    // So many refunds cannot come within the window, which shows only when the world is made.
    write_bytes(folder.file("sweep.toml"),
                sweep_toml("[0.1]") + "targets.refunds_per_conversion = [0.2, 0.9]\n");
    const auto ran = run("run sweep.toml -o x");
    EXPECT_EQ(ran.exit, 5) << ran.err;
    EXPECT_NE(ran.out.find("x/results.json: 2 of 4 runs, 2 failed\n"), std::string::npos) << ran.out;
    for (const char* says :
         {"netcvr: run 3 of 4 failed (targets.cvr = 0.1, targets.refunds_per_conversion = 0.9, seed 1): "
          "targets.refunds_per_conversion = 0.9 is out of reach",
          "netcvr: 2 of 4 runs failed; netcvr sweep status x says why, netcvr sweep run x tries them "
          "again\n"})
        EXPECT_NE(ran.err.find(says), std::string::npos) << ran.err;
    const auto sweep = parse_sweep_results(bytes_of(folder.file("x/results.json")), "x");
    ASSERT_EQ(sweep.failures.size(), 2u);
    EXPECT_EQ(sweep.failures[1].labels.at("targets.refunds_per_conversion"), "0.9");
    EXPECT_EQ(sweep.failures[1].seed, 2);
    const auto status = run("status x");
    EXPECT_EQ(status.exit, 0);
    EXPECT_NE(status.out.find("is out of reach"), std::string::npos) << status.out;
    EXPECT_EQ(run("run x").exit, 5) << "it must be tried again";
}

TEST_F(Sweep, of_one_folder_runs_once_at_a_time) {
    ASSERT_EQ(run("run sweep.toml -o x").exit, 0);
    const RunFolder held(folder.file("x"));
    const FolderLock lock(held, 0, 1);
    for (const char* command : {"run x", "run x --shard 1/2", "merge x"}) {
        const auto second = run(command);
        EXPECT_EQ(second.exit, 6) << command;
        EXPECT_EQ(second.err,
                  "netcvr: 'x': a sweep runs there already; `netcvr sweep status x` shows how far it is\n");
    }
    EXPECT_EQ(run("status x").exit, 0);
}

TEST_F(Sweep, keeps_the_plan_of_its_folder) {
    ASSERT_EQ(run("run sweep.toml -o x").exit, 0);
    write_bytes(folder.file("sweep.toml"), sweep_toml("[0.2, 0.1, 0.05]"));
    EXPECT_EQ(run("run sweep.toml -o x").exit, 6);
    EXPECT_EQ(bytes_of(folder.file("x/results.json")), expected());
    const auto before = results("x");
    std::vector<fs::file_time_type> written;
    for (const auto& path : before) written.push_back(fs::last_write_time(path));
    const auto forced = run("run sweep.toml -o x --force");
    EXPECT_EQ(forced.exit, 0) << forced.err;
    EXPECT_TRUE(forced.out.starts_with("x/results.json: 6 of 6 runs\n")) << forced.out;
    EXPECT_EQ(results("x").size(), 6u);
    for (std::size_t k = 0; k < before.size(); ++k) EXPECT_EQ(fs::last_write_time(before[k]), written[k]);
}

TEST_F(Sweep, begins_in_the_folder_of_a_plan_that_somebody_wrote) {
    fs::create_directory(folder.file("mine"));
    const std::string mine = sweep_toml("[0.2, 0.10]");
    write_bytes(folder.file("mine/sweep.toml"), mine);
    const auto ran = run("run mine");
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_EQ(bytes_of(folder.file("mine/sweep.toml")), mine);
    EXPECT_EQ(bytes_of(folder.file("mine/results.json")), expected());
    EXPECT_EQ(run("run sweep.toml -o mine").exit, 0) << "the same plan";
}

TEST_F(Sweep, in_a_slurm_array_without_holes_runs_its_task) {
    const auto as_task = [&](int id, int low, int high, int count) {
        const auto text = [](int n) { return std::to_string(n); };
        return run_in(folder, "SLURM_ARRAY_TASK_ID=" + text(id) + " SLURM_ARRAY_TASK_MIN=" + text(low) +
                                  " SLURM_ARRAY_TASK_MAX=" + text(high) + " SLURM_ARRAY_TASK_COUNT=" +
                                  text(count) + " netcvr sweep run sweep.toml -o x");
    };
    const auto second = as_task(6, 5, 6, 2);
    EXPECT_EQ(second.exit, 0);
    EXPECT_NE(second.out.find("part 2 of 2, 2 of 2 runs"), std::string::npos) << second.out;
    const auto holes = as_task(3, 3, 7, 2);
    EXPECT_EQ(holes.exit, 2);
    EXPECT_NE(holes.err.find("has holes (2 tasks): say --shard I/N"), std::string::npos) << holes.err;
}

/// Starts a sweep of longer runs, signals it when the first result is there, and returns its exit code.
int exit_when_signalled(const ScratchFolder& folder, int signal) {
    write_bytes(folder.file("sweep.toml"), sweep_toml("[0.3, 0.2, 0.1]", 20000));
    const std::string plan = folder.file("sweep.toml"), output = folder.file("x");
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl(NETCVR_PROGRAM, "netcvr", "sweep", "run", plan.c_str(), "-o", output.c_str(), "-j", "2",
                nullptr);
        ::_exit(127);
    }
    const auto any_result = [&] {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(output + "/runs", error))
            if (entry.path().stem().extension().empty() && entry.path().extension() == ".json") return true;
        return false;
    };
    for (int tries = 0; tries < 12000 && !any_result(); ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ::kill(child, signal);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(Interrupted, sweep_exits_130_or_143_keeps_results_and_leaves_nothing_unfinished) {
    for (const int signal : {SIGINT, SIGTERM}) {
        const ScratchFolder folder;
        EXPECT_EQ(exit_when_signalled(folder, signal), 128 + signal);
        const RunFolder runs(folder.file("x"));
        EXPECT_TRUE(runs.temporaries().empty());
        EXPECT_FALSE(is_locked(runs));
        EXPECT_FALSE(fs::exists(runs.merged_path()));
    }
}

/// The tool is a stranger's program to us: it reads what `sweep run` merged.
TEST(RankingAgreement, stands_beside_the_published_ranking) {
    const ScratchFolder folder;
    write_bytes(folder.file("sweep.toml"),
                "name = \"small\"\nscenario = \"tiny\"\nreplicates = 2\nbootstrap = 5\n"
                "methods = [\"pretrained\", \"oracle\", \"es-dfm\", \"fnw\", \"batch\"]\n"
                "[set]\ntraining.hidden = [4]\n");
    const Ran ran = run_in(folder,
                           "netcvr sweep run sweep.toml -j 1 > /dev/null && /usr/bin/python3 "
                           "'" SOURCE_DIR "/tools/ranking_agreement.py' output/runs/small/results.json");
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_NE(ran.out.find("| Oracle | oracle | 100 | 100.0 ± 0.0 | 100 | 100.0 ± 0.0 |"), std::string::npos)
        << ran.out;
    EXPECT_NE(ran.out.find("- net_cvr, 3 methods without the two references: Spearman's rho "),
              std::string::npos)
        << ran.out;
}

}  // namespace
}  // namespace netcvr
