#include "sim/prior_period.h"

#include <cmath>

#include <gtest/gtest.h>

#include "sim/math.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

/// 20,000 users whose counts are not tiny, with repeats and purchases off the log.
Scenario prior_scenario() {
    Scenario s = small_world(60000);
    s.users.count = 20000;
    s.users.activity_spread = 0.8;
    s.correlation.activity_purchase = -0.5;
    s.repeats.user = 0.4, s.repeats.activity = 0.3, s.repeats.cap = 3;
    s.targets.repurchases_per_click = 0.05;
    s.prior_period = {.duration = 10 * day,
                      .persistence = 0.7,
                      .off_log_purchases = 0.05,
                      .off_log_user = -0.6,
                      .off_log_activity = 0.2};
    return s;
}
const World& world() {
    static const World w = make_world(prior_scenario(), 2);
    return w;
}
const UserLaw& law() {
    static const UserLaw l(world());
    return l;
}
const UserCounts& counts() {
    static const UserCounts c = prior_counts(world(), law(), 2);
    return c;
}

/// Σ (count − mean) / √(Σ variance) over users.
struct Excess {
    double sum = 0, variance = 0;
    void add(double count, double mean, double of) { sum += count - mean, variance += of; }
    double z() const { return sum / std::sqrt(variance); }
};

// 5 σ: false alarms once in 1.7 million runs each.
constexpr double bound = 5;

TEST(PriorPeriod, draws_the_counts_that_the_users_traits_then_imply) {
    Excess clicks, conversions, repeats, off_log;
    for (std::uint32_t u = 0; u < counts().size(); ++u) {
        const PriorTraits z = prior_traits(world(), u);
        const double rate = 10 * law().clicks_per_day(z.activity), p = law().conversion(z.purchase),
                     mu = law().repeats(z.activity, z.purchase),
                     off = 10 * law().off_log_per_day(z.activity, z.purchase);
        const double n = counts().clicks[u], converted = counts().conversions[u];
        clicks.add(n, rate, rate);
        conversions.add(converted, n * p, n * p * (1 - p));
        repeats.add(counts().repeats[u], converted * mu, converted * mu);
        off_log.add(counts().off_log[u], off, off);
    }
    EXPECT_LT(std::fabs(clicks.z()), bound);
    EXPECT_LT(std::fabs(conversions.z()), bound);
    EXPECT_LT(std::fabs(repeats.z()), bound);
    EXPECT_LT(std::fabs(off_log.z()), bound);
    // Poisson counts: Σ (n − λ)² / λ has mean n and variance 2 n + Σ 1 / λ.
    double square = 0, variance = 0;
    for (std::uint32_t u = 0; u < counts().size(); ++u) {
        const double rate = 10 * law().clicks_per_day(prior_traits(world(), u).activity);
        square += std::pow(counts().clicks[u] - rate, 2) / rate - 1;
        variance += 2 + 1 / rate;
    }
    EXPECT_LT(std::fabs(square) / std::sqrt(variance), bound);
}

TEST(PriorPeriod, has_traits_as_correlated_as_the_log_has_and_persistent_ones) {
    std::vector<double> activity, purchase, activity_now, purchase_now;
    double mean = 0, square = 0;
    for (std::uint32_t u = 0; u < counts().size(); ++u) {
        const PriorTraits z = prior_traits(world(), u);
        activity.push_back(z.activity), purchase.push_back(z.purchase);
        activity_now.push_back(world().population.users[u].activity);
        purchase_now.push_back(world().population.users[u].purchase);
        mean += z.purchase, square += z.purchase * z.purchase;
    }
    const auto n = static_cast<double>(activity.size());
    EXPECT_LT(std::fabs(correlation_z(correlation(activity, purchase), -0.5, n)), bound);
    EXPECT_LT(std::fabs(correlation_z(correlation(activity, activity_now), 0.7, n)), bound);
    EXPECT_LT(std::fabs(correlation_z(correlation(purchase, purchase_now), 0.7, n)), bound);
    EXPECT_LT(std::fabs(correlation_z(correlation(activity, purchase_now), 0.7 * -0.5, n)), bound);
    EXPECT_LT(std::fabs(mean / n) * std::sqrt(n), bound);
    EXPECT_LT(std::fabs(square / n - 1) / std::sqrt(2 / n), bound);  // stationary
}

