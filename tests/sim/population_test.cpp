#include "sim/population.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <gtest/gtest.h>

#include "sim/features.h"
#include "sim/math.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

__extension__ using Wide = unsigned __int128;

/// How many of the n · 2^32 cells of a table (n columns of 2^32 heights) each index owns, found from outside:
/// along a column the pick is `column` below some height and `alias` above, so bisection finds the edge.
std::vector<std::uint64_t> cells(const AliasTable& table) {
    const std::uint64_t n = table.size();
    const auto pick = [&](std::uint64_t column, std::uint64_t height) {  // least word that falls there
        const Wide cell = (Wide{column} << 32 | height) << 32;
        return table.pick(static_cast<std::uint64_t>((cell + n - 1) / n));
    };
    constexpr std::uint64_t top = 0xffffffffU;
    std::vector<std::uint64_t> owned(n);
    for (std::uint64_t column = 0; column < n; ++column) {
        const std::uint32_t below = pick(column, 0), above = pick(column, top);
        std::uint64_t low = 0, high = top;  // pick(low) is `below`, pick(high) is `above`
        if (below == above) {
            owned[below] += top + 1;
            continue;
        }
        while (high - low > 1) {
            const std::uint64_t middle = (low + high) / 2;
            (pick(column, middle) == below ? low : high) = middle;
        }
        owned[below] += high;
        owned[above] += top + 1 - high;
    }
    return owned;
}

void expect_exact(const std::vector<float>& weights, const char* what) {
    const AliasTable table(weights);
    const auto owned = cells(table);
    double total = 0;
    for (const float w : weights) total += w;
    const auto n = static_cast<double>(weights.size());
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        // Largest remainder leaves less than one cell; one more for the rounding of n 2^32 w / total.
        EXPECT_LT(std::fabs(static_cast<double>(owned[i]) - weights[i] / total * n * 0x1p32), 2) << what << i;
        sum += owned[i];
    }
    EXPECT_EQ(sum, weights.size() << 32) << what;
}

// Kills: weights rounded up only, remainders dropped, alias and threshold exchanged.
TEST(AliasTable, owns_cells_in_exact_proportion_to_the_weights) {
    expect_exact({1, 2, 3, 4}, "four ");
    expect_exact({.1f, .2f, .7f}, "three ");
    expect_exact(std::vector<float>(7, 1.0f), "seven equal ");
    expect_exact({1e-20f, 1, 1e-20f, 1e10f, 3}, "extreme ");
    std::vector<float> zipf(1000);
    for (std::size_t i = 0; i < zipf.size(); ++i) zipf[i] = static_cast<float>(1 / std::pow(i + 1.0, .9));
    expect_exact(zipf, "zipf ");
}

TEST(AliasTable, gives_equal_weights_equal_shares) {
    for (const std::uint64_t owned : cells(AliasTable(std::vector<float>(1024, .3f))))
        EXPECT_EQ(owned, 1ULL << 32);
}

TEST(AliasTable, always_picks_the_only_one) {
    const AliasTable table(std::vector<float>{5});
    for (const std::uint64_t word : {std::uint64_t{0}, std::uint64_t{1} << 63, ~std::uint64_t{0}})
        EXPECT_EQ(table.pick(word), 0u);
}

TEST(AliasTable, never_picks_a_weight_of_zero) {
    const AliasTable table(std::vector<float>{0, 1, 0, 2, 0});
    const auto owned = cells(table);
    EXPECT_EQ(owned[0] + owned[2] + owned[4], 0u);
}

Scenario crowd() {
    Scenario s = small_world();
    s.users.count = 40000;
    s.users.activity_spread = 1;
    s.users.activity_cap = 1e6;
    s.users.explained = .6;
    s.items.count = 20000;
    s.items.category_share = .4;
    return s;
}

/// The activity trait is seen through the activity, which is log-normal with sd `activity_spread`.
std::vector<std::vector<double>> traits_of(const Population& p) {
    std::vector<std::vector<double>> traits(4);
    for (std::size_t u = 0; u < p.users.size(); ++u) {
        traits[0].push_back(std::log(p.activity[u]));
        traits[1].push_back(p.users[u].purchase);
        traits[2].push_back(p.users[u].refund);
        traits[3].push_back(p.users[u].haste);
    }
    return traits;
}

