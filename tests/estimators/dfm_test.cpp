// DFM by snapshots is right if the family of delays is, and wrong in a known way if not: methods/spec.md, E8.

#include <cmath>
#include <functional>
#include <map>
#include <string_view>

#include <gtest/gtest.h>

#include "estimators/method.h"
#include "tests/estimators/enumeration.h"

namespace netcvr {
namespace {

/// Days at which the survival S(t) has fallen to 1 − u.
using Quantile = std::function<double(double u)>;

double by_bisection(const std::function<double(double)>& survival, double u) {
    double low = 0, high = 1e3;
    for (int k = 0; k < 100; ++k) {
        const double middle = (low + high) / 2;
        (survival(middle) > 1 - u ? low : high) = middle;
    }
    return low;
}

/// What a DFM by snapshots says of p = .1 if clicks are looked at once, at ages uniform on (0, oldest] days;
/// to about a thousandth, by the grid.
double snapshot_of(const Quantile& delay, double oldest, std::string_view method = "dfm-snapshot") {
    constexpr int ages = 20, delays = 200;
    Enumerated all;
    const auto add = [&](bool positive, double days_of, double mass) {
        all.copies.add(all.mass.size(), 0, positive);
        all.delay.push_back(days_of);
        all.mass.push_back(mass);
    };
    for (int a = 0; a < ages; ++a) {
        const double age_days = oldest * (a + 0.5) / ages;
        double unseen = 0.9;
        for (int k = 0; k < delays; ++k) {
            const double d = delay((k + 0.5) / delays);
            if (d < age_days)
                add(true, d, 0.1 / delays);
            else
                unseen += 0.1 / delays;
        }
        add(false, age_days, unseen);
    }
    const Learner& learner = find_method(method).learners[0];
    return sigmoid(solved(learner, all, 1000, 3000)[0]);
}

TEST(DfmSnapshot, is_right_for_exponential_delays_at_any_age) {
    const Quantile exponential = [](double u) { return -std::log1p(-u); };
    EXPECT_NEAR(snapshot_of(exponential, 0.5), .1002, 1e-3);
    EXPECT_NEAR(snapshot_of(exponential, 2), .1000, 1e-3);
    EXPECT_NEAR(snapshot_of(exponential, 8), .1000, 1e-3);
}

/// Clicks all over a segment of a minute, looked at when it ends, with exponential delays of mean a minute:
/// an event in second k of its click is one of [k, k + 1).
TEST(DfmSnapshot, is_right_in_whole_seconds_by_its_own_rule) {
    constexpr Time segment = 60, longest = 1500;
    constexpr double mean = 60, p = .1;
    ClickLog log;
    log.windows = {.conversion_attribution = hour, .refund_attribution = hour};
    log.protocol = {.pretrain = 0, .gap = 0, .segment = segment};
    std::vector<double> mass;
    const auto add = [&](Time click, Time conversion, double m) {
        log.click_time.push_back(click), log.conversion_time.push_back(conversion),
            log.refund_time.push_back(never);
        mass.push_back(m / segment);
    };
    for (Time click = 0; click < segment; ++click) {
        add(click, never, 1 - p);
        for (Time k = 0; k < longest; ++k) {
            const auto from = static_cast<double>(k);
            add(click, click + k, p * (std::exp(-from / mean) - std::exp(-(from + 1) / mean)));
        }
    }
    const Outcomes world = outcomes(log);
    const Learner& learner = find_method("dfm-snapshot").learners[0];
    Copies copies;
    learner.delivery(world, StageKind::conversion, copies);
    std::map<std::pair<bool, double>, double> mass_of;
    for (std::size_t k = 0; k < copies.size(); ++k) {
        const bool positive = copies.label[k] != 0;
        mass_of[{positive, delay_of(world.conversion, copies.click[k], copies.at[k], positive)}] +=
            mass[copies.click[k]];
    }
    Enumerated all;
    for (const auto& [copy, m] : mass_of) {
        all.copies.add(all.mass.size(), 0, copy.first);
        all.delay.push_back(copy.second);
        all.mass.push_back(m);
    }
    EXPECT_NEAR(sigmoid(solved(learner, all, days(hour), 3000)[0]), p, 1e-3);
}

TEST(DfmSnapshot, underestimates_heavy_tails_the_more_the_younger_the_clicks) {
    const Quantile half = [](double u) { return std::pow(-std::log1p(-u), 2.0); };
    EXPECT_NEAR(snapshot_of(half, 0.5), .0475, 1e-3);
    EXPECT_NEAR(snapshot_of(half, 2), .0709, 1e-3);
    EXPECT_NEAR(snapshot_of(half, 8), .0902, 1e-3);
    const Quantile two = [](double u) { return std::sqrt(-std::log1p(-u)); };
    EXPECT_NEAR(snapshot_of(two, 8), .1017, 1e-3) << "light tails";
    const Quantile mixture = [](double u) {
        return by_bisection([](double t) { return (std::exp(-t / .05) + std::exp(-t / 2)) / 2; }, u);
    };
    EXPECT_NEAR(snapshot_of(mixture, 0.5), .0588, 1e-3);
    EXPECT_NEAR(snapshot_of(mixture, 2), .0752, 1e-3);
    EXPECT_NEAR(snapshot_of(mixture, 8), .0957, 1e-3);
}

TEST(DfmWeibullSnapshot, is_right_for_weibull_delays_of_any_shape) {
    for (const double shape : {0.5, 1.0, 2.0}) {
        const Quantile weibull = [=](double u) { return std::pow(-std::log1p(-u), 1 / shape); };
        EXPECT_NEAR(snapshot_of(weibull, 2, "dfm-weibull-snapshot"), .1, 2e-3) << shape;
        EXPECT_NEAR(snapshot_of(weibull, 8, "dfm-weibull-snapshot"), .1, 1e-3) << shape;
    }
}

}  // namespace
}  // namespace netcvr
