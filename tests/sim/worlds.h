#pragma once
// Small worlds with every mechanism switched on, and the few numbers that statistical tests need.

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <tuple>
#include <vector>

#include "sim/math.h"
#include "sim/rng.h"
#include "sim/simulate.h"
#include "sim/world.h"

namespace netcvr {

/// 24 hours around a mean: amplitude · cos(2π (hour − peak) / 24) + mean.
inline std::vector<double> daily(double mean, double amplitude, double peak) {
    std::vector<double> curve;
    curve.reserve(24);
    for (int h = 0; h < 24; ++h)
        curve.push_back(mean + amplitude * std::cos(2 * std::numbers::pi * (h - peak) / 24));
    return curve;
}

inline Feature feature(const std::string& name,
                       const std::string& source,
                       std::int64_t cardinality,
                       double fidelity = 1,
                       double missing = 0) {
    return {name, source, cardinality, fidelity, missing};
}

/// Features 0 and 1 show position and channel unchanged, so that a click's whole state can be read back.
inline std::vector<Feature> small_features() {
    return {feature("position", "context.position", positions),
            feature("channel", "context.channel", channels),
            feature("hour", "context.hour", 24),
            feature("weekday", "context.weekday", 7),
            feature("level", "user.purchase", 8, .75, .1),
            feature("age", "user.refund", 6, .5),
            feature("user_category", "cross.user_category", 997, .9),
            feature("brand", "item.brand", 48, 1, .02),
            feature("price", "item.price", 10, .9),
            feature("affinity", "cross.affinity", 12, .6),
            feature("nothing", "noise", 5)};
}

/// Some thousands of clicks over four days at W_A = W_R = 1 d; make_world takes milliseconds.
inline Scenario small_world(double clicks = 8000) {
    Scenario s;
    s.name = "small";
    s.seed = 20250501;
    s.log.clicks = clicks;
    s.log.duration = 4 * day;
    s.log.follow_up = 2 * day;
    s.windows.conversion_attribution = day;
    s.windows.refund_attribution = day;
    s.protocol = {day, 3 * day, 6 * hour};
    s.users.count = 300;
    s.users.activity_cap = 20;
    s.items.count = 200;
    s.items.categories = 12;
    s.items.brands_per_category = 4;
    s.hours.traffic = daily(1, .7, 20);
    s.hours.conversion = daily(0, .5, 10);
    s.hours.refund = daily(0, .6, 3);
    s.conversion_delay.ratio = 30;
    s.refund_delay.ratio = 10;
    s.conversion_drift.walk = .3, s.refund_drift.walk = .3;
    s.targets.cvr = .2;
    s.targets.refunds_per_conversion = .3;
    s.targets.reference_refunds_per_conversion = .3;
    s.targets.conversion_delay_median = 1200;
    s.targets.refund_delay_median = 7200;
    s.features = small_features();
    return s;
}

/// As the preset `cascade`, scaled to `clicks`, with the features of small_features().
inline Scenario cascade_like(double clicks) {
    Scenario s;
    s.name = "cascade-like";
    s.seed = 1;
    s.log.clicks = clicks;
    s.users.count = clicks / 20.5;
    s.items.count = clicks / 13.2;
    s.hours.traffic = daily(1, .7, 20);
    s.hours.conversion = daily(-.05, .15, 11);
    s.hours.refund = daily(0, .15, 1);
    s.features = small_features();
    return s;
}

inline LogRows whole_log(const World& world) {
    return draw_rows(world, 0, row_count(world), true);
}

/// The state of the log's clicks before their outcomes, read back from the log (features 0 and 1).
inline Clicks clicks_of(const ClickLog& log) {
    Clicks clicks;
    clicks.time = log.click_time;
    clicks.user.assign(log.user_id.begin(), log.user_id.end());
    clicks.item.assign(log.item_id.begin(), log.item_id.end());
    clicks.position.assign(log.features[0].value.begin(), log.features[0].value.end());
    clicks.channel.assign(log.features[1].value.begin(), log.features[1].value.end());
    return clicks;
}

/// Where the numbers of each row's click are (rng.h): order of drawing j within its stream, and block word.
struct Address {
    std::uint32_t j, block;
};
inline std::vector<Address> addresses_of(const World& w) {
    std::vector<Address> all;
    for (std::size_t b = 0; b < w.arrivals.blocks(); ++b) {
        std::vector<std::tuple<Time, std::size_t, std::uint32_t>> clicks;  // ties in order of stream and j
        for (std::size_t k = 0; k < w.arrivals.streams().size(); ++k)
            for (std::uint32_t j = 0; j < w.arrivals.count(k, b); ++j) {
                const Words word = philox(static_cast<std::uint64_t>(w.scenario.seed), Draw::click_moment, j,
                                          block_word(k, b), 0);
                clicks.emplace_back(w.arrivals.time_in_block(k, b, uniform(word[0], word[1])), k, j);
            }
        std::sort(clicks.begin(), clicks.end());
        for (const auto& [t, k, j] : clicks) all.push_back({j, block_word(k, b)});
    }
    return all;
}

/// The same with what no column shows: the hidden effects, if there are any.
inline Clicks clicks_of(const World& w, const ClickLog& log) {
    Clicks clicks = clicks_of(log);
    if (!w.scenario.has_hidden()) return clicks;
    for (const Address& at : addresses_of(w)) {
        const Words word =
            philox(static_cast<std::uint64_t>(w.scenario.seed), Draw::hidden, at.j, at.block, 0);
        clicks.hidden_conversion.push_back(math::normal_quantile(uniform(word[0], word[1])));
        clicks.hidden_refund.push_back(math::normal_quantile(uniform(word[2], word[3])));
    }
    return clicks;
}

/// z of a sample correlation of n pairs against `expected`, by Fisher's transformation.
inline double correlation_z(double observed, double expected, double n) {
    return (std::atanh(observed) - std::atanh(expected)) * std::sqrt(n - 3);
}

inline double correlation(const std::vector<double>& x, const std::vector<double>& y) {
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
    const auto n = static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) mean_x += x[i] / n, mean_y += y[i] / n;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    return xy / std::sqrt(xx * yy);
}

}  // namespace netcvr
