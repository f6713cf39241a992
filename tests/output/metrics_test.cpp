#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "output/label_metrics.h"
#include "tests/output/golden_file.h"
#include "tests/output/uniforms.h"

namespace netcvr {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
using Floats = std::vector<float>;
using Labels = std::vector<std::uint8_t>;

/// Values on a coarse grid of (0, 1): many ties.
Floats coarse(Uniforms& uniform, std::size_t n, std::size_t levels) {
    Floats values;
    for (std::size_t i = 0; i < n; ++i)
        values.push_back(static_cast<float>(1 + uniform.below(levels)) / static_cast<float>(levels + 1));
    return values;
}

Labels draw(Uniforms& uniform, const Floats& p) {
    Labels y;
    for (const float chance : p) y.push_back(uniform() < chance);
    return y;
}

double pair_score(float a, float b) {
    return a > b ? 1 : a == b ? .5 : 0;
}

Value nll(const Labels& y, const Floats& f) {
    return ratio(sums(nll_terms(y, f)));
}
Value pcoc_labels(const Labels& y, const Floats& f) {
    return ratio(sums(pcoc_terms(y, f)));
}

struct Pairs {
    double concordant = 0, all = 0;
};

Pairs pairs_of(const Labels& y, const Floats& s, const Labels& present) {
    Pairs pairs;
    for (std::size_t i = 0; i < y.size(); ++i)
        for (std::size_t j = 0; j < y.size(); ++j)
            if (present[i] && present[j] && y[i] && !y[j])
                pairs.concordant += pair_score(s[i], s[j]), ++pairs.all;
    return pairs;
}

TEST(Ranking, orders_by_descending_score_and_keeps_ties_together) {
    const Ranking r = rank(Floats{.25F, .5F, 0, .5F, 1, -0.0F, .25F});
    EXPECT_EQ(r.row, (std::vector<std::uint32_t>{4, 1, 3, 0, 6, 2, 5}));
    EXPECT_EQ(r.tie_end, (std::vector<std::uint32_t>{1, 3, 5, 7}));
}

TEST(Ranking, tells_neighbouring_floats_apart) {
    const Ranking r = rank(Floats{.1F, std::nextafter(.1F, 1.0F), std::nextafter(.1F, 0.0F)});
    EXPECT_EQ(r.row, (std::vector<std::uint32_t>{1, 0, 2}));
    EXPECT_EQ(r.tie_end.size(), 3U);
}

TEST(PairwiseSum, keeps_the_digits_that_a_running_sum_loses) {
    const std::vector<double> tenths(10'000'000, .1);
    // A tree of 10^7 terms has 24 levels, 19 above the runs of 32 that are summed one by one: about 50
    // roundings.
    EXPECT_NEAR(pairwise_sum(tenths), 1e6, 50 * 1e6 * 0x1p-53);
    EXPECT_EQ(pairwise_sum({}), 0);
}

TEST(LabelMetrics, agree_with_scikit_learn) {
    const auto golden = nlohmann::json::parse(golden_text("metrics.json"));
    ASSERT_EQ(golden.at("cases").size(), 5U);
    for (const auto& expected : golden.at("cases")) {
        auto x = expected.at("seed").get<std::uint32_t>();
        const auto levels = expected.at("levels").get<std::uint32_t>(),
                   odds = expected.at("odds").get<std::uint32_t>();
        Floats scores;
        Labels labels;
        for (std::size_t i = 0; i < expected.at("rows").get<std::size_t>(); ++i) {
            x = 1664525U * x + 1013904223U;
            const std::uint32_t k = 1 + (x >> 16) % levels;
            x = 1664525U * x + 1013904223U;
            scores.push_back(static_cast<float>(k) / static_cast<float>(levels + 1));
            labels.push_back((x >> 16) % odds < k);
        }
        const Ranking ranking = rank(scores);
        EXPECT_EQ(std::count(labels.begin(), labels.end(), 1),
                  expected.at("positives").get<std::ptrdiff_t>());
        EXPECT_NEAR(*auc(curve(labels, ranking)).value, expected.at("auc").get<double>(), 1e-13);
        EXPECT_NEAR(*average_precision(curve(labels, ranking)).value,
                    expected.at("average_precision").get<double>(), 1e-13);
        EXPECT_NEAR(*pr_auc_trapezoid(curve(labels, ranking)).value,
                    expected.at("pr_auc_trapezoid").get<double>(), 1e-13);
        EXPECT_NEAR(*absolute_ratio(sums(ece_terms(labels, scores, ranking))).value,
                    expected.at("ece").get<double>(), 1e-13);
        const auto users = expected.at("users").get<std::uint32_t>();
        std::vector<std::uint32_t> user;
        for (std::uint32_t i = 0; i < labels.size(); ++i) user.push_back(i * i % users);
        const Value by_user = ratio(sums(gauc_terms(labels, ranking, user, users)));
        EXPECT_NEAR(*by_user.value, expected.at("gauc").get<double>(), 1e-13);
        EXPECT_EQ(by_user.skipped, expected.at("skipped").get<std::size_t>());
        EXPECT_NEAR(*nll(labels, scores).value, expected.at("nll").get<double>(), 1e-13);
    }
}

TEST(Auc, is_the_share_of_concordant_pairs_with_ties_at_half) {
    Uniforms uniform{11};
    for (const std::size_t levels : {2U, 5U, 1000U}) {
        const Floats s = coarse(uniform, 70, levels);
        const Labels y = draw(uniform, s), all(70, 1);
        const Pairs pairs = pairs_of(y, s, all);
        EXPECT_NEAR(*auc(curve(y, rank(s))).value, pairs.concordant / pairs.all, 1e-14);
    }
}

TEST(Auc, has_no_value_for_one_class) {
    const Ranking ranking = rank(Floats{.1F, .2F});
    EXPECT_EQ(auc(curve(Labels{0, 0}, ranking)).value, std::nullopt);
    EXPECT_EQ(auc(curve(Labels{1, 1}, ranking)).value, std::nullopt);
    EXPECT_EQ(average_precision(curve(Labels{0, 0}, ranking)).value, std::nullopt);
    EXPECT_EQ(expected_auc(Floats{0, 0}, ranking).value, std::nullopt);
    EXPECT_EQ(expected_average_precision(Floats{0, 0}, ranking).value, std::nullopt);
    EXPECT_EQ(pcoc_labels(Labels{0, 0}, Floats{.1F, .2F}).value, std::nullopt);
    EXPECT_EQ(pcoc_truth(Floats{0, 0}, Floats{.1F, .2F}).value, std::nullopt);
    EXPECT_EQ(entropy({}).value, std::nullopt);
}

TEST(RankedLabels, keep_ties_together_within_their_group) {
    // Groups 0: rows 0, 2, 4; 1: rows 1, 3. Scores .5 .5 .25 .75 .5.
    const Ranking ranking = rank(Floats{.5F, .5F, .25F, .75F, .5F});
    const RankedLabels ranked =
        ranked_labels(Labels{1, 0, 1, 1, 0}, ranking, std::vector<std::uint32_t>{0, 1, 0, 1, 0}, 3);
    EXPECT_EQ(ranked.row, (std::vector<std::uint32_t>{0, 4, 2, 3, 1}));
    EXPECT_EQ(ranked.label, (Labels{1, 0, 1, 1, 0}));
    ASSERT_EQ(ranked.run.size(), 3U);  // row 1 is alone and negative
    EXPECT_EQ(ranked.run[0].first, 0U);
    EXPECT_EQ(ranked.run[0].end, 2U);
    EXPECT_EQ(ranked.run[2].end, 4U);
    ASSERT_EQ(ranked.group.size(), 3U);
    EXPECT_EQ(ranked.group[0].run_end, 2U);
    EXPECT_EQ(ranked.group[1].row_end, 5U);
    EXPECT_EQ(ranked.group[2].run_end, 3U);
    EXPECT_EQ(auc(curve(ranked, 0)).value, .25);  // one negative: level with one positive, above the other
    EXPECT_EQ(auc(curve(ranked, 1)).value, 1.0);
    EXPECT_EQ(auc(curve(ranked, 2)).value, std::nullopt);
}

TEST(SegmentMeans, leave_out_segments_without_a_value_and_count_them) {
    const std::vector<Value> values = {{.value = .5}, {}, {.value = 1.0}};
    EXPECT_EQ(mean_of(values), (Value{.value = .75, .infinite = 0, .skipped = 1}));
    EXPECT_EQ(mean_of({}).value, std::nullopt);
    EXPECT_EQ(mean_of_ratios({.numerator = {1, 0, 3}, .denominator = {2, 0, 2}, .infinite = 0, .skipped = 0}),
              (Value{.value = 1.0, .infinite = 0, .skipped = 1}));
}

TEST(Bias, is_the_mean_difference_of_forecast_and_truth) {
    const Floats p = {.5F, .25F}, f = {.25F, .75F};
    EXPECT_EQ(*bias(p, f).value, .125);
    EXPECT_EQ(*bias(p, f, Floats{3, 1}).value, (-.75 + .5) / 4);
}

TEST(AveragePrecision, groups_ties) {
    // Descending: {.9: 1}, {.5: 1, 0}, {.1: 0}. Precisions 1, 2/3; recall steps ½, ½.
    EXPECT_NEAR(*average_precision(curve(Labels{0, 1, 1, 0}, rank(Floats{.5F, .9F, .5F, .1F}))).value,
                .5 + .5 * 2 / 3, 1e-15);
    EXPECT_EQ(*average_precision(curve(Labels{1, 0, 0, 0}, rank(Floats{.5F, .5F, .5F, .5F}))).value, .25);
}

/// Walks all outcomes of n rows (each out, negative or positive) with their probability.
template <class Visit>
void each_outcome(const Floats& p, const Floats& w, Visit visit) {
    const std::size_t n = p.size();
    std::size_t outcomes = 1;
    for (std::size_t i = 0; i < n; ++i) outcomes *= 3;
    for (std::size_t code = 0; code < outcomes; ++code) {
        Labels y(n), present(n);
        double chance = 1;
        std::size_t rest = code;
        for (std::size_t i = 0; i < n; ++i, rest /= 3) {
            present[i] = rest % 3 > 0;
            y[i] = rest % 3 == 2;
            const double positive = p[i];
            chance *= present[i] ? w[i] * (y[i] ? positive : 1 - positive) : 1 - static_cast<double>(w[i]);
        }
        if (chance > 0) visit(y, present, chance);
    }
}

TEST(ExpectedAuc, is_expected_concordant_pairs_over_expected_pairs) {
    Uniforms uniform{12};
    for (const bool weighted : {false, true}) {
        const Floats p = coarse(uniform, 8, 9), s = coarse(uniform, 8, 3);
        const Floats w = weighted ? coarse(uniform, 8, 4) : Floats(8, 1);
        Pairs expected;
        each_outcome(p, w, [&](const Labels& y, const Labels& present, double chance) {
            const Pairs pairs = pairs_of(y, s, present);
            expected.concordant += chance * pairs.concordant;
            expected.all += chance * pairs.all;
        });
        EXPECT_NEAR(*expected_auc(p, rank(s), w).value, expected.concordant / expected.all, 1e-13);
        if (!weighted) {
            EXPECT_EQ(expected_auc(p, rank(s)), expected_auc(p, rank(s), w));
        }
    }
}

TEST(ExpectedAuc, is_highest_for_the_truth) {
    Uniforms uniform{13};
    const Floats p = coarse(uniform, 300, 40), w = coarse(uniform, 300, 7);
    const double ceiling = *expected_auc(p, rank(p), w).value;
    for (int k = 0; k < 50; ++k) {
        Floats s = p;
        for (float& score : s) score *= static_cast<float>(.9 + .1 * uniform());
        EXPECT_LT(*expected_auc(p, rank(s), w).value, ceiling);
    }
    EXPECT_NEAR(*expected_auc(p, rank(Floats(300, .5F)), w).value, .5, 1e-15);
}

TEST(ExpectedAveragePrecision, is_expected_positives_times_precision_over_expected_positives) {
    Uniforms uniform{14};
    const Floats p = coarse(uniform, 9, 9), s = coarse(uniform, 9, 4), everyone(9, 1);
    const Ranking ranking = rank(s);
    double sum = 0, positives = 0;
    each_outcome(p, everyone, [&](const Labels& y, const Labels&, double chance) {
        const auto n1 = static_cast<double>(std::count(y.begin(), y.end(), 1));
        positives += chance * n1;
        if (n1 > 0) sum += chance * n1 * *average_precision(curve(y, ranking)).value;
    });
    EXPECT_NEAR(*expected_average_precision(p, ranking).value, sum / positives, 1e-13);
}

/// Mean and its standard error.
struct Sample {
    double sum = 0, squares = 0, n = 0;
    void add(double value) { sum += value, squares += value * value, ++n; }
    double mean() const { return sum / n; }
    double error() const { return std::sqrt((squares / n - mean() * mean()) / n); }
};

TEST(Ceilings, are_the_mean_of_label_metrics_over_many_draws_of_the_labels) {
    // 2,000 draws of 2,000 labels, 123 positives on average. Bounds: 5 standard errors, plus the documented
    // bias of the ratio of expectations, 1 / Σp relatively.
    Uniforms uniform{15};
    Floats p;
    for (int i = 0; i < 2000; ++i) p.push_back(static_cast<float>(.3 * std::pow(uniform(), 4)));
    const Ranking ranking = rank(p);
    const double positives = total(p);
    Sample aucs, precisions, losses;
    for (int k = 0; k < 2000; ++k) {
        const Labels y = draw(uniform, p);
        aucs.add(*auc(curve(y, ranking)).value);
        precisions.add(*average_precision(curve(y, ranking)).value);
        losses.add(*nll(y, p).value);
    }
    const double auc_ceiling = *expected_auc(p, ranking).value;
    const double precision_ceiling = *expected_average_precision(p, ranking).value;
    EXPECT_NEAR(aucs.mean(), auc_ceiling, 5 * aucs.error() + auc_ceiling / positives);
    EXPECT_NEAR(precisions.mean(), precision_ceiling, 5 * precisions.error() + precision_ceiling / positives);
    EXPECT_NEAR(losses.mean(), *entropy(p).value, 5 * losses.error());
    RecordProperty("auc_bias", std::to_string(aucs.mean() - auc_ceiling));
    RecordProperty("average_precision_bias", std::to_string(precisions.mean() - precision_ceiling));
}

TEST(ExcessLogLoss, is_the_mean_divergence_in_nats) {
    const Floats p = {.5F, .25F}, f = {.25F, .5F};
    const double first = .5 * std::log(2.0) + .5 * std::log(2.0 / 3),
                 second = -.25 * std::log(2.0) + .75 * std::log(1.5);
    EXPECT_NEAR(*excess_log_loss(p, f).value, (first + second) / 2, 1e-16);
    EXPECT_NEAR(*excess_log_loss(p, f, Floats{3, 1}).value, (3 * first + second) / 4, 1e-16);
    EXPECT_EQ(excess_log_loss(p, p), (Value{0.0, 0}));
}

TEST(ExcessLogLoss, keeps_its_digits_for_forecasts_next_to_the_truth) {
    for (const float p : {.003F, .01F, .07F, .1F, .3F, .77F}) {
        const float f = std::nextafter(p, 1.0F);
        const double error = static_cast<double>(f) - p, q = p;
        // KL = δ²/(2 p (1 − p)) (1 + O(δ/p + δ/(1 − p))), and δ/p is at most 2^-23 = 1.2e-7.
        const double leading = error * error / (2 * q * (1 - q));
        EXPECT_NEAR(*excess_log_loss(Floats{p}, Floats{f}).value / leading, 1, 1e-6) << p;
        EXPECT_NEAR(*excess_log_loss(Floats(1000, p), Floats(1000, f)).value / leading, 1, 1e-6) << p;
    }
}

TEST(ExcessLogLoss, is_infinite_where_certainty_was_wrong_and_counts_the_rows) {
    EXPECT_EQ(excess_log_loss(Floats{.1F, .2F, .5F}, Floats{0, 1, .5F}), (Value{infinity, 2}));
    EXPECT_EQ(excess_log_loss(Floats{0, 1}, Floats{0, 1}), (Value{0.0, 0}));
    EXPECT_NEAR(*excess_log_loss(Floats{0, 1}, Floats{.5F, .5F}).value, std::log(2.0), 1e-15);
    EXPECT_EQ(excess_log_loss(Floats{.1F, .5F}, Floats{0, .5F}, Floats{0, 1}),
              (Value{0.0, 0}));  // weight 0: not there
    EXPECT_EQ(excess_log_loss(Floats{.1F}, Floats{.1F}, Floats{0}).value, std::nullopt);
}

TEST(ExcessDifference, compares_two_forecasts_on_the_same_rows) {
    const Floats p = {.5F, .25F}, f = {.25F, .5F}, g = {.5F, .5F};
    EXPECT_EQ(*excess_difference(p, f, g).value, *excess_log_loss(p, f).value - *excess_log_loss(p, g).value);
    EXPECT_EQ(excess_difference(p, Floats{0, .5F}, g), (Value{infinity, 1}));
    EXPECT_EQ(excess_difference(p, Floats{0, .5F}, Floats{1, .5F}), (Value{std::nullopt, 2}));
}

TEST(Rmse, is_in_probability_and_in_logits) {
    const Floats p = {.5F, .25F}, f = {.25F, .25F};
    EXPECT_NEAR(*rmse(p, f).value, std::sqrt(.0625 / 2), 1e-16);
    EXPECT_NEAR(*rmse(p, f, Floats{3, 1}).value, std::sqrt(.0625 * 3 / 4), 1e-16);
    EXPECT_NEAR(*logit_rmse(p, f).value, std::log(3.0) / std::sqrt(2.0), 1e-15);
    EXPECT_EQ(logit_rmse(Floats{0, .5F}, Floats{0, .5F}), (Value{0.0, 0}));
    EXPECT_EQ(logit_rmse(Floats{0, .5F}, Floats{.5F, 1}), (Value{infinity, 2}));
}

TEST(Nll, is_infinite_where_certainty_was_wrong_and_counts_the_rows) {
    EXPECT_EQ(nll(Labels{1, 0, 1}, Floats{0, 1, 1}), (Value{infinity, 2}));
    EXPECT_EQ(nll(Labels{1, 0}, Floats{1, 0}), (Value{0.0, 0}));
    EXPECT_NEAR(*nll(Labels{1, 0}, Floats{.25F, .25F}).value, -(std::log(.25) + std::log(.75)) / 2, 1e-16);
    EXPECT_NEAR(*entropy(Floats{.25F, 0, 1}).value, -(.25 * std::log(.25) + .75 * std::log(.75)) / 3, 1e-16);
}

TEST(Pcoc, divides_forecasts_by_truth_or_labels) {
    const Floats p = {.5F, .25F}, f = {.25F, .75F};
    EXPECT_EQ(*pcoc_truth(p, f).value, 1 / .75);
    EXPECT_EQ(*pcoc_truth(p, f, Floats{1, .5F}).value, (.25 + .375) / (.5 + .125));
    EXPECT_EQ(*pcoc_labels(Labels{1, 1}, f).value, .5);
}

}  // namespace
}  // namespace netcvr
