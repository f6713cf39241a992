#pragma once
// Labels against their probabilities in cells: overall, by decile, hour, day and activity.

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/verification/statistics.h"

namespace netcvr {

struct Truths {
    std::vector<double> cvr, refund_rate, net_cvr;
};
inline Truths stated(const Sample& s) {
    const Truth& t = s.rows.truth;
    return {{t.cvr.begin(), t.cvr.end()},
            {t.refund_rate.begin(), t.refund_rate.end()},
            {t.net_cvr.begin(), t.net_cvr.end()}};
}
inline Truths stated(const Law& law) {
    return {law.cvr, law.refund_rate, law.net_cvr};
}

using Group = std::function<std::size_t(std::size_t row)>;

/// One cell per value of a group, for each of three labels.
inline std::vector<Tally> cells(const Sample& s,
                                const Truths& truth,
                                std::size_t groups,
                                const Group& group) {
    std::vector<Tally> all(3 * groups);
    for (std::size_t i = 0; i < s.clicks.size(); ++i) {
        const std::size_t g = group(i);
        all[g].add(s.converted[i], truth.cvr[i]);
        all[2 * groups + g].add(s.net[i], truth.net_cvr[i]);
        if (s.converted[i]) all[groups + g].add(s.refunded[i], truth.refund_rate[i]);
    }
    return all;
}

inline Group by_decile(const std::vector<double>& p) {
    std::vector<double> sorted = p, edges;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t k = 1; k < 10; ++k) edges.push_back(sorted[sorted.size() * k / 10]);
    return [&p, edges](std::size_t i) {
        return static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), p[i]) - edges.begin());
    };
}
inline Group by_hour(const Sample& s) {
    return
        [&s](std::size_t i) { return static_cast<std::size_t>(hour_of(s.world.scenario, s.clicks.time[i])); };
}
/// Strata of activity in factors of 4 from 1/100 click a day.
inline Group by_activity(const Sample& s) {
    return [&s](std::size_t i) {
        const double a = s.world.population.activity[s.clicks.user[i]];
        return static_cast<std::size_t>(std::clamp(std::log(a / .01) / std::log(4.0), 0.0, 5.0));
    };
}

inline double worst_cell(const Sample& s, const Truths& truth) {
    const auto days = static_cast<std::size_t>(s.world.scenario.log.duration / day);
    double most = worst(cells(s, truth, 1, [](std::size_t) { return std::size_t{0}; }));
    for (const auto* p : {&truth.cvr, &truth.refund_rate, &truth.net_cvr})
        most = std::max(most, worst(cells(s, truth, 10, by_decile(*p))));
    most = std::max(most, worst(cells(s, truth, 24, by_hour(s))));
    most = std::max(most, worst(cells(s, truth, 6, by_activity(s))));
    const auto of_day = [&](std::size_t i) { return static_cast<std::size_t>(s.clicks.time[i] / day); };
    return std::max(most, worst(cells(s, truth, days, of_day)));
}
/// Three labels × (1 + 3 × 10 deciles + 24 hours + 6 strata + days).
inline double cell_bound(const Sample& s) {
    return bound_of(3 * (1 + 30 + 24 + 6 + static_cast<std::size_t>(s.world.scenario.log.duration / day)));
}

}  // namespace netcvr
