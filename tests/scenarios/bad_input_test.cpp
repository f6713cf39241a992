// What goes wrong on somebody's desk: one clear message, a documented exit code, and nothing left behind.
#include <chrono>
#include <csignal>
#include <memory>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

/// A folder with one good file of every kind, made once, and damaged copies of them.
class BadInput : public testing::Test {
protected:
    static void SetUpTestSuite() {
        folder = std::make_unique<ScratchFolder>();
        const auto made = run_in(*folder,
                                 "netcvr simulate tiny --set log.clicks=3000 -o log.h5 && "
                                 "netcvr train log.h5 -m pretrained -o predictions.h5 && "
                                 "netcvr score log.h5 predictions.h5 --json > scores.json");
        ASSERT_EQ(made.exit, 0) << made.err;
        const std::string log = bytes_of(folder->file("log.h5"));
        write_bytes(folder->file("truncated.h5"), std::string_view(log).substr(0, log.size() / 2));
        std::string noise(50000, ' ');
        std::uint32_t state = 1;
        for (char& c : noise) c = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
        write_bytes(folder->file("noise.h5"), noise);
        write_bytes(folder->file("disguised.h5"), log.substr(0, 8) + noise);
        write_bytes(folder->file("typo.toml"), "preset = \"tiny\"\n[targets]\nrefund_per_conversion = 0.1\n");
        write_bytes(folder->file("window.toml"), "preset = \"tiny\"\n[windows]\nrefund_attribution = 3\n");
        write_bytes(folder->file("range.toml"), "preset = \"tiny\"\n[targets]\ncvr = 1.5\n");
        write_bytes(folder->file("noise.toml"), noise);
        write_bytes(folder->file("nan.csv"), "row,cvr,refund_rate,net_cvr\n0,nan,0.1,0.1\n");
        write_bytes(folder->file("short.csv"), "row,cvr,refund_rate,net_cvr\n");
        write_bytes(folder->file("noise.json"), noise);
        const std::string sweep = "name = \"s\"\nscenario = \"tiny\"\nreplicates = 1\n";
        write_bytes(folder->file("one-sweep.toml"), sweep + "methods = [\"direct\"]\n");
        write_bytes(folder->file("sweep-method.toml"), sweep + "methods = [\"dierct\"]\n");
        write_bytes(folder->file("sweep-key.toml"),
                    sweep + "methods = [\"direct\"]\n[grid]\ntargets.cvrs = [1]\n");
        std::filesystem::create_directory(folder->file("other"));
        write_bytes(folder->file("other/sweep.toml"), sweep + "methods = [\"oracle\"]\n");
        std::filesystem::create_directory(folder->file("begun"));
        write_bytes(folder->file("begun/sweep.toml"), sweep + "methods = [\"direct\"]\n");
    }
    static void TearDownTestSuite() { folder.reset(); }

    static void expect_refused(const std::string& command, int exit, const std::string& says) {
        netcvr::expect_refused(*folder, command, exit, says);
    }

    static std::unique_ptr<ScratchFolder> folder;
};
std::unique_ptr<ScratchFolder> BadInput::folder;

TEST_F(BadInput, in_usage_exits_2_with_the_nearest_name) {
    expect_refused("", 2, "a verb is missing; one of: ");
    expect_refused("simulat tiny", 2, "unknown verb 'simulat'; did you mean 'simulate'?");
    expect_refused("--versoin", 2, "unknown option '--versoin'; did you mean '--version'?");
    expect_refused("simulate tiny -o x.h5 --thread 2", 2,
                   "unknown option '--thread'; did you mean '--threads'?");
    expect_refused("simulate tiny -o x.h5 -x", 2, "unknown option '-x'");
    expect_refused("simulate tiny", 2, "-o FILE is required");
    expect_refused("simulate", 2, "SCENARIO");
    expect_refused("simulate tiny -o x.h5 --threads 2000", 2, "--threads: 2000 is outside 0 … 1024 threads");
    expect_refused("simulate tiny -o x.h5 --threads two", 2, "--threads: two is outside 0 … 1024 threads");
    expect_refused("simulate tiny -o x.h5 --compress 10", 2, "--compress: 10 is outside 0 … 9");
    expect_refused("simulate tiny -o x.h5 --truth fulll", 2,
                   "--truth: 'fulll' is unknown; did you mean 'full'?");
    expect_refused("train log.h5 -m es-dmf -o x.h5", 2, "unknown method 'es-dmf'; did you mean 'es-dfm'?");
    expect_refused("train log.h5 -m oracle,oracle -o x.h5", 2, "method 'oracle' is named twice");
    expect_refused("train log.h5 -m oracle -o x.h5 --fields nothing", 2, "nothing");
    expect_refused("list method", 2, "did you mean 'methods'?");
    expect_refused("help es-dmf", 2, "did you mean 'es-dfm'?");
    expect_refused("report scores.json --format htm", 2, "'htm' is unknown; did you mean 'html'?");
    expect_refused("score log.h5 predictions.h5 --json --csv", 2, "exclude each other");
    expect_refused("score log.h5", 2, "PREDICTIONS");
    expect_refused("score log.h5 predictions.h5 --as-of soon", 2, "--as-of soon is no duration; write ");
    expect_refused("score log.h5 predictions.h5 --as-of 1d", 2, "labels as of 1d; allowed: ");
    expect_refused("inspect log.h5 extra", 2, "inspect: ");
    for (const char* command :
         {"label log.h5 --at 5d", "export log.h5 --layout csv", "sample log.h5 --scheme keep-buyers",
          "deliver log.h5 --rule es-dfm", "train log.h5 -m oracle"})
        expect_refused(std::string(command) + " -o log.h5 --force", 2,
                       "the output 'log.h5' is, or holds, the input");
    expect_refused("sweep", 2, "ACTION is required");
    expect_refused("sweep rum one-sweep.toml", 2, "'rum' is unknown; did you mean 'run'?");
    expect_refused("sweep run", 2, "SWEEP is required");
    expect_refused("sweep run one-sweep.toml -j 2000", 2, "--jobs: 2000 is outside 0 … 1024 runs");
    expect_refused("sweep run one-sweep.toml --shard 3/2", 2, "--shard 3/2: I of 1 … N and N of 1 … 100000");
    expect_refused("sweep run one-sweep.toml --shard 2", 2, "--shard 2: write I/N");
    expect_refused("sweep run sweep-method.toml", 2, "sweep-method.toml:4:12: unknown method 'dierct'");
    expect_refused("sweep run begun --set targets.cvr=0.1", 2,
                   "--set targets.cvr=0.1: the plan in 'begun' is fixed");
}

