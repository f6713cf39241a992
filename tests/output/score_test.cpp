#include "output/score.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tests/output/small_log.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

const Registered a_reference{
    {.name = "seer", .title = "", .source = "", .math = "", .claim = Claim::privileged, .learners = {}}};
const Registered another{
    {.name = "still", .title = "", .source = "", .math = "", .claim = Claim::fixed, .learners = {}}};
const Registered a_method{
    {.name = "plain", .title = "", .source = "", .math = "", .claim = Claim::biased, .learners = {}}};

Scores scores_of(const Predictions& predictions) {
    return score(small_log(), small_truth(), {predictions});
}

const Score& the(const Scores& scores, Target target, std::string_view metric, std::size_t method = 0) {
    const Score* score = find_score(scores.methods.at(method).scores, target, metric);
    EXPECT_NE(score, nullptr) << metric;
    return *score;
}

double value(const Scores& scores, Target target, std::string_view metric) {
    return the(scores, target, metric).value.value();
}

double kl(double p, double f) {
    return p * std::log(p / f) + (1 - p) * std::log((1 - p) / (1 - f));
}

TEST(Score, counts_every_click_of_the_streamed_period_and_the_attributed_events_among_them) {
    const Scores scores = scores_of(small_predictions("mine"));
    EXPECT_EQ(scores.clicks, 5U);
    EXPECT_EQ(scores.conversions, 3U);
    EXPECT_EQ(scores.refunds, 1U);
    EXPECT_EQ(the(scores, Target::cvr, "excess_log_loss").count, 5U);
    EXPECT_EQ(the(scores, Target::net_cvr, "nll").count, 5U);
    EXPECT_EQ(the(scores, Target::refund_rate, "pcoc_truth").count, 5U);
    EXPECT_EQ(the(scores, Target::refund_rate, "nll").count, 3U);
}

TEST(Score, holds_cvr_and_net_cvr_against_the_truth_of_all_scored_clicks) {
    const Scores scores = scores_of(small_predictions("mine"));
    EXPECT_NEAR(value(scores, Target::cvr, "excess_log_loss"), (kl(.5, .25) + kl(.25, .5)) / 5, 1e-16);
    EXPECT_EQ(value(scores, Target::cvr, "pcoc_truth"), 1);
    EXPECT_NEAR(value(scores, Target::cvr, "rmse"), std::sqrt(2 * .0625 / 5), 1e-16);
    EXPECT_NEAR(value(scores, Target::net_cvr, "excess_log_loss"),
                (kl(.25, .125) + kl(.125, .1875) + kl(.375, .25) + kl(.125, .375)) / 5, 1e-15);
    EXPECT_EQ(value(scores, Target::net_cvr, "pcoc_truth"), 1.3125 / 1.25);
}

TEST(Score, weights_the_refund_rate_by_the_true_cvr_against_the_truth) {
    // Weights .5 .25 .5 .25 .5; truth .5 .5 .25 .5 .25; forecast .5 .25 .5 .25 .25.
    const Scores scores = scores_of(small_predictions("mine"));
    EXPECT_NEAR(value(scores, Target::refund_rate, "excess_log_loss"),
                (2 * .25 * kl(.5, .25) + .5 * kl(.25, .5)) / 2, 1e-16);
    EXPECT_EQ(value(scores, Target::refund_rate, "pcoc_truth"), .75 / .75);
    EXPECT_NEAR(value(scores, Target::refund_rate, "rmse"), std::sqrt((2 * .25 + .5) * .0625 / 2), 1e-16);
}

TEST(Score, holds_the_refund_rate_against_the_labels_of_attributed_conversions) {
    // Conversions: rows 2 (refunded), 4, 6; forecasts .5 .5 .25.
    const Scores scores = scores_of(small_predictions("mine"));
    EXPECT_NEAR(value(scores, Target::refund_rate, "nll"), -(2 * std::log(.5) + std::log(.75)) / 3, 1e-15);
    EXPECT_EQ(value(scores, Target::refund_rate, "pcoc_labels"), 1.25);
    EXPECT_EQ(value(scores, Target::refund_rate, "auc"), .75);  // above row 6, level with row 4
    EXPECT_EQ(value(scores, Target::refund_rate, "average_precision"), .5);
}

