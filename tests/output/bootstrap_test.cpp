#include "output/bootstrap.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "output/improvement.h"
#include "output/score.h"

namespace netcvr {
namespace {

/// A made-up log of labels: 40 users of 1 to 12 rows, coarse forecasts with ties, 5 segments.
struct Rows {
    std::vector<float> forecast;
    std::vector<std::uint8_t> label;
    std::vector<std::uint32_t> user, segment;
    std::size_t users = 0, segments = 5;
};

Rows made_up_rows() {
    Rows rows;
    std::uint32_t x = 7;
    const auto next = [&](std::uint32_t below) {
        x = 1664525U * x + 1013904223U;
        return (x >> 16) % below;
    };
    rows.users = 40;
    for (std::uint32_t user = 0; user < 40; ++user)
        for (std::uint32_t k = next(12) + 1; k > 0; --k) {
            rows.forecast.push_back(static_cast<float>(1 + next(15)) / 16);
            rows.label.push_back(next(16) < 5);
            rows.user.push_back(user);
            rows.segment.push_back(next(5));
        }
    return rows;
}

/// What a Case of these rows points to.
struct Prepared {
    Rows rows;
    Ranking ranking = rank(rows.forecast);
    RankedLabels ranked = ranked_labels(rows.label, ranking),
                 by_segment = ranked_labels(rows.label, ranking, rows.segment, rows.segments);
    Case of{.forecast = rows.forecast,
            .ranking = &ranking,
            .label = rows.label,
            .user = rows.user,
            .segment = rows.segment,
            .users = rows.users,
            .segments = rows.segments,
            .ranked = &ranked,
            .ranked_by_segment = &by_segment};

