// Properties of every row of the table of methods; a new row is tested without a new line here, except for
// its golden numbers if the specification has some.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "estimators/ages.h"
#include "estimators/batches.h"
#include "estimators/method.h"
#include "estimators/train.h"
#include "tests/estimators/altered_log.h"
#include "tests/estimators/cells.h"
#include "tests/estimators/enumeration.h"
#include "tests/estimators/expect_equal.h"
#include "tests/estimators/small_log.h"

namespace netcvr {

// The name is GoogleTest's.
void PrintTo(const Method& method, std::ostream* out) {  // NOLINT(readability-identifier-naming)
    *out << method.name;
}

namespace {

class EveryMethod : public testing::TestWithParam<Method> {};

/// The stem of a method's file: its name, or that of the method whose variant it is, which it begins with.
std::string stem_of(std::string name) {
    const std::filesystem::path folder = std::filesystem::path(SOURCE_DIR) / "estimators" / "methods";
    for (;;) {
        std::string stem = name;
        std::ranges::replace(stem, '-', '_');
        if (std::filesystem::exists(folder / (stem + ".cpp"))) return stem;
        const std::size_t cut = name.find_last_of("-");
        if (cut == std::string::npos) return "";
        name.resize(cut);
    }
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
    log.protocol = {.pretrain = 0, .gap = 0, .segment = cell.segment};
    log.has_money = true;
    for (int i = 0; i < 60; ++i) {
        const auto& way = cell.ways[random() % cell.ways.size()];
        const auto click = static_cast<Time>(random() % 300);
        const Time conversion = way.conversion == never ? never : click + way.conversion;
        log.click_time.push_back(click);
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(conversion == never || way.refund == never ? never
                                                                             : conversion + way.refund);
        log.order_value.push_back(conversion == never ? 0.0F : static_cast<float>(1 + i));
        log.refund_value.push_back(i % 2 ? log.order_value.back() : log.order_value.back() / 4);
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
                ASSERT_EQ(then.part, now.part) << "t = " << t;
            }
        }
    }
}

TEST_P(EveryMethod, counts_at_t_only_what_was_known_before_t) {
    if (!GetParam().counted.rates) GTEST_SKIP() << "does not count";
    std::mt19937_64 random(13);
    for (int world = 0; world < 40; ++world) {
        const Outcomes all = random_outcomes(random);
        std::vector<std::uint32_t> stratum(all.size());
        for (auto& s : stratum) s = static_cast<std::uint32_t>(random() % 4);
        for (Time t = 1; t < 1500; t += 1 + static_cast<Time>(random() % 12)) {
            const Outcomes known = known_at(all, t - 1);
            const StratumRates then = GetParam().counted.rates({known, stratum, 4}, t),
                               now = GetParam().counted.rates({all, stratum, 4}, t);
            ASSERT_EQ(then.cvr, now.cvr) << "t = " << t;
            ASSERT_EQ(then.refund_rate, now.refund_rate) << "t = " << t;
        }
    }
}

/// No later: the gap of the protocol covers it, so the copies of the pretrain period are all there when the
/// stream starts.
TEST_P(EveryMethod, sends_copies_only_of_clicks_in_its_stage_and_until_all_is_settled) {
    std::mt19937_64 random(8);
    const Outcomes all = random_outcomes(random);
    for (const Learner& learner : GetParam().learners) {
        if (!learner.delivery) continue;
        const Copies copies = delivered_by(learner, all, never - 1);
        for (std::size_t k = 0; k < copies.size(); ++k) {
            const Stage& stage = all.stage(learner.clock(copies.part[k]));
            const std::size_t i = copies.click[k];
            ASSERT_TRUE(stage.entered(i));
            ASSERT_GE(copies.at[k], stage.start[i]);
            if (learner.stage == StageKind::refund) {
                ASSERT_LE(copies.at[k] - stage.start[i], std::max(stage.settled(), all.protocol.segment));
            } else {
                ASSERT_LE(copies.at[k] - all.conversion.start[i], all.windows.maturity());
            }
        }
    }
}

