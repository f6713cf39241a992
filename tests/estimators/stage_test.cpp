#include "estimators/stage.h"

#include <gtest/gtest.h>

namespace netcvr {
namespace {

/// One click at 1000 with windows W_A = W_R = 100, w = 10; delays, never = none.
Outcomes one_click(Time conversion, Time refund) {
    ClickLog log;
    log.windows = {.conversion_attribution = 100,
                   .refund_attribution = 100,
                   .conversion_observation = 10,
                   .refund_observation = 10};
    const Time converted = conversion == never ? never : 1000 + conversion;
    log.click_time = {1000};
    log.conversion_time = {converted};
    log.refund_time = {refund == never ? never : converted + refund};
    return outcomes(log);
}

TEST(Outcomes, count_a_conversion_up_to_but_not_at_the_attribution_window) {
    EXPECT_EQ(one_click(99, never).conversion.event[0], 1099);
    EXPECT_EQ(one_click(100, never).conversion.event[0], never);
    EXPECT_EQ(one_click(0, never).conversion.event[0], 1000);
}

TEST(Outcomes, start_the_refund_clock_at_an_attributed_conversion_only) {
    EXPECT_EQ(one_click(99, 5).refund.start[0], 1099);
    EXPECT_FALSE(one_click(100, 5).refund.entered(0));
    EXPECT_FALSE(one_click(100, 5).refund.happens(0));
}

TEST(Outcomes, count_a_refund_up_to_but_not_at_its_window) {
    EXPECT_EQ(one_click(50, 99).refund.event[0], 1149);
    EXPECT_EQ(one_click(50, 100).refund.event[0], never);
}

TEST(Outcomes, call_a_delay_equal_to_the_observation_window_early) {
    EXPECT_TRUE(one_click(10, never).conversion.early(0));
    EXPECT_FALSE(one_click(10, never).conversion.late(0));
    EXPECT_TRUE(one_click(11, never).conversion.late(0));
    EXPECT_FALSE(one_click(never, never).conversion.late(0));
    EXPECT_TRUE(one_click(5, 10).refund.early(0));
    EXPECT_TRUE(one_click(5, 11).refund.late(0));
}

TEST(Outcomes, are_net_if_converted_and_kept) {
    EXPECT_TRUE(one_click(5, never).net(0));
    EXPECT_TRUE(one_click(5, 100).net(0)) << "a refund beyond its window does not count";
    EXPECT_FALSE(one_click(5, 99).net(0));
    EXPECT_FALSE(one_click(never, never).net(0));
    EXPECT_FALSE(one_click(100, never).net(0));
}

TEST(Outcomes, settle_at_the_longer_of_the_two_windows) {
    Stage stage{.start = {0}, .event = {never}, .attribution = 100, .observation = 10};
    EXPECT_EQ(stage.settled(), 100);
    stage.observation = 150;
    EXPECT_EQ(stage.settled(), 150);
}

TEST(Stage, visits_each_click_that_entered_once_and_in_order_for_any_number_of_clicks) {
    for (const std::size_t clicks : {0, 1, 2, 63, 64, 65, 127, 128, 129, 1000}) {
        for (const std::size_t every : {1, 3, 64, 2000}) {
            Stage stage{.start = std::vector<Time>(clicks, never), .event = {}};
            std::vector<std::size_t> expected, visited;
            for (std::size_t i = clicks % every; i < clicks; i += every) {
                stage.start[i] = static_cast<Time>(i);
                expected.push_back(i);
            }
            stage.for_each_entered([&](std::size_t i) { visited.push_back(i); });
            EXPECT_EQ(visited, expected) << clicks << " clicks, every " << every;
        }
    }
}

TEST(KnownAt, hides_what_happened_later_and_shows_what_happens_now) {
    const Outcomes all = one_click(20, 30);
    EXPECT_FALSE(known_at(all, 999).conversion.entered(0));
    EXPECT_TRUE(known_at(all, 1000).conversion.entered(0));
    EXPECT_FALSE(known_at(all, 1019).conversion.happens(0));
    EXPECT_FALSE(known_at(all, 1019).refund.entered(0));
    EXPECT_TRUE(known_at(all, 1020).conversion.happens(0));
    EXPECT_TRUE(known_at(all, 1020).refund.entered(0));
    EXPECT_FALSE(known_at(all, 1049).refund.happens(0));
    EXPECT_TRUE(known_at(all, 1050).refund.happens(0));
}

}  // namespace
}  // namespace netcvr
