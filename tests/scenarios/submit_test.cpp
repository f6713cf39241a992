// Against programs that stand in for Slurm's and note what they were asked; .ci/slurm has the real ones.
#include "scenarios/submit.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

SweepPlan plan_of_six() {
    return parse_sweep(
        "name = \"six.or-so\"\nscenario = \"tiny\"\nmethods = [\"pretrained\"]\nseeds = [1, 2, 3]\n"
        "[grid]\n\"targets.refunds_per_conversion\" = [0.1, 0.2]\n",
        "six.toml", ".", {});
}

std::string path_now() {
    const char* path = std::getenv("PATH");
    return path ? path : "";
}

/// A folder of a sweep, and a PATH on which squeue prints `queued` and sbatch succeeds.
struct Cluster : ScratchFolder {
    Cluster() : before(path_now()) {
        std::filesystem::create_directories(path / "bin");
        set_path(file("bin") + ":/usr/bin:/bin");
        program("squeue", "cat '" + file("queued") + "' 2>/dev/null; echo \"$@\" >> '" + file("asked") + "'");
        program("sbatch", "echo Submitted batch job 12; cat \"$1\" > '" + file("submitted") + "'");
    }
    ~Cluster() { set_path(before); }
    static void set_path(const std::string& value) { ::setenv("PATH", value.c_str(), 1); }

    void program(const std::string& name, const std::string& body) const {
        const auto where = path / "bin" / name;
        write_bytes(where.string(), "#!/bin/sh\n" + body + "\n");
        std::filesystem::permissions(where, std::filesystem::perms::owner_all);
    }
    RunFolder sweep() const { return RunFolder(file("it's a sweep")); }
    std::string submitted() const { return bytes_of(file("submitted")); }
    /// What submit prints.
    std::string submit_all(SweepArguments arguments = {}) const {
        testing::internal::CaptureStdout();
        try {
            submit(arguments, plan_of_six(), sweep());
        } catch (...) {
            testing::internal::GetCapturedStdout();
            throw;
        }
        return testing::internal::GetCapturedStdout();
    }
    /// Line of `text` that begins with `beginning`, without it; "none" if there is none.
    static std::string after(const std::string& beginning, const std::string& text) {
        const std::size_t at = text.find("\n" + beginning);
        if (at == std::string::npos) return "none";
        const std::size_t from = at + 1 + beginning.size();
        return text.substr(from, text.find('\n', from) - from);
    }

    std::string before;
};

void finish(const SweepPlan& plan, const RunFolder& folder, const std::vector<std::size_t>& runs) {
    folder.begin(plan);
    for (const std::size_t k : runs) folder.write(plan.runs[k], Result{}, RunCost{});
}

TEST(Submit, asks_for_every_part_of_a_fresh_sweep) {
    const Cluster cluster;
    EXPECT_EQ(cluster.submit_all(),
              "Submitted batch job 12\nruns: 6, tasks: 6; sweep status shows how far they are, sweep merge "
              "collects them\n");
    EXPECT_EQ(Cluster::after("#SBATCH --array=", cluster.submitted()), "1-6");
    EXPECT_EQ(bytes_of(cluster.sweep().plan_path()), plan_of_six().toml) << "the tasks read it there";
    EXPECT_EQ(bytes_of(cluster.sweep().path() + "/submit.sbatch"), cluster.submitted());
    EXPECT_TRUE(std::filesystem::is_directory(cluster.sweep().path() + "/slurm")) << "for the tasks' output";
}

TEST(Submit, asks_only_for_parts_that_miss_a_run) {
    const Cluster cluster;
    const SweepPlan plan = plan_of_six();
    finish(plan, cluster.sweep(), {0, 2});
    cluster.sweep().write_failure(plan.runs[1], "no memory");
    cluster.submit_all();
    EXPECT_EQ(Cluster::after("#SBATCH --array=", cluster.submitted()), "2,4-6") << "a failed run runs again";
}

TEST(Submit, packs_runs_and_names_the_packs_by_the_plan) {
    const Cluster cluster;
    const SweepPlan plan = plan_of_six();
    SweepArguments arguments;
    arguments.array = 4;  // parts 1: runs 0, 4; 2: 1, 5; 3: 2; 4: 3
    finish(plan, cluster.sweep(), {0, 1, 2, 5});
    const ArrayJob job = array_job(arguments, plan, cluster.sweep());
    EXPECT_EQ(job.parts, 4U);
    EXPECT_EQ(job.tasks, (std::vector<std::size_t>{1, 4}));
    EXPECT_EQ(job.runs, 2U);
    EXPECT_NE(batch_script(job).find("--shard \"$SLURM_ARRAY_TASK_ID/4\" -j 1\n"), std::string::npos);
}

TEST(Submit, expects_of_a_task_the_sum_of_its_runs_and_the_memory_of_those_at_once) {
    const Cluster cluster;
    const SweepPlan plan = plan_of_six();
    const RunEstimate one = estimate(plan.runs[0], plan.methods);
    SweepArguments arguments;
    arguments.array = 2;  // three runs a part
    const ArrayJob alone = array_job(arguments, plan, cluster.sweep());
    EXPECT_NEAR(alone.seconds, 3 * one.seconds, 1e-3 * one.seconds);
    EXPECT_EQ(alone.memory, one.memory);
    arguments.jobs = 2;  // two rounds
    const ArrayJob paired = array_job(arguments, plan, cluster.sweep());
    EXPECT_NEAR(paired.seconds, 2 * one.seconds, 1e-3 * one.seconds);
    EXPECT_EQ(paired.memory, 2 * one.memory);
    arguments.jobs = 64;  // one round of three
    EXPECT_EQ(array_job(arguments, plan, cluster.sweep()).memory, 3 * one.memory);
}

