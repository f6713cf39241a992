#include "estimators/delivery.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "estimators/addressed.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

using Sent = std::vector<std::tuple<Time, bool>>;  // (seconds after the stage's start, label)

/// Stage windows W = 100, w = 10 (or as given); one click at 1000 whose conversion comes at 0 + `conversion`
/// ...
Sent sent(Delivery rule, StageKind kind, Time delay, Time observation = 10) {
    Outcomes world;
    world.windows = {.conversion_attribution = 100,
                     .refund_attribution = 100,
                     .conversion_observation = observation,
                     .refund_observation = observation};
    Stage entered{.start = {1000},
                  .event = {delay == never ? never : 1000 + delay},
                  .attribution = 100,
                  .observation = observation};
    if (kind == StageKind::refund) {
        world.conversion = {.start = {900}, .event = {1000}, .attribution = 100, .observation = observation};
        world.refund = entered;
    } else {
        world.conversion = entered;
        world.refund = {
            .start = entered.event, .event = {never}, .attribution = 100, .observation = observation};
    }
    world.protocol.segment = 60;
    Copies copies;
    rule(world, kind, copies);
    const Copies in_order = sorted_between(copies, 0, never);
    Sent result;
    for (std::size_t k = 0; k < in_order.size(); ++k)
        result.emplace_back(in_order.at[k] - 1000, in_order.label[k] != 0);
    return result;
}

constexpr auto conversion = StageKind::conversion, refund = StageKind::refund, net = StageKind::net;

TEST(AtStart, tells_the_final_label_at_once) {
    EXPECT_EQ(sent(delivery::at_start_final_label, conversion, 99), (Sent{{0, true}}));
    EXPECT_EQ(sent(delivery::at_start_final_label, refund, never), (Sent{{0, false}}));
}

TEST(AtStart, then_positive_sends_an_event_again) {
    EXPECT_EQ(sent(delivery::at_start_then_positive, conversion, 50), (Sent{{0, false}, {50, true}}));
    EXPECT_EQ(sent(delivery::at_start_then_positive, refund, never), (Sent{{0, false}}));
}

TEST(AtStart, then_positive_sends_the_start_first_if_the_event_is_simultaneous) {
    EXPECT_EQ(sent(delivery::at_start_then_positive, conversion, 0), (Sent{{0, false}, {0, true}}));
}

/// So that it trains before the next segment is predicted. Segments of 60 seconds: the click's ends with
/// 1019.
TEST(AtEndOfSegment, comes_in_its_last_second_with_what_has_been_seen_by_then) {
    const auto rule = delivery::at_end_of_segment;
    EXPECT_EQ(sent(rule, conversion, 19), (Sent{{19, true}}));
    EXPECT_EQ(sent(rule, conversion, 20), (Sent{{19, false}}));
    EXPECT_EQ(sent(rule, refund, never), (Sent{{19, false}}));
}

TEST(Collected, copies_wait_for_the_last_second_of_their_period) {
    Copies copies;
    const std::vector<Time> at = {0, 9, 10, 10, 19, 20};
    for (std::size_t k = 0; k < at.size(); ++k) copies.add(k, at[k], true);
    const auto times = [&](Time begin, Time end) {
        const auto found = collected(copies, 10, begin, end).at;
        return std::vector<Time>(found.begin(), found.end());
    };
    EXPECT_EQ(times(0, never), (std::vector<Time>{9, 9, 19, 19, 19, 29}));
    EXPECT_EQ(times(10, 29), (std::vector<Time>{19, 19, 19}))
        << "by when they come, not by when they were due";
}

