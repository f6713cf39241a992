#include "sim/distributions.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/math/distributions/exponential.hpp>
#include <boost/math/distributions/logistic.hpp>
#include <boost/math/distributions/lognormal.hpp>
#include <boost/math/distributions/weibull.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <gtest/gtest.h>

namespace netcvr {
namespace {

/// A family is tested by standing here.
constexpr Family families[] = {Family::exponential, Family::weibull, Family::log_normal, Family::log_logistic,
                               Family::gamma};
constexpr const char* names[] = {"exponential", "weibull", "log-normal", "log-logistic", "gamma"};
constexpr double shapes[] = {.05, .1, .3, .5, .7, 1.0, 1.2, 2.5, 3.0, 8.0, 20.0};

std::vector<DelayLaw> laws() {
    std::vector<DelayLaw> all;
    for (const Family family : families)
        for (const double shape : shapes)
            if (family != Family::exponential || shape == 1) all.push_back({family, shape});
    return all;
}

std::string name(const DelayLaw& law) {
    return std::string(names[static_cast<int>(law.family)]) + ' ' + std::to_string(law.shape);
}

/// From the least to the greatest probability that uniform() can give, in order.
std::vector<double> probabilities() {
    std::vector<double> all;
    for (int e = 53; e > 10; --e) all.push_back(std::ldexp(1, -e));
    for (int i = 2; i < 1999; ++i) all.push_back(i / 2000.0);
    for (int e = 11; e <= 53; ++e) all.push_back(1 - std::ldexp(1, -e));
    return all;
}

/// P(T <= t) of the standard member by Boost.
double boost_cdf(const DelayLaw& law, double t) {
    switch (law.family) {
        case Family::exponential:
            return cdf(boost::math::exponential(1), t);
        case Family::weibull:
            return cdf(boost::math::weibull(law.shape, 1), t);
        case Family::log_normal:
            return cdf(boost::math::lognormal(0, 1 / law.shape), t);
        case Family::log_logistic:
            return cdf(boost::math::logistic(0, 1 / law.shape), std::log(t));
        case Family::gamma:
            return boost::math::gamma_p(law.shape, t);
    }
    return -1;
}

TEST(DelayLaw, returns_from_the_quantile_to_the_probability) {
    for (const auto& law : laws())
        for (const double u : probabilities())
            EXPECT_NEAR(law.cdf_of_log(law.log_quantile(u)), u, 4e-15) << name(law);
}

TEST(DelayLaw, rises_in_the_probability) {
    const std::vector<double> grid = probabilities();
    for (const auto& law : laws())
        for (std::size_t i = 1; i < grid.size(); ++i)
            EXPECT_LT(law.log_quantile(grid[i - 1]), law.log_quantile(grid[i]))
                << name(law) << ' ' << grid[i];
}

// The body and the tail of the gamma law, solved differently, meet at P(T <= shape + 1).
TEST(DelayLaw, rises_across_the_seam_of_the_gamma_law) {
    for (const double shape : shapes) {
        const DelayLaw law{Family::gamma, shape};
        const auto at = [&](int step) { return law.log_quantile(law.gamma.body + step * 1e-13); };
        for (int step = -50; step < 50; ++step) EXPECT_LT(at(step), at(step + 1)) << shape << ' ' << step;
        const double seam = std::log(shape + 1);
        for (int step = -50; step < 50; ++step)
            EXPECT_LT(law.cdf_of_log(seam + step * 1e-12), law.cdf_of_log(seam + (step + 1) * 1e-12))
                << shape;
    }
}

TEST(DelayLaw, is_finite_for_every_uniform_that_can_be_drawn) {
    for (const auto& law : laws())
        for (const double u : {0x1p-53, 1 - 0x1p-53})
            EXPECT_TRUE(std::isfinite(law.log_quantile(u))) << name(law);
}

// Over 30 decades of t. Below one half what counts is the relative error too; that of the normal law's far
// tail is West's.
TEST(DelayLaw, is_the_law_of_boost) {
    for (const auto& law : laws())
        for (int k = -184; k <= 92; ++k) {
            const double x = .25 * k, exact = boost_cdf(law, std::exp(x)), own = law.cdf_of_log(x);
            EXPECT_NEAR(own, exact, 4e-15) << name(law) << " at " << x;
            const double bound = law.family == Family::log_normal ? 1e-7 : 1e-12;
            if (exact > 1e-290 && exact < .5) {
                EXPECT_NEAR(own / exact, 1, bound) << name(law) << " at " << x;
            }
        }
}

TEST(DelayLaw, has_no_mass_at_zero_and_all_mass_at_infinity) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const auto& law : laws()) {
        EXPECT_EQ(law.cdf_of_log(-infinity), 0) << name(law);
        EXPECT_EQ(law.cdf_of_log(infinity), 1) << name(law);
        EXPECT_NEAR(law.cdf_of_log(5000), 1, 1e-15) << name(law);
    }
}

