#include "estimators/train.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "estimators/delivery.h"
#include "sim/errors.h"
#include "tests/estimators/small_log.h"

namespace netcvr {
namespace {

std::vector<Predictions> run(const ClickLog& log,
                             const std::string& method,
                             const Training& training = small_training()) {
    return train(log, {&find_method(method)}, training, 1);
}

TEST(Train, predicts_every_click_of_the_stream_once) {
    const ClickLog log = small_log();
    const Predictions predictions = run(log, "vanilla").at(0);
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < log.size(); ++i)
        if (log.click_time[i] >= log.protocol.stream_start())
            expected.push_back(static_cast<std::int64_t>(i));
    EXPECT_EQ(predictions.row, expected);
    EXPECT_EQ(predictions.method, "vanilla");
    for (const auto* column : {&predictions.cvr, &predictions.refund_rate, &predictions.net_cvr}) {
        ASSERT_EQ(column->size(), expected.size());
        for (const float p : *column) ASSERT_TRUE(p > 0 && p < 1);
    }
}

TEST(Train, predicts_a_click_at_a_segment_s_first_second_with_the_copies_before_it) {
    ClickLog log = small_log();
    const Time edge = log.protocol.stream_start() + log.protocol.segment;
    const auto at = std::ranges::lower_bound(log.click_time, edge) - log.click_time.begin();
    log.click_time[static_cast<std::size_t>(at)] = edge;
    log.click_time[static_cast<std::size_t>(at) - 1] = edge - 1;
    for (auto& feature : log.features)
        feature.value[static_cast<std::size_t>(at)] = feature.value[static_cast<std::size_t>(at) - 1];
    const Predictions start = run(log, "pretrained").at(0), oracle = run(log, "oracle").at(0);
    const auto k = static_cast<std::size_t>(std::ranges::find(start.row, at) - start.row.begin());
    EXPECT_EQ(oracle.cvr[k - 1], start.cvr[k - 1]);
    EXPECT_EQ(start.cvr[k - 1], start.cvr[k]);
    EXPECT_NE(oracle.cvr[k], start.cvr[k]);
}

TEST(Train, composes_net_from_a_cascade) {
    const Predictions cascade = run(small_log(), "es-dfm").at(0);
    for (std::size_t k = 0; k < cascade.row.size(); ++k)
        ASSERT_NEAR(cascade.net_cvr[k], cascade.cvr[k] * (1 - cascade.refund_rate[k]), 1e-6);
}

TEST(Train, leaves_columns_empty_that_a_direct_method_does_not_predict) {
    const Predictions direct = run(small_log(), "direct").at(0);
    EXPECT_TRUE(direct.cvr.empty());
    EXPECT_TRUE(direct.refund_rate.empty());
    EXPECT_EQ(direct.net_cvr.size(), direct.row.size());
}

TEST(Train, predicts_the_first_segment_with_the_common_start) {
    const ClickLog log = small_log();
    const Predictions start = run(log, "pretrained").at(0);
    for (const std::string name : {"oracle", "vanilla", "fnw", "es-dfm", "defer"}) {
        const Predictions other = run(log, name).at(0);
        std::size_t first = 0, changed = 0;
        for (std::size_t k = 0; k < start.row.size(); ++k) {
            const Time click = log.click_time[static_cast<std::size_t>(start.row[k])];
            if (click < log.protocol.stream_start() + log.protocol.segment) {
                ++first;
                ASSERT_EQ(other.cvr[k], start.cvr[k]);
            } else {
                changed += other.cvr[k] != start.cvr[k];
            }
        }
        EXPECT_GT(first, 50U);
        EXPECT_GT(changed, 500U) << name;
    }
}

TEST(Train, learns_from_copies_of_clicks_before_the_stream) {
    // Without a click in the second segment's training data but late events of earlier clicks, the model
    // still moves.
    ClickLog log = small_log();
    const Predictions usual = run(log, "fnw").at(0);
    const Time start = log.protocol.stream_start();
    for (std::size_t i = 0; i < log.size(); ++i)
        if (log.click_time[i] < start && log.conversion_time[i] >= start) log.conversion_time[i] = never;
    const Predictions without = run(log, "fnw").at(0);
    EXPECT_NE(usual.cvr, without.cvr);
}

// Heads with one answer for all, by which a loss can tell that it is given the right head of the right stage.
constexpr Frozen refund_stage{.name = "refund_stage",
                              .meaning = "",
                              .conversion = {trajectory_sets::all, trajectory_sets::none},
                              .refund = {trajectory_sets::all, trajectory_sets::all}};
constexpr Frozen never_yes{.name = "never",
                           .meaning = "",
                           .conversion = {trajectory_sets::all, trajectory_sets::none},
                           .refund = {trajectory_sets::all, trajectory_sets::none}};

template <bool refund>
double expects_its_answers(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const double stage = batch.answer(i, 0), no = batch.answer(i, 1);
        if (!(refund ? stage > 0.5 : stage < 0.5)) throw std::logic_error("an answer of another stage");
        if (!(no > 0 && no < 0.1)) throw std::logic_error("no answer, or that of another head");
    }
    return log_loss(batch, z, dz);
}

