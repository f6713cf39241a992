#include "sim/world.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/sim/reference_law.h"

namespace netcvr {
namespace {

constexpr const char* families[] = {"exponential", "weibull", "log-normal", "log-logistic", "gamma"};

/// Every click's law and truth against the slow one. Truth is float32: half a unit in the last place is 6e-8;
/// the rest of 2e-7 is for the doubles' cancellation at small masses.
void expect_reference(const Scenario& s) {
    const World world = make_world(s, 1);
    const LogRows rows = whole_log(world);
    const Clicks clicks = clicks_of(world, rows.log);
    Predictors predictors;
    Law law;
    predict(world, clicks, predictors);
    evaluate(world, predictors, law);
    for (std::size_t i = 0; i < clicks.size(); ++i) {
        const ReferenceLaw exact = reference_law(world, clicks, i);
        const auto near = [&](double x, double y, double relative, const char* what) {
            ASSERT_NEAR(x, y, relative * std::fabs(y) + 1e-12) << s.name << ' ' << what << " of row " << i;
        };
        near(law.conversion[i], exact.conversion, 1e-12, "c");
        for (std::size_t k = 0; k < 2 && s.has_repeats(); ++k) {
            near(law.repeat_mean[k][i], exact.repeat_mean[k], 1e-12, "mu");
            near(law.repeat_refund[k][i], exact.repeat_refund[k], 1e-12, "rho'");
        }
        if (s.has_money()) near(predictors.price[i], exact.price, 1e-12, "price");
        near(predictors.considered[i], exact.considered, 1e-12, "considered");
        for (std::size_t k = 0; k < 2; ++k) {
            near(law.refund[k][i], exact.refund[k], 1e-12, "rho");
            near(law.within_attribution[k][i],
                 exact.f(k, static_cast<double>(s.windows.conversion_attribution)), 1e-11, "F");
            near(law.refund_within[k][i], exact.g(k, static_cast<double>(s.windows.refund_attribution)),
                 1e-11, "G");
        }
        near(rows.truth.cvr[i], exact.cvr(), 2e-7, "cvr");
        near(rows.truth.net_cvr[i], exact.net_cvr(), 2e-7, "net_cvr");
        near(rows.truth.refund_rate[i], 1 - exact.net_cvr() / exact.cvr(), 4e-7, "refund_rate");
        // Three roundings to float32, 6e-8 each, of parts of cvr.
        EXPECT_NEAR(rows.truth.cvr[i] * (1 - double{rows.truth.refund_rate[i]}), rows.truth.net_cvr[i],
                    2e-7 * exact.cvr());
        near(rows.truth.law[0].value[i], exact.conversion, 1e-7, "column c");
        near(rows.truth.law[1].value[i], exact.considered, 1e-7, "column considered");
        near(rows.truth.law[2].value[i], exact.refund[0], 1e-7, "column rho of impulse");
        near(rows.truth.law[3].value[i], exact.refund[1], 1e-7, "column rho of considered");
        near(rows.truth.law[4].value[i], exact.conversion_log_scale, 3e-7, "column conversion scale");
        near(rows.truth.law[5].value[i], exact.refund_log_scale, 3e-7, "column refund scale");
    }
}

// Kills: π permuted, hour curve off by one or in UTC, drift at the block's middle, ρ without its class.
TEST(World, is_what_its_formulas_say_for_every_family) {
    for (const char* family : families) {
        Scenario s = small_world(4000);
        s.name = family;
        s.conversion_delay.family = s.refund_delay.family = family;
        expect_reference(s);
    }
}

TEST(World, is_what_its_formulas_say_with_minimum_delays_and_odd_times) {
    Scenario s = small_world(4000);
    s.conversion_delay.minimum = 61;
    s.refund_delay.minimum = 3599;
    s.log.time_origin = "2025-01-31T17:23:45Z";
    s.log.utc_offset = -3 * hour - 30 * minute;
    s.windows.refund_attribution = day + 1;
    expect_reference(s);
}

TEST(World, is_what_its_formulas_say_with_every_mechanism) {
    const auto with = [](const char* name, auto change) {
        Scenario s = small_world(2000);
        s.name = name;
        change(s);
        expect_reference(s);
    };
    const Scenario::Drift moving = {.walk = .2,
                                    .step = .7,
                                    .ramp = -.6,
                                    .wave = .5,
                                    .step_at = 30 * hour,
                                    .ramp_begin = 10 * hour,
                                    .ramp_end = 50 * hour,
                                    .wave_period = 31 * hour};
    with("conversion drift", [&](Scenario& s) { s.conversion_drift = moving; });
    with("conversion delay drift", [&](Scenario& s) { s.conversion_delay_drift = moving; });
    with("refund drift", [&](Scenario& s) { s.refund_drift = moving; });
    with("refund delay drift", [&](Scenario& s) { s.refund_delay_drift = moving; });
    with("promotion",
         [](Scenario& s) { s.promotion = {20 * hour, 9 * hour, 30 * hour, 1.5, .8, .6, .9, .7}; });
    with("weekdays", [](Scenario& s) {
        s.weekdays.traffic = {1, 2, 3, 1, 2, 4, 1};
        s.weekdays.conversion = {.1, -.3, .5, -.7, .2, .4, 0};
        s.weekdays.refund = {-.4, .3, .1, .6, -.2, .5, .2};
    });
    with("delay propensity",
         [](Scenario& s) { s.conversion_delay.propensity = -.5, s.refund_delay.propensity = .4; });
    with("families mixed", [](Scenario& s) {
        s.conversion_delay.considered_family = "gamma", s.refund_delay.return_family = "log-normal";
    });
    with("hidden", [](Scenario& s) { s.hidden = {.9, .7}; });
    with("entrants", [](Scenario& s) { s.users.entering = .5, s.items.entering = .4; });
    with("repeats and money", [](Scenario& s) {
        s.targets.repurchases_per_click = .05;
        s.repeats.activity = .3, s.repeats.considered = .5, s.repeats.cap = 1;
        s.money.price_median = 30;
    });
}

TEST(World, is_what_its_formulas_say_where_it_degenerates) {
    const auto with = [](const char* name, auto change) {
        Scenario s = small_world(2000);
        s.name = name;
        change(s);
        expect_reference(s);
    };
    with("no conversion delay", [](Scenario& s) { s.targets.conversion_delay_median = 0; });
    with("no refund delay", [](Scenario& s) { s.targets.refund_delay_median = 0; });
    with("no refund", [](Scenario& s) { s.targets.refunds_per_conversion = 0; });
    with("impulse only", [](Scenario& s) { s.intent.considered = 0; });
    with("considered only", [](Scenario& s) { s.intent.considered = 1; });
    with("no drift", [](Scenario& s) { s.conversion_drift.walk = 0, s.refund_drift.walk = 0; });
    with("all alike", [](Scenario& s) {
        s.conversion = {0, 0, 0, 0, 0, 0, 0};
        s.refund = {0, 0, 0, 0, 0, 0, 0};
    });
}

TEST(World, without_refunds_has_none_and_says_so) {
    Scenario s = small_world();
    s.targets.refunds_per_conversion = 0;
    const LogRows rows = whole_log(make_world(s, 1));
    EXPECT_EQ(rows.truth.net_cvr, rows.truth.cvr);
    EXPECT_EQ(rows.truth.refund_rate, std::vector<float>(rows.log.size(), 0.0f));
    EXPECT_EQ(rows.truth.refund_time, std::vector<Time>(rows.log.size(), never));
}

TEST(World, without_delays_converts_and_refunds_at_once) {
    Scenario s = small_world();
    s.targets.conversion_delay_median = s.targets.refund_delay_median = 0;
    const LogRows rows = whole_log(make_world(s, 1));
    for (std::size_t i = 0; i < rows.log.size(); ++i) {
        const Time conversion = rows.log.conversion_time[i], refund = rows.log.refund_time[i];
        EXPECT_TRUE(conversion == never || conversion == rows.log.click_time[i]);
        EXPECT_TRUE(refund == never || refund == conversion);
    }
}

TEST(World, starts_its_drift_at_nought_and_goes_in_independent_normal_steps) {
    Scenario s = small_world();
    s.log.duration = 300 * day;
    s.items.categories = 40;
    s.conversion_drift.walk = .1, s.refund_drift.walk = .2;
    const World world = make_world(s, 1);
    const auto expect_walk = [&](const std::vector<double>& path, double step) {
        ASSERT_EQ(path.size(), 302u * 40);
        double squares = 0;
        for (std::size_t k = 0; k < path.size(); ++k)
            if (k < 40)
                EXPECT_EQ(path[k], 0);
            else
                squares += (path[k] - path[k - 40]) * (path[k] - path[k - 40]);
        const double n = 301 * 40;  // mean square of n normals: sd √(2/n); 5 sd
        EXPECT_LT(std::fabs(squares / n / (step * step) - 1) / std::sqrt(2 / n), 5);
    };
    expect_walk(world.time.knots(of_conversion), .1);
    expect_walk(world.time.knots(of_refund), .2);
}

// The truth must be a number for every click a legal scenario can make, even where all mass has gone.
TEST(World, states_a_number_even_where_no_delay_fits_the_window) {
    Scenario s = small_world();
    s.conversion_delay.shape = {20, 20};
    s.conversion_delay.ratio = 1;
    s.conversion_delay.haste = -1;
    s.targets.conversion_delay_median = 8 * hour;
    const LogRows rows = whole_log(make_world(s, 1));
    for (std::size_t i = 0; i < rows.log.size(); ++i) {
        ASSERT_TRUE(std::isfinite(rows.truth.refund_rate[i])) << i << ", cvr " << rows.truth.cvr[i];
        ASSERT_GE(rows.truth.refund_rate[i], 0);
        ASSERT_LE(rows.truth.refund_rate[i], 1);
    }
}

TEST(World, reads_a_window_where_the_delay_begins) {
    EXPECT_EQ(log_window(10, 10), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(log_window(10, 11), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(log_window(11, 10), 0);
    EXPECT_DOUBLE_EQ(log_window(3 * day, 0), std::log(259200.0));
    std::vector<double> scale = {0, 1}, out(2);
    mass_within({}, true, log_window(10, 10), 0, scale, out);
    EXPECT_EQ(out, (std::vector<double>{0, 0}));
    mass_within({}, false, log_window(10, 0), 0, scale, out);
    EXPECT_EQ(out, (std::vector<double>{1, 1}));
}

}  // namespace
}  // namespace netcvr
