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

TEST(ProgressText, needs_no_beginning) {
    EXPECT_EQ(progress_text("train", "copies", 0, 500, 0), "train  0 of 500 copies (0 %)");
    EXPECT_EQ(progress_text("train", "copies", 0, 0, 1), "train  0 of 0 copies");
}

}  // namespace
}  // namespace netcvr
