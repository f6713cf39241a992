// Properties of every row of the table of methods; a new row is tested without a new line here, except for
// its golden numbers if the specification has some.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "estimators/method.h"
#include "estimators/train.h"
#include "tests/estimators/cells.h"
#include "tests/estimators/small_log.h"

namespace netcvr {

// The name is GoogleTest's.
void PrintTo(const Method& method, std::ostream* out) {  // NOLINT(readability-identifier-naming)
    *out << method.name;
}

namespace {

class EveryMethod : public testing::TestWithParam<Method> {};

/// The file of a method: variants share that of the method before the colon.
std::string stem_of(std::string_view name) {
    std::string stem(name.substr(0, name.find(':')));
    std::ranges::replace(stem, '-', '_');
    return stem;
}

std::string test_name_of(std::string_view name) {
    std::string identifier(name);
    std::ranges::replace_if(
        identifier, [](char c) { return c == '-' || c == ':' || c == '='; }, '_');
    return identifier;
}

// ---------------------------------------------------------------------------------------------------- causal

/// Clicks at random times whose delays hit every edge of random windows.
Outcomes random_outcomes(std::mt19937_64& random) {
    const auto cell = cells::random_cell(random);
    ClickLog log;
    log.windows = cell.windows;
    for (int i = 0; i < 60; ++i) {
        const auto& way = cell.trajectories[random() % cell.trajectories.size()];
        const auto click = static_cast<Time>(random() % 300);
        const Time conversion = way.conversion == never ? never : click + way.conversion;
        log.click_time.push_back(click);
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(conversion == never || way.refund == never ? never
                                                                             : conversion + way.refund);
    }
    return outcomes(log);
}

Copies delivered_by(const Learner& learner, const Outcomes& world, Time t) {
    Copies copies;
    learner.delivery(world, learner.stage, copies);
    return sorted_between(copies, 0, t + 1);
}

TEST_P(EveryMethod, delivers_by_t_only_what_was_known_at_t) {
    if (GetParam().claim == Claim::privileged) GTEST_SKIP() << "privileged by claim";
    std::mt19937_64 random(7);
    for (const Learner& learner : GetParam().learners) {
        if (!learner.delivery) continue;
        for (int world = 0; world < 40; ++world) {
            const Outcomes all = random_outcomes(random);
            for (Time t = 0; t < 1500; t += 1 + static_cast<Time>(random() % 12)) {
                const Copies then = delivered_by(learner, known_at(all, t), t);
                const Copies now = delivered_by(learner, all, t);
                ASSERT_EQ(then.click, now.click) << "t = " << t;
                ASSERT_EQ(then.at, now.at) << "t = " << t;
                ASSERT_EQ(then.label, now.label) << "t = " << t;
            }
        }
    }
}

TEST_P(EveryMethod, sends_copies_only_of_clicks_in_its_stage_and_until_they_settle) {
    std::mt19937_64 random(8);
    const Outcomes all = random_outcomes(random);
    for (const Learner& learner : GetParam().learners) {
        if (!learner.delivery) continue;
        const Stage& stage = all.stage(learner.stage);
        const Time last = learner.stage == StageKind::net ? all.windows.maturity() : stage.settled();
        const Copies copies = delivered_by(learner, all, never - 1);
        for (std::size_t k = 0; k < copies.size(); ++k) {
            ASSERT_TRUE(stage.entered(copies.click[k]));
            ASSERT_GE(copies.at[k], stage.start[copies.click[k]]);
            ASSERT_LE(copies.at[k] - stage.start[copies.click[k]], last);
        }
    }
}

// -------------------------------------------------------------------------------------------------- gradient

/// The weight that the loss gives one copy at logit z, from its value alone.
double weight_at(const Learner& learner, const Batch& copy, double z) {
    std::vector<double> unused(1, 0.0);
    const double value = learner.loss(copy, std::vector<double>{z}, unused);
    return value / softplus(copy.label[0] ? -z : z);
}

TEST_P(EveryMethod, has_the_gradient_of_its_loss_with_weights_held) {
    std::mt19937_64 random(9);
    std::uniform_real_distribution<double> logits(-6, 4), probability(0.02, 0.98);
    for (const Learner& learner : GetParam().learners) {
        if (!learner.loss) continue;
        ASSERT_EQ(learner.heads, 1U) << "this test reads the weight of one head";
        for (int k = 0; k < 400; ++k) {
            const std::vector<std::uint8_t> label{static_cast<std::uint8_t>(k % 2)};
            std::vector<double> frozen(learner.frozen.size());
            for (auto& answer : frozen) answer = probability(random);
            const Batch copy{.label = label, .frozen = frozen};
            const double z = logits(random), weight = weight_at(learner, copy, z), h = 1e-4;
            const auto held = [&](double at) { return weight * softplus(label[0] ? -at : at); };
            std::vector<double> dz(1, 0.5);
            learner.loss(copy, std::vector<double>{z}, dz);
            EXPECT_NEAR(dz[0] - 0.5, (held(z + h) - held(z - h)) / (2 * h), 1e-7)
                << "added to what was there";
        }
    }
}

TEST_P(EveryMethod, averages_its_loss_and_gradient_over_the_batch) {
    std::mt19937_64 random(10);
    std::uniform_real_distribution<double> logits(-6, 4), probability(0.02, 0.98);
    for (const Learner& learner : GetParam().learners) {
        if (!learner.loss) continue;
        const std::size_t n = 7, heads = learner.frozen.size();
        std::vector<std::uint8_t> label(n);
        std::vector<double> frozen(n * heads), z(n), dz(n, 0.0);
        for (auto& y : label) y = random() % 2;
        for (auto& answer : frozen) answer = probability(random);
        for (auto& value : z) value = logits(random);
        const double mean = learner.loss({.label = label, .frozen = frozen}, z, dz);
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            std::vector<double> d(1, 0.0);
            const Batch copy{.label = std::span(label).subspan(i, 1),
                             .frozen = std::span(frozen).subspan(i * heads, heads)};
            sum += learner.loss(copy, std::span(z).subspan(i, 1), d);
            EXPECT_NEAR(dz[i], d[0] / n, 1e-15);
        }
        EXPECT_NEAR(mean, sum / n, 1e-14);
    }
}

// --------------------------------------------------------------------------------------------------- optimum

/// The masses of the trajectories as one learner sees them: given that its stage was entered.
std::vector<double> masses_in(const cells::Cell& cell, const Stage& stage) {
    std::vector<double> mass;
    double total = 0;
    for (std::size_t i = 0; i < cell.trajectories.size(); ++i) {
        mass.push_back(stage.entered(i) ? cell.trajectories[i].mass : 0.0);
        total += mass.back();
    }
    for (auto& m : mass) m /= total;
    return mass;
}

double exact_answer(const Frozen& head, const Stage& stage, const std::vector<double>& mass) {
    double yes = 0, asked = 0;
    for (std::size_t i = 0; i < mass.size(); ++i) {
        const Answer answer = head.answer(stage, i);
        if (answer != Answer::skip) asked += mass[i];
        if (answer == Answer::yes) yes += mass[i];
    }
    return asked > 0 ? yes / asked : 0;
}

/// Gradient descent on one free logit, over every copy that the rule sends, weighted by its trajectory's
/// mass.
double solved(const Learner& learner, const cells::Cell& cell) {
    const Outcomes world = cells::outcomes_of(cell);
    const Stage& stage = world.stage(learner.stage);
    const std::vector<double> mass = masses_in(cell, stage);
    Copies copies;
    learner.delivery(world, learner.stage, copies);
    const std::size_t n = copies.size();
    std::vector<double> frozen;
    for (std::size_t k = 0; k < n; ++k)
        for (const Frozen& head : learner.frozen) frozen.push_back(exact_answer(head, stage, mass));
    const Batch batch{.label = copies.label, .frozen = frozen};
    double z = 0;
    for (int step = 0; step < 100'000; ++step) {
        std::vector<double> dz(n, 0.0);
        learner.loss(batch, std::vector<double>(n, z), dz);
        double gradient = 0;
        for (std::size_t k = 0; k < n; ++k)
            gradient += mass[copies.click[k]] * dz[k] * static_cast<double>(n);
        z -= gradient;
        if (std::abs(gradient) < 1e-12) break;
    }
    return learner.probability(std::vector<double>{z});
}

StageMasses masses_of(const cells::Truth& truth, StageKind stage) {
    if (stage == StageKind::conversion) return {.event = truth.cvr, .late = truth.late};
    if (stage == StageKind::refund) return {.event = truth.refund, .late = truth.refund_late};
    return {.event = truth.net, .late = 0};
}

void expect_optimum(const Method& method, const cells::Cell& cell) {
    const cells::Truth truth = cells::truth_of(cell);
    double bias = 0;  // the largest of its towers: a variant may be biased in one alone
    for (const Learner& learner : method.learners) {
        if (!learner.delivery) continue;
        const StageMasses masses = masses_of(truth, learner.stage);
        const double settles = solved(learner, cell);
        EXPECT_NEAR(settles, learner.optimum(masses), 1e-6) << name_of(learner.stage);
        bias = std::max(bias, std::abs(settles - masses.event));
        if (learner.optimum == true_probability)
            EXPECT_NEAR(settles, masses.event, 1e-6) << name_of(learner.stage);
        else
            EXPECT_GT(std::abs(settles - masses.event), 1e-4) << name_of(learner.stage);
    }
    EXPECT_EQ(bias > 1e-4, method.claim == Claim::biased);
}

TEST_P(EveryMethod, settles_where_it_says_in_the_cells_of_the_specification) {
    for (const auto& cell : cells::specified()) expect_optimum(GetParam(), cell);
}

TEST_P(EveryMethod, settles_where_it_says_in_random_cells) {
    std::mt19937_64 random(11);
    for (int k = 0; k < 50; ++k) expect_optimum(GetParam(), cells::random_cell(random));
}

/// methods/spec.md 7.2, cells A to D, five digits; uncorrected refunds under R2 are r / (1 + ρ) of its 7.1.
const std::map<std::string_view, std::map<StageKind, std::vector<double>>>& golden() {
    static const std::vector<double> p{.05, .10, .30, .60}, r{.20, .54, .435, .65};
    static const std::map<std::string_view, std::map<StageKind, std::vector<double>>> table = {
        {"oracle", {{StageKind::conversion, p}, {StageKind::refund, r}}},
        {"vanilla",
         {{StageKind::conversion, {.04926, .09524, .27523, .40541}},
          {StageKind::refund, {.20 / 1.12, .54 / 1.34, .435 / 1.16, .65 / 1.30}}}},
        {"fnw", {{StageKind::conversion, p}, {StageKind::refund, r}}},
        {"es-dfm", {{StageKind::conversion, p}, {StageKind::refund, r}}},
        {"es-dfm:refund=R1",
         {{StageKind::conversion, p}, {StageKind::refund, {.16667, .35065, .30314, .39394}}}},
        {"es-dfm:refund=R1-corrected", {{StageKind::conversion, p}, {StageKind::refund, r}}},
        {"defer", {{StageKind::conversion, p}, {StageKind::refund, r}}},
        {"direct", {{StageKind::net, {.04, .046, .1695, .21}}}},
    };
    return table;
}

TEST_P(EveryMethod, settles_at_the_numbers_of_the_specification) {
    const auto row = golden().find(GetParam().name);
    if (row == golden().end()) GTEST_SKIP() << "the specification has no numbers for it";
    const auto cells = cells::specified();
    for (const Learner& learner : GetParam().learners)
        for (std::size_t k = 0; k < cells.size(); ++k)
            EXPECT_NEAR(solved(learner, cells[k]), row->second.at(learner.stage)[k], 5.1e-6)
                << name_of(learner.stage) << ", cell "
                << "ABCD"[k];
}

TEST_P(EveryMethod, settles_where_it_says_when_nothing_is_delayed) {
    const Windows windows{.conversion_attribution = 100,
                          .refund_attribution = 100,
                          .conversion_observation = 5,
                          .refund_observation = 5};
    const auto cell = cells::make_cell(.3, {{1.0, 0}}, windows, [](Time) {
        return std::vector<cells::Share>{{.6}, {.4, 0}};
    });
    for (const Learner& learner : GetParam().learners) {
        if (!learner.delivery) continue;
        const StageMasses masses = masses_of(cells::truth_of(cell), learner.stage);
        EXPECT_NEAR(solved(learner, cell), learner.optimum(masses), 1e-6);
    }
}

// ------------------------------------------------------------------------------------------------ repeatable

void expect_equal(const Predictions& a, const Predictions& b) {
    EXPECT_EQ(a.method, b.method);
    EXPECT_EQ(a.row, b.row);
    EXPECT_EQ(a.cvr, b.cvr);
    EXPECT_EQ(a.refund_rate, b.refund_rate);
    EXPECT_EQ(a.net_cvr, b.net_cvr);
}

TEST_P(EveryMethod, predicts_the_same_bits_again_with_more_threads_and_in_company) {
    const ClickLog log = small_log();
    const Predictions alone = train(log, {&GetParam()}, small_training(), 1).at(0);
    expect_equal(train(log, {&GetParam()}, small_training(), 1).at(0), alone);
    expect_equal(train(log, {&GetParam()}, small_training(), 3).at(0), alone);
    std::vector<const Method*> company;
    for (const Method& method : methods()) company.push_back(&method);
    for (const Predictions& each : train(log, company, small_training(), 2))
        if (each.method == GetParam().name) expect_equal(each, alone);
}

/// Everything from t on becomes different: click times, features, and every outcome that was seen only after
/// t.
ClickLog altered_after(const ClickLog& log, Time t) {
    std::mt19937_64 random(12);
    ClickLog other = log;
    for (auto* column : {&other.conversion_time, &other.refund_time})
        for (auto& when : *column)
            if (when > t) when = random() % 2 ? never : std::max(t + 1, when == never ? t + 1 : when - hour);
    for (std::size_t i = 0; i < log.size(); ++i) {
        if (log.click_time[i] <= t) continue;
        other.click_time[i] = t + 1 + (log.click_time[i] - t) / 2;
        for (auto& feature : other.features)
            feature.value[i] =
                static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(feature.cardinality));
    }
    return other;
}

