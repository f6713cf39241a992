#include "sim/counts.h"

#include <cmath>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <gtest/gtest.h>

namespace netcvr {
namespace {

/// n is the smallest count whose cdf exceeds u, up to rounding of the cdf.
template <class Law>
void expect_quantile(const Law& law, std::int64_t n, double u, double slack) {
    const auto x = static_cast<double>(n);
    EXPECT_GT(cdf(law, x) + slack, u) << n;
    EXPECT_LE(n > 0 ? cdf(law, x - 1) - slack : 0.0, u) << n;
}

TEST(Counts, are_poisson_quantiles_for_small_and_large_means) {
    for (const double mean : {0.01, 0.7, 12.0, 99.0, 300.0, 1200.0, 5e4})
        for (const double u : {1e-12, 0.01, 0.3, 0.5, 0.77, 0.999, 1 - 1e-9})
            expect_quantile(boost::math::poisson(mean), poisson_count(mean, u), u, 1e-12 + 1e-14 * mean);
    EXPECT_EQ(poisson_count(0, 0.999), 0);
}

TEST(Counts, are_binomial_quantiles_for_few_and_many_trials) {
    for (const std::int64_t n : {1, 3, 40, 1500, 100000})
        for (const double p : {1e-6, 0.02, 0.5, 0.97})
            for (const double u : {1e-9, 0.01, 0.3, 0.77, 0.999, 1 - 1e-7})
                expect_quantile(boost::math::binomial(static_cast<double>(n), p), binomial_count(n, p, u), u,
                                1e-9);
    EXPECT_EQ(binomial_count(5, 0, 0.9), 0);
    EXPECT_EQ(binomial_count(5, 1, 0.1), 5);
    EXPECT_EQ(binomial_count(0, 0.5, 0.9), 0);
}

TEST(Counts, grow_with_the_uniform_and_with_the_mean) {
    for (const double mean : {0.5, 20.0, 900.0}) {
        std::int64_t last = 0;
        for (double u = 0.005; u < 1; u += 0.01) {
            const std::int64_t n = poisson_count(mean, u);
            EXPECT_GE(n, last);
            EXPECT_GE(poisson_count(1.1 * mean, u), n);
            EXPECT_GE(binomial_count(1000, 0.3, u), binomial_count(900, 0.3, u));
            EXPECT_GE(binomial_count(1000, 0.33, u), binomial_count(1000, 0.3, u));
            last = n;
        }
    }
}

}  // namespace
}  // namespace netcvr