TEST_F(BadInput, in_a_scenario_exits_3_with_its_place) {
    expect_refused("simulate typo.toml -o x.h5", 3,
                   "typo.toml:3:1: unknown key 'targets.refund_per_conversion'; did you mean "
                   "'targets.refunds_per_conversion'?");
    expect_refused("simulate window.toml -o x.h5", 3,
                   "window.toml:3:22: windows.refund_attribution = 3 has no unit (s m h d w); write \"3d\" "
                   "or \"4320m\"");
    expect_refused("simulate range.toml -o x.h5", 3, "range.toml:3:7: targets.cvr = 1.5 is outside ");
    expect_refused("simulate tiny -o x.h5 --set targets.cvr=1.5", 3,
                   "--set targets.cvr=1.5: targets.cvr = 1.5 is outside ");
    expect_refused("simulate tiny -o x.h5 --set target.cvr=0.5", 3, "did you mean 'targets.cvr'?");
    expect_refused("simulate tiny -o x.h5 --seed -1", 3, "seed = -1 is outside 0 … ");
    expect_refused("simulate tiny -o x.h5 --set protocol.gap=1d", 3, "protocol.gap = 1d");
    expect_refused("simulate noise.toml -o x.h5", 3, "noise.toml:");
    expect_refused("simulate cascad -o x.h5", 3, "unknown preset 'cascad'; did you mean 'cascade'?");
    expect_refused("simulate none.toml -o x.h5", 3, "cannot read 'none.toml': No such file or directory");
    expect_refused("simulate ./ -o x.h5", 3, "cannot read './'");
    expect_refused("sweep run sweep-key.toml", 3,
                   "sweep-key.toml:6:9: unknown key 'targets.cvrs'; did you mean 'targets.cvr'?");
    expect_refused("sweep run one-sweep.toml --set targets.cvrs=1", 3, "did you mean 'targets.cvr'?");
    expect_refused("sweep run noise.toml", 3, "noise.toml:");
    expect_refused("sweep plan none.toml", 3, "cannot read 'none.toml'");
    expect_refused("show tinny", 3, "did you mean 'tiny'?");
    expect_refused("train log.h5 -m oracle -o x.h5 --set targets.cvr=0.1", 3, "the log's world is fixed");
    expect_refused("train log.h5 -m oracle -o x.h5 --set training.bacth=5", 3,
                   "did you mean 'training.batch'?");
}

TEST_F(BadInput, in_a_file_exits_4_naming_it) {
    for (const std::string file : {"truncated.h5", "noise.h5", "disguised.h5", "none.h5", "typo.toml", "."}) {
        const std::string says = file == "." ? "'.'" : file;
        expect_refused("inspect " + file, 4, says);
        expect_refused("train " + file + " -m oracle -o x.h5", 4, says);
        expect_refused("score " + file + " predictions.h5", 4, says);
        expect_refused("score log.h5 " + file, 4, says);
        if (file != ".") expect_refused("report " + file, 4, says);
    }
    expect_refused("inspect predictions.h5", 4, "predictions.h5: not a netcvr log");
    expect_refused("deliver log.h5 --rule gmv-direct -o x.h5", 4,
                   "method 'gmv-direct' learns order values, and the log has none");
    expect_refused("score log.h5 nan.csv", 4, "nan.csv");
    expect_refused("score log.h5 short.csv", 4, "short.csv");
    expect_refused("report noise.json", 4, "noise.json");
    for (const std::string action : {"plan", "run", "status", "merge", "submit"})
        expect_refused("sweep " + action + " .", 4, "'.' is not the folder of a sweep: it has no sweep.toml");
    expect_refused("sweep merge one-sweep.toml", 4, "'output/runs/s' is not there");
    expect_refused("report log.h5", 4, "log.h5");
}