    explicit Prepared(Rows from) : rows(std::move(from)) {}
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;
};

/// Rows written out as often as their users are there; a user there twice is two users.
Rows written_out(const Rows& rows, const Resamples& resamples, std::size_t b) {
    Rows out;
    out.segments = rows.segments;
    std::map<std::pair<std::uint32_t, int>, std::uint32_t> number;
    for (std::size_t i = 0; i < rows.label.size(); ++i) {
        const int times = resamples.of(b / Resamples::lanes, rows.user[i])[b % Resamples::lanes];
        for (int copy = 0; copy < times; ++copy) {
            out.forecast.push_back(rows.forecast[i]);
            out.label.push_back(rows.label[i]);
            out.segment.push_back(rows.segment[i]);
            out.user.push_back(
                number.try_emplace({rows.user[i], copy}, static_cast<std::uint32_t>(number.size()))
                    .first->second);
        }
    }
    out.users = number.size();
    return out;
}

std::vector<std::int64_t> ids(std::size_t count) {
    std::vector<std::int64_t> all;
    for (std::size_t u = 0; u < count; ++u) all.push_back(static_cast<std::int64_t>(10 * u + 3));
    return all;
}

TEST(Bootstrap, gives_each_metric_what_it_has_on_the_resampled_rows_written_out) {
    const Prepared all(made_up_rows());
    const Resamples resamples = resample(ids(all.rows.users), 21);
    std::vector<const Metric*> chosen;
    for (const Metric* metric : metrics_of(Target::cvr, Against::labels))
        if (metric->on_labels.interval) chosen.push_back(metric);
    EXPECT_EQ(chosen.size(), 9U);
    const std::vector<Draws> draws = resampled(chosen, all.of, resamples);
    for (std::size_t b = 0; b < 21; ++b) {
        const Prepared one(written_out(all.rows, resamples, b));
        for (std::size_t m = 0; m < chosen.size(); ++m)
            EXPECT_NEAR(draws[m].at(b).value(), *value_of(*chosen[m], one.of).value, 1e-12)
                << chosen[m]->name;
    }
}

TEST(Bootstrap, draws_how_often_a_user_is_there_from_poisson_with_mean_1) {
    // 200,000 draws. Each share is within 4.9 standard errors: a false alarm once in 10^6 for each of 7
    // bounds.
    const Resamples resamples = resample(ids(1000), 200);
    std::vector<double> count(20, 0);
    for (const std::uint8_t times : resamples.times) ++count.at(times);
    double chance = std::exp(-1.0);
    for (int k = 0; k < 7; ++k, chance /= k) {
        const double n = 200000;
        EXPECT_NEAR(count[static_cast<std::size_t>(k)] / n, chance,
                    4.9 * std::sqrt(chance * (1 - chance) / n))
            << k;
    }
}

TEST(Bootstrap, draws_a_user_alike_whoever_else_there_is) {
    const Resamples all = resample(ids(50), 16), few = resample(std::vector<std::int64_t>{33, 3}, 16);
    for (std::size_t b = 0; b < 2; ++b)
        for (std::size_t lane = 0; lane < 8; ++lane) {
            EXPECT_EQ(few.of(b, 0)[lane], all.of(b, 3)[lane]);
            EXPECT_EQ(few.of(b, 1)[lane], all.of(b, 0)[lane]);
        }
    EXPECT_NE(std::vector(few.of(0, 0), few.of(0, 0) + 16), std::vector(few.of(0, 1), few.of(0, 1) + 16));
}

TEST(Bootstrap, leaves_out_what_is_infinite_with_its_user) {
    Rows rows;
    rows.forecast = {0, .5F, .5F}, rows.label = {1, 0, 1}, rows.user = {0, 1, 1}, rows.segment = {0, 0, 0};
    rows.users = 2, rows.segments = 1;
    const Prepared all(rows);
    const Resamples resamples = resample(ids(2), 40);
    const Metric* nll = &find_metric("nll");
    const Draws draws = resampled(std::span(&nll, 1), all.of, resamples)[0];
    for (std::size_t b = 0; b < 40; ++b) {
        const int sure = resamples.of(b / 8, 0)[b % 8], other = resamples.of(b / 8, 1)[b % 8];
        EXPECT_EQ(draws[b].has_value(), sure + other > 0);
        if (sure + other > 0) {
            EXPECT_EQ(std::isinf(*draws[b]), sure > 0);
        }
    }
}

TEST(PercentileInterval, lies_between_interpolated_order_statistics) {
    Draws draws;
    for (int k = 199; k > 0; --k) draws.emplace_back(k);
    const auto interval = percentile_interval(draws);  // (199 + 1) · .025 = 5
    EXPECT_NEAR(interval->low, 5, 1e-12);
    EXPECT_NEAR(interval->high, 195, 1e-12);
    draws.front().reset();
    EXPECT_FALSE(percentile_interval(draws));
    EXPECT_FALSE(percentile_interval(Draws(38, 1.0)));
    EXPECT_TRUE(percentile_interval(Draws(39, 1.0)));
}

Resampled of(std::string_view metric, double value, double step) {
    Resampled one{.metric = &find_metric(metric), .target = Target::cvr, .value = value, .draws = {}};
    for (int k = -100; k <= 100; ++k) one.draws.emplace_back(value + step * k);
    return one;
}

TEST(RelativeImprovement, is_the_share_of_the_way_from_pretrained_to_oracle) {
    for (const auto& [metric, sign] : {std::pair{"auc", 1}, {"nll", -1}}) {
        const auto all = relative_improvements({of(metric, sign * .75, 0)}, {of(metric, sign * .5, 0)},
                                               {of(metric, sign * 1.0, 0)});
        ASSERT_EQ(all.size(), 1U);
        EXPECT_EQ(all[0].value, .5) << metric;
        EXPECT_EQ(all[0].low, .5);
        EXPECT_EQ(all[0].refused, "");
    }
}

TEST(RelativeImprovement, pairs_resamples) {
    // The method and pretrained move together: what it gains is the same in every resample.
    const auto all =
        relative_improvements({of("auc", .75, .001)}, {of("auc", .5, .001)}, {of("auc", 1, .001)});
    EXPECT_NEAR(*all[0].low, .5, 1e-12);
    EXPECT_NEAR(*all[0].high, .5, 1e-12);
}

TEST(RelativeImprovement, is_refused_where_the_oracle_is_not_significantly_better) {
    const auto noisy = relative_improvements({of("auc", .75, 0)}, {of("auc", .5, 0)}, {of("auc", .6, .002)});
    EXPECT_FALSE(noisy[0].value);
    EXPECT_NE(noisy[0].refused.find("is not significantly better than 0"), std::string::npos);
    auto one = of("auc", .75, 0), low = of("auc", .5, 0), high = of("auc", 1, 0);
    one.draws = low.draws = high.draws = {};
    const auto unknown = relative_improvements({one}, {low}, {high});
    EXPECT_FALSE(unknown[0].value);
    EXPECT_NE(unknown[0].refused.find("needs a bootstrap"), std::string::npos);
    EXPECT_TRUE(relative_improvements({of("gauc", .7, 0)}, {of("gauc", .5, 0)}, {of("gauc", 1, 0)}).empty());
    EXPECT_TRUE(relative_improvements({of("auc", .7, 0)}, {}, {of("auc", 1, 0)}).empty());
}

}  // namespace
}  // namespace netcvr