// -------------------------------------------------------------------------------------------------- gradient

/// Some of a learner's own copies, with frozen answers that mean nothing.
struct SomeCopies {
    /// Answers between nearly 0 and nearly 1; of `certain` also 0 and 1 themselves.
    SomeCopies(const Learner& of, std::mt19937_64& random, bool certain = false)
        : learner(of), all(random_outcomes(random)) {
        std::uniform_real_distribution<float> probability(0.02F, 0.98F);
        std::uniform_int_distribution<int> three(0, 2);
        const auto answered = [&] {
            const int which = certain ? three(random) : 2;
            return which < 2 ? static_cast<float>(which) : probability(random);
        };
        tables.resize(learner.frozen.size());
        std::vector<const AnswerTable*> referred;
        for (std::size_t h = 0; h < tables.size(); ++h) {
            tables[h].questions = learner.frozen[h].by_age ? age_count : 1;
            tables[h].probability.resize(all.size() * tables[h].questions);
            for (float& answer : tables[h].probability) answer = answered();
            referred.push_back(&tables[h]);
        }
        copies = delivered_by(learner, all, never - 1);
        batches.emplace(learner, all, referred);
    }

    const Learner& learner;
    Outcomes all;
    std::vector<AnswerTable> tables;
    Copies copies;
    std::optional<Batches> batches;
};

TEST_P(EveryMethod, has_the_gradient_of_its_loss_with_weights_held) {
    std::mt19937_64 random(9);
    std::uniform_real_distribution<double> logits(-6, 4);
    for (const Learner& learner : GetParam().learners) {
        if (!learner.loss) continue;
        SomeCopies some(learner, random);
        for (std::size_t begin = 0; begin + 5 <= some.copies.size() && begin < 200; begin += 5) {
            Batch batch = some.batches->of(some.copies, begin, 5);
            std::vector<double> z(5 * learner.heads), dz(z.size(), 0.5);
            for (double& value : z) value = logits(random);
            const std::vector<double> held = z;
            batch.held = held;
            learner.loss(batch, z, dz);
            for (std::size_t j = 0; j < z.size(); ++j) {
                constexpr double h = 1e-4;
                const auto loss_at = [&](double value) {
                    std::vector<double> moved = z, unused(z.size(), 0.0);
                    moved[j] = value;
                    return learner.loss(batch, moved, unused);
                };
                EXPECT_NEAR(dz[j] - 0.5, (loss_at(z[j] + h) - loss_at(z[j] - h)) / (2 * h),
                            1e-6 * (1 + std::abs(dz[j])))
                    << "added to what was there";
            }
            std::vector<double> of_itself(z.size(), 0.5);
            batch.held = {};
            learner.loss(batch, z, of_itself);
            EXPECT_EQ(of_itself, dz) << "weights are those of z where nothing else is held";
        }
    }
}

/// Beyond 37, σ(z) rounds to 1 and odds to infinity. The later heads of a law of delays are logarithms.
/// Frozen heads may be as sure.
TEST_P(EveryMethod, has_a_finite_loss_where_probabilities_round_to_0_and_1) {
    std::mt19937_64 random(14);
    std::uniform_real_distribution<double> logits(-45, 45), logarithms(-1, 1);
    for (const Learner& learner : GetParam().learners) {
        if (!learner.loss) continue;
        for (const bool certain : {false, true}) {
            SomeCopies some(learner, random, certain);
            std::vector<double> z(some.copies.size() * learner.heads), dz(z.size(), 0.0);
            for (std::size_t j = 0; j < z.size(); ++j)
                z[j] = learner.reads_delay && j % learner.heads > 0 ? logarithms(random) : logits(random);
            const Batch batch = some.batches->of(some.copies, 0, some.copies.size());
            EXPECT_TRUE(std::isfinite(learner.loss(batch, z, dz))) << certain;
            for (const double d : dz) EXPECT_TRUE(std::isfinite(d)) << certain;
        }
    }
}