TEST_F(BadInput, in_any_damaged_byte_exits_0_or_4) {
    const std::string whole = bytes_of(folder->file("log.h5"));
    std::uint32_t state = 7;
    const auto next = [&](std::size_t n) {
        return (state = state * 1664525u + 1013904223u) / 65536 * 65536 / 7 % n;
    };
    for (int k = 0; k < 60; ++k) {
        std::string damaged = whole;
        for (int j = 0; j <= k % 8; ++j) damaged[next(whole.size())] ^= static_cast<char>(1 << next(8));
        write_bytes(folder->file("damaged.h5"), damaged);
        // HDF5 itself leaks on damaged files, and what a sanitizer says of its crashes must arrive as a
        // crash.
        const std::string mild = "ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 ";
        const auto ran = run_in(*folder, mild + "netcvr inspect damaged.h5");
        EXPECT_TRUE(ran.exit == 0 || ran.exit == 4) << ran.exit << ran.err;
        EXPECT_EQ(ran.exit == 4, ran.err.find("damaged.h5") != std::string::npos) << ran.err;
    }
    std::filesystem::remove(folder->file("damaged.h5"));
}

TEST_F(BadInput, of_an_output_that_exists_exits_6) {
    expect_refused("sweep run one-sweep.toml -o other", 6, "'other' holds another plan");
    expect_refused("simulate tiny -o log.h5", 6, "'log.h5' exists; --force replaces it");
    expect_refused("train log.h5 -m pretrained -o predictions.h5", 6,
                   "'predictions.h5' exists; --force replaces it");
}

TEST_F(BadInput, of_an_output_that_cannot_be_made_exits_1) {
    expect_refused("simulate tiny -o nowhere/x.h5", 1,
                   "cannot write 'nowhere/x.h5': No such file or directory");
    expect_refused("simulate tiny -o log.h5/x.h5", 1, "cannot write 'log.h5/x.h5': Not a directory");
    expect_refused("train log.h5 -m pretrained -o nowhere/x.h5", 1, "cannot write 'nowhere/x.h5'");
    expect_refused("simulate tiny -o . --force", 1, "Is a directory");
    expect_refused("sweep run one-sweep.toml -o log.h5", 1, "cannot write 'log.h5/runs': Not a directory");
    expect_refused("list methods > /dev/full", 1, "cannot write 'standard output': No space left on device");
}

TEST_F(BadInput, of_a_full_disk_exits_1_and_leaves_nothing) {
    const std::string disk = folder->file("disk");
    std::filesystem::create_directory(disk);
    const auto removed = [&] { std::filesystem::remove(disk); };
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0) {
        removed();
        GTEST_SKIP() << "may not mount a small disk";
    }
    expect_refused("simulate tiny --compress 0 -o disk/x.h5", 1,
                   "cannot write 'disk/x.h5': No space left on device");
    EXPECT_TRUE(std::filesystem::is_empty(disk));
    ::umount2(disk.c_str(), MNT_DETACH);
    removed();
}

TEST_F(BadInput, of_a_read_only_disk_exits_1) {
    const std::string disk = folder->file("disk");
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", MS_RDONLY, "size=1m") != 0) {
        std::filesystem::remove(disk);
        GTEST_SKIP() << "may not mount a disk";
    }
    expect_refused("simulate tiny -o disk/x.h5", 1, "cannot write 'disk/x.h5': Read-only file system");
    ::umount2(disk.c_str(), MNT_DETACH);
    std::filesystem::remove(disk);
}

/// Starts a long simulation into x.h5, signals it while it writes, and returns its exit code.
int exit_when_signalled(const ScratchFolder& folder, int signal) {
    const std::string output = folder.file("x.h5");
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl(NETCVR_PROGRAM, "netcvr", "simulate", "tiny", "--set", "log.clicks=1e8", "--threads", "1",
                "-o", output.c_str(), nullptr);
        ::_exit(127);
    }
    const std::string temporary = output + ".tmp." + std::to_string(child);
    std::error_code error;
    for (int tries = 0; tries < 3000; ++tries) {
        const auto size = std::filesystem::file_size(temporary, error);
        if (!error && size > 100000) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_FALSE(error) << "it never began to write";
    ::kill(child, signal);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(Interrupted, simulation_exits_130_or_143_and_leaves_nothing) {
    const ScratchFolder folder;
    EXPECT_EQ(exit_when_signalled(folder, SIGINT), 130);
    EXPECT_EQ(folder.entries(), 0u);
    EXPECT_EQ(exit_when_signalled(folder, SIGTERM), 143);
    EXPECT_EQ(folder.entries(), 0u);
}

TEST(Interrupted, simulation_that_is_killed_leaves_no_file_by_its_name) {
    const ScratchFolder folder;
    EXPECT_EQ(exit_when_signalled(folder, SIGKILL), -SIGKILL);
    EXPECT_FALSE(std::filesystem::exists(folder.file("x.h5")));
}

}  // namespace
}  // namespace netcvr