TEST_P(EveryMethod, predicts_before_t_the_same_bits_whatever_happens_after_t) {
    if (GetParam().claim == Claim::privileged) GTEST_SKIP() << "privileged by claim";
    const ClickLog log = small_log();
    const Predictions one = train(log, {&GetParam()}, small_training(), 2).at(0);
    for (const Time t : {3 * day + 5 * hour, 4 * day + hour, 5 * day - 7 * hour}) {
        const Predictions two = train(altered_after(log, t), {&GetParam()}, small_training(), 2).at(0);
        std::size_t compared = 0;
        for (std::size_t k = 0; k < one.row.size(); ++k) {
            if (log.click_time[static_cast<std::size_t>(one.row[k])] > t) continue;
            ++compared;
            ASSERT_EQ(one.net_cvr[k], two.net_cvr[k]) << "row " << one.row[k] << ", t = " << t;
            ASSERT_TRUE(one.cvr.empty() || one.cvr[k] == two.cvr[k]);
            ASSERT_TRUE(one.refund_rate.empty() || one.refund_rate[k] == two.refund_rate[k]);
        }
        EXPECT_GT(compared, 100U);
    }
}

// ------------------------------------------------------------------------------------------------ documented

TEST_P(EveryMethod, says_what_it_is) {
    const Method& method = GetParam();
    const std::filesystem::path folder = std::filesystem::path(SOURCE_DIR) / "estimators" / "methods";
    EXPECT_TRUE(std::filesystem::exists(folder / (stem_of(method.name) + ".cpp")));
    EXPECT_FALSE(method.title.empty());
    EXPECT_FALSE(method.source.empty());
    EXPECT_GT(method.math.size(), 200U);
    ASSERT_FALSE(method.learners.empty());
    for (const Learner& learner : method.learners) {
        for (const Frozen& head : learner.frozen)
            EXPECT_NE(method.math.find(head.name), std::string_view::npos) << head.name;
        EXPECT_EQ(learner.delivery == nullptr, method.claim == Claim::fixed);
        EXPECT_EQ(learner.loss == nullptr, learner.delivery == nullptr);
        EXPECT_EQ(learner.optimum == nullptr, learner.delivery == nullptr);
        EXPECT_EQ(learner.optimum_text.empty(), learner.delivery == nullptr);
    }
}

TEST_P(EveryMethod, predicts_net_by_one_head_or_by_a_cascade) {
    std::vector<StageKind> stages;
    for (const Learner& learner : GetParam().learners) stages.push_back(learner.stage);
    const bool cascade = stages == std::vector{StageKind::conversion, StageKind::refund};
    EXPECT_TRUE(cascade || stages == std::vector{StageKind::net});
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod, testing::ValuesIn(methods()), [](const auto& row) {
    return test_name_of(row.param.name);
});

}  // namespace
}  // namespace netcvr
