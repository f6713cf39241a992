#include "output/breakdown.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/output/small_log.h"

namespace netcvr {
namespace {

Breakdown find(const Scores& scores, std::string_view dimension, Target target) {
    for (const Breakdown& sums : scores.methods.at(0).breakdowns)
        if (sums.dimension == dimension && sums.target == target) return sums;
    throw std::out_of_range(std::string(dimension));
}

Scores small_scores(const ClickLog& log = small_log(), const Predictions& mine = small_predictions("mine")) {
    return score(log, small_truth(), {mine}, {.category_feature = "shop", .local_time_at_origin = 0});
}

std::vector<std::uint16_t> groups(std::string_view dimension, const ClickLog& log, const Scored& of) {
    EXPECT_EQ(&log, &of.log);
    for (const Dimension& one : dimensions())
        if (one.name == dimension) return one.groups(of).of;
    throw std::out_of_range(std::string(dimension));
}

double kl(double p, double f) {
    return p * std::log(p / f) + (1 - p) * std::log((1 - p) / (1 - f));
}

TEST(Breakdown, sums_every_target_over_the_groups_of_every_dimension) {
    const Scores scores = small_scores();
    EXPECT_EQ(scores.groups.size(), dimensions().size());
    EXPECT_EQ(scores.methods[0].breakdowns.size(), 3 * dimensions().size());
    const MethodScores& mine = scores.methods[0];
    for (const Breakdown& sums : mine.breakdowns) {
        const std::size_t count = scores.groups.at(sums.dimension).size();
        double weight = 0, forecast = 0, truth = 0, excess = 0;
        for (std::size_t g = 0; g < count; ++g) {
            weight += sums.weight.at(g), forecast += sums.forecast.at(g), truth += sums.truth.at(g);
            excess += sums.excess.at(g);
        }
        const auto value = [&](std::string_view metric) {
            return *find_score(mine.scores, sums.target, metric)->value;
        };
        EXPECT_EQ(weight, sums.target == Target::refund_rate ? 2 : 5) << sums.dimension;
        EXPECT_NEAR(forecast / truth, value("pcoc_truth"), 1e-15) << sums.dimension;
        EXPECT_NEAR(excess / weight, value("excess_log_loss"), 1e-15) << sums.dimension;
        EXPECT_NEAR((forecast - truth) / weight, value("bias"), 1e-15) << sums.dimension;
    }
}

TEST(Breakdown, by_category_names_the_values_of_the_feature) {
    // Rows 2 … 6 show shop 0 1 0 1 0; cvr forecasts .25 .25 .5 .5 .5, truth .5 .25 .5 .25 .5.
    const Scores scores = small_scores();
    EXPECT_EQ(scores.groups.at("category"), (std::vector<std::string>{"0", "1"}));
    const Breakdown sums = find(scores, "category", Target::cvr);
    EXPECT_EQ(sums.weight, (std::vector<double>{3, 2}));
    EXPECT_EQ(sums.forecast, (std::vector<double>{1.25, .75}));
    EXPECT_EQ(sums.truth, (std::vector<double>{1.5, .5}));
    EXPECT_NEAR(sums.excess[0], kl(.5, .25), 1e-16);
    EXPECT_NEAR(sums.excess[1], kl(.25, .5), 1e-16);
    // Refunds weigh by the true cvr .5 .25 .5 .25 .5: forecasts .5 .25 .5 .25 .25.
    EXPECT_EQ(find(scores, "category", Target::refund_rate).weight, (std::vector<double>{1.5, .5}));
    EXPECT_EQ(find(scores, "category", Target::refund_rate).forecast, (std::vector<double>{.625, .125}));
}

TEST(Breakdown, by_category_gathers_the_tenth_largest_and_beyond_and_the_missing) {
    ClickLog log;
    const Truth truth;
    log.features = {{.name = "shop", .cardinality = 20, .value = {}}};
    for (int value = 0; value < 11; ++value)
        log.features[0].value.insert(log.features[0].value.end(), value < 2 ? 1 : 2, value);
    log.features[0].value.push_back(-1);
    const ScoreOptions options{.category_feature = "shop"};
    const Scored of{
        .log = log, .truth = truth, .first = 0, .count = log.features[0].value.size(), .options = options};
    const Groups by_category = dimensions()[4].groups(of);
    EXPECT_EQ(by_category.name,
              (std::vector<std::string>{"2", "3", "4", "5", "6", "7", "8", "9", "10", "other", "missing"}));
    EXPECT_EQ(by_category.of.front(), 9);
    EXPECT_EQ(by_category.of.back(), 10);
}

TEST(Breakdown, has_no_categories_without_their_feature) {
    const Scores scores = score(small_log(), small_truth(), {small_predictions("mine")});
    EXPECT_FALSE(scores.groups.contains("category"));
    EXPECT_EQ(scores.methods[0].breakdowns.size(), 3 * (dimensions().size() - 1));
}

TEST(Breakdown, by_tenths_keeps_ties_together_where_their_middle_lies) {
    // cvr forecasts .25 .25 .5 .5 .5: seen from the top, .5 has its middle at .3 of the clicks and .25 at .8,
    // where the fourth and the ninth tenth begin; from below they are the seventh and the second.
    const Breakdown sums = find(small_scores(), "forecast_decile", Target::cvr);
    std::vector<double> weight(10, 0);
    weight[1] = 2, weight[6] = 3;
    EXPECT_EQ(sums.weight, weight);
}

TEST(Breakdown, by_tenths_of_weight_for_the_refund_rate) {
    // Forecasts .5 .25 .5 .25 .25 with weights .5 .25 .5 .25 .5: half of the mass each.
    const Breakdown sums = find(small_scores(), "forecast_decile", Target::refund_rate);
    EXPECT_EQ(sums.weight[2] + sums.weight[7], 2);
    EXPECT_EQ(sums.weight[2], 1);
    EXPECT_EQ(sums.forecast[2], .25);
    EXPECT_EQ(sums.forecast[7], .5);
}

TEST(Breakdown, by_hour_is_local) {
    ClickLog log = small_log();
    log.click_time = {0, 10, 3599, 3600, 86399, 86400, 90000};
    log.duration = 90001;
    const Truth truth = small_truth();
    const ScoreOptions utc{}, shifted{.category_feature = "", .local_time_at_origin = 2 * hour};
    const Scored of{.log = log, .truth = truth, .first = 2, .count = 5, .options = utc};
    EXPECT_EQ(groups("hour_of_day", log, of), (std::vector<std::uint16_t>{0, 1, 23, 0, 1}));
    const Scored later{.log = log, .truth = truth, .first = 2, .count = 5, .options = shifted};
    EXPECT_EQ(groups("hour_of_day", log, later), (std::vector<std::uint16_t>{2, 3, 1, 2, 3}));
}

TEST(Breakdown, by_activity_counts_the_clicks_of_the_user_in_the_whole_log) {
    // Users 1 1 2 3 2 1 4 have 3, 2, 1 and 1 clicks.
    const ClickLog log = small_log();
    const Truth truth = small_truth();
    const ScoreOptions options;
    const Scored of{.log = log, .truth = truth, .first = 2, .count = 5, .options = options};
    EXPECT_EQ(groups("activity_stratum", log, of), (std::vector<std::uint16_t>{1, 0, 1, 1, 0}));
}

TEST(Breakdown, by_segment_names_segments_by_their_start) {
    const Scores scores = small_scores();
    EXPECT_EQ(scores.groups.at("segment").size(), 10U);  // 20 s … 70 s by 5 s
    EXPECT_EQ(scores.groups.at("segment")[0], "20s");
    const Breakdown sums = find(scores, "segment", Target::cvr);
    EXPECT_EQ(sums.weight, (std::vector<double>{1, 0, 1, 0, 1, 0, 1, 0, 1, 0}));
    ClickLog fine = small_log();
    fine.protocol = {.pretrain = 0, .gap = 20, .segment = 1};
    fine.duration = 20 + 1500;
    EXPECT_EQ(small_scores(fine).groups.at("segment").size(), 750U);  // two segments each
}

TEST(Breakdown, keeps_an_infinite_excess_in_its_group) {
    Predictions sure = small_predictions("sure");
    sure.cvr[0] = 0;
    const Breakdown sums = find(small_scores(small_log(), sure), "category", Target::cvr);
    EXPECT_TRUE(std::isinf(sums.excess[0]));
    EXPECT_FALSE(std::isinf(sums.excess[1]));
}

}  // namespace
}  // namespace netcvr
