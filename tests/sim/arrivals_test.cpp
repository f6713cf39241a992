#include "sim/arrivals.h"

#include <cmath>

#include <gtest/gtest.h>

#include "sim/rng.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

Scenario busy() {
    Scenario s = small_world(200000);
    s.log.duration = 3 * day + 5 * hour + 1234;  // ends within an hour
    s.hours.traffic = daily(1, .8, 20);
    return s;
}

/// Rate at a second by the definition, local hours written as 8 h after UTC 16:00 = midnight.
double rate_at(const Scenario& s, double t) {
    const double local = std::fmod(t / hour, 24);
    const auto h = static_cast<std::size_t>(local);
    const double x = local - std::floor(local);
    return s.hours.traffic[h] + x * (s.hours.traffic[(h + 1) % 24] - s.hours.traffic[h]);
}

/// Expected clicks of [from, to) by the midpoint rule at 10 s.
double integral(const Scenario& s, double from, double to) {
    double sum = 0;
    for (int k = 0; from + 10.0 * k < to; ++k) {
        const double t = from + 10.0 * k;
        const double step = std::min(10.0, to - t);
        sum += step * rate_at(s, t + step / 2);
    }
    return sum;
}

// Poisson counts of about 98 blocks: Σ (n − λ)² / λ is χ² with that many degrees of freedom; both the total
// and the dispersion at 5 sd.
TEST(Arrivals, counts_clicks_by_the_integral_of_the_rate) {
    const Scenario s = busy();
    const Arrivals a(s);
    const auto duration = static_cast<double>(s.log.duration), n = static_cast<double>(a.blocks());
    const double all = integral(s, 0, duration);
    double chi = 0;
    for (std::size_t b = 0; b < a.blocks(); ++b) {
        const double from = duration * static_cast<double>(b) / n,
                     to = duration * static_cast<double>(b + 1) / n;
        const double expected = s.log.clicks * integral(s, from, to) / all;
        const double d = static_cast<double>(a.count(b)) - expected;
        chi += d * d / expected;
        EXPECT_LT(std::fabs(d) / std::sqrt(expected), 5) << "block " << b;
    }
    EXPECT_LT(std::fabs(chi - n) / std::sqrt(2 * n), 5);
    const auto rows = static_cast<double>(a.first_row(a.blocks()));
    EXPECT_LT(std::fabs(rows - s.log.clicks) / std::sqrt(s.log.clicks), 5);
}

TEST(Arrivals, places_the_clicks_of_a_block_inside_it_and_inside_the_log) {
    const Scenario s = busy();
    const Arrivals a(s);
    const auto duration = static_cast<double>(s.log.duration), n = static_cast<double>(a.blocks());
    Time before = 0;
    for (std::size_t b = 0; b < a.blocks(); ++b)
        for (const double u : {0x1p-53, .1, .5, .9, 1 - 0x1p-53}) {
            const Time t = a.time_in_block(0, b, u);
            EXPECT_GE(t, before);
            EXPECT_GE(static_cast<double>(t), std::floor(duration * static_cast<double>(b) / n));
            EXPECT_LE(static_cast<double>(t), std::ceil(duration * static_cast<double>(b + 1) / n));
            EXPECT_LT(t, s.log.duration);
            before = t;
        }
}

// A share of clicks u is reached at the second before which the rate has integrated to u.
TEST(Arrivals, inverts_the_integral_of_the_rate) {
    const Scenario s = busy();
    const Arrivals a(s);
    const double all = integral(s, 0, static_cast<double>(s.log.duration));
    for (int k = 0; k < 58; ++k) {
        const double u = .003 + .0171 * k;
        const auto t = static_cast<double>(a.time_in_log(0, u));
        EXPECT_LE(integral(s, 0, t) / all, u + 1e-9) << u;
        EXPECT_GE(integral(s, 0, t + 1) / all, u - 1e-9) << u;
    }
}