/// 100,000 clicks of a period leave some thousand pairs of neighbours whose hashes differ in late bits alone.
TEST(Collected, copies_of_a_period_go_by_the_hash_of_their_click_and_those_of_a_click_as_they_were_sent) {
    constexpr std::size_t clicks = 200'000;
    Copies copies;
    std::vector<std::tuple<Time, std::uint64_t, std::size_t, std::uint8_t>> expected;
    for (const std::uint8_t part : {2, 0, 1}) {
        for (std::size_t click = 0; click < clicks; ++click) {
            const Time at = static_cast<Time>(mixed(click + 7) % 20);
            copies.add(click, at, part == 1, part);
            expected.emplace_back(at / 10 * 10 + 9, mixed(click), click, part);
        }
    }
    std::ranges::stable_sort(expected, {}, [](const auto& copy) {
        return std::tuple(std::get<0>(copy), std::get<1>(copy), std::get<2>(copy));
    });
    const Copies found = collected(copies, 10, 0, never);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
        const auto [at, hash, click, part] = expected[k];
        ASSERT_EQ(std::tuple(found.at[k], found.click[k], found.part[k], found.label[k]),
                  std::tuple(at, click, part, part == 1))
            << "copy " << k;
    }
}

TEST(AfterWindow, lets_an_early_conversion_wait_and_sends_an_early_refund_at_once) {
    const auto rule = delivery::after_window_then_late_positive;
    EXPECT_EQ(sent(rule, conversion, 3), (Sent{{10, true}}));
    EXPECT_EQ(sent(rule, conversion, 10), (Sent{{10, true}})) << "at the edge is early";
    EXPECT_EQ(sent(rule, refund, 3), (Sent{{3, true}}));
    EXPECT_EQ(sent(rule, refund, 10), (Sent{{10, true}}));
}

TEST(AfterWindow, sends_a_late_event_twice) {
    const auto rule = delivery::after_window_then_late_positive;
    for (const auto kind : {conversion, refund}) {
        EXPECT_EQ(sent(rule, kind, 11), (Sent{{10, false}, {11, true}}));
        EXPECT_EQ(sent(rule, kind, 99), (Sent{{10, false}, {99, true}}));
        EXPECT_EQ(sent(rule, kind, never), (Sent{{10, false}}));
    }
}

TEST(AfterWindow, has_no_late_events_if_it_waits_longer_than_attribution) {
    const auto rule = delivery::after_window_then_late_positive;
    EXPECT_EQ(sent(rule, conversion, 99, 150), (Sent{{150, true}}));
    EXPECT_EQ(sent(rule, conversion, never, 150), (Sent{{150, false}}));
}

TEST(Resolution, sends_every_click_twice) {
    const auto rule = delivery::after_window_then_resolution;
    EXPECT_EQ(sent(rule, conversion, 3), (Sent{{10, true}, {10, true}}));
    EXPECT_EQ(sent(rule, refund, 3), (Sent{{3, true}, {3, true}}));
    for (const auto kind : {conversion, refund}) {
        EXPECT_EQ(sent(rule, kind, 50), (Sent{{10, false}, {50, true}}));
        EXPECT_EQ(sent(rule, kind, never), (Sent{{10, false}, {100, false}}));
    }
}

TEST(Resolution, confirms_a_negative_not_before_its_first_copy) {
    EXPECT_EQ(sent(delivery::after_window_then_resolution, conversion, never, 150),
              (Sent{{150, false}, {150, false}}));
}

TEST(AtMaturity, sends_both_labels_at_the_same_age) {
    EXPECT_EQ(sent(delivery::at_maturity, net, 3), (Sent{{200, true}}));
    EXPECT_EQ(sent(delivery::at_maturity, net, never), (Sent{{200, false}}));
    EXPECT_EQ(sent(delivery::at_maturity, conversion, 3), (Sent{{100, true}}));
}

TEST(Copies, are_sorted_by_time_then_click_then_order_of_emission) {
    Copies copies;
    copies.add(2, 50, false);
    copies.add(1, 50, true);
    copies.add(1, 50, false);
    copies.add(0, 40, true);
    copies.add(0, 60, true);
    copies.add(0, 39, true);
    const Copies sorted = sorted_between(copies, 40, 60);
    EXPECT_EQ(sorted.at, (decltype(Copies::at){40, 50, 50, 50}));
    EXPECT_EQ(sorted.click, (decltype(Copies::click){0, 1, 1, 2}));
    EXPECT_EQ(sorted.label, (decltype(Copies::label){1, 1, 0, 0}));
}

}  // namespace
}  // namespace netcvr
