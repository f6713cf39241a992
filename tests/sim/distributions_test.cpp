#include "sim/distributions.h"

#include <cmath>
#include <stdexcept>
#include <vector>

#include <boost/math/distributions/exponential.hpp>
#include <boost/math/distributions/logistic.hpp>
#include <boost/math/distributions/lognormal.hpp>
#include <boost/math/distributions/weibull.hpp>
#include <gtest/gtest.h>

namespace netcvr {
namespace {

std::vector<DelayLaw> laws() {
    std::vector<DelayLaw> all = {{Family::exponential, 1}};
    for (const Family family : {Family::weibull, Family::log_normal, Family::log_logistic})
        for (const double shape : {.05, .5, .7, 1.0, 1.2, 3.0, 20.0}) all.push_back({family, shape});
    return all;
}

const char* name(const DelayLaw& law) {
    constexpr const char* names[] = {"exponential", "weibull", "log-normal", "log-logistic"};
    return names[static_cast<int>(law.family)];
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
    }
    return -1;
}

TEST(DelayLaw, returns_from_the_quantile_to_the_probability) {
    for (const auto& law : laws())
        for (int i = 1; i < 2000; ++i) {
            const double u = i / 2000.0;
            EXPECT_NEAR(law.cdf_of_log(law.log_quantile(u)), u, 4e-15) << name(law) << ' ' << law.shape;
        }
}

TEST(DelayLaw, rises_in_the_probability) {
    for (const auto& law : laws()) {
        std::vector<double> grid = {0x1p-53, 0x1p-50, 1e-12, 1e-6};
        for (int i = 1; i < 1000; ++i) grid.push_back(i / 1000.0);
        for (const double rest : {1e-6, 1e-12, 0x1p-52, 0x1p-53}) grid.push_back(1 - rest);
        for (std::size_t i = 1; i < grid.size(); ++i) {
            if (i == 1 && law.family != Family::log_normal && law.family != Family::log_logistic) continue;
            EXPECT_LT(law.log_quantile(grid[i - 1]), law.log_quantile(grid[i]))
                << name(law) << ' ' << grid[i];
        }
    }
}

TEST(DelayLaw, is_finite_for_every_uniform_that_can_be_drawn) {
    for (const auto& law : laws())
        for (const double u : {0x1p-53, 1 - 0x1p-53})
            EXPECT_TRUE(std::isfinite(law.log_quantile(u))) << name(law);
}

TEST(DelayLaw, is_the_law_of_boost) {
    for (const auto& law : laws())
        for (int k = -48; k <= 48; ++k) {
            const double x = .25 * k;
            const double exact = boost_cdf(law, std::exp(x));
            EXPECT_NEAR(law.cdf_of_log(x), exact, 4e-15) << name(law) << ' ' << law.shape << " at " << x;
        }
}

// Density by the formula, integrated by Simpson's rule over log t, against the difference of the cdf.
TEST(DelayLaw, has_the_integral_of_its_density_as_probability) {
    const auto density_of_log = [](const DelayLaw& law, double x) {
        const double y = law.shape * x;
        switch (law.family) {
            case Family::exponential:
                return std::exp(x - std::exp(x));
            case Family::weibull:
                return law.shape * std::exp(y - std::exp(y));
            case Family::log_normal:
                return law.shape * std::exp(-y * y / 2) / std::sqrt(2 * M_PI);
            case Family::log_logistic:
                return law.shape / (std::exp(y) + 2 + std::exp(-y));
        }
        return 0.0;
    };
    constexpr int steps = 4000;
    for (const auto& law : laws()) {
        const double low = -6 / law.shape, high = 3 / law.shape, h = (high - low) / steps;
        double sum = density_of_log(law, low) + density_of_log(law, high);
        for (int i = 1; i < steps; ++i) sum += (i % 2 == 1 ? 4 : 2) * density_of_log(law, low + i * h);
        EXPECT_NEAR(sum * h / 3, law.cdf_of_log(high) - law.cdf_of_log(low), 1e-10) << name(law) << law.shape;
    }
}

TEST(DelayLaw, is_found_by_the_name_the_field_table_lists) {
    EXPECT_EQ(family_named("exponential"), Family::exponential);
    EXPECT_EQ(family_named("weibull"), Family::weibull);
    EXPECT_EQ(family_named("log-normal"), Family::log_normal);
    EXPECT_EQ(family_named("log-logistic"), Family::log_logistic);
    EXPECT_THROW(family_named("lognormal"), std::invalid_argument);
}

// Truth is written as float32 (6e-8). Below 1e-9 the digits of 1 − e^(−t) go, and below 1e-16 it is 0.
TEST(DelayLaw, keeps_seven_digits_of_a_probability_down_to_one_in_a_milliard) {
    for (const auto& law : {DelayLaw{Family::exponential, 1}, DelayLaw{Family::weibull, 3}})
        for (const double p : {1e-3, 1e-6, 1e-9}) {
            const double x = std::log(-std::log1p(-p)) / law.shape;
            EXPECT_NEAR(law.cdf_of_log(x) / p, 1, 1e-7) << name(law) << ' ' << p;
        }
}

}  // namespace
}  // namespace netcvr