/// As in a log of real conversions: refund_rate alone, of conversions alone.
Truth truth_of_conversions() {
    Truth truth = small_truth();
    truth.cvr.clear(), truth.net_cvr.clear();
    for (const std::size_t row : {1U, 3U, 5U}) truth.refund_rate[row] = std::nanf("");
    return truth;
}

TEST(Score, holds_the_refund_rate_of_real_conversions_against_the_truth_there_is) {
    // Scored conversions: rows 2, 4, 6; truth .5 .25 .25; forecasts .5 .5 .25.
    const Scores scores = score(small_log(), truth_of_conversions(), {small_predictions("mine")});
    EXPECT_EQ(the(scores, Target::refund_rate, "excess_log_loss").count, 3U);
    EXPECT_NEAR(value(scores, Target::refund_rate, "excess_log_loss"), kl(.25, .5) / 3, 1e-16);
    EXPECT_DOUBLE_EQ(value(scores, Target::refund_rate, "pcoc_truth"), 1.25);
    EXPECT_EQ(find_score(scores.world, Target::refund_rate, "excess_log_loss")->value, 0);
    for (const Target target : {Target::cvr, Target::net_cvr}) {
        EXPECT_EQ(find_score(scores.methods[0].scores, target, "excess_log_loss"), nullptr);
        EXPECT_EQ(value(scores, target, "nll"), value(scores_of(small_predictions("mine")), target, "nll"));
    }
    EXPECT_EQ(value(scores, Target::refund_rate, "auc"), .75) << "labels as ever";
    EXPECT_TRUE(scores.methods[0].breakdowns.empty());
    EXPECT_NE(scores.no_truth.find("only their refund_rate"), std::string::npos);
}

TEST(Score, takes_every_click_of_a_log_without_ids_for_a_user_of_its_own) {
    ClickLog log = small_log();
    log.has_ids = false;
    log.user_id.clear(), log.item_id.clear();
    const Scores scores = score(log, small_truth(), {small_predictions("mine")}, {.bootstrap = 20});
    EXPECT_FALSE(the(scores, Target::cvr, "gauc").value) << "no user has both classes";
    EXPECT_EQ(scores.groups.count("activity_stratum"), 0u);
    EXPECT_EQ(value(scores, Target::cvr, "nll"),
              value(scores_of(small_predictions("mine")), Target::cvr, "nll"));
}

TEST(Score, takes_matured_labels_with_open_windows) {
    // cvr labels 1 0 1 0 1 on forecasts .25 .25 .5 .5 .5; net labels 0 0 1 0 1 on .125 .1875 .25 .375 .375.
    const Scores scores = scores_of(small_predictions("mine"));
    EXPECT_EQ(value(scores, Target::cvr, "pcoc_labels"), 2.0 / 3);
    EXPECT_NEAR(value(scores, Target::cvr, "auc"), (.5 + 0 + 2 * (.5 + 1)) / 6, 1e-16);
    EXPECT_EQ(value(scores, Target::net_cvr, "pcoc_labels"), 1.3125 / 2);
    EXPECT_NEAR(value(scores, Target::net_cvr, "auc"), (2 + 0 + 2 + .5) / 6, 1e-16);
    EXPECT_NEAR(value(scores, Target::net_cvr, "average_precision"), .5 * .5 + .5 * 2 / 3, 1e-16);
}

TEST(Score, ignores_the_clicks_before_the_streamed_period) {
    Truth other = small_truth();
    other.cvr[0] = .2F, other.refund_rate[1] = .7F, other.net_cvr[0] = .01F;
    ClickLog log = small_log();
    log.conversion_time[0] = never;
    const Predictions mine = small_predictions("mine");
    EXPECT_EQ(score(log, other, {mine}), scores_of(mine));
}