// 24 local hours of about 12 000 clicks each, Poisson, at 5 sd. The control reads the curve one hour late.
// Blocks of 3 hours, of minutes and of seconds: across hours and within one; with and without weekdays.
TEST(Arrivals, places_a_column_of_clicks_like_one_click) {
    for (const double clicks : {50e3, 2e6, 1e9})
        for (const double sunday : {1.0, .6}) {
            Scenario s = busy();
            s.log.clicks = std::min(clicks, 5e6);
            if (clicks > 5e6) s.log.duration = 2 * hour;
            s.weekdays.traffic = {1, 1, 1, 1, 1, 1, sunday};
            const Arrivals a(s);
            std::vector<std::uint32_t> high, low;
            for (std::uint32_t k = 0; k < 64; ++k) high.push_back(k * 0x04104104U), low.push_back(k);
            high.front() = low.front() = 0, high.back() = low.back() = ~0U;
            std::vector<Time> column(high.size());
            for (std::size_t b = 0; b < a.blocks(); b += std::max<std::size_t>(1, a.blocks() / 97)) {
                a.times_in_block(0, b, high, low, column);
                for (std::size_t i = 0; i < column.size(); ++i)
                    ASSERT_EQ(column[i], a.time_in_block(0, b, uniform(high[i], low[i]))) << b << ' ' << i;
            }
        }
}

TEST(Arrivals, follows_the_hour_curve_of_local_time) {
    Scenario s = busy();
    s.log.duration = 3 * day;
    const LogRows rows = whole_log(make_world(s, 2));
    std::vector<double> count(24);
    for (const Time t : rows.log.click_time) ++count[static_cast<std::size_t>(t / hour % 24)];
    const double all = integral(s, 0, day);
    double worst = 0, worst_shifted = 0;
    for (int h = 0; h < 24; ++h) {
        const auto z = [&](int of) {
            const double from = static_cast<double>(of * hour);
            const double expected = s.log.clicks * integral(s, from, from + hour) / all;
            return std::fabs(count[static_cast<std::size_t>(h)] - expected) / std::sqrt(expected);
        };
        worst = std::max(worst, z(h));
        worst_shifted = std::max(worst_shifted, z((h + 1) % 24));
    }
    EXPECT_LT(worst, 5);
    EXPECT_GT(worst_shifted, 15) << "a curve off by one hour must show";
}

TEST(Arrivals, knows_that_the_first_of_may_2025_was_a_thursday_in_hangzhou) {
    Scenario s;
    const Arrivals a(s);  // 2025-04-30T16:00:00Z, UTC + 8 h
    EXPECT_EQ(a.local_hour(0), 0);
    EXPECT_EQ(a.local_weekday(0), 3);
    EXPECT_EQ(a.local_weekday(day - 1), 3);
    EXPECT_EQ(a.local_weekday(day), 4);
    EXPECT_EQ(a.local_weekday(4 * day), 0);
    EXPECT_DOUBLE_EQ(a.local_hour(day + 13 * hour + 30 * minute), 13.5);
    s.log.utc_offset = 0;
    const Arrivals utc(s);
    EXPECT_EQ(utc.local_hour(0), 16);
    EXPECT_EQ(utc.local_weekday(0), 2);
    EXPECT_EQ(utc.local_weekday(8 * hour - 1), 2);
    EXPECT_EQ(utc.local_weekday(8 * hour), 3);
}

TEST(Arrivals, handles_origins_before_1970_and_offsets_west_of_greenwich) {
    Scenario s;
    s.log.time_origin = "1970-01-01T03:00:00Z";
    s.log.utc_offset = -5 * hour;  // Wednesday 22:00
    const Arrivals a(s);
    EXPECT_EQ(a.local_weekday(0), 2);
    EXPECT_EQ(a.local_hour(0), 22);
    EXPECT_EQ(a.local_weekday(2 * hour), 3);
}

TEST(Arrivals, keeps_times_in_order_in_the_log) {
    for (const double clicks : {300.0, 30000.0}) {  // sparse and dense blocks are sorted in different ways
        Scenario s = small_world(clicks);
        s.log.duration = clicks < 1000 ? 30 * day : hour;
        s.protocol.gap = 3 * day;
        const LogRows rows = whole_log(make_world(s, 1));
        const auto& t = rows.log.click_time;
        ASSERT_FALSE(t.empty());
        EXPECT_TRUE(std::is_sorted(t.begin(), t.end()));
        EXPECT_GE(t.front(), 0);
        EXPECT_LT(t.back(), s.log.duration);
    }
}

}  // namespace
}  // namespace netcvr