TEST(DelayLaw, has_the_gamma_quantile_of_boost) {
    for (const double shape : shapes)
        for (const double u : probabilities()) {
            if (u > .001 && u < .999 && std::fmod(u * 100, 1) != 0) continue;
            const long double k = shape, t = u < .5 ? boost::math::gamma_p_inv<long double>(k, u)
                                                    : boost::math::gamma_q_inv<long double>(k, 1 - u);
            const double exact = static_cast<double>(std::log(t));
            const double own = DelayLaw{Family::gamma, shape}.log_quantile(u);
            EXPECT_NEAR(own, exact, 2e-15 * (1 + std::fabs(exact)) + 1e-15 / shape) << shape << ' ' << u;
        }
}

// By Simpson's rule over log t, from the quantile of one in a million.
TEST(DelayLaw, has_the_integral_of_its_density_as_probability) {
    constexpr int steps = 12000;
    for (const auto& law : laws())
        for (const double u : {.3, 1 - 1e-6}) {
            const double low = law.log_quantile(1e-6), high = law.log_quantile(u), h = (high - low) / steps;
            const auto density = [&](double x) { return std::exp(law.log_density_of_log(x)); };
            double sum = density(low) + density(high);
            for (int i = 1; i < steps; ++i) sum += (i % 2 == 1 ? 4 : 2) * density(low + i * h);
            EXPECT_NEAR(sum * h / 3, u - 1e-6, 1e-10) << name(law) << ' ' << u;
        }
}

// The trapezoidal rule over log t, whose error falls exponentially for such integrands.
TEST(DelayLaw, has_the_shape_as_mean_and_variance_of_the_gamma_law) {
    for (const double shape : shapes) {
        const DelayLaw law{Family::gamma, shape};
        constexpr double h = 1 / 64.0;
        double mean = 0, square = 0;
        for (double x = -40; x < 6; x += h) {
            const double mass = h * std::exp(law.log_density_of_log(x));
            mean += mass * std::exp(x);
            square += mass * std::exp(2 * x);
        }
        EXPECT_NEAR(mean / shape, 1, 1e-13) << shape;
        EXPECT_NEAR((square - mean * mean) / shape, 1, 1e-12) << shape;
    }
}

TEST(DelayLaw, is_exponential_where_the_shape_is_one) {
    const DelayLaw exponential{Family::exponential, 1};
    for (const Family family : {Family::weibull, Family::gamma})
        for (int k = -200; k <= 16; ++k) {
            const double x = .25 * k;
            const DelayLaw law{family, 1};
            EXPECT_NEAR(law.cdf_of_log(x) / exponential.cdf_of_log(x), 1, 1e-13) << name(law) << x;
            EXPECT_NEAR(law.log_density_of_log(x), exponential.log_density_of_log(x),
                        1e-14 * (1 + std::fabs(x)))
                << name(law) << x;
        }
}

TEST(DelayLaw, has_a_density_where_its_probability_has_left_the_range_of_numbers) {
    const DelayLaw gamma{Family::gamma, .05};
    EXPECT_NEAR(gamma.log_density_of_log(-1e5), -5000 - std::lgamma(.05), 1e-11);
    for (const auto& law : laws()) {
        EXPECT_TRUE(std::isfinite(law.log_density_of_log(-1e5))) << name(law);
        EXPECT_TRUE(std::isfinite(law.log_density_of_log(30))) << name(law);
    }
}

TEST(DelayLaw, is_found_by_the_name_the_field_table_lists) {
    for (const Family family : families) EXPECT_EQ(family_named(names[static_cast<int>(family)]), family);
    EXPECT_THROW(family_named("lognormal"), std::invalid_argument);
}

}  // namespace
}  // namespace netcvr
