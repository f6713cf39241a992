// Scores of money by hand.

#include "output/money_scores.h"

#include <cmath>

#include <gtest/gtest.h>

#include "output/bootstrap.h"
#include "output/money_metrics.h"
#include "output/results.h"
#include "sim/errors.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

TEST(MoneyMetrics, have_their_values_by_hand) {
    const std::vector<float> v = {0, 1, 3}, f = {1, 1, 2};
    EXPECT_DOUBLE_EQ(*normalised_rmse(v, f).value, std::sqrt(2.0 / 3) / (4.0 / 3));
    EXPECT_DOUBLE_EQ(*normalised_mae(v, f).value, (2.0 / 3) / (4.0 / 3));
    // n + 1 − 2r: best 2, the tie of the others −1 each. Of v: 3·2 + 1·0 + 0·(−2) = 6; along f: 3·2 − 1 = 5.
    EXPECT_DOUBLE_EQ(*normalised_gini(v, rank(f)).value, 5.0 / 6);
    EXPECT_DOUBLE_EQ(*normalised_gini(v, rank(v)).value, 1);
    const std::vector<float> level = {1, 1, 1}, none = {0, 0, 0};
    EXPECT_DOUBLE_EQ(*normalised_gini(v, rank(level)).value, 0);
    EXPECT_FALSE(normalised_gini(none, rank(f)).value);
    EXPECT_FALSE(normalised_rmse(none, f).value);
    EXPECT_FALSE(normalised_mae(none, f).value);
}

TEST(MoneyMetrics, of_labels_0_and_1_are_twice_the_auc_less_1) {
    const std::vector<float> v = {0, 1, 1, 0, 0}, f = {.1F, .3F, .2F, .2F, .4F};
    // Pairs (positive, negative): .3 beats .1, .2, not .4; .2 beats .1, ties .2, not .4: 3.5 of 6.
    EXPECT_NEAR(*normalised_gini(v, rank(f)).value, 2 * 3.5 / 6 - 1, 1e-15);
}

/// Three scored clicks: a purchase of 8 of which 2 are paid back in time, none, one of 4 refunded too late.
struct Scored {
    ClickLog log;
    Truth truth;
    Predictions mine;
};

Scored scored() {
    Scored s;
    s.log.windows = {.conversion_attribution = hour,
                     .refund_attribution = hour,
                     .conversion_observation = minute,
                     .refund_observation = minute};
    s.log.protocol = {.pretrain = 0, .gap = 0, .segment = hour};
    s.log.duration = hour, s.log.follow_up = 4 * hour;
    s.log.has_ids = false, s.log.has_money = true;
    s.log.click_time = {0, 1, 2};
    s.log.conversion_time = {10, never, 20};
    s.log.refund_time = {30, never, 20 + 2 * hour};
    s.log.order_value = {8, 0, 4}, s.log.refund_value = {2, 0, 4};
    s.truth.cvr = {.5F, .5F, .5F}, s.truth.refund_rate = s.truth.cvr, s.truth.net_cvr = {.25F, .25F, .25F};
    s.truth.more = {{.name = "gmv", .description = "", .value = {9, 9, 9}},
                    {.name = "net_gmv", .description = "", .value = {4, 2, 2}}};
    s.mine = {.method = "mine", .row = {0, 1, 2}, .cvr = {}, .refund_rate = {}, .net_cvr = {}};
    s.mine.gmv = {6, 3, 6}, s.mine.net_gmv = {3, 1, 2};
    return s;
}

double value(const Scores& scores, Target target, std::string_view metric) {
    return find_score(scores.methods.at(0).scores, target, metric)->value.value();
}

TEST(MoneyScores, are_against_the_truth_and_against_what_was_paid_and_kept) {
    const Scored s = scored();
    const Scores scores = score(s.log, s.truth, {s.mine});
    EXPECT_DOUBLE_EQ(value(scores, Target::gmv, "pcoc_truth"), 15.0 / 27);
    EXPECT_DOUBLE_EQ(value(scores, Target::net_gmv, "pcoc_truth"), 6.0 / 8);
    EXPECT_DOUBLE_EQ(value(scores, Target::net_gmv, "nmae"), 2.0 / 8);
    EXPECT_DOUBLE_EQ(value(scores, Target::gmv, "pcoc_labels"), 15.0 / 12);
    EXPECT_DOUBLE_EQ(value(scores, Target::net_gmv, "pcoc_labels"), 6.0 / (6 + 4)) << "4 came back too late";
    EXPECT_DOUBLE_EQ(value(scores, Target::net_gmv, "nmae_labels"), (3.0 + 1 + 2) / 10);
    EXPECT_DOUBLE_EQ(value(scores, Target::net_gmv, "nrmse_labels"), std::sqrt(14.0 / 3) / (10.0 / 3));
    EXPECT_DOUBLE_EQ(value(scores, Target::net_gmv, "gini_labels"), 1);
    const Result result{.scenario = "s", .log_digest = "", .scores = scores};
    EXPECT_EQ(parse_results_json(results_json(result), "here"), result);
    EXPECT_NE(results_text(result).find("net_gmv = "), std::string::npos);
}