ArrayJob small_job() {
    return {.name = "netcvr-x-0",
            .folder = "/data/it's \"mine\"",
            .program = "/opt/my programs/netcvr",
            .tasks = {1, 2, 3, 7, 9, 10},
            .parts = 12,
            .jobs = 2,
            .runs = 9,
            .seconds = 100,
            .memory = std::size_t{300} << 20,
            .options = {}};
}

TEST(BatchScript, asks_for_time_and_memory_with_the_stated_margins) {
    const std::string script = batch_script(small_job());
    EXPECT_EQ(Cluster::after("#SBATCH --time=", script), "10") << "3 × 100 s and 5 minutes";
    EXPECT_EQ(Cluster::after("#SBATCH --mem=", script), "600M");
    EXPECT_EQ(Cluster::after("#SBATCH --cpus-per-task=", script), "2");
    EXPECT_EQ(Cluster::after("#SBATCH --array=", script), "1-3,7,9-10");
}

TEST(BatchScript, quotes_paths_for_sbatch_and_for_the_shell) {
    const std::string script = batch_script(small_job());
    EXPECT_EQ(Cluster::after("#SBATCH \"--chdir=", script), "/data/it's \\\"mine\\\"\"");
    EXPECT_EQ(Cluster::after("exec ", script),
              "'/opt/my programs/netcvr' sweep run '/data/it'\\''s \"mine\"' --shard "
              "\"$SLURM_ARRAY_TASK_ID/12\" -j 2");
}

TEST(BatchScript, ends_its_requests_with_the_users_options_so_that_they_win) {
    ArrayJob job = small_job();
    job.options = {"--partition=short", "--comment=one of \"mine\""};
    const std::string script = batch_script(job);
    const std::size_t ours = script.find("#SBATCH --output");
    EXPECT_LT(ours, script.find("#SBATCH \"--partition=short\"\n"));
    EXPECT_NE(script.find("#SBATCH \"--comment=one of \\\"mine\\\"\"\n"), std::string::npos);
    EXPECT_LT(script.rfind("#SBATCH"), script.find("\nexec")) << "sbatch reads none after a command";
}

TEST(Submit, refuses_options_that_are_none_or_its_own) {
    const Cluster cluster;
    for (const char* option :
         {"-p short", "short", "--", "--array=1-3", "--job-name=x", "--chdir=/", "--a\n#"}) {
        SweepArguments arguments;
        arguments.engine_options = {option};
        const std::string text = message(Exit::usage, [&] { cluster.submit_all(arguments); });
        EXPECT_TRUE(text.starts_with("--option '" + std::string(option) + "': ")) << text;
    }
    EXPECT_EQ(cluster.entries(), 1U) << "bin alone";
}

TEST(Submit, has_nothing_to_do_when_all_runs_are_done) {
    const Cluster cluster;
    const SweepPlan plan = plan_of_six();
    finish(plan, cluster.sweep(), {0, 1, 2, 3, 4, 5});
    EXPECT_EQ(cluster.submit_all(), cluster.sweep().path() + ": all 6 runs are done, nothing to submit\n");
    EXPECT_EQ(cluster.submitted(), "");
}

TEST(Submit, refuses_while_a_job_of_the_folder_is_queued) {
    const Cluster cluster;
    write_bytes(cluster.file("queued"), "77\n77\n");
    const std::string text = message(Exit::exists, [&] { cluster.submit_all(); });
    EXPECT_NE(text.find("job 77 of "), std::string::npos) << text;
    EXPECT_EQ(cluster.submitted(), "");
    EXPECT_FALSE(std::filesystem::exists(cluster.sweep().path()));
    const std::string name = array_job({}, plan_of_six(), cluster.sweep()).name;
    EXPECT_TRUE(name.starts_with("netcvr-six.or-so-")) << name;
    EXPECT_NE(bytes_of(cluster.file("asked")).find("--name=" + name + "\n"), std::string::npos);
    EXPECT_NE(name, array_job({}, plan_of_six(), RunFolder(cluster.file("other"))).name);
}

TEST(Submit, without_slurm_or_with_a_refusal_says_so) {
    const Cluster cluster;
    cluster.program("sbatch", "echo sbatch: error: invalid partition specified: short >&2; exit 1");
    EXPECT_EQ(message(Exit::system, [&] { cluster.submit_all(); }),
              "sbatch failed, exit 1: sbatch: error: invalid partition specified: short");
    std::filesystem::remove(cluster.path / "bin" / "squeue");
    std::filesystem::remove(cluster.path / "bin" / "sbatch");
    Cluster::set_path(cluster.file("bin"));
    EXPECT_EQ(message(Exit::system, [&] { cluster.submit_all(); }),
              "no squeue on the PATH: sweep submit needs Slurm; --dry-run only writes the batch script");
}

TEST(Submit, dry_run_writes_the_script_and_asks_nobody) {
    const Cluster cluster;
    Cluster::set_path(cluster.file("nowhere"));
    SweepArguments arguments;
    arguments.dry_run = true;
    const std::string out = cluster.submit_all(arguments);
    EXPECT_NE(out.find("it'\\''s a sweep/submit.sbatch'\nruns: 6, tasks: 6"), std::string::npos) << out;
    EXPECT_EQ(Cluster::after("#SBATCH --array=", bytes_of(cluster.sweep().path() + "/submit.sbatch")), "1-6");
}

}  // namespace
}  // namespace netcvr
