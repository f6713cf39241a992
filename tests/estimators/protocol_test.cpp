#include "estimators/protocol.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "estimators/delivery.h"
#include "tests/estimators/small_log.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

/// The stream starts at 250 and has segments of 50.
ClickLog log_until(Time duration, Time last_click) {
    ClickLog log;
    log.click_time = {0, last_click};
    log.conversion_time = log.refund_time = {never, never};
    log.protocol = {.pretrain = 100, .gap = 150, .segment = 50};
    log.windows = {.conversion_attribution = 100,
                   .refund_attribution = 50,
                   .conversion_observation = 10,
                   .refund_observation = 10};
    log.duration = duration;
    return log;
}

TEST(Segments, are_closed_below_and_open_above) {
    const Protocol protocol = log_until(400, 260).protocol;
    EXPECT_EQ(segment_of(protocol, 250), 0U);
    EXPECT_EQ(segment_of(protocol, 299), 0U);
    EXPECT_EQ(segment_of(protocol, 300), 1U);
}

TEST(Segments, cover_the_stream_and_its_last_click) {
    EXPECT_EQ(segments(log_until(400, 260)), 3U);
    EXPECT_EQ(segments(log_until(401, 260)), 4U);
    EXPECT_EQ(segments(log_until(400, 399)), 3U);
    EXPECT_EQ(segments(log_until(400, 400)), 4U) << "a click at the edge is predicted, too";
}

TEST(StreamedClicks, begin_with_the_stream) {
    EXPECT_EQ(streamed_clicks(log_until(400, 250)), std::vector<std::uint32_t>{1});
    EXPECT_TRUE(streamed_clicks(log_until(400, 249)).empty());
}

TEST(Protocol, without_final_labels_or_without_a_stream_is_refused) {
    ClickLog log = log_until(400, 260);
    check_protocol(log);
    log.protocol.gap = 149;
    EXPECT_EQ(message(Exit::scenario, [&] { check_protocol(log); }),
              "protocol.gap is 149s; labels of the pretrain period are final only 150s (both attribution "
              "windows) after it");
    EXPECT_EQ(message(Exit::scenario, [] { check_protocol(log_until(400, 249)); }),
              "no click in the stream, which starts at 250s (protocol.pretrain + protocol.gap)");
}

/// The stages and roles of one click's copies, sent at once if `cut` is 0, else the first `cut` before the
/// stream.
std::vector<Role> roles_of(const std::vector<bool>& labels, std::size_t cut = 0) {
    Copies earlier, stream;
    for (std::size_t k = 0; k < labels.size(); ++k)
        (k < cut ? earlier : stream).add(7, static_cast<Time>(k), labels[k]);
    return roles(earlier, stream);
}

TEST(Roles, say_what_a_copy_is_beside_earlier_ones) {
    using enum Role;
    EXPECT_EQ(roles_of({false}), (std::vector{first_negative}));
    EXPECT_EQ(roles_of({true}), (std::vector{first_positive}));
    EXPECT_EQ(roles_of({false, true}), (std::vector{first_negative, late_positive}));
    EXPECT_EQ(roles_of({false, false}), (std::vector{first_negative, repeated_negative}));
    EXPECT_EQ(roles_of({true, true}), (std::vector{first_positive, repeated_positive}));
    EXPECT_EQ(roles_of({true, false}), (std::vector{first_positive, late_negative}));
    EXPECT_EQ(roles_of({false, true, true}), (std::vector{first_negative, late_positive, repeated_positive}));
}

TEST(Roles, remember_the_copies_before_the_stream) {
    EXPECT_EQ(roles_of({false, true}, 1), (std::vector{Role::late_positive}));
    EXPECT_EQ(roles_of({true, true}, 1), (std::vector{Role::repeated_positive}));
    EXPECT_TRUE(roles_of({false, true}, 2).empty());
}

TEST(Roles, of_other_clicks_do_not_matter) {
    Copies earlier, stream;
    earlier.add(1, 0, true);
    stream.add(2, 1, true);
    stream.add(0, 2, false);
    EXPECT_EQ(roles(earlier, stream), (std::vector{Role::first_positive, Role::first_negative}));
}

/// In order of delivery the last of them, sent when no click is left to send negatives of, are late positives
/// alone, and a network that ends on those starts the stream far too high.
TEST(SentOfPretrain, has_the_copies_of_each_click_together_and_those_of_no_other_click) {
    const ClickLog log = small_log();
    const Outcomes all = outcomes(log);
    std::size_t starts = 0;
    for (const Method& method : methods())
        for (const Learner& learner : method.learners) {
            if (!learner.own_start) continue;
            ++starts;
            const Copies copies = sent_of_pretrain(log, all, learner);
            EXPECT_TRUE(std::ranges::is_sorted(copies.click)) << method.name;
            ASSERT_GT(copies.size(), 0U) << method.name;
            EXPECT_LT(log.click_time[copies.click.back()], log.protocol.pretrain) << method.name;
            Copies sent;
            learner.delivery(all, learner.stage, sent);
            const auto of_pretrain = std::ranges::count_if(
                sent.click, [&](auto i) { return log.click_time[i] < log.protocol.pretrain; });
            EXPECT_EQ(copies.size(), static_cast<std::size_t>(of_pretrain)) << method.name;
        }
    EXPECT_GT(starts, 10U);
}

TEST(StreamOf, and_what_was_sent_before_are_all_copies_until_the_last_click) {
    const ClickLog log = small_log();
    const Outcomes all = outcomes(log);
    const Learner learner{.stage = StageKind::conversion,
                          .delivery = delivery::after_window_then_late_positive};
    Copies sent;
    learner.delivery(all, learner.stage, sent);
    const Copies expected = sorted_between(sent, 0, log.duration), stream = stream_of(log, all, learner);
    Copies joined = sent_before_stream(log, all, learner);
    EXPECT_GT(joined.size(), 1000U);
    EXPECT_EQ(stream.at.front() / log.protocol.stream_start(), 1);
    for (std::size_t k = 0; k < stream.size(); ++k)
        joined.add(stream.click[k], stream.at[k], stream.label[k] != 0);
    EXPECT_EQ(joined.click, expected.click);
    EXPECT_EQ(joined.at, expected.at);
    EXPECT_EQ(joined.label, expected.label);
    EXPECT_EQ(stream_of(log, all, {.stage = StageKind::conversion}).size(), 0U) << "it never trains";
}

}  // namespace
}  // namespace netcvr