TEST(Train, knows_the_frozen_answers_of_every_copy_it_trains_on) {
    Method method = find_method("es-dfm");
    for (Learner& learner : method.learners) {
        learner.frozen = {refund_stage, never_yes};
        learner.loss =
            learner.stage == StageKind::refund ? expects_its_answers<true> : expects_its_answers<false>;
    }
    EXPECT_EQ(train(small_log(), {&method}, small_training(), 1).size(), 1U);
}

/// Those that were collected for a day before the stream started, too.
TEST(Train, answers_every_frozen_head_of_every_copy_of_every_method) {
    ClickLog log = small_log();
    log.protocol.pretrain += 7 * hour;  // a stream that starts in the middle of a day
    log.protocol.segment = hour;
    std::vector<Method> all = methods();
    for (const char* name : {"batch:pseudo-refunds=2", "batch:logit-adjusted=1", "batch:refund=R2",
                             "batch:over-sampling=4", "es-dfm:pseudo-refunds=2"})
        all.push_back(find_method(name));
    for (Method& method : all) {
        for (Learner& learner : method.learners)
            // A copy of one tower needs no answer of another's stage; its loss is a number all the same.
            if (learner.loss && learner.towers.empty())
                learner.loss = [inner = learner.loss](const Batch& batch, auto z, auto dz) {
                    for (const double answer : batch.frozen)
                        if (std::isnan(answer)) throw std::logic_error("a copy without an answer");
                    return inner(batch, z, dz);
                };
        EXPECT_NO_THROW(train(log, {&method}, small_training(), 1)) << method.name;
    }
}

TEST(Train, drops_copies_delivered_after_the_last_click) {
    const ClickLog log = small_log();
    ClickLog longer = log;  // outcomes after the end: nobody is left to predict
    for (auto& when : longer.conversion_time)
        if (when >= log.duration) when = never;
    EXPECT_EQ(run(log, "fnw").at(0).cvr, run(longer, "fnw").at(0).cvr);
}

TEST(Train, learns_a_world_without_refunds) {
    ClickLog log = small_log();
    std::ranges::fill(log.refund_time, never);
    for (const Method& method : methods()) {
        const Predictions predictions = run(log, std::string(method.name)).at(0);
        for (const float p : predictions.refund_rate) ASSERT_LT(p, 0.05) << method.name;
        for (const float p : predictions.net_cvr) ASSERT_TRUE(std::isfinite(p));
    }
}

TEST(Train, survives_a_world_without_conversions) {
    ClickLog log = small_log();
    std::ranges::fill(log.conversion_time, never);
    std::ranges::fill(log.refund_time, never);
    for (const Method& method : methods()) {
        const Predictions predictions = run(log, std::string(method.name)).at(0);
        for (const float p : predictions.net_cvr) ASSERT_TRUE(p > 0 && p < 0.05) << method.name;
    }
}

