#include "estimators/ranking.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "estimators/addressed.h"

namespace netcvr {
namespace {

TEST(DelayWeights, favour_early_positives_within_one_and_two) {
    // 1, 2 and 9 hours: median 2; mean 4 and squared distances 9, 4, 25, so std √(38/3).
    const std::vector<double> delay{9 / 24.0, -1, 1 / 24.0, 2 / 24.0};
    const std::vector<std::uint8_t> label{1, 0, 1, 1};
    const Batch batch{.label = label, .frozen = {}, .delay = delay};
    const std::vector<std::size_t> positive{0, 2, 3};
    const std::vector<double> weight = delay_weights(batch, positive);
    const double spread = std::sqrt(38.0 / 3);
    EXPECT_NEAR(weight[0], 1 + 1 / (1 + std::exp(7 / spread)), 1e-12);
    EXPECT_NEAR(weight[1], 1 + 1 / (1 + std::exp(-1 / spread)), 1e-12);
    EXPECT_NEAR(weight[2], 1.5, 1e-12);
    // As often as they count: 1 hour five times, 2 and 9 once; median 1, mean 16 / 7.
    const std::vector<double> often{1, 1, 5, 1};
    const Batch counted{.label = label, .frozen = {}, .delay = delay, .weight = often};
    const double mean = 16 / 7.0;
    const double variance =
        (5 * (1 - mean) * (1 - mean) + (2 - mean) * (2 - mean) + (9 - mean) * (9 - mean)) / 7;
    const std::vector<double> by_count = delay_weights(counted, positive);
    EXPECT_NEAR(by_count[1], 1.5, 1e-12);
    EXPECT_NEAR(by_count[2], 1 + 1 / (1 + std::exp(1 / std::sqrt(variance))), 1e-12);
}

TEST(DelayWeights, never_divide_by_less_than_an_hour) {
    const std::vector<double> delay{0, 0.5 / 24};
    const std::vector<std::uint8_t> label{1, 1};
    const Batch batch{.label = label, .frozen = {}, .delay = delay};
    const std::vector<std::size_t> both{0, 1}, one{1};
    EXPECT_NEAR(delay_weights(batch, both)[1], 1 + 1 / (1 + std::exp(0.5)), 1e-12);
    EXPECT_EQ(delay_weights(batch, one), std::vector<double>{1.5});
    EXPECT_TRUE(delay_weights(batch, {}).empty());
}

/// 24 copies of two heads, a third positive; some clicks have a negative and a positive.
struct SomeCopies {
    SomeCopies() {
        std::mt19937_64 random(5);
        std::uniform_real_distribution<double> logits(-3, 2), weights(1, 2);
        for (std::uint32_t i = 0; i < 24; ++i) {
            label.push_back(i % 3 == 0);
            click.push_back(i % 3 == 0 ? i + 1 : i);  // the positive's own fake negative is i + 1
            (label[i] ? ranked.positive : ranked.negative).push_back(i);
            if (label[i]) ranked.weight.push_back(weights(random));
            z.push_back(logits(random));
            z.push_back(logits(random));
        }
    }
    Batch batch(std::uint64_t draw = 0) const {
        return {.label = label, .frozen = {}, .heads = 2, .click = click, .held = held, .draw = draw};
    }
    /// The definition, pair by pair.
    double plain_loss(const std::vector<double>& at, std::size_t head) const {
        double sum = 0, count = 0;
        for (std::size_t k = 0; k < ranked.positive.size(); ++k) {
            const std::size_t i = ranked.positive[k];
            double pairs = 0, chances = 0;
            for (std::size_t j = 0; j < label.size(); ++j) {
                if (label[j] || click[j] == click[i]) continue;
                const double chance = 1 / (1 + std::exp(z[2 * j + head]));
                pairs += chance * std::log1p(std::exp(at[2 * j + head] - at[2 * i + head]));
                chances += chance;
            }
            sum += ranked.weight[k] * pairs / chances;
            count += ranked.weight[k];
        }
        return sum / count;
    }

