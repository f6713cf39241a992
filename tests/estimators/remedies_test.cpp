// Remedies on every method that takes them.
#include "estimators/remedies.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "estimators/train.h"
#include "sim/errors.h"
#include "tests/estimators/cells.h"
#include "tests/estimators/enumeration.h"
#include "tests/estimators/small_log.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

const char* const arguments[] = {"over-sampling=4",
                                 "pseudo-refunds=0.5",
                                 "focal=2",
                                 "logit-adjusted=1",
                                 "over-sampling=4:pseudo-refunds=0.5",
                                 "over-sampling=4:focal=2",
                                 "over-sampling=4:logit-adjusted=1",
                                 "pseudo-refunds=0.5:focal=2",
                                 "pseudo-refunds=0.5:logit-adjusted=1"};

/// The learner that has the refund tower, else the only one; and what it predicts there.
struct Tower {
    const Learner& learner;
    const Output& output;
};
Tower tower_of(const Method& method) {
    for (const Learner& learner : method.learners)
        for (const Output& output : learner.outputs)
            if (output.stage == StageKind::refund && !output.of_value) return {learner, output};
    return {method.learners.at(0), method.learners.at(0).outputs.at(0)};
}

/// The methods in the table that take it.
std::vector<const Method*> with(std::string_view remedy) {
    std::vector<const Method*> all;
    for (const Method& method : methods())
        if (const Method* made = known_method(std::string(method.name).append(":").append(remedy)))
            all.push_back(made);
    return all;
}

TEST(Remedies, settle_where_they_say_on_every_method_that_takes_them) {
    for (const char* remedy : arguments) {
        std::mt19937_64 random(31);
        auto cells = cells::specified();
        for (int k = 0; k < 3; ++k) cells.push_back(cells::random_cell(random));
        std::size_t proven = 0;
        for (const Method* method : with(remedy)) {
            const auto [tower, output] = tower_of(*method);
            if (!output.optimum) continue;
            ++proven;
            for (const auto& cell : cells) {
                const std::vector<double> z = solved(tower, cell);
                for (const Output& any : tower.outputs)  // also of a tower that the remedy leaves alone
                    EXPECT_NEAR(any.probability(z), any.optimum(cells::law_of(cell), any.stage), 1e-6)
                        << method->name << ", " << name_of(any.stage);
                const double settles = output.probability(z);
                const cells::Truth truth = cells::truth_of(cell);
                if (output.consistent()) {
                    EXPECT_NEAR(settles, output.stage == StageKind::refund ? truth.refund : truth.net, 1e-6)
                        << method->name;
                }
            }
        }
        EXPECT_GT(proven, 10U) << remedy;
    }
}

TEST(Remedies, have_the_gradient_of_their_loss_with_weights_held) {
    std::mt19937_64 random(32);
    std::uniform_real_distribution<double> logits(-4, 4);
    for (const char* remedy : arguments)
        for (const Method* method : with(remedy)) {
            const Learner& tower = tower_of(*method).learner;
            const Enumerated all = enumerated(tower, cells::specified()[1]);
            const std::size_t n = all.mass.size();
            std::vector<double> z(n * tower.heads), dz(z.size(), 0.0);
            for (double& each : z) each = logits(random);
            const std::vector<double> held = z;
            const Batch batch{.label = all.copies.label,
                              .frozen = all.frozen,
                              .heads = tower.heads,
                              .part = all.copies.part,
                              .delay = all.delay,
                              .weight = all.mass,
                              .held = held,
                              .attribution = days(6000)};
            tower.loss(batch, z, dz);
            for (std::size_t j = 0; j < z.size(); ++j) {
                constexpr double h = 1e-4;
                const auto at = [&](double value) {
                    std::vector<double> moved = z, unused(z.size(), 0.0);
                    moved[j] = value;
                    return tower.loss(batch, moved, unused);
                };
                EXPECT_NEAR(dz[j], (at(z[j] + h) - at(z[j] - h)) / (2 * h), 1e-6 * (1 + std::abs(dz[j])))
                    << method->name;
            }
        }
}

TEST(Remedies, oversample_by_delivering_positives_again) {
    const Outcomes world = cells::outcomes_of(cells::specified()[2]);
    const auto counted = [&](std::string_view name) {
        Copies copies;
        find_method(name).learners.at(1).delivery(world, StageKind::refund, copies);
        const auto positives = std::ranges::count(copies.label, 1);
        return std::pair(positives, std::ssize(copies.label) - positives);
    };
    const auto [positives, negatives] = counted("es-dfm");
    EXPECT_EQ(counted("es-dfm:over-sampling=4"), std::pair(4 * positives, negatives));
}

TEST(Remedies, oversample_the_refunds_of_a_network_that_has_both_towers) {
    const Outcomes world = cells::outcomes_of(cells::specified()[2]);
    const auto counted = [&](std::string_view name) {
        const Learner& learner = find_method(name).learners.at(0);
        Copies copies;
        learner.delivery(world, learner.stage, copies);
        std::vector<int> all(4, 0);  // by tower and label
        for (std::size_t k = 0; k < copies.size(); ++k)
            ++all[2 * learner.tower(copies.part[k]) + copies.label[k]];
        return all;
    };
    std::vector<int> expected = counted("tesla-hybrid");
    expected[3] *= 4;
    EXPECT_EQ(counted("tesla-hybrid:over-sampling=4"), expected);
}