TEST_P(EveryMethod, averages_its_loss_over_the_batch) {
    std::mt19937_64 random(10);
    std::uniform_real_distribution<double> logits(-6, 4);
    for (const Learner& learner : GetParam().learners) {
        if (!learner.loss || learner.draws) continue;
        SomeCopies some(learner, random);
        Copies twice = some.copies;
        for (std::size_t k = 0; k < some.copies.size(); ++k)
            twice.add(some.copies.click[k], some.copies.at[k], some.copies.label[k] != 0,
                      some.copies.part[k]);
        std::vector<double> z(twice.size() * learner.heads), dz(z.size(), 0.0);
        for (std::size_t j = 0; j < z.size() / 2; ++j) z[j] = z[j + z.size() / 2] = logits(random);
        const double of_both = learner.loss(some.batches->of(twice, 0, twice.size()), z, dz);
        z.resize(z.size() / 2);
        std::vector<double> d(z.size(), 0.0);
        const double of_one = learner.loss(some.batches->of(twice, 0, some.copies.size()), z, d);
        EXPECT_NEAR(of_both, of_one, 1e-12 * (1 + std::abs(of_one)));
        for (std::size_t j = 0; j < d.size(); ++j) EXPECT_NEAR(2 * dz[j], d[j], 1e-12);
    }
}

// --------------------------------------------------------------------------------------------------- optimum

double true_value(const cells::Truth& truth, StageKind stage) {
    return stage == StageKind::conversion ? truth.cvr : stage == StageKind::refund ? truth.refund : truth.net;
}

/// The largest bias of its outputs with a closed form; NaN if none has one.
double expect_optimum(const Method& method, const cells::Cell& cell) {
    const cells::Truth truth = cells::truth_of(cell);
    const CellLaw law = cells::law_of(cell);
    double bias = std::nan("");
    for (const Learner& learner : method.learners) {
        const bool closed_form = std::ranges::any_of(
            learner.outputs, [](const Output& o) { return static_cast<bool>(o.optimum); });
        if (!learner.delivery || !closed_form) continue;
        const std::vector<double> z = solved(learner, cell);
        for (const Output& output : learner.outputs) {
            if (!output.optimum) continue;
            const double settles = output.probability(z), wanted = true_value(truth, output.stage);
            EXPECT_NEAR(settles, output.optimum(law, output.stage), 1e-6) << name_of(output.stage);
            if (output.consistent()) {
                EXPECT_NEAR(settles, wanted, 1e-6) << name_of(output.stage);
            }
            bias = std::fmax(bias, std::abs(settles - wanted));
        }
    }
    return bias;
}

/// A variant may be biased in one tower alone, and where nothing is late not at all.
void expect_claim(const Method& method, double largest_bias) {
    if (std::isnan(largest_bias)) return;
    const bool biased = method.claim == Claim::biased || method.claim == Claim::as_coded;
    EXPECT_EQ(largest_bias > 1e-3, biased) << largest_bias;
}

TEST_P(EveryMethod, settles_where_it_says_in_the_cells_of_the_specification) {
    double bias = std::nan("");
    for (const auto& cell : cells::specified()) bias = std::fmax(bias, expect_optimum(GetParam(), cell));
    expect_claim(GetParam(), bias);
}

TEST_P(EveryMethod, settles_where_it_says_in_random_cells) {
    std::mt19937_64 random(11);
    double bias = std::nan("");
    for (int k = 0; k < 30; ++k)
        bias = std::fmax(bias, expect_optimum(GetParam(), cells::random_cell(random)));
    expect_claim(GetParam(), bias);
}