TEST(Score, has_no_labels_of_refunds_and_net_where_refunds_were_not_recorded) {
    ClickLog log = small_log();
    log.has_refunds = false;
    std::ranges::fill(log.refund_time, never);
    const Scores scores = score(log, small_truth(), {small_predictions("mine")});
    EXPECT_EQ(value(scores, Target::cvr, "nll"),
              value(scores_of(small_predictions("mine")), Target::cvr, "nll"));
    EXPECT_EQ(scores.conversions, scores_of(small_predictions("mine")).conversions);
    for (const Target target : {Target::refund_rate, Target::net_cvr})
        for (const std::string metric : {"nll", "auc", "ece", "pcoc_labels"})
            for (const Score& each : scores.methods[0].scores)
                EXPECT_FALSE(each.target == target && each.metric == metric && each.value) << metric;
}

TEST(Score, gives_the_truth_its_own_row_at_the_ceiling) {
    const Scores scores = scores_of(small_predictions("mine"));
    for (const Target target : all_targets) {
        EXPECT_EQ(find_score(scores.world, target, "excess_log_loss")->value, 0.0);
        EXPECT_EQ(find_score(scores.world, target, "logit_rmse")->value, 0.0);
        EXPECT_EQ(find_score(scores.world, target, "pcoc_truth")->value, 1.0);
        const Score& auc = *find_score(scores.world, target, "expected_auc");
        EXPECT_EQ(auc.value, auc.ceiling);
        EXPECT_EQ(the(scores, target, "auc").ceiling, find_score(scores.world, target, "auc")->ceiling);
        EXPECT_LE(value(scores, target, "expected_auc"), *auc.value);
    }
    const double entropy = -(3 * std::log(.5) + 2 * (.25 * std::log(.25) + .75 * std::log(.75))) / 5;
    EXPECT_NEAR(the(scores, Target::cvr, "nll").ceiling.value(), entropy, 1e-15);
    // On the three conversions the truth is .5, .25, .25, refunds independent.
    const double refund_entropy = -(std::log(.5) + 2 * (.25 * std::log(.25) + .75 * std::log(.75))) / 3;
    EXPECT_NEAR(the(scores, Target::refund_rate, "nll").ceiling.value(), refund_entropy, 1e-15);
}

TEST(Score, leaves_out_what_a_method_does_not_predict) {
    Predictions net_only = small_predictions("head");
    net_only.cvr.clear(), net_only.refund_rate.clear();
    const Scores scores = scores_of(net_only);
    EXPECT_FALSE(scores.methods[0].cascade);
    EXPECT_TRUE(scores_of(small_predictions("mine")).methods[0].cascade);
    EXPECT_EQ(find_score(scores.methods[0].scores, Target::cvr, "auc"), nullptr);
    EXPECT_EQ(find_score(scores.methods[0].scores, Target::refund_rate, "excess_log_loss"), nullptr);
    EXPECT_EQ(value(scores, Target::net_cvr, "pcoc_labels"), 1.3125 / 2);
}

TEST(Score, says_how_far_a_method_is_from_the_one_named_oracle) {
    Predictions oracle = small_predictions("oracle");
    oracle.cvr = {.5F, .25F, .5F, .5F, .5F};
    const Scores scores = score(small_log(), small_truth(), {small_predictions("mine"), oracle});
    EXPECT_NEAR(value(scores, Target::cvr, "excess_over_oracle"), kl(.5, .25) / 5, 1e-16);
    EXPECT_EQ(the(scores, Target::cvr, "excess_over_oracle", 1).value, 0.0);
    EXPECT_EQ(the(scores_of(small_predictions("mine")), Target::cvr, "excess_over_oracle").value,
              std::nullopt);
}

TEST(Score, knows_references_by_what_their_method_claims) {
    for (const auto& [name, reference] :
         {std::pair{"seer", true}, {"still", true}, {"plain", false}, {"foreign", false}})
        EXPECT_EQ(scores_of(small_predictions(name)).methods[0].reference, reference) << name;
}

