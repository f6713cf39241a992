#include "output/compare.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tests/output/made_up_sweep.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

// The 97.5 % quantile of Student's t with two degrees of freedom: P(|T| < t) = t / √(2 + t²) = .95.
const double t_975_2 = std::sqrt(2 * .95 * .95 / (1 - .95 * .95));

TEST(Estimate, is_a_mean_with_a_students_t_interval) {
    const Estimate e = estimate({1, 2, 3});
    EXPECT_EQ(e.mean, 2.0);
    EXPECT_NEAR(e.half_width.value(), t_975_2 / std::sqrt(3.0), 1e-12);
    EXPECT_EQ(e.n, 3U);
}

TEST(Estimate, of_one_seed_has_no_interval) {
    EXPECT_EQ(estimate({2}).mean, 2.0);
    EXPECT_EQ(estimate({2}).half_width, std::nullopt);
    EXPECT_EQ(estimate({}).mean, std::nullopt);
    EXPECT_EQ(estimate({1, std::numeric_limits<double>::infinity()}).half_width, std::nullopt);
}

TEST(TTest, has_the_p_value_of_two_degrees_of_freedom_in_closed_form) {
    const double t = 2 * std::sqrt(3.0);  // P(|T| > t) = 1 − t / √(2 + t²) for two degrees
    EXPECT_NEAR(t_test({1, 2, 3}).value(), 1 - t / std::sqrt(2 + t * t), 1e-12);
    EXPECT_NEAR(t_test({-1, -2, -3}).value(), 1 - t / std::sqrt(2 + t * t), 1e-12);
    EXPECT_EQ(t_test({0, 0, 0}), 1.0);
    EXPECT_EQ(t_test({1, 1, 1}), 0.0);
    EXPECT_EQ(t_test({1}), std::nullopt);
}

TEST(Holm, multiplies_the_smallest_by_the_number_of_tests_and_stays_monotone) {
    const std::vector<double> adjusted = holm({.01, .04, .03, .005}), expected = {.03, .06, .06, .02};
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15);
    EXPECT_EQ(holm({.6, .9}), (std::vector<double>{1, 1}));
    EXPECT_TRUE(holm({}).empty());
}

using Pairs = std::vector<std::pair<double, double>>;

TEST(Ratio, has_fiellers_interval) {
    // At its ends a t test of mean a − ρ b = 0 is just not refused.
    const Pairs pairs = {{1.0, 2.0}, {1.3, 2.2}, {.9, 1.8}};
    const Ratio found = ratio(pairs);
    EXPECT_NEAR(found.value.value(), 3.2 / 6, 1e-12);
    for (const double end : {found.low.value(), found.high.value()}) {
        std::vector<double> residuals;
        for (const auto& [a, b] : pairs) residuals.push_back(a - end * b);
        EXPECT_NEAR(std::abs(*estimate(residuals).mean), *estimate(residuals).half_width, 1e-12);
    }
    EXPECT_LT(*found.low, *found.value);
    EXPECT_GT(*found.high, *found.value);
}

TEST(Ratio, is_refused_where_the_denominator_is_not_significantly_positive) {
    EXPECT_EQ(ratio(Pairs{{1, 2}}).refused, "one seed has no interval");
    EXPECT_EQ(ratio(Pairs{}).refused, "no seed has all three");
    EXPECT_EQ(ratio(Pairs{{1, -2}, {1, -2.1}, {1, -2.2}}).value, std::nullopt);
    const Ratio wide = ratio(Pairs{{1, 1}, {1, -1}, {1, 2}});
    EXPECT_EQ(wide.value, std::nullopt);
    EXPECT_TRUE(wide.refused.starts_with("oracle is not significantly better than pretrained (by 0.667 ± "));
}

const MethodSummary& the(const Group& group, std::string_view method) {
    for (const MethodSummary& summary : group.methods)
        if (summary.method == method) return summary;
    throw std::logic_error("no such method");
}

