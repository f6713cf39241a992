// Weights that a loss should not have met are counted, per run; none is changed but where a method's rule
// says so.

#include <vector>

#include <gtest/gtest.h>

#include "estimators/delivery.h"
#include "estimators/train.h"
#include "tests/estimators/small_log.h"

namespace netcvr {
namespace {

/// One copy of a method, with these frozen answers and this prediction in its weights.
struct OneCopy {
    const char* method;
    bool positive;
    std::vector<double> frozen;
    double prediction;
    std::uint8_t part = 0;
};

Incidents met(const OneCopy& copy) {
    const std::vector<std::uint8_t> label{copy.positive}, part{copy.part};
    const std::vector<double> z{logit(copy.prediction)};
    std::vector<double> dz{0};
    Incidents incidents;
    find_method(copy.method)
        .learners[0]
        .loss({.label = label, .frozen = copy.frozen, .part = part, .incidents = &incidents}, z, dz);
    return incidents;
}

TEST(Incidents, are_counted_where_a_rule_binds) {
    const std::vector<OneCopy> binding = {
        {"defer-joint", true, {.3}, .1},           // f < d / 2
        {"fsiw", true, {.96, .5}, .1},             // 1 / P₁ = 25
        {"fsiw", false, {.96, .5}, .1},            // its counterpart, weighed as much less
        {"ddfm", false, {.3, .8}, .1, 1},          // z = 1 − f + d > 1
        {"nn-df", true, {.3}, .1},                 // no negative loss is left
        {"three-delivery", true, {0, 0, .6}, .1},  // f + Δ < 0
        {"three-delivery-ratio", true, {0, 0, .6, .1}, .1},
        {"three-delivery-soft", true, {.1, .1, .3}, .2},  // f < G₁
    };
    for (const OneCopy& copy : binding) EXPECT_EQ(met(copy), (Incidents{.clipped = 1})) << copy.method;
}

TEST(Incidents, are_not_counted_where_none_binds) {
    const std::vector<OneCopy> free = {
        {"defer-joint", true, {.1}, .1},
        {"defer-joint", false, {.3}, .1},  // the negative weight has no such denominator
        {"fsiw", true, {.94, .5}, .1},
        {"ddfm", false, {.05, .8}, .1, 1},
        {"nn-df", false, {.3}, .1},
        {"three-delivery", true, {.01, .01, .05}, .1},
        {"three-delivery-ratio", true, {.01, .01, .05, .1}, .1},
        {"three-delivery-soft", true, {.1, .1, .1}, .2},
        {"es-dfm", true, {.3, .5}, .1},
        {"fnw", true, {}, .9},
    };
    for (const OneCopy& copy : free) EXPECT_EQ(met(copy), Incidents{}) << copy.method;
}

TEST(Incidents, of_a_run_are_those_of_all_its_copies_in_the_stream) {
    Method method = find_method("vanilla-event");
    for (Learner& learner : method.learners)
        learner.loss = [](const Batch& batch, std::span<const double> z, std::span<double> dz) {
            batch.note_clipped();  // once a batch
            return weighted_log_loss(batch, z, dz, [](std::size_t, double) {
                return Weights{.positive = 20.5, .negative = -1e-3};
            });
        };
    const Predictions run = train(small_log(), {&method}, small_training(), 2).at(0);
    EXPECT_GT(run.incidents.large, 100U);
    EXPECT_EQ(run.incidents.large + run.incidents.negative, run.copies);
    EXPECT_GE(run.incidents.clipped, run.copies / static_cast<std::size_t>(small_training().batch));
    EXPECT_LT(run.incidents.clipped, run.copies / 2);
}

}  // namespace
}  // namespace netcvr