std::vector<ItemTraits> items_of(const Population& p) {
    std::vector<ItemTraits> items;
    for (std::size_t i = 0; i < p.items.size(); ++i) items.push_back(p.items[i]);
    return items;
}

template <class Traits>
std::vector<std::int32_t> features_of(const Entities<Traits>& entities, std::size_t features) {
    std::vector<std::int32_t> all;
    for (std::size_t e = 0; e < entities.size(); ++e)
        for (std::size_t slot = 0; slot < features; ++slot) all.push_back(entities.feature(e, slot));
    return all;
}

// n = 40 000 users: six correlations at 5 sd of Fisher's z (.025).
TEST(Population, has_the_correlations_of_the_scenario) {
    Scenario s = crowd();
    s.correlation = {-.2, .3, .05, .1, .4, -.15};
    const auto traits = traits_of(make_population(s, 2));
    const double expected[4][4] = {{1, -.2, .3, .05}, {0, 1, .1, .4}, {0, 0, 1, -.15}, {0, 0, 0, 1}};
    const auto n = static_cast<double>(traits[0].size());
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = i + 1; j < 4; ++j)
            EXPECT_LT(std::fabs(correlation_z(correlation(traits[i], traits[j]), expected[i][j], n)), 5)
                << i << ' ' << j;
}

// Mean of n standard normals: sd 1/√n; mean square: sd √(2/n). Bounds 5 sd.
TEST(Population, has_standard_normal_traits) {
    const Population p = make_population(crowd(), 2);
    const auto expect_standard = [](const char* what, std::size_t n, const auto& get) {
        double sum = 0, squares = 0;
        for (std::size_t k = 0; k < n; ++k) sum += get(k), squares += get(k) * get(k);
        const auto count = static_cast<double>(n);
        EXPECT_LT(std::fabs(sum) / std::sqrt(count), 5) << what;
        EXPECT_LT(std::fabs(squares - count) / std::sqrt(2 * count), 5) << what;
    };
    const std::size_t n = p.users.size();
    expect_standard("purchase", n, [&](std::size_t u) { return double{p.users[u].purchase}; });
    expect_standard("refund", n, [&](std::size_t u) { return double{p.users[u].refund}; });
    expect_standard("haste", n, [&](std::size_t u) { return double{p.users[u].haste}; });
    for (std::size_t d = 0; d < taste_dimensions; ++d)
        expect_standard("taste", n, [&](std::size_t u) { return double{p.users[u].taste[d]}; });
}

// The feature bins the explained part at fidelity 1, so score and trait correlate √explained; the bins' mean
// ranks keep most of it. Compared with the same binning of an independent bivariate normal with that
// correlation: a bin's conditional mean of the trait is √explained · E[score | bin].
TEST(Population, shows_the_explained_share_of_a_trait_and_no_more) {
    for (const double explained : {0.0, .3, 1.0}) {
        Scenario s = crowd();
        s.users.explained = explained;
        constexpr int bins = 10;
        s.features = {feature("level", "user.purchase", bins)};
        const Population p = make_population(s, 2);
        std::vector<double> sum(bins), count(bins);
        for (std::size_t u = 0; u < p.users.size(); ++u) {
            const auto b = static_cast<std::size_t>(p.users.feature(u, 0));
            sum[b] += p.users[u].purchase, ++count[b];
        }
        const auto density = [](double q) {
            const double z = q <= 0 || q >= 1 ? 40 : math::normal_quantile(q);
            return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
        };
        for (std::size_t b = 0; b < bins; ++b) {
            const double low = static_cast<double>(b) / bins, high = static_cast<double>(b + 1) / bins;
            const double mean = std::sqrt(explained) * (density(low) - density(high)) * bins;
            EXPECT_LT(std::fabs(sum[b] / count[b] - mean) * std::sqrt(count[b]), 5) << explained << ' ' << b;
        }
    }
}

