// Saved models: a stream that stopped and goes on is the stream that did not stop.

#include "estimators/model.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "estimators/study.h"
#include "tests/estimators/expect_equal.h"
#include "tests/estimators/small_log.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

// small_log streams days 3 to 5 in segments of six hours; it stops after the third.
constexpr Time stop = 3 * day + 18 * hour;

/// The log as far as a platform had it at t; the oracle has later events as well.
ClickLog until(ClickLog log, Time t, bool clairvoyant = false) {
    const auto clicks =
        static_cast<std::size_t>(std::ranges::lower_bound(log.click_time, t) - log.click_time.begin());
    for (auto* column : {&log.click_time, &log.conversion_time, &log.refund_time}) {
        column->resize(clicks);
        for (Time& when : *column) when = when < t || clairvoyant ? when : never;
    }
    log.order_value.resize(clicks), log.refund_value.resize(clicks);
    for (auto& feature : log.features) feature.value.resize(clicks);
    log.duration = t;
    return log;
}

/// The whole log, its stream from t on.
ClickLog from(ClickLog log, Time t) {
    log.protocol.gap = t - log.protocol.pretrain;
    return log;
}

std::vector<const Method*> named(const std::vector<std::string>& names) {
    std::vector<const Method*> chosen;
    for (const auto& name : names) chosen.push_back(&find_method(name));
    return chosen;
}

Model saved(const ClickLog& log,
            const std::vector<const Method*>& chosen,
            const Training& training = small_training(),
            const Privileged& given = {}) {
    Model model;
    train(log, chosen, training, 2, {}, given, {.save = &model});
    return model;
}

/// The predictions of `of` are the last of `whole`, bit for bit.
void expect_ends_with(const Predictions& whole, const Predictions& of) {
    const auto skipped = static_cast<std::ptrdiff_t>(whole.row.size() - of.row.size());
    ASSERT_GT(of.row.size(), 500U);
    ASSERT_GT(skipped, 200);
    const auto check = [&](const auto& all, const auto& last) {
        ASSERT_EQ(all.empty(), last.empty());
        if (all.empty()) return;
        EXPECT_TRUE(std::equal(all.begin() + skipped, all.end(), last.begin(), last.end())) << of.method;
    };
    check(whole.row, of.row);
    check(whole.cvr, of.cvr);
    check(whole.refund_rate, of.refund_rate);
    check(whole.net_cvr, of.net_cvr);
    check(whole.gmv, of.gmv);
    check(whole.net_gmv, of.net_gmv);
}

void expect_equal(const std::vector<Predictions>& a, const std::vector<Predictions>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t m = 0; m < a.size(); ++m) expect_equal(a[m], b[m]);
}

/// Runs the stream at once and in two parts.
void expect_goes_on(const std::vector<const Method*>& chosen,
                    const Training& training,
                    const Privileged& given = {}) {
    const ClickLog log = small_log();
    Model of_whole, of_parts;
    const auto whole = train(log, chosen, training, 2, {}, given, {.save = &of_whole});
    const bool clairvoyant =
        std::ranges::any_of(chosen, [](const Method* method) { return method->claim == Claim::privileged; });
    const Model half = saved(until(log, stop, clairvoyant), chosen, training, given);
    const auto rest =
        train(from(log, stop), chosen, half.training, 1, {}, given, {.from = &half, .save = &of_parts});
    for (std::size_t m = 0; m < chosen.size(); ++m) {
        expect_ends_with(whole[m], rest[m]);
        EXPECT_EQ(whole[m].learning_rate, rest[m].learning_rate);
        // What both leave behind is the same, so a third part would go on alike.
        for (std::size_t l = 0; l < chosen[m]->learners.size(); ++l) {
            const auto &a = of_whole.methods[m].learners[l], &b = of_parts.methods[m].learners[l];
            EXPECT_EQ(a.copies, b.copies);
            EXPECT_EQ(a.adam.steps, b.adam.steps);
            EXPECT_EQ(a.adam.layer_moments, b.adam.layer_moments);
            EXPECT_EQ(a.network.running, b.network.running);
        }
    }
    expect_equal(predict(of_whole, log, chosen, 1), predict(of_parts, log, chosen, 1));
}

