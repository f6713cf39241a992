#include "estimators/calibration.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "estimators/beta_prior.h"
#include "estimators/loss.h"

namespace netcvr {
namespace {

using Labels = std::vector<std::uint8_t>;

Judged judged(std::vector<double> p, Labels happened, std::vector<std::uint32_t> stratum = {}) {
    if (stratum.empty()) stratum.resize(p.size());
    return {.probability = std::move(p), .happened = std::move(happened), .stratum = std::move(stratum)};
}

// ----------------------------------------------------------------------------------------------------
// isotonic

/// max over i ≤ k of min over j ≥ k of the mean of i … j (Robertson, Wright and Dykstra 1988, 1.4.4).
double max_min(const std::vector<Pool>& points, std::size_t k) {
    double largest = -1;
    for (std::size_t i = 0; i <= k; ++i) {
        double smallest = 2;
        for (std::size_t j = k; j < points.size(); ++j) {
            double events = 0, n = 0;
            for (std::size_t l = i; l <= j; ++l) events += points[l].events, n += points[l].n;
            smallest = std::min(smallest, events / n);
        }
        largest = std::max(largest, smallest);
    }
    return largest;
}

TEST(Isotonic, is_the_non_decreasing_fit_of_the_min_max_formula) {
    std::mt19937_64 random(41);
    std::uniform_real_distribution<double> weight(0.1, 3);
    for (int set = 0; set < 2000; ++set) {
        std::vector<Pool> points;
        for (std::size_t k = 0; k <= random() % 9; ++k) {
            const double n = set % 2 ? 1 : weight(random), at = static_cast<double>(k);
            points.push_back(
                {.low = at, .high = at, .events = n * static_cast<double>(random() % 2), .n = n});
        }
        const std::vector<Pool> pooled = pool_adjacent_violators(points);
        std::size_t at = 0;
        for (std::size_t k = 0; k < points.size(); ++k) {
            while (pooled[at].high < points[k].low) ++at;
            ASSERT_LE(pooled[at].low, points[k].low);
            ASSERT_NEAR(pooled[at].rate(), max_min(points, k), 1e-12);
        }
        EXPECT_EQ(at + 1, pooled.size());
    }
}

/// n clicks predicted to convert with p, of which the first `events` did.
struct Group {
    double p;
    int events, n;
};

Judged judged(const std::vector<Group>& groups) {
    Judged all;
    for (const Group& group : groups)
        for (int k = 0; k < group.n; ++k) all.add(group.p, k < group.events, 0);
    return all;
}

/// With half an event below and half a non-event above the rates are 12.5/40.5, .75, .25, 24/40.5; the middle
/// two pool.
TEST(Isotonic, is_flat_over_pools_linear_between_and_constant_outside) {
    const Mapping map = isotonic(judged({{.3, 10, 40}, {.1, 12, 40}, {.4, 24, 40}, {.2, 30, 40}}));
    const double low = .3, high = .6;
    const double expected[][2] = {{0, low},  {.1, low}, {.15, (low + .5) / 2},  {.2, .5},
                                  {.25, .5}, {.3, .5},  {.35, (.5 + high) / 2}, {.4, high},
                                  {1, high}};
    for (const auto& [p, mapped] : expected) EXPECT_NEAR(map(p, 0), mapped, 1e-12) << p;
}

TEST(Isotonic, treats_equal_predictions_as_one) {
    const Mapping map = isotonic(judged({{.5, 20, 20}, {.5, 0, 20}}));
    EXPECT_NEAR(map(.5, 0), .5, 1e-12);
}

/// A certain click at the top, and a thousand at the bottom with one event: neither is a level by itself.
TEST(Isotonic, sets_no_end_by_fewer_than_ten_of_either_label) {
    const std::vector<Group> groups{{.01, 1, 1000}, {.1, 15, 150}, {.3, 30, 60},
                                    {.5, 30, 45},   {.6, 9, 10},   {.9, 1, 1}};
    const Mapping map = isotonic(judged(groups));
    const double low = 16. / 1150, high = 40. / 56;
    for (const double p : {0., .01, .1}) EXPECT_NEAR(map(p, 0), low, 1e-12);
    EXPECT_NEAR(map(.3, 0), .5, 1e-12);
    for (const double p : {.5, .6, .9, 1.}) EXPECT_NEAR(map(p, 0), high, 1e-12);
}

TEST(Isotonic, changes_nothing_before_twenty_of_each_label) {
    for (const int few : {0, 1, 19}) {
        EXPECT_FALSE(isotonic(judged({{.1, 0, 500}, {.8, few, few}})));
        EXPECT_FALSE(isotonic(judged({{.1, 0, few}, {.8, 500, 500}})));
    }
    EXPECT_TRUE(isotonic(judged({{.1, 0, 20}, {.8, 20, 20}})));
}

// -------------------------------------------------------------------------------------------------------
// Platt

double penalised(double a, double b, const std::vector<double>& z, const Labels& y) {
    double sum = ((a - 1) * (a - 1) + b * b) / 2;
    for (std::size_t k = 0; k < z.size(); ++k) {
        const double p = 1 / (1 + std::exp(-a * z[k] - b));
        sum -= std::log(y[k] ? p : 1 - p);
    }
    return sum;
}

TEST(Platt, has_no_gradient_left_ridge_included_from_any_labels) {
    std::mt19937_64 random(42);
    std::normal_distribution<double> logits(-2, 1.5);
    for (const std::size_t n : {1, 3, 50, 3000})
        for (const double truth : {-1.0, 0.3, 1.0, 4.0}) {
            std::vector<double> z(n);
            Labels y(n);
            for (std::size_t k = 0; k < n; ++k) {
                z[k] = logits(random);
                y[k] = std::bernoulli_distribution(1 / (1 + std::exp(-truth * z[k] - 0.7)))(random);
            }
            const auto [a, b] = platt_line(z, y);
            double by_a = a - 1, by_b = b;
            for (std::size_t k = 0; k < n; ++k) {
                const double off = 1 / (1 + std::exp(-a * z[k] - b)) - y[k];
                by_a += off * z[k], by_b += off;
            }
            // Rounding of a sum of n terms of size one, some hundred times.
            EXPECT_NEAR(by_a, 0, 1e-6) << n << ", " << truth;
            EXPECT_NEAR(by_b, 0, 1e-6) << n << ", " << truth;
            for (const double step : {-0.01, 0.01}) {
                EXPECT_LT(penalised(a, b, z, y), penalised(a + step, b, z, y));
                EXPECT_LT(penalised(a, b, z, y), penalised(a, b + step, z, y));
            }
        }
}

/// Logits ±c, the one as often right as the other wrong: no shift by symmetry, and the slope is the root of
/// one equation. n of each, k right: 2 n c (σ(a c) − k/n) + a − 1 = 0.
TEST(Platt, finds_the_slope_of_symmetric_labels) {
    for (const auto& [c, n, k] : {std::tuple{2.0, 400, 300}, {1.0, 10, 10}, {3.0, 50, 20}}) {
        std::vector<double> z;
        Labels y;
        for (int i = 0; i < n; ++i) {
            z.insert(z.end(), {c, -c});
            y.insert(y.end(), {static_cast<std::uint8_t>(i < k), static_cast<std::uint8_t>(i >= k)});
        }
        double low = -100, high = 100;
        for (int halving = 0; halving < 100; ++halving) {
            const double a = (low + high) / 2,
                         slope = 2 * n * c * (1 / (1 + std::exp(-a * c)) - double(k) / n) + a - 1;
            (slope < 0 ? low : high) = a;
        }
        const PlattLine line = platt_line(z, y);
        EXPECT_NEAR(line.slope, low, 1e-8);
        EXPECT_NEAR(line.shift, 0, 1e-8);
    }
}

TEST(Platt, maps_through_its_line_and_stays_near_identity_with_one_label) {
    const Judged one = judged({.2}, {1});
    const double z = std::log(.25);
    const PlattLine line = platt_line(std::vector{z}, one.happened);
    EXPECT_NEAR(platt(one)(.4, 0), 1 / (1 + std::exp(-line.slope * std::log(.4 / .6) - line.shift)), 1e-12);
    // The gradient of one label is at most 1 by shift and |z| by slope, and so is the move.
    EXPECT_LT(line.shift, 1);
    EXPECT_LT(std::abs(line.slope - 1), std::abs(z));
}

TEST(Calibrations, give_probabilities_for_certainties_that_proved_wrong) {
    Judged wrong;
    for (int k = 0; k < 30; ++k) {
        wrong.add(0, true, 0), wrong.add(0, k > 0, 0);
        wrong.add(1, false, 1), wrong.add(1, k == 0, 1);
        wrong.add(.5, true, 2), wrong.add(.5, false, 2);
    }
    for (const Calibration fit : {platt, isotonic, shrinkage}) {
        const Mapping map = fit(wrong);
        ASSERT_TRUE(map);
        for (const double p : {0.0, 1e-12, .5, 1.0})
            for (const std::uint32_t s : {0U, 1U}) {
                EXPECT_GT(map(p, s), 0);
                EXPECT_LT(map(p, s), 1);
            }
    }
}

// ---------------------------------------------------------------------------------------------------
// shrinkage

/// Two strata of ten, .2 expected of each click, six and two events. Squares 16 and 0, less 1.6 each, over
/// 2 · 90 · .16: φ = 12.8 / 28.8 = 4/9, m = 1.25. θ = (.25 + 6) / 11.25 = 5/9 and (.25 + 2) / 11.25 = .2.
TEST(Shrinkage, is_what_a_hand_finds) {
    Judged some;
    for (std::uint32_t k = 0; k < 10; ++k) {
        some.add(.2, k < 6, 0);
        some.add(.2, k < 2, 3);
    }
    std::vector<StratumCount> strata(4);
    for (std::size_t k = 0; k < some.size(); ++k) strata[some.stratum[k]].add(some.happened[k] != 0, .2);
    EXPECT_NEAR(prior_size(strata), 1.25, 1e-12);
    EXPECT_NEAR(posterior_mean(strata[0], 1.25), 5. / 9, 1e-12);
    const Mapping map = shrinkage(some);
    EXPECT_NEAR(map(.2, 0), 5. / 9, 1e-12);
    EXPECT_NEAR(map(.5, 0), 5. / 6, 1e-12) << "odds times 5";
    EXPECT_NEAR(map(.2, 3), .2, 1e-12);
    EXPECT_EQ(map(.7, 1), .7) << "nobody was judged there";
    EXPECT_EQ(map(.7, 99), .7);
}

TEST(Shrinkage, counts_the_unlike_trials_of_a_stratum_as_such) {
    // Σ f (1 − f) = .09 + .09 + .25 + .25; k − n f̄ = 4 − 2; pairs 12 · .25.
    std::vector<StratumCount> one(1);
    for (const double f : {.1, .9, .5, .5}) one[0].add(true, f);
    EXPECT_EQ(prior_size(one), 1) << "φ > 1";
    one[0].events = 3.2;  // 1.2² − .68 = .76 over 3
    EXPECT_NEAR(prior_size(one), 3 / .76 - 1, 1e-12);
}

TEST(Shrinkage, changes_nothing_where_strata_are_no_farther_off_than_chance) {
    Judged some;
    for (std::uint32_t k = 0; k < 10; ++k) some.add(.2, k < 3, 0);  // 1 off, of a variance of 1.6
    EXPECT_FALSE(shrinkage(some));
    EXPECT_FALSE(shrinkage(judged({.2, .9}, {1, 0}, {0, 1}))) << "single observations tell no spread";
    EXPECT_FALSE(shrinkage(judged({}, {})));
}

TEST(Shrinkage, keeps_one_pseudo_observation_at_least) {
    Judged some;
    for (std::uint32_t k = 0; k < 10; ++k) some.add(.2, true, 0);
    EXPECT_NEAR(shrinkage(some)(.2, 0), 10.2 / 11, 1e-12);
}

/// 1 / (m + 1) is the mean over strata of terms whose spread the sample itself shows.
TEST(Shrinkage, recovers_the_size_of_a_simulated_beta_prior) {
    constexpr std::size_t strata = 3000;
    constexpr double f = .2;
    std::mt19937_64 random(43);
    for (const double m : {4.0, 19.0, 99.0}) {
        const int n = 60;
        std::gamma_distribution<double> yes(m * f), no(m * (1 - f));
        std::vector<StratumCount> counts(strata);
        double sum = 0, squares = 0;
        for (StratumCount& each : counts) {
            const double a = yes(random), rate = a / (a + no(random));
            std::bernoulli_distribution event(rate);
            for (int k = 0; k < n; ++k) each.add(event(random), f);
            const double apart = each.events - n * f,
                         term = (apart * apart - n * f * (1 - f)) / (n * (n - 1) * f * (1 - f));
            sum += term, squares += term * term;
        }
        const double mean = sum / strata, error = std::sqrt((squares / strata - mean * mean) / strata),
                     truth = 1 / (m + 1);
        EXPECT_NEAR(1 / (prior_size(counts) + 1), truth, 5 * error) << m;
        EXPECT_LT(5 * error, truth) << "too few strata to tell anything";
    }
}

}  // namespace
}  // namespace netcvr
