#include "estimators/tuning.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "sim/errors.h"
#include "tests/estimators/small_log.h"

namespace netcvr {
namespace {

/// Three days to pretrain on, a day's gap.
ClickLog long_log() {
    ClickLog log = small_log(4000);
    log.protocol = {.pretrain = 3 * day, .gap = day, .segment = 6 * hour};
    return log;
}

Training choosing_training() {
    Training training = small_training();
    training.candidate_rates = {1e-5, 3e-3, 0.5};
    training.validation = day;
    return training;
}

const std::vector<const Method*> some = {&find_method("fnw"), &find_method("direct"),
                                         &find_method("cvr-only")};

TEST(ValidationLog, streams_the_end_of_the_pretrain_period) {
    const ClickLog log = long_log(), part = validation_log(log, day);
    EXPECT_EQ(part.protocol.pretrain, day);
    EXPECT_EQ(part.protocol.stream_start(), 2 * day);
    EXPECT_EQ(part.duration, log.protocol.pretrain);
    ASSERT_LT(part.size(), log.size());
    EXPECT_LT(part.click_time.back(), 3 * day);
    EXPECT_GE(log.click_time[part.size()], 3 * day);
    EXPECT_EQ(part.features[1].value.size(), part.size());
}

TEST(ValidationLog, refuses_a_pretrain_period_too_short_to_be_divided) {
    try {
        validation_log(long_log(), 2 * day);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_EQ(error.exit, Exit::scenario);
        EXPECT_STREQ(error.what(),
                     "training.candidate_rates needs protocol.pretrain > protocol.gap + "
                     "training.validation (1d + 2d); it is 3d");
    }
}

TEST(LabelLogLoss, is_that_of_net_conversion_or_of_what_there_is) {
    ClickLog log;
    log.windows = {.conversion_attribution = 10, .refund_attribution = 10};
    log.click_time = {0, 0, 0, 0};
    log.conversion_time = {5, 5, 10, never};  // kept, refunded, too late, none
    log.refund_time = {never, 9, never, never};
    Predictions predictions;
    predictions.row = {0, 1, 2, 3};
    predictions.cvr = {.5F, .25F, .125F, .5F};
    EXPECT_NEAR(label_log_loss(log, predictions),
                -(std::log(.5) + std::log(.25) + std::log(.875) + std::log(.5)) / 4, 1e-12);
    predictions.net_cvr = {.25F, .5F, .5F, .75F};
    EXPECT_NEAR(label_log_loss(log, predictions), -(3 * std::log(.5) + 2 * std::log(.25) - std::log(.5)) / 4,
                1e-12);
}

TEST(LearningRates, are_those_with_the_least_loss_on_the_validation_stream) {
    const ClickLog log = long_log(), part = validation_log(log, day);
    const Training training = choosing_training();
    const auto rates = learning_rates(log, some, training, 2, {});
    for (std::size_t m = 0; m < some.size(); ++m) {
        double least = std::numeric_limits<double>::infinity(), best = 0;
        for (const double rate : training.candidate_rates) {
            const double loss = label_log_loss(part, train_at(part, {some[m]}, training, {rate}, 1, {})[0]);
            if (loss < least) least = loss, best = rate;
        }
        EXPECT_EQ(rates[m], best) << some[m]->name;
    }
    EXPECT_NE(rates[0], 0.5) << "steps that large learn nothing";
}

TEST(LearningRates, are_used_and_told) {
    const ClickLog log = long_log();
    const Training training = choosing_training();
    const auto rates = learning_rates(log, some, training, 2, {});
    const auto chosen = train(log, some, training, 2), given = train_at(log, some, training, rates, 1, {});
    for (std::size_t m = 0; m < some.size(); ++m) {
        EXPECT_EQ(chosen[m].net_cvr, given[m].net_cvr);
        EXPECT_EQ(chosen[m].learning_rate, rates[m]);
    }
}

TEST(LearningRates, are_chosen_by_what_was_known_when_the_stream_starts) {
    const ClickLog log = long_log();
    ClickLog other = log;
    const Time start = log.protocol.stream_start();
    for (std::size_t i = 0; i < log.size(); ++i) {
        if (log.click_time[i] >= start || log.conversion_time[i] >= start) other.conversion_time[i] = never;
        if (other.conversion_time[i] == never || log.refund_time[i] >= start) other.refund_time[i] = never;
    }
    const Training training = choosing_training();
    EXPECT_EQ(learning_rates(log, some, training, 2, {}), learning_rates(other, some, training, 2, {}));
    const auto before = train_at(validation_log(log, day), some, training, {1e-3, 1e-3, 1e-3}, 1, {}),
               after = train_at(validation_log(other, day), some, training, {1e-3, 1e-3, 1e-3}, 1, {});
    for (std::size_t m = 0; m < some.size(); ++m) EXPECT_EQ(before[m].net_cvr, after[m].net_cvr);
}

/// Steps that leave no number finite.
constexpr double absurd = 1e200;

TEST(TrainAt, leaves_out_a_method_whose_loss_ceases_to_be_finite_and_says_why) {
    const ClickLog log = long_log();
    const auto all = train_at(log, some, choosing_training(), {1e-3, absurd, 1e-3}, 2, {});
    EXPECT_TRUE(all[1].net_cvr.empty());
    EXPECT_EQ(all[1].failure.find("the loss of direct, net stage, is not finite at "), 0U) << all[1].failure;
    for (const std::size_t m : {0, 2}) {
        EXPECT_EQ(all[m].failure, "");
        EXPECT_EQ(all[m].cvr, train_at(log, {some[m]}, choosing_training(), {1e-3}, 1, {})[0].cvr);
    }
}

TEST(LearningRates, are_never_one_at_which_the_loss_ceases_to_be_finite) {
    Training training = choosing_training();
    training.candidate_rates = {absurd, 3e-3, 2 * absurd};
    EXPECT_EQ(learning_rates(long_log(), some, training, 2, {}), (std::vector<double>{3e-3, 3e-3, 3e-3}));
    training.candidate_rates = {absurd, 2 * absurd};
    try {
        learning_rates(long_log(), {&find_method("direct")}, training, 2, {});
        FAIL();
    } catch (const std::runtime_error& error) {
        const std::string what = error.what();
        EXPECT_EQ(what.find("the loss of direct, net stage, is not finite at "), 0U) << what;
        EXPECT_NE(what.find("as at every other of training.candidate_rates"), std::string::npos) << what;
    }
}

TEST(Train, fails_where_a_method_s_loss_ceases_to_be_finite) {
    Training training = choosing_training();
    training.candidate_rates.clear();
    training.learning_rate = absurd;
    EXPECT_THROW(train(long_log(), {&find_method("direct")}, training, 1), std::runtime_error);
}

TEST(LearningRates, are_the_field_s_own_where_there_are_no_candidates) {
    Training training = choosing_training();
    training.candidate_rates.clear();
    training.learning_rate = 2e-3;
    EXPECT_EQ(learning_rates(long_log(), some, training, 1, {}), (std::vector<double>{2e-3, 2e-3, 2e-3}));
}

}  // namespace
}  // namespace netcvr
