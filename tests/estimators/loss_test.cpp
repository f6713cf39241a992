#include "estimators/loss.h"

#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "estimators/frozen.h"

namespace netcvr {
namespace {

TEST(Softplus, is_log_of_one_plus_exp_and_never_overflows) {
    for (const double z : {-30.0, -1.0, 0.0, 0.5, 20.0})
        EXPECT_NEAR(softplus(z), std::log(1 + std::exp(z)), 1e-12 * (1 + std::abs(z)));
    EXPECT_EQ(softplus(1000), 1000);
    EXPECT_EQ(softplus(-1000), 0);
}

TEST(Sigmoid, inverts_logit_and_reaches_both_ends) {
    for (const double p : {1e-9, 0.1, 0.5, 0.999}) EXPECT_NEAR(sigmoid(logit(p)), p, 1e-12 * p + 1e-16);
    EXPECT_EQ(sigmoid(-1000), 0);
    EXPECT_EQ(sigmoid(1000), 1);
}

TEST(LogLoss, is_cross_entropy_of_the_first_head_and_leaves_other_heads_alone) {
    const std::vector<std::uint8_t> label{1, 0};
    const std::vector<double> z{logit(0.2), 7, logit(0.3), 7};
    std::vector<double> dz(4, 0.0);
    const double loss = log_loss({.label = label, .frozen = {}, .heads = 2}, z, dz);
    EXPECT_NEAR(loss, (-std::log(0.2) - std::log(0.7)) / 2, 1e-12);
    EXPECT_NEAR(dz[0], -0.8 / 2, 1e-12);
    EXPECT_NEAR(dz[2], 0.3 / 2, 1e-12);
    EXPECT_EQ(dz[1], 0);
    EXPECT_EQ(dz[3], 0);
}

TEST(Batch, reads_frozen_answers_row_by_row) {
    const std::vector<std::uint8_t> label{1, 0};
    const std::vector<double> frozen{.1, .2, .3, .4};
    const Batch batch{.label = label, .frozen = frozen};
    EXPECT_EQ(batch.answer(0, 1), .2);
    EXPECT_EQ(batch.answer(1, 0), .3);
}

TEST(TermsLogLoss, averages_over_the_copies_that_count_and_leaves_the_others_alone) {
    const std::vector<std::uint8_t> label{1, 0, 1};
    const std::vector<double> z{logit(0.2), logit(0.3), 1000};
    std::vector<double> dz(3, 0.0);
    const Batch batch{.label = label, .frozen = {}};
    const double loss = terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double f) {
        return i == 2 ? CopyTerms{.counts = false} : CopyTerms{.positive = 2 * f, .negative = 3};
    });
    EXPECT_NEAR(loss,
                (-0.4 * std::log(0.2) - 3 * std::log(0.8) - 0.6 * std::log(0.3) - 3 * std::log(0.7)) / 2,
                1e-12);
    EXPECT_NEAR(dz[0], (-0.4 * 0.8 + 3 * 0.2) / 2, 1e-12);
    EXPECT_EQ(dz[2], 0);
}

TEST(TermsLogLoss, counts_weights_above_20_and_below_0) {
    const std::vector<std::uint8_t> label{1, 1, 1, 1};
    const std::vector<double> z(4, 0.0);
    std::vector<double> dz(4, 0.0);
    Incidents incidents;
    const Batch batch{.label = label, .frozen = {}, .incidents = &incidents};
    const double weights[] = {20, 21, -0.1, 0};
    terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double) { return CopyTerms{.positive = weights[i]}; });
    EXPECT_EQ(incidents.large, 1U);
    EXPECT_EQ(incidents.negative, 1U);
    EXPECT_EQ(incidents.clipped, 0U);
}

using Answers = std::array<Answer, 7>;

Answers answers(const Question& question) {
    Answers all{};
    for (const Trajectory j : {t0, a0, a1, a2, b0, b1, b2}) all[j] = answer(question, j);
    return all;
}

TEST(FrozenHeads, ask_only_those_whom_the_question_is_about) {
    constexpr auto no = Answer::no, yes = Answer::yes, skip = Answer::skip;
    EXPECT_EQ(answers(frozen::late.conversion), (Answers{no, no, no, no, yes, yes, yes}));
    EXPECT_EQ(answers(frozen::real_negative.conversion), (Answers{yes, skip, skip, skip, no, no, no}));
    EXPECT_EQ(answers(frozen::late_given_event.conversion), (Answers{skip, no, no, no, yes, yes, yes}));
    EXPECT_EQ(answers(frozen::late.refund), (Answers{skip, no, no, yes, no, no, yes}));
    EXPECT_EQ(answers(frozen::real_negative.refund), (Answers{skip, yes, skip, no, yes, skip, no}));
    EXPECT_EQ(answers(frozen::late_given_event.refund), (Answers{skip, skip, no, yes, skip, no, yes}));
    EXPECT_EQ(answers(frozen::event.net), (Answers{no, yes, no, no, yes, no, no}));
}

TEST(FrozenHeads, are_shares_of_the_masses_of_the_trajectories) {
    const Trajectories mass{.4, .1, .05, .15, .12, .08, .1};
    EXPECT_NEAR(answer(frozen::late.conversion, mass), .3, 1e-12);
    EXPECT_NEAR(answer(frozen::real_negative.conversion, mass), .4 / .7, 1e-12);
    EXPECT_NEAR(answer(frozen::late_given_event.conversion, mass), .3 / .6, 1e-12);
    EXPECT_NEAR(answer(frozen::late.refund, mass), .25 / .6, 1e-12);
    EXPECT_NEAR(answer(frozen::real_negative.refund, mass), .22 / .47, 1e-12);
    EXPECT_EQ(answer(frozen::late.refund, Trajectories{1}), 0) << "nobody is asked";
}

}  // namespace
}  // namespace netcvr
