// Where methods become each other: the identities at the end of methods/spec.md 6.

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/estimators/enumeration.h"

namespace netcvr {
namespace {

/// Value and gradient by the logits of all copies of a cell, every head at the logit z.
struct Evaluated {
    double value = 0;
    std::vector<double> gradient;  // [copies × heads]
    double total(std::size_t head, std::size_t heads) const {
        double sum = 0;
        for (std::size_t j = head; j < gradient.size(); j += heads) sum += gradient[j];
        return sum;
    }
};

Evaluated evaluated(const Learner& learner, const cells::Cell& cell, double logit_of_all) {
    const Enumerated all = enumerated(learner, cell);
    const std::vector<double> z(all.mass.size() * learner.heads, logit_of_all);
    Evaluated result;
    result.gradient.assign(z.size(), 0.0);
    result.value = learner.loss({.label = all.copies.label,
                                 .frozen = all.frozen,
                                 .heads = learner.heads,
                                 .part = all.copies.part,
                                 .delay = all.delay,
                                 .weight = all.mass,
                                 .attribution = 1},
                                z, result.gradient);
    return result;
}

void expect_same(const Evaluated& a, const Evaluated& b) {
    EXPECT_NEAR(a.value, b.value, 1e-12);
    ASSERT_EQ(a.gradient.size(), b.gradient.size());
    for (std::size_t j = 0; j < a.gradient.size(); ++j) EXPECT_NEAR(a.gradient[j], b.gradient[j], 1e-12);
}

cells::Cell cell_with(const Windows& windows) {
    return cells::make_cell(.3, {{.2, 1}, {.3, 20}, {.5, 80}}, windows, [](Time) {
        return std::vector<cells::Share>{{.6}, {.1, 1}, {.3, 70}};
    });
}

constexpr double logits[] = {-3, -1, 0, 1.5};

// ------------------------------------------------------------------------------------------------- no
// waiting

const cells::Cell impatient = cell_with({.conversion_attribution = 100,
                                         .refund_attribution = 100,
                                         .conversion_observation = 0,
                                         .refund_observation = 0});

TEST(WithoutWaiting, es_dfm_has_the_stream_of_fnw) {
    const Outcomes world = cells::outcomes_of(impatient);
    for (const std::size_t tower : {0, 1}) {
        const Learner &es_dfm = find_method("es-dfm").learners[tower],
                      &fnw = find_method("fnw").learners[tower];
        Copies one, other;
        es_dfm.delivery(world, es_dfm.stage, one);
        fnw.delivery(world, fnw.stage, other);
        EXPECT_EQ(one.click, other.click);
        EXPECT_EQ(one.at, other.at);
        EXPECT_EQ(one.label, other.label);
    }
}

TEST(WithoutWaiting, es_dfm_has_the_weights_of_fnw) {
    for (const std::size_t tower : {0, 1}) {
        const Learner& fnw = find_method("fnw").learners[tower];
        for (const double z : logits)
            expect_same(evaluated(find_method("es-dfm-own").learners[tower], impatient, z),
                        evaluated(fnw, impatient, z));
        const cells::Truth truth = cells::truth_of(impatient);
        const double z = logit(tower == 0 ? truth.cvr : truth.refund);
        expect_same(evaluated(find_method("es-dfm").learners[tower], impatient, z),
                    evaluated(fnw, impatient, z));
    }
}

// ------------------------------------------------------------------------------- waiting as long as
// attribution

/// The gradient of every logit is that of log loss on final labels, but for a factor; so is its root.
TEST(WaitingForAttribution, makes_log_loss_on_final_labels_of_every_method_with_a_window) {
    for (const Time observation : {100, 150}) {
        const cells::Cell patient = cell_with({.conversion_attribution = 100,
                                               .refund_attribution = 100,
                                               .conversion_observation = observation,
                                               .refund_observation = observation});
        const cells::Truth truth = cells::truth_of(patient);
        for (const std::string_view name : {"vanilla", "es-dfm", "es-dfm-own", "es-dfm-unit-density", "defer",
                                            "defer-joint", "defuse", "ddfm", "bi-defuse", "nn-df"})
            for (const Learner& learner : find_method(name).learners) {
                const double p = learner.stage == StageKind::refund ? truth.refund : truth.cvr;
                const auto slope = [&](double z) {
                    return evaluated(learner, patient, z).total(0, learner.heads) / (sigmoid(z) - p);
                };
                EXPECT_GT(slope(0), 0.3) << name;
                for (const double z : logits) EXPECT_NEAR(slope(z), slope(0), 1e-12) << name;
            }
        const Outcomes world = cells::outcomes_of(patient);
        Copies copies;
        find_method("es-dfm").learners[0].delivery(world, StageKind::conversion, copies);
        EXPECT_EQ(copies.size(), world.size()) << "nothing is sent again";
        for (const Time at : copies.at) EXPECT_EQ(at, observation);
    }
}

// ------------------------------------------------------------------------------------------------- no
// refunds

const cells::Cell kept = cells::make_cell(.3,
                                          {{.2, 1}, {.3, 20}, {.5, 80}},
                                          {.conversion_attribution = 100,
                                           .refund_attribution = 100,
                                           .conversion_observation = 10,
                                           .refund_observation = 10},
                                          [](Time) { return std::vector<cells::Share>{{1}}; });

/// d = .3 · .8, so Δ = −d/3 = −.08, positives p + Δ = .22 of all copies.
TEST(WithoutRefunds, three_deliveries_are_those_of_defer_and_the_final_label) {
    const Learner& net = find_method("three-delivery").learners[0];
    const Outcomes world = cells::outcomes_of(kept);
    Copies three, two;
    net.delivery(world, StageKind::net, three);
    const Learner& defer = find_method("defer").learners[0];
    defer.delivery(world, defer.stage, two);
    ASSERT_EQ(three.size(), 3 * world.size());
    ASSERT_EQ(two.size(), 2 * world.size());
    std::vector<int> labels_of_three(3 * world.size()), labels_of_two(2 * world.size());
    for (std::size_t k = 0; k < three.size(); ++k)
        labels_of_three[3 * three.click[k] + three.part[k]] = three.label[k];
    for (std::size_t k = 0; k < two.size(); ++k) labels_of_two[2 * two.click[k] + two.part[k]] = two.label[k];
    for (std::size_t i = 0; i < world.size(); ++i) {
        EXPECT_EQ(labels_of_three[3 * i], labels_of_two[2 * i]);
        EXPECT_EQ(labels_of_three[3 * i + 1], labels_of_two[2 * i + 1]);
        EXPECT_EQ(labels_of_three[3 * i + 2], world.conversion.happens(i));
    }
    const Enumerated all = enumerated(net, kept);
    double positives = 0, total = 0;
    for (std::size_t k = 0; k < all.mass.size(); ++k) {
        positives += all.copies.label[k] ? all.mass[k] : 0;
        total += all.mass[k];
    }
    EXPECT_NEAR(total, 3, 1e-12);
    EXPECT_NEAR(positives / 3, .22, 1e-12);
}

TEST(WithoutRefunds, three_deliveries_have_the_weights_of_a_shift_by_a_third_of_the_late) {
    const Learner& net = find_method("three-delivery").learners[0];
    for (const double z : {-2.0, -1.0, 0.0, 1.5}) {  // f > .08, or the positive weight has no sense
        const double f = sigmoid(z);
        const Enumerated all = enumerated(net, kept);
        const Evaluated at = evaluated(net, kept, z);
        for (std::size_t k = 0; k < all.mass.size(); ++k) {
            const double wanted =
                all.copies.label[k] ? -f / (f - .08) * (1 - f) : (1 - f) / (1 - f + .08) * f;
            EXPECT_NEAR(at.gradient[k] / (all.mass[k] / 3), wanted, 1e-12);
        }
    }
}

TEST(WithoutRefunds, net_is_cvr) {
    for (const std::string_view name :
         {"direct", "three-delivery", "three-delivery-ratio", "three-delivery-soft"}) {
        const Learner& net = find_method(name).learners[0];
        EXPECT_NEAR(net.outputs[0].probability(solved(net, kept)), .3, 1e-6) << name;
    }
}

// ------------------------------------------------------------------------------------------ all of one kind

const cells::Cell& degenerate(std::string_view name) {
    static const std::vector<cells::Named> worlds = cells::degenerate();
    return std::ranges::find(worlds, name, &cells::Named::name)->cell;
}

TEST(AllConversionsLate, leave_nothing_to_what_sees_the_window_alone) {
    const cells::Cell& late = degenerate("conversions late");
    EXPECT_LT(sigmoid(solved(find_method("vanilla-in-window").learners[0], late)[0]), 1e-6);
    const Learner& two_heads = find_method("bi-defuse").learners[0];
    const std::vector<double> z = solved(two_heads, late);
    EXPECT_LT(sigmoid(z[0]), 1e-6);
    EXPECT_NEAR(sigmoid(z[1]), .3, 1e-6);
    EXPECT_NEAR(two_heads.outputs[0].probability(z), .3, 1e-6);
}

TEST(AllRefundsAtOnce, are_sent_once_by_towers_with_a_window) {
    const cells::Cell& at_once = degenerate("refunds at once");
    const Outcomes world = cells::outcomes_of(at_once);
    std::size_t conversions = 0;
    for (std::size_t i = 0; i < world.size(); ++i) conversions += world.refund.entered(i);
    for (const std::string_view name : {"es-dfm", "es-dfm-own", "defuse", "fnw:refund=R2"}) {
        const Learner& refunds = find_method(name).learners[1];
        Copies copies;
        refunds.delivery(world, refunds.stage, copies);
        EXPECT_EQ(copies.size(), conversions) << name;
        EXPECT_NEAR(refunds.outputs[0].probability(solved(refunds, at_once)), .4, 1e-6) << name;
    }
}

}  // namespace
}  // namespace netcvr