TEST(SavedModel, goes_on_as_if_the_stream_had_not_stopped_with_every_method) {
    std::vector<const Method*> all;
    for (const Method& method : methods())
        if (!method.learners.empty() && method.claim != Claim::privileged) all.push_back(&method);
    for (const char* name : {"es-dfm:refund=R1", "es-dfm:refund=R2:value=ziln", "fnw:pseudo-refunds=0.2",
                             "direct:over-sampling=4", "vanilla:focal=2", "es-dfm:logit-adjusted=0.5"})
        all.push_back(&find_method(name));
    expect_goes_on(all, small_training());
    expect_goes_on(named({"oracle"}), small_training());
}

TEST(SavedModel, goes_on_on_every_kind_of_network) {
    for (const char* network : {"mlp with batch norm", "logistic", "cells"}) {
        Training training = small_training();
        training.network = std::string(network).substr(0, std::string(network).find(' '));
        if (training.network != network) training.batch_norm = "on";
        if (training.network == "cells") training.fields = {"shop", "colour"};
        SCOPED_TRACE(network);
        expect_goes_on(named({"es-dfm", "tesla-shared-ranking", "fnc", "direct"}), training);
    }
}

TEST(SavedModel, goes_on_with_every_setting_of_the_stream) {
    for (const char* trainable : {"all", "head", "layers", "embeddings"}) {
        Training training = small_training();
        training.batch_norm = "on";
        training.trainable = trainable;
        training.proximal = 3;
        training.distillation = 0.2;
        SCOPED_TRACE(trainable);
        expect_goes_on(named({"es-dfm", "tesla-hybrid"}), training);
    }
}

TEST(SavedModel, goes_on_with_frozen_heads_from_trajectories_and_from_the_truth) {
    Training training = small_training();
    training.frozen = "trajectories";
    expect_goes_on(named({"es-dfm", "fsiw", "gdfm"}), training);
    training.frozen = "exact";
    const auto masses = [](std::size_t click, const Windows& windows) {
        Trajectories mass{};
        for (std::size_t j = 0; j < mass.size(); ++j)
            mass[j] = 1 + static_cast<double>(click % (j + 2)) + static_cast<double>(windows.maturity() % 7);
        double sum = 0;
        for (const double each : mass) sum += each;
        for (double& each : mass) each /= sum;
        return mass;
    };
    expect_goes_on(named({"es-dfm"}), training, {.masses = masses});
}

TEST(SavedModel, keeps_the_learning_rate_that_its_method_chose) {
    Training training = small_training();
    training.candidate_rates = {1e-4, 1e-2};
    training.validation = 12 * hour;
    ClickLog log = small_log(6000);
    log.protocol.pretrain = 2 * day;
    log.protocol.gap = day;
    const auto chosen = named({"vanilla", "pretrained", "es-dfm"});
    Model model;
    const auto first = train(log, chosen, training, 2, {}, {}, {.save = &model});
    const auto again = train(log, chosen, model.training, 2, {}, {}, {.from = &model});
    for (std::size_t m : {0, 2}) {
        EXPECT_TRUE(first[m].learning_rate == 1e-4 || first[m].learning_rate == 1e-2);
        EXPECT_EQ(again[m].learning_rate, first[m].learning_rate);
    }
}

TEST(SavedModel, gives_some_of_its_methods_alone) {
    const ClickLog log = small_log();
    const Model half = saved(until(log, stop), named({"es-dfm", "fnw", "pretrained"}));
    const auto all = train(from(log, stop), named({"es-dfm", "fnw", "pretrained"}), half.training, 1, {}, {},
                           {.from = &half});
    const auto one = train(from(log, stop), named({"fnw"}), half.training, 1, {}, {}, {.from = &half});
    expect_equal({all[1]}, one);
}