TEST(Remedies, of_a_ranked_tower_are_those_that_leave_its_labels_alone) {
    const ClickLog log = small_log();
    for (const char* name : {"tesla:pseudo-refunds=0.5", "tesla:logit-adjusted=1"}) {
        EXPECT_EQ(find_method(name).learners.at(0).outputs.at(1).optimum, nullptr) << name;
        const auto predictions = train(log, {&find_method("tesla"), &find_method(name)}, small_training(), 1);
        EXPECT_NE(predictions[0].refund_rate, predictions[1].refund_rate) << name;
    }
}

/// The minimum of η (1 − f)^γ (−log f) + (1 − η) f^γ (−log (1 − f)), found by search, is predicted as η.
TEST(Focal, is_predicted_through_its_calibration) {
    for (const double gamma : {0.5, 1.0, 2.0, 5.0})
        for (const double eta : {.001, .02, .3, .5, .9}) {
            double low = -30, high = 30;
            const auto risk = [&](double z) {
                const double f = 1 / (1 + std::exp(-z)), g = 1 / (1 + std::exp(z));
                return -eta * std::pow(g, gamma) * std::log(f) - (1 - eta) * std::pow(f, gamma) * std::log(g);
            };
            for (int round = 0; round < 300; ++round) {  // one minimum: thirds
                const double a = low + (high - low) / 3, b = high - (high - low) / 3;
                (risk(a) < risk(b) ? high : low) = risk(a) < risk(b) ? b : a;
            }
            const std::string name = "oracle:focal=" + std::to_string(gamma);
            const double z = (low + high) / 2;
            EXPECT_NEAR(find_method(name).learners.at(1).outputs[0].probability(std::span(&z, 1)), eta, 1e-6);
        }
}

TEST(Remedies, refuse_methods_that_lack_what_they_need) {
    const auto refusal = [](std::string_view name) {
        return message(Exit::usage, [name] { find_method(name); });
    };
    EXPECT_EQ(
        refusal("ulc:over-sampling=4"),
        "over-sampling does not suit 'ulc': a copy's label does not decide alone which term of the loss it "
        "adds, so more copies would move the optimum");
    EXPECT_NE(refusal("nn-df:focal=2").find("no weighted cross entropy"), std::string::npos);
    EXPECT_NE(refusal("tesla:over-sampling=2").find("a copy's label does not decide alone"),
              std::string::npos);
    EXPECT_NE(refusal("tesla:focal=2").find("no weighted cross entropy of that head alone"),
              std::string::npos);
    EXPECT_EQ(refusal("es-dfm:focal=2:logit-adjusted=1"),
              "logit-adjusted does not suit 'es-dfm': its logit is not that of the rate, which the "
              "adjustment is for");
    EXPECT_NE(refusal("dfm:over-sampling=2").find("does not suit"), std::string::npos);
    EXPECT_EQ(refusal("pretrained:focal=2"),
              "method 'pretrained' never trains on the stream: focal has nothing to act on");
    EXPECT_EQ(refusal("vanilla-in-window:focal=2"),
              "method 'vanilla-in-window' has neither a refund tower nor only a net head: "
              "focal has nothing to act on");
    EXPECT_EQ(refusal("es-dfm:over-sampling=2.5"),
              "modifier 'over-sampling=2.5': K must be a whole number, 2 … 100, as in over-sampling=2");
    EXPECT_EQ(refusal("es-dfm:over-samplin=2"),
              "unknown modifier 'over-samplin=2'; did you mean 'over-sampling=K'?");
}

TEST(Remedies, compose_in_any_order_under_one_name) {
    const Method& one = find_method("es-dfm:over-sampling=4.0:refund=R2");
    EXPECT_EQ(one.name, "es-dfm:refund=R2:over-sampling=4");
    EXPECT_EQ(&one, &find_method("es-dfm:refund=R2:over-sampling=4"));
    EXPECT_EQ(find_method("es-dfm:focal=2").claim, Claim::consistent);
    EXPECT_EQ(find_method("es-dfm:logit-adjusted=1").claim, Claim::biased);
}

TEST(Remedies, act_on_refunds_alone_with_the_same_bits_for_any_number_of_threads) {
    const ClickLog log = small_log();
    // Both networks of fnc start on their own copies, also the one that a remedy leaves alone.
    for (const std::string name : {"es-dfm", "fnc"}) {
        const Predictions plain = train(log, {&find_method(name)}, small_training(), 1).at(0);
        std::size_t suit = 0;
        for (const char* remedy : arguments) {
            const Method* method = known_method(name + ":" + remedy);
            if (!method) continue;
            ++suit;
            const Predictions one = train(log, {method}, small_training(), 1).at(0),
                              three = train(log, {method}, small_training(), 3).at(0);
            EXPECT_EQ(one.cvr, plain.cvr) << method->name;
            EXPECT_NE(one.refund_rate, plain.refund_rate) << method->name;
            EXPECT_EQ(one.refund_rate, three.refund_rate) << method->name;
        }
        EXPECT_GE(suit, name == "es-dfm" ? std::size(arguments) : 1) << name;
    }
}

}  // namespace
}  // namespace netcvr