TEST(Train, reads_cells_of_the_named_fields_only) {
    ClickLog log = small_log();
    Training training = small_training();
    training.network = "cells";
    training.fields = {"colour"};
    const Predictions before = run(log, "vanilla", training).at(0);
    std::ranges::fill(log.features[1].value, 0);
    EXPECT_EQ(run(log, "vanilla", training).at(0).cvr, before.cvr);
    training.fields = {};
    EXPECT_THROW(run(log, "vanilla", training), InputError);
}

TEST(Train, learns_on_each_kind_of_network) {
    const ClickLog log = small_log();
    // P(conversion | colour) is .15, .30, .45 before delays and windows take their part, whatever the shop.
    const auto mean_cvr = [&](const Training& training, std::int32_t colour) {
        const Predictions predictions = run(log, "oracle", training).at(0);
        double sum = 0, n = 0;
        for (std::size_t k = 0; k < predictions.row.size(); ++k)
            if (log.features[0].value[static_cast<std::size_t>(predictions.row[k])] == colour)
                sum += predictions.cvr[k], ++n;
        return sum / n;
    };
    for (const char* network : {"mlp", "mlp with batch norm", "logistic", "cells"}) {
        Training training = small_training();
        training.learning_rate = 0.02;
        training.pretrain_passes = 4;
        training.network = std::string(network).substr(0, std::string(network).find(' '));
        if (training.network != network) training.batch_norm = "on";
        if (training.network == "cells") training.fields = {"colour"};
        // Nearer to its own rate than to that of another colour.
        EXPECT_NEAR(mean_cvr(training, 0), .15, .075) << network;
        EXPECT_NEAR(mean_cvr(training, 1), .30, .075) << network;
        EXPECT_NEAR(mean_cvr(training, 2), .45, .075) << network;
    }
}

TEST(Train, counts_every_copy_it_trains_on) {
    Progress last;
    std::size_t calls = 0;
    const auto listen = [&](const Progress& progress) {
        EXPECT_GE(progress.copies_done, last.copies_done);
        last = progress;
        ++calls;
    };
    train(small_log(), {&find_method("defer"), &find_method("direct")}, small_training(), 2, listen);
    EXPECT_GT(calls, 50U);
    EXPECT_EQ(last.copies_done, last.copies_total);
}

void expect_scenario_error(const ClickLog& log, const std::string& what) {
    try {
        run(log, "vanilla");
        FAIL() << "not refused: " << what;
    } catch (const InputError& error) {
        EXPECT_EQ(error.exit, Exit::scenario);
        EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
}

TEST(Train, refuses_a_protocol_that_leaves_nothing_to_learn_or_predict) {
    ClickLog log = small_log();
    log.protocol.gap = day - 1;
    expect_scenario_error(log, "protocol.gap");
    log = small_log();
    log.protocol.pretrain = log.click_time.front();
    expect_scenario_error(log, "pretrain");
    log = small_log();
    log.protocol.pretrain = 5 * day;
    expect_scenario_error(log, "no click in the stream");
}

double hopeless(const Batch&, std::span<const double>, std::span<double>) {
    return std::nan("");
}

TEST(Train, stops_at_a_loss_that_is_not_finite_and_says_whose) {
    const Method broken{.name = "broken",
                        .title = "",
                        .source = "",
                        .math = "",
                        .learners = {{.stage = StageKind::conversion,
                                      .delivery = delivery::at_start_then_positive,
                                      .loss = hopeless,
                                      .outputs = {{StageKind::conversion}}}}};
    try {
        train(small_log(), {&broken}, small_training(), 1);
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(
            std::string(error.what()).rfind("the loss of broken, conversion stage, is not finite at ", 0),
            0U);
    }
}

TEST(Train, stops_at_a_fit_whose_loss_is_not_finite_and_says_whose) {
    Method broken{.name = "broken",
                  .title = "",
                  .source = "",
                  .math = "",
                  .learners = {{.stage = StageKind::refund,
                                .delivery = delivery::at_start_then_positive,
                                .loss = hopeless,
                                .own_start = true,
                                .outputs = {{StageKind::refund}}}}};
    try {
        train(small_log(), {&broken}, small_training(), 1);
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(),
                     "the loss of the start of broken, refund stage is not finite in pretraining; a smaller "
                     "training.learning_rate or training.batch_norm = on may help");
    }
    Training exploding = small_training();
    exploding.learning_rate = 1e30;
    try {
        train(small_log(), {&find_method("pretrained")}, exploding, 1);
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("the loss of the common start, "), std::string::npos)
            << error.what();
    }
}