TEST(Score, without_truth_has_label_metrics_and_no_ceilings) {
    const Scores scores = score(small_log(), std::nullopt, {small_predictions("mine")});
    EXPECT_EQ(scores.no_truth, "the log has no /truth");
    EXPECT_TRUE(scores.world.empty());
    EXPECT_EQ(find_score(scores.methods[0].scores, Target::cvr, "excess_log_loss"), nullptr);
    EXPECT_EQ(value(scores, Target::cvr, "pcoc_labels"), 2.0 / 3);
    EXPECT_EQ(the(scores, Target::cvr, "auc").ceiling, std::nullopt);
}

TEST(Score, without_matured_labels_has_truth_metrics_and_says_why) {
    ClickLog log = small_log();
    log.follow_up = 149;
    const Scores scores = score(log, small_truth(), {small_predictions("mine")});
    EXPECT_EQ(scores.no_labels,
              "follow-up of 149s is shorter than W_A + W_R = 150s, so labels have not matured");
    EXPECT_EQ(find_score(scores.methods[0].scores, Target::cvr, "auc"), nullptr);
    EXPECT_EQ(find_score(scores.methods[0].scores, Target::refund_rate, "nll"), nullptr);
    EXPECT_EQ(value(scores, Target::cvr, "pcoc_truth"), 1);
}

ScoreOptions known_at(Time t) {
    ScoreOptions options;
    options.labels_as_of = t;
    return options;
}

TEST(Score, as_of_a_time_knows_the_clicks_and_events_up_to_it_and_no_more) {
    // Clicks 20, 30 and 40 have been; of their conversions 119, 130 and 45 only the last.
    const Predictions mine = small_predictions("mine");
    const Scores scores = score(small_log(), small_truth(), {mine}, known_at(49));
    EXPECT_EQ(the(scores, Target::cvr, "nll").count, 3U);
    EXPECT_EQ(value(scores, Target::cvr, "pcoc_labels"), .25 + .25 + .5);
    EXPECT_EQ(scores.conversions, 1U);
    EXPECT_EQ(scores.refunds, 0U);
    EXPECT_EQ(the(scores, Target::cvr, "nll").ceiling, std::nullopt);
    EXPECT_EQ(score(small_log(), small_truth(), {mine}, known_at(45)).conversions, 1U);
    EXPECT_EQ(score(small_log(), small_truth(), {mine}, known_at(44)).conversions, 0U);
    const auto refunds = [&](Time t) { return score(small_log(), {}, {mine}, known_at(t)).refunds; };
    EXPECT_EQ(refunds(167), 0U);
    EXPECT_EQ(refunds(168), 1U);
}

TEST(Score, as_of_a_time_is_the_score_of_a_log_that_ends_then) {
    const Predictions mine = small_predictions("mine");
    for (const Time t : {40, 44, 45, 50, 61, 95, 119, 167, 168, 220}) {
        ClickLog cut = small_log();
        Predictions of_cut = mine;
        for (auto* column : {&cut.conversion_time, &cut.refund_time})
            for (Time& event : *column)
                if (event > t) event = never;
        while (cut.click_time.back() > t) {
            for (auto* column : {&cut.click_time, &cut.conversion_time, &cut.refund_time}) column->pop_back();
            cut.user_id.pop_back(), cut.item_id.pop_back(), cut.features[0].value.pop_back();
            of_cut.row.pop_back(), of_cut.cvr.pop_back(), of_cut.refund_rate.pop_back(),
                of_cut.net_cvr.pop_back();
        }
        const Scores then = score(small_log(), {}, {mine}, known_at(t)), ended = score(cut, {}, {of_cut});
        EXPECT_EQ(then.methods, ended.methods) << t;
        EXPECT_EQ(then.refunds, ended.refunds) << t;
    }
}

