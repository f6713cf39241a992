// The truth at any windows against enumeration, second by second, of the laws of reference_law.h.

#include "sim/trajectories.h"

#include <deque>

#include "tests/sim/expect_error.h"
#include "tests/sim/reference_law.h"

namespace netcvr {
namespace {

struct Case {
    World world;
    LogRows rows;
    Clicks clicks;
    FullTruth truth;
    explicit Case(const Scenario& s)
        : world(make_world(s, 1)),
          rows(whole_log(world)),
          clicks(clicks_of(world, rows.log)),
          truth(world.scenario, rows.truth.law) {}
};

Scenario with(const char* name, auto change, double clicks = 600) {
    Scenario s = small_world(clicks);
    s.name = name;
    change(s);
    return s;
}

/// Every delay family, families mixed, atoms, minimum delays, no refunds.
std::vector<Scenario> kinds() {
    std::vector<Scenario> all;
    for (const char* family : {"exponential", "weibull", "log-normal", "log-logistic", "gamma"})
        all.push_back(
            with(family, [&](Scenario& s) { s.conversion_delay.family = s.refund_delay.family = family; }));
    all.push_back(with("mixed", [](Scenario& s) {
        s.conversion_delay.considered_family = "gamma";
        s.refund_delay.return_family = "log-normal";
    }));
    all.push_back(with(
        "atoms", [](Scenario& s) { s.targets.conversion_delay_median = s.targets.refund_delay_median = 0; }));
    all.push_back(
        with("minima", [](Scenario& s) { s.conversion_delay.minimum = 61, s.refund_delay.minimum = 3599; }));
    all.push_back(with("no refund", [](Scenario& s) { s.targets.refunds_per_conversion = 0; }));
    return all;
}

const std::deque<Case>& cases() {
    static const std::deque<Case> all = [] {
        std::deque<Case> made;
        for (const Scenario& s : kinds()) made.emplace_back(s);
        return made;
    }();
    return all;
}

TEST(Trajectories, at_the_scenarios_windows_give_the_stated_rates) {
    for (const Case& c : cases()) {
        const Scenario& s = c.world.scenario;
        for (std::size_t i = 0; i < c.rows.log.size(); ++i) {
            const Trajectories p = trajectories(c.truth.laws(), c.truth[i], s.windows);
            const Rates r = rates(p);
            double sum = 0;
            for (const double x : p) {
                sum += x;
                ASSERT_GE(x, -1e-12) << s.name;
            }
            ASSERT_NEAR(sum, 1, 1e-12) << s.name;
            // The parameters are kept as float32: a logit of 10 loses 1e-6 of its odds.
            ASSERT_NEAR(r.cvr, c.rows.truth.cvr[i], 2e-6 * r.cvr) << s.name;
            ASSERT_NEAR(r.net_cvr, c.rows.truth.net_cvr[i], 2e-6 * r.cvr) << s.name;
            ASSERT_NEAR(r.refund_rate, c.rows.truth.refund_rate[i], 2e-6) << s.name;
        }
    }
}

/// One click's laws, second by second, from the C library.
struct Seconds {
    const ReferenceLaw& law;
    double f(std::size_t k, Time d) const {
        return of([&](double t) { return law.f(k, t); }, d);
    }
    double g(std::size_t k, Time r) const {
        return of([&](double t) { return law.g(k, t); }, r);
    }
    static double of(auto cdf, Time s) {
        return cdf(static_cast<double>(s) + 1) - cdf(static_cast<double>(s));
    }
    double share(std::size_t k) const { return law.conversion * law.weight(k); }
};

Trajectories enumerated(const Seconds& click, const Windows& w) {
    Trajectories p{};
    for (std::size_t k = 0; k < 2; ++k)
        for (Time d = 0; d < w.conversion_attribution; ++d) {
            const double converted = click.share(k) * click.f(k, d);
            const std::size_t first = d <= w.conversion_observation ? a0 : b0;
            p[first] += converted;
            p[t0] += converted;
            for (Time r = 0; r < w.refund_attribution; ++r) {
                const double refunded = converted * click.law.refund[k] * click.g(k, r);
                p[first] -= refunded;
                p[first + (r <= w.refund_observation ? 1 : 2)] += refunded;
            }
        }
    p[t0] = 1 - p[t0];
    return p;
}

TEST(Trajectories, are_sums_over_the_seconds_of_conversion_and_refund) {
    for (const Case& c : cases()) {
        const Scenario& s = c.world.scenario;
        // The last: nothing is late.
        for (const Windows& w : {Windows{40, 30, 9, 4}, Windows{7, 55, 0, 54}, Windows{20, 20, 30, 20}})
            for (const std::size_t i : {std::size_t{0}, c.rows.log.size() / 2}) {
                const ReferenceLaw law = reference_law(c.world, c.clicks, i);
                const Trajectories expected = enumerated({law}, w);
                const Trajectories p = trajectories(c.truth.laws(), c.truth[i], w);
                for (std::size_t j = 0; j < p.size(); ++j)
                    ASSERT_NEAR(p[j], expected[j], 1e-6) << s.name << " " << trajectory_names[j].name;
            }
    }
}

TEST(ConditionalTruth, is_a_ratio_of_sums_over_seconds) {
    const Time attribution = 50;
    for (const Case& c : cases()) {
        const Scenario& s = c.world.scenario;
        const ReferenceLaw law = reference_law(c.world, c.clicks, 1);
        const Seconds click{law};
        const ClickLaw stated = c.truth[1];
        const DelayLaws& laws = c.truth.laws();
        for (const Time age : {-1, 0, 7, 49, 60}) {
            double later = 0, seen = 0;
            for (std::size_t k = 0; k < 2; ++k)
                for (Time d = 0; d < std::max(attribution, age + 1); ++d) {
                    const double p = click.share(k) * click.f(k, d);
                    (d <= age ? seen : later) += p;
                }
            EXPECT_NEAR(conversion_given_age(laws, stated, attribution, age), later / (1 - seen), 1e-6)
                << s.name << " at age " << age;
            const Time delay = s.targets.conversion_delay_median == 0 ? 0 : s.conversion_delay.minimum + 3;
            double refunds_later = 0, refunds_seen = 0, given = 0;
            for (std::size_t k = 0; k < 2; ++k) {
                const double weight = click.share(k) * click.f(k, delay);
                given += weight;
                for (Time r = 0; r < std::max(attribution, age + 1); ++r)
                    (r <= age ? refunds_seen : refunds_later) += weight * law.refund[k] * click.g(k, r);
            }
            EXPECT_NEAR(refund_given_age(laws, stated, delay, attribution, age),
                        refunds_later / (given - refunds_seen), 1e-5)
                << s.name << " at age " << age;
            if (age == -1) {
                EXPECT_NEAR(refund_given_delay(laws, stated, delay, attribution), refunds_later / given, 1e-5)
                    << s.name;
            }
        }
    }
}

TEST(ConditionalTruth, of_a_delay_that_cannot_be_is_no_number) {
    const Case c(with("minimum", [](Scenario& s) { s.conversion_delay.minimum = 61; }));
    EXPECT_TRUE(std::isnan(refund_given_delay(c.truth.laws(), c.truth[0], 60, day)));
    EXPECT_FALSE(std::isnan(refund_given_delay(c.truth.laws(), c.truth[0], 61, day)));
}

// Where F(s + 1) − F(s) drowns in rounding, the density takes over: both sides of the seam agree.
TEST(ConditionalTruth, holds_far_out_in_the_tail) {
    for (const char* family : {"exponential", "weibull", "log-normal", "log-logistic", "gamma"}) {
        const ClassDelay delay = {.law = {family_named(family), .7}, .log_offset = 0, .minimum = 0};
        for (const Time s : {1000, 30000}) {
            const double here = delay.log_of_second(5, s), next = delay.log_of_second(5, s + 1);
            ASSERT_TRUE(std::isfinite(here)) << family;
            EXPECT_LT(next, here) << family;
            EXPECT_NEAR(here, std::log(delay.density(5, static_cast<double>(s) + .5)), 1e-5) << family;
        }
    }
}

/// P(seen: a refund of a conversion) by summing every second of the conversion.
double refunded_by(const Seconds& click, const Windows& w, Time age) {
    double sum = 0;
    for (std::size_t k = 0; k < 2; ++k)
        for (Time d = 0; d <= std::min(age, w.conversion_attribution - 1); ++d)
            sum += click.share(k) * click.f(k, d) * click.law.refund[k] *
                   click.law.g(k, static_cast<double>(std::min(w.refund_attribution, age - d + 1)));
    return sum;
}

TEST(SeenAtAge, is_the_sum_over_the_seconds_of_the_conversion) {
    for (const Case& c : cases()) {
        const Scenario& s = c.world.scenario;
        const ReferenceLaw law = reference_law(c.world, c.clicks, 2);
        const Windows w = {6000, 2500, 60, 60};
        for (const Time age : {-1, 0, 10, 200, 2400, 4000, 7000}) {
            const Seen seen = seen_at_age(c.truth.laws(), c.truth[2], w, age);
            const double refunded = refunded_by({law}, w, age);
            double converted = 0;
            for (std::size_t k = 0; k < 2; ++k)
                converted += law.conversion * law.weight(k) *
                             law.f(k, static_cast<double>(std::min(w.conversion_attribution, age + 1)));
            EXPECT_NEAR(seen.refunded, refunded, 1e-6) << s.name << " at age " << age;
            EXPECT_NEAR(seen.converted, converted - refunded, 1e-6) << s.name << " at age " << age;
            EXPECT_NEAR(seen.none + seen.converted + seen.refunded, 1, 1e-12);
        }
        const Rates r = rates(trajectories(c.truth.laws(), c.truth[2], w));
        EXPECT_NEAR(seen_at_age(c.truth.laws(), c.truth[2], w, 8500).converted, r.net_cvr, 1e-9) << s.name;
    }
}

TEST(FullTruth, names_the_column_that_is_not_there) {
    const Case c(with("rates", [](Scenario&) {}));
    auto law = c.rows.truth.law;
    law.erase(law.begin() + 1);
    EXPECT_NE(message(Exit::data, [&] { FullTruth(c.world.scenario, law); }).find("/truth/considered_share"),
              std::string::npos);
}

}  // namespace
}  // namespace netcvr