TEST(SavedModel, answers_every_streamed_click_with_the_networks_as_they_stopped) {
    const ClickLog log = small_log();
    const auto chosen = named({"es-dfm:value=ziln", "direct", "pretrained", "tesla-shared"});
    const Model half = saved(until(log, stop), chosen);
    const auto answered = predict(half, from(log, stop), chosen, 2),
               streamed = train(from(log, stop), chosen, half.training, 2, {}, {}, {.from = &half});
    for (std::size_t m = 0; m < chosen.size(); ++m) {
        EXPECT_EQ(answered[m].row, streamed[m].row);
        // A segment is predicted before its copies train: up to its end both are the same network's.
        std::size_t first = 0, later = 0;
        const auto& p = answered[m].net_cvr;
        for (std::size_t k = 0; k < p.size(); ++k) {
            if (log.click_time[static_cast<std::size_t>(answered[m].row[k])] < stop + 6 * hour) {
                ASSERT_EQ(p[k], streamed[m].net_cvr[k]);
                ++first;
            } else {
                later += p[k] != streamed[m].net_cvr[k];
            }
        }
        EXPECT_GT(first, 50U);
        EXPECT_EQ(later > 300, answered[m].method != "pretrained") << answered[m].method;
    }
}

TEST(SavedModel, predicts_without_reading_outcomes) {
    const ClickLog log = small_log();
    ClickLog other = log;
    std::ranges::fill(other.conversion_time, never);
    std::ranges::fill(other.refund_time, never);
    other.order_value.clear(), other.refund_value.clear();
    other.has_money = other.has_refunds = false;
    std::vector<const Method*> all;
    for (const Method& method : methods())
        if (!method.learners.empty()) all.push_back(&method);
    const Model model = saved(log, all);
    expect_equal(predict(model, log, all, 1), predict(model, other, all, 2));
}

// ---- rows

/// Cardinality 50 of the second feature, shops 0 to 49 and −1, of which `shops` occur, in this order.
ClickLog log_of_shops(const std::vector<std::int32_t>& shops) {
    ClickLog log = small_log();
    for (std::size_t i = 0; i < log.size(); ++i) log.features[1].value[i] = shops[i % shops.size()];
    return log;
}

std::span<const float> row_of(const Model& model,
                              const Network& network,
                              std::int32_t field,
                              std::int32_t value) {
    for (std::size_t r = 0; r < model.rows.rows(); ++r)
        if (model.rows.of(r)[0] == field && model.rows.of(r)[1] == value)
            return {&network.w[r * network.shape.embedding], network.shape.embedding};
    ADD_FAILURE() << "no row";
    return {};
}

bool same(std::span<const float> a, std::span<const float> b) {
    return std::ranges::equal(a, b);
}

TEST(SavedModel, finds_rows_again_by_value_whatever_their_order) {
    const auto chosen = named({"vanilla"});
    const Model model = saved(log_of_shops({3, 9, -1, 17}), chosen);
    const ClickLog other = log_of_shops({40, 17, 3, -1});
    Inputs inputs = inputs_of(other, model.training);
    const Moving moving(model, inputs);
    const Trainer moved = moving.trainer(*chosen[0], 0, nullptr);
    const Model::Stopped& stopped = model.methods[0].learners[0];
    const std::size_t size = stopped.network.shape.embedding;
    const Network fresh =
        make_network(moved.network.shape, inputs, seed_of(model.training, {StageKind::conversion}, ""), {});
    const std::size_t layers = moved.network.w.size() - moved.network.embeddings();
    EXPECT_TRUE(same(std::span(moved.network.w).last(layers), std::span(stopped.network.w).last(layers)));
    bool seen_40 = false, kept_9 = false;
    for (std::size_t r = 0; r < inputs.rows(); ++r) {
        const auto field = static_cast<std::int32_t>(inputs.row_field[r]);
        const std::int32_t value = inputs.row_value[r];
        const std::span<const float> now(&moved.network.w[r * size], size), start(&fresh.w[r * size], size),
            moments(&moved.adam.row_moments[r * 2 * size], 2 * size);
        if (field == 1 && value == 40) {
            seen_40 = true;
            EXPECT_TRUE(same(now, start));
            EXPECT_TRUE(std::ranges::all_of(moments, [](float m) { return m == 0; }));
            continue;
        }
        kept_9 |= field == 1 && value == 9;  // no click of `other` has it
        EXPECT_TRUE(same(now, row_of(model, stopped.network, field, value))) << field << " " << value;
        EXPECT_FALSE(same(now, start));
        EXPECT_TRUE(std::ranges::any_of(moments, [](float m) { return m != 0; }));
    }
    EXPECT_TRUE(seen_40 && kept_9);
    for (std::size_t i = 0; i < other.size(); ++i)
        EXPECT_EQ(inputs.row_value[inputs.of(i)[1]], other.features[1].value[i]);
}