    std::vector<std::uint8_t> label;
    std::vector<std::uint32_t> click;
    std::vector<double> z, held = {};
    Ranked ranked;
};

TEST(RankingLoss, is_the_mean_over_all_pairs_of_different_clicks) {
    const SomeCopies some;
    for (const std::size_t head : {0, 1}) {
        std::vector<double> dz(48, 0.0);
        EXPECT_NEAR(ranking_loss(some.batch(), some.z, dz, some.ranked, {.head = head, .coefficient = .3}),
                    .3 * some.plain_loss(some.z, head), 1e-12);
        double sum = 0;
        for (std::size_t k = 0; k < 48; ++k) {
            sum += dz[k];
            if (k % 2 != head) {
                EXPECT_EQ(dz[k], 0) << "the other head";
            }
        }
        EXPECT_NEAR(sum, 0, 1e-15) << "a common shift changes nothing";
    }
}

TEST(RankingLoss, has_its_gradient_with_chances_held) {
    SomeCopies some;
    some.held = some.z;
    for (const std::size_t draws : {0, 1, 7}) {
        const Ranking ranking{.head = 1, .coefficient = 2, .draws = draws};
        std::vector<double> dz(48, 0.25);
        ranking_loss(some.batch(3), some.z, dz, some.ranked, ranking);
        for (std::size_t k = 0; k < 48; ++k) {
            const auto at = [&](double moved) {
                std::vector<double> z = some.z, unused(48, 0.0);
                z[k] += moved;
                return ranking_loss(some.batch(3), z, unused, some.ranked, ranking);
            };
            EXPECT_NEAR(dz[k] - 0.25, (at(1e-4) - at(-1e-4)) / 2e-4, 1e-8) << k << ", " << draws;
        }
    }
}

TEST(RankingLoss, drawn_averages_to_that_of_all_pairs) {
    // 49 means of 20,000 draws each within 5 standard errors: a false alarm in 30,000 runs, were they not
    // always the same draws.
    const SomeCopies some;
    std::vector<double> expected(49, 0.0);
    expected[48] = ranking_loss(some.batch(), some.z, std::span(expected).first(48), some.ranked, {});
    std::vector<double> sum(49, 0.0), squares(49, 0.0);
    constexpr int runs = 20'000;
    for (int run = 0; run < runs; ++run) {
        std::vector<double> drawn(49, 0.0);
        drawn[48] = ranking_loss(some.batch(mixed(static_cast<std::uint64_t>(run))), some.z,
                                 std::span(drawn).first(48), some.ranked, {.draws = 3});
        for (std::size_t k = 0; k < 49; ++k) sum[k] += drawn[k], squares[k] += drawn[k] * drawn[k];
    }
    for (std::size_t k = 0; k < 49; ++k) {
        const double mean = sum[k] / runs, variance = squares[k] / runs - mean * mean;
        EXPECT_NEAR(mean, expected[k], 5 * std::sqrt(std::max(variance, 0.0) / runs) + 1e-12) << k;
    }
}

TEST(RankingLoss, skips_positives_that_have_no_negative_of_another_click) {
    const std::vector<std::uint8_t> label{1, 0, 1};
    const std::vector<std::uint32_t> click{7, 7, 8};
    const std::vector<double> z{1, 0.5, -1};
    const Batch batch{.label = label, .frozen = {}, .click = click};
    for (const std::size_t draws : {0, 4}) {
        std::vector<double> dz(3, 0.0);
        const Ranking ranking{.draws = draws};
        EXPECT_NEAR(ranking_loss(batch, z, dz, {{0, 2}, {1}, {1, 2}}, ranking), std::log1p(std::exp(1.5)),
                    1e-12);
        EXPECT_EQ(dz[0], 0);
        EXPECT_EQ(ranking_loss(batch, z, dz, {{0}, {1}, {1}}, ranking), 0);
        EXPECT_EQ(ranking_loss(batch, z, dz, {{}, {1}, {}}, ranking), 0);
        EXPECT_EQ(ranking_loss(batch, z, dz, {{0}, {}, {1}}, ranking), 0);
    }
}

// ------------------------------------------------------------------------------------ where it settles

/// Two equally likely x on ES-DFM's stream and weights with exact heads, and ranking with these ω: copies
/// [positives of the first, negatives of the first, positives of the second, …], as often as their mass.
std::array<double, 2> settles(double coefficient, std::array<double, 2> omega) {
    const double p[] = {.200, .050}, d[] = {.02, .03};
    const std::vector<std::uint8_t> label{1, 0, 1, 0};
    std::vector<double> mass, frozen;
    for (const std::size_t x : {0, 1}) {
        const double real_negative = (1 - p[x]) / (1 - p[x] + d[x]);
        mass.insert(mass.end(), {p[x] / 2, (1 - p[x] + d[x]) / 2});
        frozen.insert(frozen.end(), {d[x], real_negative, d[x], real_negative});
    }
    const Batch batch{.label = label, .frozen = frozen, .weight = mass};
    const Ranked ranked{{0, 2}, {1, 3}, {omega[0], omega[1]}};
    std::array<double, 2> z{-1, -1};
    for (int round = 0; round < 200'000; ++round) {
        const std::vector<double> at{z[0], z[0], z[1], z[1]};
        std::vector<double> dz(4, 0.0);
        elapsed_time_log_loss(batch, at, dz);
        ranking_loss(batch, at, dz, ranked, {.coefficient = coefficient});
        const double g[] = {dz[0] + dz[1], dz[2] + dz[3]};
        for (const std::size_t x : {0, 1}) z[x] -= 2 / (1 + 3 * coefficient) * g[x];
        if (std::abs(g[0]) + std::abs(g[1]) < 1e-13) break;
    }
    return {sigmoid(z[0]), sigmoid(z[1])};
}

/// methods/spec.md E21.6, to the five digits of its enumeration.
TEST(RankingLoss, stretches_two_kinds_of_click_apart_as_the_specification_says) {
    const auto expect = [](double coefficient, std::array<double, 2> omega, double first, double second) {
        const auto f = settles(coefficient, omega);
        EXPECT_NEAR(f[0], first, 5.1e-6) << coefficient;
        EXPECT_NEAR(f[1], second, 5.1e-6) << coefficient;
    };
    expect(0, {1.5, 1.5}, .20000, .05000);
    expect(.1, {1.5, 1.5}, .20192, .04810);
    expect(1, {1.5, 1.5}, .20542, .04464);
    expect(10, {1.5, 1.5}, .20664, .04343);
    expect(.1, {1.7, 1.3}, .20442, .04563);
    expect(1, {1.7, 1.3}, .21244, .03768);
}

/// The header's formula: at that difference of logits the ranking alone pulls no further.
TEST(RankingLoss, alone_settles_at_its_closed_form) {
    const double positive[] = {.2, .05}, negative[] = {.82, .98}, omega[] = {1.7, 1.3};
    const std::vector<std::uint8_t> label{1, 0, 1, 0};
    const std::vector<double> mass{positive[0], negative[0], positive[1], negative[1]};
    const Batch batch{.label = label, .frozen = {}, .weight = mass};
    std::array<double, 2> z{-1, -2};
    for (int round = 0; round < 200; ++round)
        z[1] = z[0] - std::log(positive[0] * omega[0] / (positive[1] * omega[1])) +
               std::log(negative[0] * sigmoid(-z[0]) / (negative[1] * sigmoid(-z[1])));
    std::vector<double> dz(4, 0.0);
    const std::vector<double> at{z[0], z[0], z[1], z[1]};
    ranking_loss(batch, at, dz, {{0, 2}, {1, 3}, {omega[0], omega[1]}}, {});
    EXPECT_NEAR(dz[0] + dz[1], 0, 1e-12);
    EXPECT_GT(std::abs(dz[0]), 1e-2);
}

}  // namespace
}  // namespace netcvr