/// methods/spec.md 7.2, cells A to D, five digits; uncorrected refunds under R2 are r / (1 + ρ) of its 7.1.
const std::map<std::string_view, std::map<StageKind, std::vector<double>>>& golden() {
    using enum StageKind;
    static const std::vector<double> p{.05, .10, .30, .60}, r{.20, .54, .435, .65}, n{.04, .046, .1695, .21},
        of_events{.16667, .35065, .30314, .39394};
    static const std::map<std::string_view, std::map<StageKind, std::vector<double>>> table = {
        {"oracle", {{conversion, p}, {refund, r}}},
        {"batch", {{conversion, p}, {refund, r}}},
        {"vanilla",
         {{conversion, {.04926, .09524, .27523, .40541}},
          {refund, {.20 / 1.12, .54 / 1.34, .435 / 1.16, .65 / 1.30}}}},
        {"vanilla-event", {{conversion, {.04762, .09091, .23077, .37500}}, {refund, of_events}}},
        {"vanilla-in-window", {{conversion, {.03500, .05000, .21000, .12000}}}},
        {"vanilla-net-in-window",
         {{conversion, {.03500, .05000, .21000, .12000}},
          {refund, {1 - .03220 / .035, 1 - .04000 / .05, 1 - .16800 / .21, 1 - .07800 / .12}}}},
        {"fnw", {{conversion, p}, {refund, r}}},
        {"fnw-frozen", {{conversion, p}, {refund, r}}},
        {"fnw-real-negatives", {{conversion, p}, {refund, r}}},
        {"fnc", {{conversion, p}, {refund, r}}},
        {"fnc-real-negatives", {{conversion, p}, {refund, r}}},
        {"fnc-uncalibrated", {{conversion, {.04762, .09091, .23077, .37500}}, {refund, of_events}}},
        {"es-dfm", {{conversion, p}, {refund, r}}},
        {"es-dfm-own", {{conversion, p}, {refund, r}}},
        {"es-dfm-unit-density", {{conversion, p}, {refund, r}}},
        {"defer", {{conversion, p}, {refund, r}}},
        {"defer-joint", {{conversion, p}, {refund, r}}},
        {"defer-once", {{conversion, p}, {refund, r}}},
        {"defer-as-coded", {{conversion, {.15079, .24457, .61852, .80426}}}},
        {"defuse", {{conversion, p}, {refund, r}}},
        {"defuse-as-coded", {{conversion, {.09479, .18004, .45426, .74377}}}},
        {"bi-defuse", {{conversion, p}, {refund, r}}},
        {"bi-defuse-as-coded", {{conversion, {.04926, .09524, .27523, .40541}}}},
        {"ddfm", {{conversion, p}, {refund, r}}},
        {"fsiw", {{conversion, p}, {refund, r}}},
        {"ulc", {{conversion, p}, {refund, r}}},
        {"nn-df", {{conversion, p}, {refund, r}}},
        {"miss", {{conversion, p}, {refund, r}}},
        {"gdfm", {{conversion, p}, {refund, r}}},
        {"dfsn", {{conversion, {.04926, .09524, .27523, .40541}}}},
        {"ecad-like", {{conversion, p}, {refund, r}}},
        {"ecad-like-difference", {{conversion, p}, {net, n}}},
        {"cvr-only", {{conversion, p}, {net, p}}},
        {"dfm", {{conversion, p}, {refund, r}}},
        {"dfm-weibull", {{conversion, p}, {refund, r}}},
        {"direct", {{net, n}}},
        {"direct-event", {{net, {.04717, .08666, .20972, .30151}}}},
        {"tesla-separate", {{conversion, p}, {refund, r}}},
        {"tesla-shared", {{conversion, p}, {refund, r}}},
        {"tesla-hybrid", {{conversion, p}, {refund, r}}},
        {"tesla-frozen", {{conversion, p}, {refund, r}}},
        {"tesla-unit-density", {{conversion, p}, {refund, r}}},
        {"three-delivery", {{net, n}}},
        {"three-delivery-ratio", {{net, n}}},
        {"three-delivery-soft", {{net, n}}},
        {"three-delivery-as-printed", {{net, {.04623, .06302, .19954, .34132}}}},
    };
    return table;
}

