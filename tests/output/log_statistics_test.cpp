// By hand on the seven clicks of small_log.h: rows 0, 2, 4, 6 convert within W_A (delays 5, 99, 5, 0), row 2
// is refunded within W_R (49); rows 0, 2, 3, 4, 6 have a conversion in the file, rows 2, 3, 4 a refund.
#include "output/log_statistics.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "output/published.h"
#include "sim/errors.h"
#include "tests/output/small_log.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

LogFile small_file() {
    LogFile file;
    file.log = small_log();
    file.truth = small_truth();
    return file;
}

double counted(const LogFile& file, std::string_view statistic) {
    return value_of(statistic, CountedLog(file)).value();
}

TEST(LogStatistics, count_events_and_labels_each_over_their_denominator) {
    const LogFile file = small_file();
    const std::pair<const char*, double> expected[] = {
        {"clicks", 7},
        {"users", 4},
        {"items", 3},
        {"purchases_per_click", 5. / 7},
        {"repurchases_per_click", 0},
        {"refunds_per_click", 3. / 7},
        {"refunds_per_purchase", 3. / 5},
        {"cvr", 4. / 7},
        {"net_cvr", 3. / 7},
        {"refunds_per_conversion", 1. / 4},
        {"refunds_per_net_conversion", 1. / 3},
        {"conversion_delay_median", 5},
        {"refund_delay_median", 49},
        {"conversions_within:5s", 1. / 4},
        {"conversions_within:6s", 3. / 4},
        {"lowest_hourly_cvr", 4. / 7},
        {"highest_hourly_cvr", 4. / 7},
        {"lowest_hour", 0},
        // Item 7: 3 of 4 clicks buy (one refund); item 8: 2 of 2 (both refunded); item 9: none.
        {"refunds_per_purchase_by_item_cvr:0.6-0.8", 1. / 3},
        {"refunds_per_purchase_by_item_cvr:0.8-1", 1},
    };
    for (const auto& [statistic, value] : expected)
        EXPECT_DOUBLE_EQ(counted(file, statistic), value) << statistic;
}

TEST(LogStatistics, count_repeats_by_the_table_of_purchases) {
    LogFile file = small_file();
    file.log.has_purchases = true;
    file.log.purchases = {.row = {0, 0, 2, 6, 6, 6},
                          .ordinal = {0, 1, 0, 0, 1, 2},
                          .purchase_time = {5, 6, 119, 60, 70, 80},
                          .refund_time = {never, 9, 168, never, never, 90},
                          .order_value = {},
                          .refund_value = {}};
    EXPECT_DOUBLE_EQ(counted(file, "purchases_per_click"), 6. / 7);
    EXPECT_DOUBLE_EQ(counted(file, "repurchases_per_click"), 3. / 7);
    EXPECT_DOUBLE_EQ(counted(file, "refunds_per_purchase"), 3. / 6);
}

// Users 1 and 2 convert once in two other clicks' company; worked by hand: pairs (rate of the user's other
// clicks, delay) are (0, 5), (1, 99), (1, 5); user 4 has no other click. Ranks (0, 1.5, 1.5) and (.5, 2, .5):
// ρ = .5.
TEST(LogStatistics, correlate_a_delay_with_the_other_clicks_of_its_user) {
    EXPECT_NEAR(counted(small_file(), "conversion_delay_by_user_cvr"), .5, 1e-12);
}

// Scored rows 2 … 6: p = .5 .25 .5 .25 .5: pairs by hand, Σ_{i≠j} p_i (1 − p_j) ([p_i > p_j] + ½ [=]) over
// all: .5 against .25: 6 pairs of .5 · .75; ties of .5: 6 ordered pairs of .25 · ½; of .25: 2 of .1875 · ½;
// in all 6 · .375 + 6 · .125 + 6 · .25 + 2 · .1875 (the .25 · .5 pairs lose).
TEST(LogStatistics, know_the_ceiling_of_the_streamed_period) {
    const double wins = 6 * .375 + 6 * .125 + 2 * .09375, all = 6 * .375 + 6 * .25 + 6 * .125 + 2 * .1875;
    EXPECT_NEAR(counted(small_file(), "bayes_auc_cvr"), wins / all, 1e-6);
}

