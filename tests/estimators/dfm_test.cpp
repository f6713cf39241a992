// DFM by snapshots is right if the family of delays is, and wrong in a known way if not: methods/spec.md, E8.

#include <cmath>
#include <functional>
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
    return sigmoid(solved(learner, all, 1000, 1, 3000)[0]);
}

TEST(DfmSnapshot, is_right_for_exponential_delays_at_any_age) {
    const Quantile exponential = [](double u) { return -std::log1p(-u); };
    EXPECT_NEAR(snapshot_of(exponential, 0.5), .1002, 1e-3);
    EXPECT_NEAR(snapshot_of(exponential, 2), .1000, 1e-3);
    EXPECT_NEAR(snapshot_of(exponential, 8), .1000, 1e-3);
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