TEST_P(EveryMethod, settles_at_the_numbers_of_the_specification) {
    const auto row = golden().find(GetParam().name);
    if (row == golden().end()) GTEST_SKIP() << "the specification has no numbers for it";
    const auto cells = cells::specified();
    for (const Learner& learner : GetParam().learners)
        for (std::size_t k = 0; k < cells.size(); ++k) {
            const std::vector<double> z = solved(learner, cells[k]);
            for (const Output& output : learner.outputs) {
                if (!row->second.contains(output.stage)) continue;
                EXPECT_NEAR(output.probability(z), row->second.at(output.stage)[k], 5.1e-6)
                    << name_of(output.stage) << ", cell "
                    << "ABCD"[k];
            }
        }
}

TEST_P(EveryMethod, settles_where_it_says_in_degenerate_worlds) {
    for (const auto& [name, cell] : cells::degenerate())
        for (const Learner& learner : GetParam().learners) {
            if (!learner.delivery || learner.reads_value) continue;  // money: value_test.cpp
            const Enumerated all = enumerated(learner, cell);
            if (all.mass.empty()) continue;  // refunds of early conversions alone, where there are none
            const std::vector<double> z = solved(learner, cell, all);
            for (const Output& output : learner.outputs) {
                if (!output.optimum) continue;
                // Looser: a head whose event never comes goes to 0 for ever.
                constexpr double loose = 2e-5;
                const double settles = output.probability(z),
                             wanted = true_value(cells::truth_of(cell), output.stage);
                EXPECT_NEAR(settles, output.optimum(cells::law_of(cell), output.stage), loose)
                    << name << ", " << name_of(output.stage);
                if (output.consistent()) {
                    EXPECT_NEAR(settles, wanted, loose) << name << ", " << name_of(output.stage);
                }
                if (wanted == 0) {  // no refunds: biased or not, none are predicted
                    EXPECT_LT(settles, loose) << name;
                }
            }
        }
}

// ----------------------------------------------------------------------------------------------------- edges

using Shown = std::vector<std::tuple<Time, std::size_t, bool>>;  // at, part, label

/// The copies of one click with these delays: W = 1000 s, w = 10 s.
Shown shown(const Learner& learner, Time conversion, Time refund, bool with_time) {
    cells::Cell one = cells::degenerate().front().cell;
    one.ways = {{.mass = 1, .conversion = conversion, .refund = refund}};
    Copies copies;
    learner.delivery(cells::outcomes_of(one), learner.stage, copies);
    Shown all;
    for (std::size_t k = 0; k < copies.size(); ++k)
        all.emplace_back(with_time ? copies.at[k] : 0, copies.part[k], copies.label[k] != 0);
    std::ranges::sort(all);
    return all;
}

TEST_P(EveryMethod, sees_no_trace_of_an_event_at_its_attribution_window) {
    for (const Learner& learner : GetParam().learners) {
        if (!learner.delivery) continue;
        for (const Time refund : {Time{0}, Time{10}, Time{500}, never})
            EXPECT_EQ(shown(learner, 1000, refund, true), shown(learner, never, never, true));
        for (const Time conversion : {Time{0}, Time{10}, Time{500}, Time{999}})
            EXPECT_EQ(shown(learner, conversion, 1000, true), shown(learner, conversion, never, true));
    }
}

/// No age and no end of a segment lies between: whatever else a rule looks at, it is the same.
TEST_P(EveryMethod, counts_an_event_at_its_observation_window_once_and_as_early) {
    for (const Learner& learner : GetParam().learners) {
        if (!learner.delivery) continue;
        for (const Time refund : {Time{3}, Time{500}, never})
            EXPECT_EQ(shown(learner, 10, refund, false), shown(learner, 9, refund, false));
        for (const Time conversion : {Time{3}, Time{500}})
            EXPECT_EQ(shown(learner, conversion, 10, false), shown(learner, conversion, 9, false));
    }
}

// ------------------------------------------------------------------------------------------------ repeatable