TEST(Score, as_of_a_time_leaves_the_truth_alone_and_needs_no_matured_label) {
    ClickLog log = small_log();
    log.follow_up = 100;
    const Scores scores = score(log, small_truth(), {small_predictions("mine")}, known_at(70)),
                 matured = scores_of(small_predictions("mine"));
    for (const Score& score : matured.methods[0].scores) {
        if (find_metric(score.metric).against == Against::labels) continue;
        EXPECT_EQ(the(scores, score.target, score.metric), score) << score.metric;
    }
    EXPECT_EQ(scores.no_labels, "");
    EXPECT_EQ(value(scores, Target::cvr, "pcoc_labels"), 2.0 / 2);
}

TEST(Score, as_of_a_time_the_log_does_not_cover_is_refused) {
    const auto at = [](Time t) {
        return message(Exit::usage,
                       [t] { score(small_log(), small_truth(), {small_predictions("mine")}, known_at(t)); });
    };
    EXPECT_EQ(at(19),
              "labels as of 19s; allowed: 20s (the first scored click) to 220s (the end of the log's "
              "follow-up)");
    EXPECT_NE(at(221), "");
}

TEST(Score, reports_an_infinite_value_with_its_rows) {
    Predictions sure = small_predictions("sure");
    sure.net_cvr[0] = 1;  // the truth is .25, the label 0
    sure.net_cvr[2] = 0;  // the truth is .375, the label 1
    const Scores scores = scores_of(sure);
    EXPECT_EQ(value(scores, Target::net_cvr, "excess_log_loss"), std::numeric_limits<double>::infinity());
    EXPECT_EQ(the(scores, Target::net_cvr, "excess_log_loss").infinite, 2U);
    EXPECT_EQ(the(scores, Target::net_cvr, "nll").infinite, 2U);
    EXPECT_EQ(the(scores, Target::net_cvr, "rmse").infinite, 0U);
}

TEST(Score, refuses_rows_that_are_not_the_scored_ones) {
    Predictions shifted = small_predictions("mine");
    shifted.row = {1, 2, 3, 4, 5};
    Predictions shorter = small_predictions("mine");
    shorter.net_cvr.pop_back();
    for (const Predictions& bad : {shifted, shorter})
        EXPECT_EQ(message(Exit::data, [&] { scores_of(bad); }),
                  "predictions of 'mine': rows are not those of the streamed period, 2 to 6 in order");
}

TEST(Score, refuses_a_log_without_a_streamed_click) {
    ClickLog log = small_log();
    log.protocol.gap = 51;
    EXPECT_EQ(message(Exit::data, [&] { score(log, small_truth(), {}); }),
              "the log has no click in its streamed period, 61s to 70s");
}

TEST(Score, multiplies_the_heads_of_predictions_without_net_cvr) {
    Predictions heads = small_predictions("mine");
    heads.net_cvr.clear();
    const Scores scores = scores_of(heads);
    EXPECT_TRUE(scores.methods[0].net_derived);
    EXPECT_FALSE(scores_of(small_predictions("mine")).methods[0].net_derived);
    // cvr .25 .25 .5 .5 .5, refund_rate .5 .25 .5 .25 .25
    EXPECT_EQ(value(scores, Target::net_cvr, "pcoc_labels"), (.125 + .1875 + .25 + .375 + .375) / 2);
    Predictions cvr_only = heads;
    cvr_only.refund_rate.clear();
    EXPECT_EQ(find_score(scores_of(cvr_only).methods[0].scores, Target::net_cvr, "nll"), nullptr);
}

TEST(Score, counts_segments_and_users_that_have_no_value) {
    // Every click has a segment of its own: no AUC at all, average precision where the click converts. User 2
    // has rows 2 and 4, user 1 row 5, user 3 row 3 and user 4 row 6: both classes of net_cvr in user 2 alone.
    const Scores scores = scores_of(small_predictions("mine"));
    EXPECT_EQ(the(scores, Target::cvr, "auc_segment_mean").value, std::nullopt);
    EXPECT_EQ(the(scores, Target::cvr, "auc_segment_mean").skipped, 5U);
    EXPECT_EQ(the(scores, Target::cvr, "average_precision_segment_mean").value, 1.0);
    EXPECT_EQ(the(scores, Target::cvr, "average_precision_segment_mean").skipped, 2U);
    EXPECT_EQ(the(scores, Target::net_cvr, "gauc").value, 1.0);
    EXPECT_EQ(the(scores, Target::net_cvr, "gauc").skipped, 3U);
}

