#include "output/crossing.h"

#include <cmath>

#include <gtest/gtest.h>

namespace netcvr {
namespace {

using Curves = std::vector<std::vector<double>>;

const std::vector<double> levels = {.001, .01, .1, 1};

/// slope · log(x / at): crosses 0 at `at`, exactly linear in log x.
std::vector<double> line(double at, double slope) {
    std::vector<double> curve;
    for (const double x : levels) curve.push_back(slope * std::log(x / at));
    return curve;
}

TEST(Crossing, of_lines_in_log_x_is_their_common_zero) {
    const Crossing found = crossing(levels, {line(.05, 1), line(.05, 3)}, {-1, 0, 0, 1});
    EXPECT_EQ(found.course, Course::crosses);
    EXPECT_NEAR(found.at.value(), .05, 1e-12);
    EXPECT_NEAR(found.low.value(), .05, 1e-9);
    EXPECT_NEAR(found.high.value(), .05, 1e-9);
    EXPECT_TRUE(found.rising);
    EXPECT_EQ(found.seeds, 2U);
    EXPECT_FALSE(crossing(levels, {line(.05, -1), line(.05, -3)}, {1, 0, 0, -1}).rising);
}

TEST(Crossing, has_a_students_t_interval_over_the_seeds_crossings) {
    // Crossings at log x = u − s, u, u + s: mean u, standard error s/√3, t with two degrees of
    // freedom 4.3027.
    const double u = std::log(.05), s = .2, half_width = 4.302652729749464 * s / std::sqrt(3.0);
    const Crossing found =
        crossing(levels, {line(std::exp(u - s), 1), line(.05, 1), line(std::exp(u + s), 1)}, {-1, 0, 0, 1});
    EXPECT_NEAR(std::log(found.at.value()), u, 1e-12);
    EXPECT_NEAR(std::log(found.low.value()), u - half_width, 1e-9);
    EXPECT_NEAR(std::log(found.high.value()), u + half_width, 1e-9);
}

TEST(Crossing, interpolates_in_x_where_zero_is_a_level) {
    const Crossing found = crossing({0, 1, 2}, {{-3, -1, 1}, {-3, -1, 1}}, {-1, 0, 1});
    EXPECT_NEAR(found.at.value(), 1.5, 1e-12);
}

TEST(Crossing, of_one_seed_is_no_point) {
    EXPECT_EQ(crossing(levels, {line(.05, 1)}, {-1, 0, 0, 1}).course, Course::bracketed);
    EXPECT_EQ(crossing(levels, {line(.05, 1)}, {0, 0, 0, 0}), Crossing());
}

TEST(Crossing, is_claimed_only_where_levels_decide_with_both_signs) {
    const Curves agreeing = {line(.05, 1), line(.06, 1)};
    EXPECT_EQ(crossing(levels, agreeing, {0, 0, 0, 0}), Crossing());
    EXPECT_EQ(crossing(levels, agreeing, {-1, 0, 0, 0}), Crossing());
    EXPECT_EQ(crossing(levels, agreeing, {0, 0, 0, 1}), Crossing());
    EXPECT_EQ(crossing(levels, agreeing, {-1, 0, 0, 1}).course, Course::crosses);
}

TEST(Crossing, of_curves_against_the_tests_is_no_point) {
    const Crossing found = crossing(levels, {line(.05, -1), line(.06, -1)}, {-1, 0, 0, 1});
    EXPECT_EQ(found.course, Course::bracketed);
    EXPECT_TRUE(found.rising);
}

TEST(Crossing, is_bracketed_by_levels_that_decide_where_seeds_disagree) {
    const Curves curves = {{-1, -.1, .1, 1}, {-1, .1, -.1, 1}};  // the second crosses three times
    const Crossing found = crossing(levels, curves, {-1, 0, 0, 1});
    EXPECT_EQ(found.course, Course::bracketed);
    EXPECT_EQ(found.at, std::nullopt);
    EXPECT_EQ(found.low, .001);
    EXPECT_EQ(found.high, 1.0);
    EXPECT_TRUE(found.rising);
}

TEST(Crossing, needs_every_seed_to_cross_in_one_direction) {
    const std::vector<Sign> sign = {-1, 0, 0, 1};
    EXPECT_EQ(crossing(levels, {line(.05, 1), line(.05, -1)}, sign).course, Course::bracketed);
    EXPECT_EQ(crossing(levels, {line(.05, 1), {1, 1, 1, 1}}, sign).course, Course::bracketed);
    EXPECT_EQ(crossing(levels, {}, sign).course, Course::bracketed);
}

TEST(Crossing, is_none_where_every_level_is_significant_with_one_sign) {
    EXPECT_EQ(crossing(levels, {{-1, -1, -1, -1}}, {-1, -1, -1, -1}).course, Course::below);
    EXPECT_EQ(crossing(levels, {{1, 1, 1, 1}}, {1, 1, 1, 1}).course, Course::above);
    EXPECT_EQ(crossing(levels, {{-1, -1, -1, -1}}, {-1, -1, 0, -1}).course, Course::undecided);
}

TEST(Crossing, tells_of_several) {
    EXPECT_EQ(crossing(levels, {{-1, 1, 1, -1}}, {-1, 1, 0, -1}).course, Course::several);
}

TEST(SignChanges, lie_where_the_line_is_zero) {
    EXPECT_EQ(sign_changes({0, 1, 2}, {-1, 1, 1}), (std::vector<double>{.5}));
    EXPECT_EQ(sign_changes({0, 1, 2}, {-1, 3, -1}), (std::vector<double>{.25, 1.75}));
    EXPECT_TRUE(sign_changes({0, 1}, {0, 0}).empty());
}

TEST(SignChanges, pass_through_exact_zeros_once) {
    EXPECT_EQ(sign_changes({0, 1, 2}, {-1, 0, 5}), (std::vector<double>{1}));
    EXPECT_EQ(sign_changes({0, 1, 2, 3}, {-1, 0, 0, 5}), (std::vector<double>{1.5}));
    EXPECT_TRUE(sign_changes({0, 1, 2}, {-1, 0, -5}).empty());  // touched, not crossed
    EXPECT_TRUE(sign_changes({0, 1, 2}, {0, 1, 2}).empty());
}

}  // namespace
}  // namespace netcvr