TEST(PriorPeriod, is_as_the_log_where_traits_persist_entirely) {
    Scenario s = prior_scenario();
    s.prior_period.persistence = 1;
    s.solved = world().scenario.solved;
    const World same = make_world(s, 2);
    for (const std::uint32_t u : {0U, 17U, 19999U}) {
        EXPECT_EQ(prior_traits(same, u).activity, same.population.users[u].activity);
        EXPECT_EQ(prior_traits(same, u).purchase, same.population.users[u].purchase);
    }
}

TEST(PriorPeriod, has_more_of_everything_the_longer_it_is) {
    Scenario s = prior_scenario();
    s.prior_period.duration = 15 * day;
    s.prior_period.off_log_purchases = 0.08;
    s.solved = world().scenario.solved;
    const UserCounts longer = prior_counts(make_world(s, 2), law(), 2);
    std::size_t more = 0;
    for (std::size_t u = 0; u < counts().size(); ++u) {
        ASSERT_GE(longer.clicks[u], counts().clicks[u]) << u;
        ASSERT_GE(longer.conversions[u], counts().conversions[u]) << u;
        ASSERT_GE(longer.repeats[u], counts().repeats[u]) << u;
        ASSERT_GE(longer.off_log[u], counts().off_log[u]) << u;
        more += longer.clicks[u] > counts().clicks[u] ? 1 : 0;
    }
    EXPECT_GT(more, counts().size() / 4);
}

TEST(PriorPeriod, does_not_depend_on_threads) {
    const UserCounts one = prior_counts(world(), law(), 1);
    EXPECT_EQ(one.clicks, counts().clicks);
    EXPECT_EQ(one.conversions, counts().conversions);
    EXPECT_EQ(one.repeats, counts().repeats);
    EXPECT_EQ(one.off_log, counts().off_log);
}

TEST(UserLaw, averages_the_logs_own_law_over_everything_but_the_user) {
    // Σ over the log's clicks of the generating probability against the user's share of it. What the normal
    // law of the rest leaves out (items and curves are not normal) is bounded by 2 %, the curvature of a
    // logistic over a rest of sd 0.9.
    const LogRows rows = whole_log(world());
    double c = 0, user_c = 0, clicks = 0, rates = 0;
    for (std::size_t i = 0; i < rows.log.size(); ++i) {
        c += rows.truth.law[0].value[i];
        user_c += law().conversion(
            world().population.users[static_cast<std::size_t>(rows.log.user_id[i])].purchase);
    }
    EXPECT_EQ(rows.truth.law[0].name, "conversion_probability");
    EXPECT_NEAR(user_c / c, 1, 0.02);
    for (std::size_t u = 0; u < counts().size(); ++u)
        rates += law().clicks_per_day(world().population.users[u].activity);
    clicks = static_cast<double>(rows.log.size());
    EXPECT_LT(std::fabs(clicks - 4 * rates) / std::sqrt(4 * rates), bound);
    EXPECT_DOUBLE_EQ(law().repeats(9, 9), 3);  // the cap
}

TEST(PriorPeriod, refuses_to_count_where_there_is_none) {
    Scenario s = small_world();
    const World none = make_world(s, 1);
    const std::string said = message(Exit::scenario, [&] { prior_counts(none, UserLaw(none), 1); });
    EXPECT_NE(said.find("prior_period.duration"), std::string::npos) << said;
}

}  // namespace
}  // namespace netcvr