TEST(Score, gives_metrics_against_labels_an_interval_and_says_how_it_was_made) {
    const Predictions mine = small_predictions("mine");
    const Scores scores = score(small_log(), small_truth(), {mine}, {.bootstrap = 100});
    EXPECT_EQ(scores.bootstrap, 100);
    EXPECT_EQ(the(scores, Target::cvr, "excess_log_loss").low, std::nullopt);
    EXPECT_EQ(the(scores, Target::cvr, "auc").low, std::nullopt);  // some resample has one class
    EXPECT_EQ(scores_of(mine).bootstrap, 0);
    EXPECT_EQ(scores, score(small_log(), small_truth(), {mine}, {.bootstrap = 100}));
}

TEST(Score, relates_methods_to_pretrained_and_oracle) {
    const auto all = [&](std::vector<Predictions> methods) {
        return score(small_log(), small_truth(), methods).methods;
    };
    const Predictions mine = small_predictions("mine"), oracle = small_predictions("oracle"),
                      pretrained = small_predictions("pretrained");
    const auto methods = all({mine, oracle, pretrained});
    EXPECT_EQ(methods[0].improvements.size(), 9U);  // three metrics of three targets
    EXPECT_TRUE(methods[1].improvements.empty());
    EXPECT_TRUE(methods[2].improvements.empty());
    EXPECT_FALSE(methods[0].improvements[0].refused.empty());  // oracle and pretrained are the same here
    EXPECT_TRUE(all({mine, oracle})[0].improvements.empty());
}

TEST(MetricTable, names_the_nearest_metric_for_a_typo) {
    EXPECT_EQ(message(Exit::usage, [] { find_metric("exces_log_loss"); }),
              "unknown metric 'exces_log_loss'; did you mean 'excess_log_loss'?");
    for (const Metric& metric : metrics()) EXPECT_EQ(&find_metric(metric.name), &metric);
}

// A world of two kinds of click, p = .2 and .6, that features cannot tell apart: explained = .4 for both. Its
// excess is the entropy of the mean minus the mean entropy; a method that says .3 has KL(.4 || .3) on top,
// exactly.
TEST(Score, splits_the_excess_into_what_no_feature_shows_and_the_rest) {
    Truth truth = small_truth();
    truth.cvr = {.5F, .5F, .2F, .6F, .2F, .6F, .4F};
    truth.more = {{.name = "cvr_explained", .description = "", .value = std::vector<float>(7, .4F)},
                  {.name = "refund_rate_explained", .description = "", .value = truth.refund_rate},
                  {.name = "net_cvr_explained", .description = "", .value = truth.net_cvr}};
    Predictions mine = small_predictions("mine");
    mine.cvr.assign(5, .3F);
    const Scores scores = score(small_log(), truth, {mine});
    ASSERT_EQ(scores.methods.size(), 2u);
    EXPECT_EQ(scores.methods[1].method, explained_method);
    EXPECT_TRUE(scores.methods[1].reference);
    const double irreducible = (2 * kl(.2, .4) + 2 * kl(.6, .4)) / 5;
    EXPECT_NEAR(the(scores, Target::cvr, "excess_log_loss", 1).value.value(), irreducible, 1e-7);
    EXPECT_NEAR(the(scores, Target::cvr, "excess_log_loss", 0).value.value(), irreducible + kl(.4, .3), 1e-7);
    Predictions taken = mine;
    taken.method = explained_method;
    EXPECT_THROW(score(small_log(), truth, {taken}), InputError);
}

}  // namespace
}  // namespace netcvr
