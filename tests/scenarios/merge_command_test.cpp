// `simulate --shard` and `merge` from the command line; the joining itself in tests/sim/log_shard_test.cpp.

#include <gtest/gtest.h>

#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

const std::string simulate_tiny = "netcvr simulate tiny --set log.clicks=3000 ";

TEST(MergeCommand, joins_shards_of_options_and_of_a_slurm_array) {
    const ScratchFolder folder;
    const Ran ran = run_in(
        folder, simulate_tiny + "-o log.h5 && " + simulate_tiny + "--shard 2/2 -o b.h5 && " +
                    "export SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_MAX=5 "
                    "SLURM_ARRAY_TASK_COUNT=2 && " +
                    simulate_tiny + "-o a.h5 && netcvr merge b.h5 a.h5 -o joined.h5 && cmp log.h5 joined.h5");
    EXPECT_EQ(ran.exit, 0) << ran.out << ran.err;
    EXPECT_NE(ran.out.find("a.h5: shard 1 of 2, 0 clicks"), std::string::npos) << ran.out;
}

TEST(MergeCommand, checks_shards_and_prints_their_manifest) {
    const ScratchFolder folder;
    const Ran ran =
        run_in(folder, simulate_tiny + "--shard 1/1 -o a.h5 && netcvr merge a.h5 --dry-run --json");
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_NE(ran.out.find("\"shard\": 1,\n      \"first_row\": 0,"), std::string::npos) << ran.out;
    EXPECT_EQ(folder.entries(), 1u);
}

TEST(MergeCommand, finds_damage_without_writing) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, simulate_tiny + "--shard 1/1 -o a.h5 && netcvr merge a.h5 --dry-run").exit, 0);
    std::string bytes = bytes_of(folder.file("a.h5"));
    for (std::size_t at = bytes.size() / 4; at < bytes.size(); at += 4096)  // not only where nothing lies
        bytes[at] = static_cast<char>(bytes[at] ^ 1);
    write_bytes(folder.file("a.h5"), bytes);
    // HDF5 leaks in some damaged files, which the sanitized program would report.
    const Ran damaged = run_in(folder, "ASAN_OPTIONS=detect_leaks=0 netcvr merge a.h5 --dry-run");
    EXPECT_EQ(damaged.exit, 4);
    EXPECT_NE(damaged.err.find("a.h5: "), std::string::npos) << damaged.err;
}

TEST(MergeCommand, has_the_exit_codes_of_the_table) {
    const ScratchFolder folder;
    EXPECT_EQ(run_in(folder, simulate_tiny + "--shard 1/2 -o a.h5").exit, 0);
    EXPECT_EQ(run_in(folder, simulate_tiny + "--shard 3/2 -o b.h5").exit, 2);
    EXPECT_EQ(run_in(folder, "netcvr merge a.h5").exit, 2) << "no output";
    const Ran missing = run_in(folder, "netcvr merge a.h5 -o log.h5");
    EXPECT_EQ(missing.exit, 4);
    EXPECT_EQ(missing.err, "netcvr: shard 2 of 2 is missing\n");
    EXPECT_EQ(run_in(folder, "netcvr merge none.h5 -o log.h5").exit, 4);
    EXPECT_EQ(run_in(folder, "netcvr merge a.h5 -o a.h5").exit, 2) << "onto its own input";
    const Ran train = run_in(folder, "netcvr inspect a.h5");
    EXPECT_EQ(train.exit, 4);
    EXPECT_EQ(train.err, "netcvr: a.h5: shard 1 of 2 of a log: join all of them with netcvr merge\n");
    EXPECT_EQ(folder.entries(), 1u);
}

}  // namespace
}  // namespace netcvr