/// Ratios of sums in each resample of the users, here counted one after the other.
TEST(MoneyScores, have_intervals_of_resampled_users_where_they_are_ratios_of_sums) {
    Scored s = scored();
    s.log.has_ids = true;
    s.log.click_time.clear(), s.log.conversion_time.clear(), s.log.refund_time.clear();
    s.log.order_value.clear(), s.log.refund_value.clear(), s.mine.row.clear(), s.mine.gmv.clear();
    s.mine.net_gmv.clear();
    constexpr std::size_t n = 60, count = 200;
    std::vector<std::int64_t> users;
    for (std::size_t i = 0; i < n; ++i) {
        const bool bought = i % 2 == 0;
        s.log.click_time.push_back(static_cast<Time>(i));
        s.log.conversion_time.push_back(bought ? static_cast<Time>(i + 5) : never);
        s.log.refund_time.push_back(never);
        s.log.order_value.push_back(bought ? static_cast<float>(1 + i % 7) : 0);
        s.log.refund_value.push_back(0);
        s.log.user_id.push_back(static_cast<std::int32_t>(100 + i / 3));
        s.log.item_id.push_back(1);
        if (i % 3 == 0) users.push_back(static_cast<std::int64_t>(100 + i / 3));
        s.mine.row.push_back(static_cast<std::int64_t>(i));
        s.mine.gmv.push_back(static_cast<float>(.5 + .1 * static_cast<double>(i % 11)));
    }
    const Scores scores = score(s.log, std::nullopt, {s.mine}, {.bootstrap = count});
    const Resamples resamples = resample(users, count);
    Draws pcoc, nmae;
    for (std::size_t b = 0; b < count; ++b) {
        double forecast = 0, off = 0, value = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const std::uint8_t* there = resamples.of(b / Resamples::lanes, i / 3);
            const double f = s.mine.gmv[i], v = s.log.order_value[i], times = there[b % Resamples::lanes];
            forecast += times * f, off += times * std::abs(f - v), value += times * v;
        }
        pcoc.emplace_back(forecast / value), nmae.emplace_back(off / value);
    }
    for (const auto& [metric, draws] : {std::pair{"pcoc_labels", &pcoc}, {"nmae_labels", &nmae}}) {
        const Score* found = find_score(scores.methods.at(0).scores, Target::gmv, metric);
        EXPECT_NEAR(found->low.value(), percentile_interval(*draws)->low, 1e-12) << metric;
        EXPECT_NEAR(found->high.value(), percentile_interval(*draws)->high, 1e-12) << metric;
        EXPECT_LT(*found->low, *found->value);
        EXPECT_GT(*found->high, *found->value);
    }
    for (const char* metric : {"nrmse_labels", "gini_labels"})
        EXPECT_FALSE(find_score(scores.methods.at(0).scores, Target::gmv, metric)->low) << metric;
    EXPECT_FALSE(find_score(score(s.log, std::nullopt, {s.mine}, {.bootstrap = 0}).methods.at(0).scores,
                            Target::gmv, "pcoc_labels")
                     ->low);
}

TEST(MoneyScores, are_against_the_conversion_alone_in_a_world_with_repeats) {
    Scored s = scored();
    s.truth.more.push_back({.name = "gmv_first", .description = "", .value = {5, 5, 5}});
    EXPECT_DOUBLE_EQ(value(score(s.log, s.truth, {s.mine}), Target::gmv, "pcoc_truth"), 1);
}

TEST(MoneyScores, refuse_a_log_without_money) {
    Scored s = scored();
    s.log.has_money = false, s.log.order_value.clear(), s.log.refund_value.clear();
    EXPECT_EQ(message(Exit::data, [&] { score(s.log, s.truth, {s.mine}); }),
              "predictions of 'mine': gmv cannot be scored, the log has no money (/log/order_value)");
}

}  // namespace
}  // namespace netcvr
