#include "sim/math.h"

#include <cmath>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <gtest/gtest.h>

namespace netcvr {
namespace {

// With a = 1 + 2^-30, a² = 1 + 2^-29 + 2^-60 rounds to 1 + 2^-29: a fused multiply-add would leave 2^-60.
TEST(Math, is_compiled_without_contraction) {
    volatile double a = 1 + 0x1p-30, b = -(1 + 0x1p-29);
    EXPECT_EQ(a * a + b, 0);
    EXPECT_EQ(std::fma(a, a, b), 0x1p-60) << "the control: what a contraction would give";
}

double worst_relative_error(double (*f)(double), long double (*exact)(long double), double low, double high) {
    double worst = 0;
    constexpr int n = 200000;
    for (int i = 0; i <= n; ++i) {
        const double x = low + (high - low) * i / n;
        const long double y = exact(static_cast<long double>(x));
        if (y != 0) worst = std::max(worst, static_cast<double>(std::fabs((f(x) - y) / y)));
    }
    return worst;
}

TEST(Math, has_exp_to_four_parts_in_ten_to_the_sixteen) {
    EXPECT_LT(worst_relative_error(math::exp, std::exp, -708, 709), 4e-16);
    EXPECT_LT(worst_relative_error(math::exp, std::exp, -1, 1), 4e-16);
    EXPECT_LT(worst_relative_error(math::exp, std::exp, -1e-6, 1e-6), 4e-16);
    EXPECT_EQ(math::exp(0), 1);
}

TEST(Math, has_one_minus_exp_to_four_parts_in_ten_to_the_sixteen) {
    const auto exact = [](long double y) { return -std::expm1(-y); };
    EXPECT_LT(worst_relative_error(math::one_minus_exp, exact, -708, 800), 4e-16);
    EXPECT_LT(worst_relative_error(math::one_minus_exp, exact, -1, 1), 4e-16);
    EXPECT_LT(worst_relative_error(math::one_minus_exp, exact, 0, 1e-300), 4e-16);
    EXPECT_EQ(math::one_minus_exp(0), 0);
    EXPECT_EQ(math::one_minus_exp(std::numeric_limits<double>::infinity()), 1);
}

TEST(Math, bounds_exp_at_both_ends) {
    EXPECT_EQ(math::exp(-708.5), 0);
    EXPECT_EQ(math::exp(-std::numeric_limits<double>::infinity()), 0);
    EXPECT_GT(math::exp(-708), 0);
    EXPECT_EQ(math::exp(710), math::exp(709));
    EXPECT_EQ(math::exp(std::numeric_limits<double>::infinity()), math::exp(709));
}

TEST(Math, has_log_to_four_parts_in_ten_to_the_sixteen) {
    EXPECT_LT(worst_relative_error(math::log, std::log, 0x1p-1022, 1e-300), 4e-16);
    EXPECT_LT(worst_relative_error(math::log, std::log, 1e-3, .999), 4e-16);
    EXPECT_LT(worst_relative_error(math::log, std::log, 1.001, 2), 4e-16);
    EXPECT_LT(worst_relative_error(math::log, std::log, 2, 1e18), 4e-16);
    EXPECT_EQ(math::log(1), 0);
    for (const double x : {1 + 0x1p-52, 1 - 0x1p-53, 1 + 1e-9, 1 - 1e-9}) {
        const long double y = std::log(static_cast<long double>(x));
        EXPECT_LT(std::fabs((math::log(x) - y) / y), 4e-16L) << x;
    }
}

TEST(Math, goes_through_exp_and_log_and_back) {
    for (int k = 0; k <= 1021; ++k) {
        const double x = -700 + 1.37 * k;
        EXPECT_NEAR(math::log(math::exp(x)), x, 4e-16 * (1 + std::fabs(x))) << x;
        const double p = math::logistic(x / 25);
        EXPECT_NEAR(math::logit(p), x / 25, 1e-15 * (1 + std::fabs(x)) / std::min(p, 1 - p) * .5) << x;
    }
}

TEST(Math, has_a_logistic_function_that_keeps_its_tails) {
    EXPECT_EQ(math::logistic(0), .5);
    for (int k = 0; k < 43; ++k) {
        const double z = .1 + .7 * k;
        EXPECT_EQ(math::logistic(z), 1 - math::logistic(-z));
    }
    EXPECT_NEAR(math::logistic(-40) / std::exp(-40.0), 1, 1e-15);
    EXPECT_EQ(math::logistic(-1000), 0);
    EXPECT_EQ(math::logistic(1000), 1);
}

// The header says absolute error below 1e-15; in the tail what counts is the relative one.
TEST(Math, has_the_normal_cdf_of_boost) {
    const boost::math::normal normal;
    double worst = 0, worst_tail = 0;
    for (int i = -380000; i <= 380000; ++i) {
        const double x = i * 1e-4, exact = cdf(normal, x);
        worst = std::max(worst, std::fabs(math::normal_cdf(x) - exact));
        if (x > -37 && x < 0) worst_tail = std::max(worst_tail, std::fabs(math::normal_cdf(x) / exact - 1));
    }
    EXPECT_LT(worst, 1e-15);
    EXPECT_LT(worst_tail, 1e-7) << "West's continued fraction below -7.07";
    EXPECT_EQ(math::normal_cdf(0), .5);
    EXPECT_EQ(math::normal_cdf(40), 1);
    EXPECT_EQ(math::normal_cdf(-40), 0);
}

TEST(Math, has_the_normal_quantile_of_boost) {
    const boost::math::normal normal;
    double worst = 0;
    const auto compare = [&](double u) {
        const double exact = quantile(normal, u);
        worst = std::max(worst, std::fabs(math::normal_quantile(u) - exact) / (1 + std::fabs(exact)));
    };
    for (int i = 1; i < 200000; ++i) compare(i / 200000.0);
    for (int e = 1; e <= 54; ++e) compare(std::ldexp(1, -e)), compare(1 - std::ldexp(1, -std::min(e, 53)));
    EXPECT_LT(worst, 1e-15);
    EXPECT_EQ(math::normal_quantile(.5), 0);
}

// Over more than a tile of the column, with all three formulas and their edges.
TEST(Math, has_the_same_normal_quantile_in_columns) {
    std::vector<double> u = {.075,  .925,  .5,        0x1p-53,  1 - 0x1p-53,
                             1e-11, 2e-11, 1 - 1e-11, .0749999, .9250001};
    for (int k = 1; k < 700; ++k) u.push_back(k / 700.0);
    for (const double rare : {1e-5, 1e-11, 1e-15})
        for (int k = 0; k < 300; ++k) u.push_back(k % 50 == 7 ? rare : k / 301.0 + .001);
    std::vector<double> column = u;
    math::normal_quantile_column(column);
    for (std::size_t i = 0; i < u.size(); ++i) EXPECT_EQ(column[i], math::normal_quantile(u[i])) << u[i];
}

TEST(Math, has_what_stirling_leaves_of_boosts_log_gamma) {
    for (int i = 1; i <= 3000; ++i) {
        const long double z = i * .01;
        const long double stirling = (z - .5L) * std::log(z) - z + .5L * std::log(2 * acosl(-1));
        const double exact = static_cast<double>(boost::math::lgamma(z) - stirling);
        EXPECT_NEAR(math::stirling_rest(static_cast<double>(z)), exact, 1e-15) << i;
    }
}

// The factor g is taken in long double, so that what is compared is the series and the fraction.
TEST(Math, has_the_incomplete_gamma_function_of_boost) {
    for (const double k : {.05, .3, 1.0, 2.5, 7.0, 20.0, 100.0})
        for (int i = 0; i <= 60; ++i) {
            const double part = i / 60.0, low = part * (k + 1), high = (k + 1) * (1 + 4 * part);
            const auto factor = [k](long double t) {
                return std::exp(k * std::log(t) - t - boost::math::lgamma(static_cast<long double>(k)));
            };
            if (i > 0) {
                const double exact =
                    static_cast<double>(boost::math::gamma_p<long double>(k, low) / factor(low));
                EXPECT_NEAR(math::gamma_series(k, low) / k / exact, 1, 4e-15) << k << ' ' << low;
            }
            const double exact =
                static_cast<double>(boost::math::gamma_q<long double>(k, high) / factor(high));
            EXPECT_NEAR(math::gamma_fraction(k, high) / exact, 1, 2e-14) << k << ' ' << high;
        }
    EXPECT_EQ(math::gamma_series(2, 0), 1);
}

// Both ends of what uniform() can give, and the seams of the three pieces.
TEST(Math, has_a_quantile_that_rises_everywhere) {
    double before = math::normal_quantile(0x1p-53);
    EXPECT_NEAR(before, -8.21, .01);
    // The pieces meet at .075 and at e^-25; a step of 1e-13 of the tail is some hundred times their error.
    for (const double seam : {.075, std::exp(-25.0)})
        for (int step = -100; step < 100; ++step) {
            const double u = seam * (1 + step * 1e-13), next = seam * (1 + (step + 1) * 1e-13);
            EXPECT_LT(math::normal_quantile(u), math::normal_quantile(next)) << seam << ' ' << step;
        }
    for (int i = 1; i < 10000; ++i) {
        const double x = math::normal_quantile(i / 10000.0);
        EXPECT_GT(x, before);
        before = x;
    }
}

}  // namespace
}  // namespace netcvr