/// Commonly pretrained, from a start of its own, with refund heads refreshed daily.
TEST(Train, gives_networks_for_refunds_alone_batches_of_their_own) {
    const ClickLog log = small_log();
    const auto with = [](std::int64_t batch, std::int64_t refund_batch) {
        Training training = small_training();
        training.frozen = "daily";
        training.batch = batch, training.refund_batch = refund_batch;
        return training;
    };
    for (const char* method : {"es-dfm", "defer", "dfm", "pretrained"}) {
        const Predictions small = run(log, method, with(8, 0)).at(0),
                          large = run(log, method, with(64, 0)).at(0),
                          both = run(log, method, with(64, 8)).at(0);
        EXPECT_EQ(both.cvr, large.cvr) << method;
        EXPECT_EQ(both.refund_rate, small.refund_rate) << method;
        EXPECT_NE(both.refund_rate, large.refund_rate) << method;
    }
    EXPECT_EQ(run(log, "direct", with(64, 8)).at(0).net_cvr, run(log, "direct", with(64, 0)).at(0).net_cvr);
}

/// The loop once more, as plainly as possible: one copy a batch, no sorting, no segments' cursors.
TEST(Train, agrees_with_a_plain_reading_of_the_protocol) {
    const ClickLog log = small_log(400);
    Training training = small_training();
    training.network = "cells";
    training.fields = {"colour"};
    training.batch = 1;
    training.learning_rate = 0.05;
    const Predictions predictions = run(log, "vanilla", training).at(0);

    // One logit per colour and a bias, Adam on both, as textbooks have it.
    struct Parameter {
        double w = 0, m = 0, v = 0;
        void step(double g, double t) {
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            w -= 0.05 * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-12);
        }
    };
    const Outcomes all = outcomes(log);
    std::vector<Parameter> colour(3);
    Parameter bias;
    double t = 0, yes = 0.5, count = 1;
    const auto learn = [&](std::size_t click, bool label) {
        Parameter& own = colour[static_cast<std::size_t>(log.features[0].value[click])];
        const double g = 1 / (1 + std::exp(-own.w - bias.w)) - label;
        ++t;
        own.step(g, t);
        bias.step(g, t);
    };
    const auto restart = [&] {
        t = 0;
        for (Parameter* each : {&colour[0], &colour[1], &colour[2], &bias}) each->m = each->v = 0;
    };
    for (std::size_t i = 0; i < log.size() && log.click_time[i] < 2 * day; ++i)
        yes += all.conversion.happens(i), count += 1;
    bias.w = std::log(yes / count / (1 - yes / count));
    for (std::size_t i = 0; i < log.size() && log.click_time[i] < 2 * day; ++i)
        learn(i, all.conversion.happens(i));
    restart();
    std::size_t k = 0;
    for (Time begin = 3 * day; begin < 5 * day; begin += 6 * hour) {
        for (std::size_t i = 0; i < log.size(); ++i) {
            if (log.click_time[i] < begin || log.click_time[i] >= begin + 6 * hour) continue;
            const double z = colour[static_cast<std::size_t>(log.features[0].value[i])].w + bias.w;
            ASSERT_EQ(predictions.row[k], static_cast<std::int64_t>(i));
            ASSERT_NEAR(predictions.cvr[k++], 1 / (1 + std::exp(-z)), 2e-4);
        }
        for (Time second = begin; second < begin + 6 * hour; ++second)
            for (std::size_t i = 0; i < log.size(); ++i) {
                const Time waited = log.click_time[i] + 30 * minute, event = all.conversion.event[i];
                if (waited == second) learn(i, event <= waited);
                if (event == second && event > waited) learn(i, true);
            }
    }
    EXPECT_EQ(k, predictions.row.size());
}

}  // namespace
}  // namespace netcvr
