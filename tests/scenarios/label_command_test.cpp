// `netcvr label`; its columns in tests/output/label_file_test.cpp.

#include <gtest/gtest.h>

#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

TEST(LabelCommand, has_no_trajectories_of_clicks_whose_truth_was_true_before_they_were_chosen) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder,
                     "netcvr simulate tiny --truth full -o log.h5 && "
                     "netcvr sample log.h5 --scheme keep-buyers -o buyers.h5")
                  .exit,
              0);
    const auto refused = run_in(folder, "netcvr label buyers.h5 --at 5d --trajectories -o labels.h5");
    EXPECT_EQ(refused.exit, 4);
    EXPECT_NE(refused.err.find("/truth_before_selection"), std::string::npos) << refused.err;
    EXPECT_EQ(run_in(folder, "netcvr label buyers.h5 --at 5d -o labels.h5").exit, 0);
}

TEST(LabelCommand, counts_clicks_without_a_final_label) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny -o log.h5").exit, 0);
    EXPECT_EQ(run_in(folder, "netcvr label log.h5 --at 5d -o a.h5").out.find("no final label"),
              std::string::npos);
    EXPECT_NE(run_in(folder, "netcvr label log.h5 --at 5d --refund-attribution 7d -o b.h5")
                  .out.find("no final label"),
              std::string::npos);
}

TEST(LabelCommand, takes_a_span_or_an_instant_and_windows_of_its_own) {
    const ScratchFolder folder;
    const auto run = [&](const std::string& arguments) { return run_in(folder, "netcvr " + arguments); };
    ASSERT_EQ(run("simulate tiny --set scale=1/20 --truth full -o full.h5").exit, 0);
    ASSERT_EQ(run("simulate tiny --set scale=1/20 -o rates.h5").exit, 0);
    // tiny begins at 2025-04-30T16:00:00Z
    EXPECT_EQ(run("label full.h5 --at 2d -o a.h5").exit, 0);
    EXPECT_EQ(run("label full.h5 --at 2025-05-02T16:00:00Z -o b.h5").exit, 0);
    EXPECT_EQ(bytes_of(folder.file("a.h5")), bytes_of(folder.file("b.h5")));
    EXPECT_EQ(run("label full.h5 --at 2d --conversion-attribution 1h -o c.h5").exit, 0);
    EXPECT_NE(bytes_of(folder.file("a.h5")), bytes_of(folder.file("c.h5")));
    EXPECT_EQ(run("label rates.h5 --at 2d --every 15m -o d.h5").exit, 0);
    EXPECT_EQ(run("label rates.h5 --at 2d -o a.h5").exit, 6);
    EXPECT_EQ(run("label rates.h5 --at 2d -o a.h5 --force").exit, 0);
    const auto refused = run("label rates.h5 --at 2d -o e.h5 --trajectories");
    EXPECT_EQ(refused.exit, 4);
    EXPECT_NE(refused.err.find("--truth full"), std::string::npos) << refused.err;
    for (const char* bad : {"--at 3", "--at soon", "--at 900d", "--at 2025-04-01T00:00:00Z",
                            "--at 2d --every 0s", "--at 2d --refund-attribution 0s"})
        EXPECT_EQ(run("label full.h5 -o e.h5 " + std::string(bad)).exit, 2) << bad;
    EXPECT_FALSE(std::filesystem::exists(folder.file("e.h5")));
}

}  // namespace
}  // namespace netcvr