TEST(Compare, groups_by_scenario_and_labels_and_titles_by_what_differs) {
    const Comparison comparison =
        compared({made_up("a", 1, "0.45", {}), made_up("a", 1, "0.01", {}), made_up("a", 2, "0.45", {})});
    ASSERT_EQ(comparison.groups.size(), 2U);
    EXPECT_EQ(comparison.groups[0].title, "refunds_per_conversion = 0.45");
    EXPECT_EQ(comparison.groups[0].seeds, (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(comparison.groups[1].title, "refunds_per_conversion = 0.01");
    EXPECT_EQ(compared({made_up("a", 1, "0.45", {})}).groups[0].title, "a");
    EXPECT_EQ(compared({made_up("a", 1, "1", {}), made_up("b", 1, "2", {})}).groups[1].title,
              "refunds_per_conversion & scenario = 2, b");
}

TEST(Compare, pairs_differences_by_seed) {
    // The logs differ by far more than the methods do; only pairing sees the difference of .001 ± .0002.
    const Comparison comparison = compared({
        made_up("a", 1, "", {{"es-dfm", .001}, {"direct", .0020}}),
        made_up("a", 2, "", {{"es-dfm", .101}, {"direct", .1022}}),
        made_up("a", 3, "", {{"es-dfm", .501}, {"direct", .5018}}),
    });
    const MethodSummary& method = the(comparison.groups[0], "es-dfm");
    EXPECT_NEAR(method.over_direct.mean.value(), -.001, 1e-15);
    EXPECT_NEAR(method.over_direct.half_width.value(), t_975_2 * .0002 / std::sqrt(3.0), 1e-12);
    EXPECT_GT(method.excess.half_width.value(), .1);
    EXPECT_EQ(method.verdict, Verdict::cascade_better);
    EXPECT_EQ(comparison.comparisons, 1U);
}

TEST(Compare, uses_common_seeds_only_and_tells_which_a_method_had) {
    const Comparison comparison = compared({
        made_up("a", 1, "", {{"fnw", 1}, {"direct", 2}}),
        made_up("a", 2, "", {{"direct", 3}}),
        made_up("a", 3, "", {{"fnw", 4}}),
    });
    const MethodSummary& method = the(comparison.groups[0], "fnw");
    EXPECT_EQ(method.seeds, (std::vector<std::int64_t>{1, 3}));
    EXPECT_EQ(method.over_direct.n, 1U);
    EXPECT_EQ(method.over_direct.mean, -1.0);
    EXPECT_EQ(method.verdict, Verdict::untested);
}

TEST(Compare, decides_over_all_groups_together) {
    // Three groups; in each one comparison with t = 5.2 on two degrees: p = .035 alone, .10 among three.
    std::vector<Result> results;
    for (const char* label : {"1", "2", "3"})
        for (const std::int64_t seed : {1, 2, 3})
            results.push_back(
                made_up("a", seed, label, {{"fnw", 1 + static_cast<double>(seed)}, {"direct", 0}}));
    EXPECT_EQ(compared({results[0], results[1], results[2]}).groups[0].methods[1].verdict,
              Verdict::direct_better);
    const Comparison together = compared(results);
    EXPECT_EQ(together.comparisons, 3U);
    EXPECT_EQ(the(together.groups[0], "fnw").verdict, Verdict::undecided);
}

TEST(Compare, gives_no_verdict_on_references_and_net_heads) {
    const Comparison comparison = compared({
        made_up("a", 1, "", {{"oracle", 1}, {"direct", 2}, {"direct-wide", 5}}),
        made_up("a", 2, "", {{"oracle", 1}, {"direct", 2}, {"direct-wide", 5}}),
    });
    EXPECT_EQ(comparison.comparisons, 0U);
    EXPECT_EQ(the(comparison.groups[0], "oracle").verdict, Verdict::untested);
    EXPECT_EQ(the(comparison.groups[0], "oracle").over_direct.mean, -1.0);
    EXPECT_EQ(the(comparison.groups[0], "oracle").over_oracle.mean, std::nullopt);
    EXPECT_EQ(the(comparison.groups[0], "direct").over_oracle.mean, 1.0);
    EXPECT_EQ(comparison.groups[0].methods[0].method, "oracle");  // lowest excess first
}

TEST(Compare, does_not_drop_infinite_runs_from_a_mean) {
    const double infinity = std::numeric_limits<double>::infinity();
    const Comparison comparison = compared({
        made_up("a", 1, "", {{"fnw", 1}, {"defer", infinity}, {"direct", 2}}),
        made_up("a", 2, "", {{"fnw", infinity}, {"defer", 1}, {"direct", infinity}}),
    });
    EXPECT_EQ(the(comparison.groups[0], "fnw").excess.mean, infinity);
    EXPECT_EQ(the(comparison.groups[0], "fnw").over_direct.mean, std::nullopt);  // ∞ − ∞ in seed 2
    EXPECT_EQ(the(comparison.groups[0], "fnw").verdict, Verdict::untested);
    EXPECT_EQ(the(comparison.groups[0], "defer").verdict, Verdict::untested);
}

TEST(Compare, measures_what_is_recovered_between_pretrained_and_oracle) {
    const Comparison comparison = compared({
        made_up("a", 1, "", {{"pretrained", .009}, {"oracle", .001}, {"fnw", .003}}),
        made_up("a", 2, "", {{"pretrained", .019}, {"oracle", .0109}, {"fnw", .014}}),
    });
    const Improvement* recovered =
        find_improvement(the(comparison.groups[0], "fnw"), Target::net_cvr, "excess_log_loss");
    ASSERT_NE(recovered, nullptr);
    EXPECT_NEAR(recovered->ratio.value.value(), .011 / .0161, 1e-12);
    EXPECT_EQ(find_improvement(the(comparison.groups[0], "oracle"), Target::net_cvr, "excess_log_loss"),
              nullptr);
}

TEST(Compare, finds_the_crossing_of_every_panel_with_its_levels_in_order) {
    const SweepResults sweep = made_up_sweep();
    const Comparison comparison = compare(sweep, made_up_costs(sweep));
    EXPECT_EQ(comparison.panels, (std::vector<std::string>{"windows.refund_attribution = 1d",
                                                           "windows.refund_attribution = 3d"}));
    EXPECT_EQ(comparison.groups[1].title, "refunds_per_conversion = 0.54, windows.refund_attribution = 3d");
    std::size_t found = 0;
    for (const Finding& finding : comparison.findings) {
        if (finding.method != "es-dfm") continue;
        ++found;
        EXPECT_EQ(finding.crossing.course, Course::crosses);
        EXPECT_LT(finding.crossing.low.value(), .0515);
        EXPECT_GT(finding.crossing.high.value(), .05);
        EXPECT_FALSE(finding.crossing.rising);  // the cascade is better where refunds are dense
        EXPECT_NE(finding.sentence.find("direct is better below, es-dfm above."), std::string::npos);
    }
    EXPECT_EQ(found, 2U);
}

TEST(Compare, keeps_the_cost_of_each_method) {
    const SweepResults sweep = made_up_sweep({"0.1"}, {"3d"});
    const Comparison comparison = compare(sweep, made_up_costs(sweep));
    EXPECT_NEAR(the(comparison.groups[0], "fnw").seconds.mean.value(), 3.2, 1e-12);  // made up: 3 + .1 · seed
    EXPECT_NEAR(comparison.groups[0].peak_memory.mean.value(), 302e6, 1);
}

TEST(Compare, says_the_bias_of_the_mean_forecast) {
    Result result = made_up("a", 1, "", {{"direct", .001}});
    result.scores.methods[0].breakdowns = {{.dimension = "category",
                                            .target = Target::net_cvr,
                                            .weight = {100, 300},
                                            .forecast = {6, 18},
                                            .truth = {5, 15},
                                            .excess = {0, 0}}};
    EXPECT_NEAR(compared({result}).groups[0].methods[0].bias.mean.value(), .01, 1e-15);
}

TEST(Compare, refuses_a_seed_twice_and_results_without_truth) {
    EXPECT_EQ(message(Exit::data,
                      [] {
                          compared({made_up("a", 1, "", {}), made_up("a", 1, "", {})});
                      }),
              "two results of a have seed 1 and the same labels");
    Result result = made_up("a", 1, "", {});
    result.scores.no_truth = "the log has no /truth";
    EXPECT_EQ(message(Exit::data, [&] { compared({result}); }),
              "the result of a, seed 1, has no scores against the truth (the log has no /truth)");
}

}  // namespace
}  // namespace netcvr