TEST_P(EveryMethod, predicts_the_same_bits_again_with_more_threads_and_in_company) {
    const ClickLog log = small_log();
    const Predictions alone = train(log, {&GetParam()}, small_training(), 1).at(0);
    expect_equal(train(log, {&GetParam()}, small_training(), 1).at(0), alone);
    expect_equal(train(log, {&GetParam()}, small_training(), 3).at(0), alone);
    // With three others, of which one may share its start or heads.
    std::vector<const Method*> company;
    const auto all = std::span(methods());
    const auto place =
        static_cast<std::size_t>(std::ranges::find(all, GetParam().name, &Method::name) - all.begin());
    for (const std::size_t k : {0, 1, 2, 7}) company.push_back(&all[(place + k) % all.size()]);
    for (const Predictions& each : train(log, company, small_training(), 2))
        if (each.method == GetParam().name) expect_equal(each, alone);
}

void expect_no_future(const Method& method, const Training& training) {
    const ClickLog log = small_log();
    const Predictions one = train(log, {&method}, training, 2).at(0);
    for (const Time t : {3 * day + 5 * hour, 4 * day + hour, 5 * day - 7 * hour}) {
        const Predictions two = train(altered_after(log, t), {&method}, training, 2).at(0);
        std::size_t compared = 0;
        for (std::size_t k = 0; k < one.row.size(); ++k) {
            if (log.click_time[static_cast<std::size_t>(one.row[k])] > t) continue;
            ++compared;
            for (const auto column : {&Predictions::cvr, &Predictions::refund_rate, &Predictions::net_cvr,
                                      &Predictions::gmv, &Predictions::net_gmv})
                ASSERT_TRUE((one.*column).empty() || (one.*column)[k] == (two.*column)[k])
                    << "row " << one.row[k] << ", t = " << t;
        }
        EXPECT_GT(compared, 100U);
    }
}

TEST_P(EveryMethod, predicts_before_t_the_same_bits_whatever_happens_after_t) {
    if (GetParam().claim == Claim::privileged) GTEST_SKIP() << "privileged by claim";
    Training training = small_training();
    expect_no_future(GetParam(), training);
    const bool frozen = std::ranges::any_of(GetParam().learners, [](auto& l) { return !l.frozen.empty(); });
    for (const char* mode : {"daily", "trajectories"}) {
        training.frozen = mode;
        if (frozen) expect_no_future(GetParam(), training);
    }
}

// ------------------------------------------------------------------------------------------------ documented

TEST_P(EveryMethod, says_what_it_is) {
    const Method& method = GetParam();
    EXPECT_NE(stem_of(std::string(method.name)), "");
    EXPECT_FALSE(method.title.empty());
    EXPECT_FALSE(method.source.empty());
    EXPECT_GT(method.math.size(), 200U);
    EXPECT_NE(method.learners.empty(), !method.counted.rates) << "either trains or counts";
    for (const Output& output : method.counted.outputs) EXPECT_TRUE(output.consistent());
    for (const Learner& learner : method.learners) {
        for (const Frozen& head : learner.frozen)
            EXPECT_NE(method.math.find(head.name), std::string_view::npos) << head.name;
        EXPECT_EQ(learner.delivery == nullptr, method.claim == Claim::fixed);
        EXPECT_EQ(learner.loss == nullptr, learner.delivery == nullptr);
        EXPECT_FALSE(learner.outputs.empty());
        for (const Output& output : learner.outputs) {
            EXPECT_EQ(!output.optimum, output.optimum_text.empty());
            EXPECT_TRUE(learner.delivery || !output.optimum);
        }
    }
}

TEST_P(EveryMethod, predicts_net_by_a_cascade_or_a_head_of_its_own_or_cvr_alone) {
    std::vector<StageKind> stages;
    for (const Output& output : GetParam().outputs()) stages.push_back(output.stage);
    std::ranges::sort(stages);
    using enum StageKind;
    const std::vector<std::vector<StageKind>> allowed = {
        {conversion, refund}, {net}, {conversion, net}, {conversion, refund, net}, {conversion}};
    EXPECT_EQ(std::ranges::count(allowed, stages), 1);
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod, testing::ValuesIn(methods()), [](const auto& row) {
    return test_name_of(row.param.name);
});

}  // namespace
}  // namespace netcvr