TEST(SavedModel, keeps_what_it_knows_of_values_that_a_log_between_has_not) {
    const ClickLog all = log_of_shops({3, 9, 17});
    const auto chosen = named({"es-dfm"});
    const Model first = saved(all, chosen);
    Model second;
    train(log_of_shops({3}), chosen, first.training, 1, {}, {}, {.from = &first, .save = &second});
    for (const std::int32_t shop : {9, 17})
        EXPECT_TRUE(same(row_of(first, first.methods[0].learners[0].network, 1, shop),
                         row_of(second, second.methods[0].learners[0].network, 1, shop)));
    EXPECT_FALSE(same(row_of(first, first.methods[0].learners[0].network, 1, 3),
                      row_of(second, second.methods[0].learners[0].network, 1, 3)));
}

TEST(SavedModel, finds_cells_again_by_the_values_they_combine) {
    Training training = small_training();
    training.network = "cells";
    training.fields = {"shop", "colour"};
    const auto chosen = named({"vanilla"});
    const ClickLog log = log_of_shops({3, 9, 17});
    const Model model = saved(log, chosen, training);
    // The same clicks in which another cell occurs first, and one that is new.
    ClickLog other = log;
    other.features[0].value[0] = (other.features[0].value[0] + 1) % 3;
    other.features[1].value[1] = 30;
    const auto before = predict(model, log, chosen, 1), after = predict(model, other, chosen, 1);
    EXPECT_EQ(before[0].cvr, after[0].cvr);  // of streamed clicks, which are the same
}

// ---- refusals

TEST(SavedModel, refuses_another_log_with_what_differs) {
    const ClickLog log = small_log();
    const auto chosen = named({"vanilla"});
    Model model = saved(log, chosen);
    model.name = "m.h5";
    const auto refusal = [&](ClickLog other, Exit code = Exit::data) {
        const std::string predicted = message(code, [&] { predict(model, other, chosen, 1); });
        EXPECT_EQ(message(code, [&] { train(other, chosen, model.training, 1, {}, {}, {.from = &model}); }),
                  predicted);
        return predicted;
    };
    ClickLog other = log;
    other.windows.refund_attribution = 13 * hour;
    EXPECT_EQ(refusal(other), "m.h5: trained with windows.refund_attribution = 12h; the log has 13h");
    other = log;
    other.windows.conversion_observation = 20 * minute;
    EXPECT_EQ(refusal(other), "m.h5: trained with windows.conversion_observation = 30m; the log has 20m");
    other = log;
    other.features[0].name = "size";
    EXPECT_EQ(refusal(other), "m.h5: reads the feature 'colour', which the log has not");
    other = log;
    other.features[1].cardinality = 51;
    EXPECT_EQ(refusal(other), "m.h5: its feature 'shop' has 50 values; the log's has 51");
    other = log;
    other.protocol.pretrain = 5 * day;
    EXPECT_NE(refusal(other, Exit::scenario).find("no click in the stream"), std::string::npos);
}

TEST(SavedModel, reads_its_features_by_name_and_no_others) {
    const ClickLog log = small_log();
    const auto chosen = named({"es-dfm"});
    const Model model = saved(log, chosen);
    ClickLog other = log;
    std::swap(other.features[0], other.features[1]);
    other.features.push_back(
        {.name = "size", .cardinality = 2, .value = std::vector<std::int32_t>(log.size(), 1)});
    expect_equal(predict(model, log, chosen, 1), predict(model, other, chosen, 1));
}

