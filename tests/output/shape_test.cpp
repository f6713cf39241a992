#include <gtest/gtest.h>

#include "output/results.h"
#include "tests/output/small_log.h"

namespace netcvr {
namespace {

TEST(Shape, counts_the_trajectories_of_the_scored_clicks) {
    // Row 2 converts after 99 s (late: more than 10) and is refunded after 49 s (late): B2. Row 3 is too
    // late: T0. Row 4 after 5 s, its refund too late: A0. Row 5: T0. Row 6 after 0 s, never refunded: A0.
    const LogShape shape = shape_of(small_log());
    EXPECT_EQ(shape.trajectory, (std::array<std::size_t, 7>{2, 2, 0, 0, 0, 0, 1}));
}

TEST(Shape, tells_each_trajectory_from_the_others) {
    const struct {
        Time conversion, refund;
        std::size_t trajectory;
    } cases[] = {{never, never, 0}, {110, never, 1}, {110, 120, 2}, {110, 121, 3}, {111, never, 4},
                 {111, 121, 5},     {111, 160, 6},   {111, 161, 4}, {200, 201, 0}, {199, 209, 5}};
    for (const auto& one : cases) {
        ClickLog log = small_log();
        log.click_time = {100}, log.conversion_time = {one.conversion}, log.refund_time = {one.refund};
        log.duration = 101;
        std::array<std::size_t, 7> expected{};
        expected[one.trajectory] = 1;
        EXPECT_EQ(shape_of(log).trajectory, expected) << one.conversion << " " << one.refund;
    }
}

TEST(Shape, has_the_share_of_events_within_each_delay) {
    const LogShape shape = shape_of(small_log());
    EXPECT_EQ(shape.delay, (std::vector<Time>{10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100}));
    // Conversions after 0, 5 and 99 s; the refund after 49 s.
    EXPECT_EQ(shape.conversions_within.front(), 2.0 / 3);
    EXPECT_EQ(shape.conversions_within[9], 2.0 / 3);
    EXPECT_EQ(shape.conversions_within.back(), 1);
    EXPECT_EQ(shape.refunds_within[6], 0);
    EXPECT_EQ(shape.refunds_within[7], 1);
}

TEST(Shape, is_empty_where_labels_have_not_matured_or_nothing_happens) {
    ClickLog log = small_log();
    log.follow_up = 149;
    EXPECT_EQ(shape_of(log), LogShape{});
    log = small_log();
    log.conversion_time.assign(7, never), log.refund_time.assign(7, never);
    EXPECT_TRUE(shape_of(log).conversions_within.empty());
    EXPECT_TRUE(shape_of(log).refunds_within.empty());
    EXPECT_EQ(shape_of(log).trajectory[0], 5U);
}

}  // namespace
}  // namespace netcvr