TEST(LogStatistics, have_no_value_where_the_log_has_nothing_to_count) {
    LogFile file = small_file();
    file.truth.reset();
    file.log.has_ids = false;
    file.log.user_id.clear(), file.log.item_id.clear();
    for (const char* statistic : {"users", "items", "bayes_auc_cvr", "conversion_delay_by_user_cvr"})
        EXPECT_FALSE(value_of(statistic, CountedLog(file))) << statistic;
}

TEST(LogStatistics, name_the_nearest_for_a_typo_and_show_how_an_argument_is_written) {
    const auto says = [](const char* written) {
        return message(Exit::scenario, [&] { find_statistic(written); });
    };
    EXPECT_EQ(says("cvrr"), "unknown statistic 'cvrr'; did you mean 'cvr'?");
    EXPECT_EQ(
        says("conversions_within"),
        "statistic 'conversions_within' is written conversions_within:duration, as in conversions_within:1h");
    EXPECT_EQ(
        says("conversions_within:5"),
        "statistic 'conversions_within' is written conversions_within:duration, as in conversions_within:1h");
    EXPECT_EQ(says("cvr:1h"), "statistic 'cvr' takes no argument");
}

Published named(const char* statistic, double value) {
    Published figure;
    figure.statistic = statistic;
    figure.value = value;
    return figure;
}

TEST(Published, figures_are_met_near_above_or_below) {
    const LogFile file = small_file();
    const auto met = [&](double value, double tolerance, const char* bound) {
        Published figure = named("cvr", value);
        figure.tolerance = tolerance;
        figure.bound = bound;
        return compare_with({figure}, file).at(0).met;
    };
    EXPECT_TRUE(met(.57, .01, "near"));
    EXPECT_FALSE(met(.56, .01, "near"));
    EXPECT_TRUE(met(.5, .01, "at-least"));
    EXPECT_FALSE(met(.6, .5, "at-least"));
    EXPECT_TRUE(met(.6, .01, "at-most"));
    EXPECT_FALSE(met(.5, .5, "at-most"));
    Published bound = named("cvr", .5);
    bound.bound = "at-least";
    EXPECT_FALSE(compare_with({bound}, file).at(0).error()) << "a bound has no error";
}

TEST(Published, counts_grow_with_the_scale_of_the_log_and_rates_do_not) {
    const LogFile file = small_file();
    const auto rows = compare_with({named("clicks", 28), named("users", 12), named("cvr", .57)}, file, .25);
    EXPECT_EQ(rows.at(0).published.value, 7);
    EXPECT_EQ(rows.at(1).published.value, 3);
    EXPECT_EQ(rows.at(2).published.value, .57);
    EXPECT_EQ(hard_misses(rows), 1u) << "4 users where 3 were asked for";
}

TEST(Published, figures_that_a_log_lacks_are_not_met_and_say_so) {
    LogFile file = small_file();
    file.truth.reset();
    const auto rows = compare_with({named("bayes_auc_cvr", .7), named("cvr", .57)}, file);
    EXPECT_FALSE(rows.at(0).met);
    const std::string text = comparison_text("x", rows);
    EXPECT_NE(text.find("not in this log"), std::string::npos) << text;
    EXPECT_NE(text.find("1 of 2 hard figures missed"), std::string::npos) << text;
    const auto json = nlohmann::json::parse(comparison_json("x", rows));
    EXPECT_TRUE(json["published"][0]["realised"].is_null());
    EXPECT_NEAR(json["published"][1]["error"].get<double>(), (4. / 7 - .57) / .57, 1e-12);
}

}  // namespace
}  // namespace netcvr