TEST(Population, has_zipf_popularity_in_an_order_of_its_own) {
    Scenario s = crowd();
    s.items.popularity = .9;
    Population p = make_population(s, 2);
    EXPECT_FALSE(std::is_sorted(p.popularity.rbegin(), p.popularity.rend()));
    std::sort(p.popularity.rbegin(), p.popularity.rend());
    for (std::size_t k = 0; k < p.popularity.size(); ++k)
        EXPECT_NEAR(p.popularity[k] * std::pow(k + 1.0, .9), 1, 1e-6) << k;
}

// Per category g: count binomial with share g^-.7 / Σ; 5 sd.
TEST(Population, spreads_items_over_categories_by_zipf) {
    const Scenario s = crowd();
    const Population p = make_population(s, 2);
    std::vector<double> count(12);
    for (const auto& item : items_of(p)) ++count[item.category];
    double total = 0;
    for (int g = 0; g < 12; ++g) total += std::pow(g + 1, -s.items.category_popularity);
    const auto n = static_cast<double>(p.items.size());
    for (std::size_t g = 0; g < 12; ++g) {
        const double share = std::pow(static_cast<double>(g + 1), -s.items.category_popularity) / total;
        EXPECT_LT(std::fabs(count[g] - n * share) / std::sqrt(n * share * (1 - share)), 5) << g;
    }
    for (const auto& item : items_of(p)) EXPECT_LT(item.brand, 4);
}

// Appeal less its category's mean has variance 1 − category_share; sd of the estimate √(2/n); 5 sd.
TEST(Population, keeps_the_share_of_variance_within_categories) {
    const Scenario s = crowd();
    const Population p = make_population(s, 2);
    std::vector<double> sum(12), count(12);
    for (const auto& item : items_of(p)) sum[item.category] += item.appeal, ++count[item.category];
    double squares = 0;
    for (const auto& item : items_of(p)) {
        const double d = item.appeal - sum[item.category] / count[item.category];
        squares += d * d;
    }
    const double n = static_cast<double>(p.items.size()) - 12, expected = 1 - s.items.category_share;
    EXPECT_LT(std::fabs(squares / n / expected - 1) / std::sqrt(2 / n), 5);
}

TEST(Population, lets_nobody_exceed_the_cap_of_activity) {
    Scenario s = crowd();
    s.users.activity_cap = .5 * s.log.clicks / 40000 / 4;
    const Population p = make_population(s, 1);
    EXPECT_EQ(*std::max_element(p.activity.begin(), p.activity.end()),
              static_cast<float>(s.users.activity_cap));
    s.users.activity_spread = 0;
    s.users.activity_cap = 1e6;
    for (const float a : make_population(s, 1).activity)
        EXPECT_FLOAT_EQ(a, static_cast<float>(s.log.clicks / 40000 / 4));
}

TEST(Population, does_not_depend_on_the_number_of_threads) {
    Scenario s = crowd();
    s.users.count = 10000;
    const auto [columns, users, items] = Schema(s);
    const Population one = make_population(s, 1);
    for (const int threads : {2, 5}) {
        const Population p = make_population(s, threads);
        EXPECT_EQ(p.activity, one.activity);
        EXPECT_EQ(p.popularity, one.popularity);
        EXPECT_EQ(features_of(p.users, users), features_of(one.users, users));
        EXPECT_EQ(features_of(p.items, items), features_of(one.items, items));
        EXPECT_EQ(traits_of(p), traits_of(one));
        for (std::uint64_t k = 0; k < 1000; ++k)
            EXPECT_EQ(p.user_cohorts.pick(0, mix(k)), one.user_cohorts.pick(0, mix(k)));
    }
}

TEST(Population, keeps_an_entity_when_others_are_added) {
    Scenario s = crowd();
    const Population many = make_population(s, 2);
    s.users.count = 100;
    s.items.count = 100;
    const Population few = make_population(s, 2);
    for (std::size_t k = 0; k < 100; ++k) {
        EXPECT_EQ(few.users[k].purchase, many.users[k].purchase);
        EXPECT_EQ(few.users[k].taste, many.users[k].taste);
        EXPECT_EQ(few.items[k].appeal, many.items[k].appeal);
        EXPECT_EQ(few.items[k].category, many.items[k].category);
    }
}

}  // namespace
}  // namespace netcvr
