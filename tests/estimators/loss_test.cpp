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

TEST(FrozenHeads, ask_only_those_whom_the_question_is_about) {
    // not entered, no event, early at the edge, late, late by one second
    const Stage stage{.start = {never, 0, 0, 0, 0},
                      .event = {never, never, 10, 99, 11},
                      .attribution = 100,
                      .observation = 10};
    const auto answers = [&](const Frozen& head) {
        std::array<Answer, 5> all{};
        for (std::size_t i = 0; i < 5; ++i) all[i] = head.answer(stage, i);
        return all;
    };
    constexpr auto no = Answer::no, yes = Answer::yes, skip = Answer::skip;
    EXPECT_EQ(answers(frozen::late), (std::array{skip, no, no, yes, yes}));
    EXPECT_EQ(answers(frozen::real_negative), (std::array{skip, yes, skip, no, no}));
    EXPECT_EQ(answers(frozen::late_given_event), (std::array{skip, skip, no, yes, yes}));
}

}  // namespace
}  // namespace netcvr