TEST(SavedModel, refuses_methods_and_settings_that_are_not_its_own) {
    const ClickLog log = small_log();
    const auto chosen = named({"vanilla", "fnw"});
    Model model = saved(log, chosen);
    model.name = "m.h5";
    const auto go_on = [&](const char* name, const Training& training) {
        train(log, named({name}), training, 1, {}, {}, {.from = &model});
    };
    EXPECT_EQ(message(Exit::usage, [&] { go_on("es-dfm", model.training); }),
              "m.h5: has no method 'es-dfm'; it has vanilla, fnw");
    EXPECT_EQ(message(Exit::usage, [&] { predict(model, log, named({"es-dfm"}), 1); }),
              "m.h5: has no method 'es-dfm'; it has vanilla, fnw");
    Training training = model.training;
    training.hidden = {8};
    EXPECT_EQ(message(Exit::usage, [&] { go_on("fnw", training); }),
              "m.h5: trained with another training.hidden");
    training = model.training;
    training.fields = {"colour"};
    EXPECT_EQ(message(Exit::usage, [&] { go_on("fnw", training); }), "m.h5: trained with another --fields");
    // What belongs to a stream may change with it.
    training = model.training;
    training.batch = 32, training.proximal = 1, training.distillation = 1, training.trainable = "head";
    EXPECT_NO_THROW(go_on("fnw", training));
}

/// An optimiser's moments would move weights on without a gradient.
TEST(SavedModel, goes_on_with_the_head_alone_and_leaves_the_bits_of_all_else) {
    const ClickLog log = small_log();
    const auto chosen = named({"fnw"});
    const Model model = saved(log, chosen);
    Training training = model.training;
    training.trainable = "head";
    Model later;
    train(log, chosen, training, 1, {}, {}, {.from = &model, .save = &later});
    const Network &before = model.methods[0].learners[0].network,
                  &after = later.methods[0].learners[0].network;
    ASSERT_EQ(before.w.size(), after.w.size());
    const auto head = static_cast<std::ptrdiff_t>(before.layers.back().weights);
    EXPECT_TRUE(std::equal(before.w.begin(), before.w.begin() + head, after.w.begin()));
    EXPECT_NE(before.w, after.w);
}

TEST(SavedModel, is_not_made_of_methods_whose_predictions_need_more_than_networks) {
    const ClickLog log = small_log();
    const auto refusal = [&](const char* name) {
        return message(Exit::usage, [&] { saved(log, named({"vanilla", name})); });
    };
    EXPECT_EQ(refusal("empirical-bayes"), "method 'empirical-bayes' has no network that could be saved");
    EXPECT_EQ(refusal("vanilla:platt=cvr").find("method 'vanilla:platt=cvr' corrects its predictions"), 0U);
}

TEST(SavedModel, of_frozen_heads_that_learn_daily_only_predicts) {
    Training training = small_training();
    training.frozen = "daily";
    const ClickLog log = small_log();
    const Model model = saved(log, named({"es-dfm", "oracle"}), training);
    EXPECT_NO_THROW(predict(model, log, named({"es-dfm"}), 1));
    EXPECT_NO_THROW(train(log, named({"oracle"}), model.training, 1, {}, {}, {.from = &model}));
    const std::string refused = message(
        Exit::data, [&] { train(log, named({"es-dfm"}), model.training, 1, {}, {}, {.from = &model}); });
    EXPECT_NE(refused.find("training.frozen = daily"), std::string::npos) << refused;
}

TEST(SavedModel, does_not_change_the_run_that_saves_it) {
    const ClickLog log = small_log();
    const auto chosen = named({"es-dfm", "fnc", "tesla-shared"});
    Model model;
    expect_equal(train(log, chosen, small_training(), 2, {}, {}, {.save = &model}),
                 train(log, chosen, small_training(), 1));
    EXPECT_EQ(model.training.fields, (std::vector<std::string>{"colour", "shop"}));
}

}  // namespace
}  // namespace netcvr
