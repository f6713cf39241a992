#include "scenarios/progress.h"

#include <gtest/gtest.h>

namespace netcvr {
namespace {

TEST(ProgressText, says_rate_and_time_left) {
    EXPECT_EQ(progress_text("simulate", "clicks", 1200000, 4000000, 0.5),
              "simulate  1.2 M of 4.0 M clicks (30 %), 2.4 M clicks/s, 1 s left");
    EXPECT_EQ(progress_text("train", "copies", 20000, 40000, 600),
              "train  20 k of 40 k copies (50 %), 33 copies/s, 10 min left");
    EXPECT_EQ(progress_text("train", "copies", 10, 40000, 10),
              "train  10 of 40 k copies (0 %), 1 copies/s, 11.1 h left");
}

TEST(ProgressText, counts_the_rate_from_what_was_done_when_the_clock_started) {
    EXPECT_EQ(progress_text("sample", "clicks", 1100000, 2100000, 0.5, 100000),
              "sample  1.1 M of 2.1 M clicks (52 %), 2.0 M clicks/s, 0 s left");
    EXPECT_EQ(progress_text("sample", "clicks", 65536, 2100000, 0.5, 65536),
              "sample  66 k of 2.1 M clicks (3 %)");
}

TEST(ProgressText, needs_no_beginning) {
    EXPECT_EQ(progress_text("train", "copies", 0, 500, 0), "train  0 of 500 copies (0 %)");
    EXPECT_EQ(progress_text("train", "copies", 0, 0, 1), "train  0 of 0 copies");
}

TEST(SweepProgress, weighs_runs_by_what_they_were_expected_to_take) {
    SweepProgress progress(0, 4, 100);
    EXPECT_EQ(progress.text(3), "sweep  0 of 4 runs (0 %)");
    progress.end_run(10, false, 20);  // twice as slow as expected: the other 90 s take 180 s
    EXPECT_EQ(progress.text(20), "sweep  1 of 4 runs (25 %), 3.0 runs/min, 3 min left");
    EXPECT_EQ(progress.text(120), "sweep  1 of 4 runs (25 %), 0.5 runs/min, 80 s left");
    EXPECT_EQ(progress.text(500), "sweep  1 of 4 runs (25 %), 0.1 runs/min, 0 s left");
}

TEST(SweepProgress, counts_what_was_done_before_but_not_in_the_rate) {
    SweepProgress progress(10, 80, 700);
    progress.end_run(10, false, 5);
    progress.end_run(10, true, 10);
    EXPECT_EQ(progress.text(10), "sweep  12 of 80 runs (15 %), 1 failed, 12.0 runs/min, 6 min left");
}

TEST(SweepProgress, of_nothing_says_so) {
    EXPECT_EQ(SweepProgress(3, 3, 0).text(0), "sweep  3 of 3 runs (100 %)");
    EXPECT_EQ(SweepProgress(0, 0, 0).text(0), "sweep  0 of 0 runs");
}

}  // namespace
}  // namespace netcvr
