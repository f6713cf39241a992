#pragma once
// Tests of a log against its truth. Given all latents, labels of different clicks are independent, so a sum
// of label − p over any set chosen without looking at outcomes has mean 0 and variance Σ p (1 − p) exactly
// (world.md 5). A family of tests shares a false-positive rate of 1e-4; since seeds are fixed, that is the
// chance that a change of the stream, right as it is, must be looked at.

#include <cmath>
#include <string>
#include <vector>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <gtest/gtest.h>

#include "output/goodness.h"
#include "sim/world.h"
#include "tests/sim/reference_law.h"

namespace netcvr {

/// T = Σ x (label − p) with variance Σ x² p (1 − p).
struct Score {
    double sum = 0, variance = 0;
    void add(double x, bool event, double p) { sum += x * (event - p), variance += x * x * p * (1 - p); }
    double z() const { return variance > 0 ? sum / std::sqrt(variance) : 0; }
};

template <class Statistics>
double worst(const Statistics& all) {
    double most = 0;
    for (const auto& s : all) most = std::max(most, std::fabs(s.z()));
    return most;
}

/// Prints the statistic of a deliberately wrong truth and requires it to be rejected.
inline void expect_rejected(const char* mutant, double statistic, double bound) {
    std::printf("    mutant rejected: %-52s %8.1f  (bound %.2f)\n", mutant, statistic, bound);
    EXPECT_GT(statistic, bound) << mutant << " would pass";
}

/// A log, its clicks before their outcomes, and labels from uncensored times.
struct Sample {
    World world;
    LogRows rows;
    Clicks clicks;
    std::vector<bool> converted, refunded, net;  // within the attribution windows

    explicit Sample(const Scenario& s)
        : world(make_world(s, 2)), rows(whole_log(world)), clicks(clicks_of(world, rows.log)) {
        const Windows& w = s.windows;
        for (std::size_t i = 0; i < rows.log.size(); ++i) {
            const Time c = rows.truth.conversion_time[i], r = rows.truth.refund_time[i];
            const bool y = c != never && c - clicks.time[i] < w.conversion_attribution;
            const bool z = y && r != never && r - c < w.refund_attribution;
            converted.push_back(y), refunded.push_back(z), net.push_back(y && !z);
        }
    }
    /// The truth of another world about these clicks.
    Law law(const World& of) const {
        Predictors x;
        Law out;
        predict(of, clicks, x);
        evaluate(of, x, out);
        return out;
    }
};

/// Probabilities near one half, delays near the windows, strong curves: small faults show.
inline Scenario power_world(double clicks) {
    Scenario s = cascade_like(clicks);
    s.name = "power";
    s.seed = 7;
    s.log.duration = 10 * day;
    s.windows = {day, day, 60, 60};
    s.users.count = clicks / 40;
    s.items.count = clicks / 100;
    s.hours.conversion = daily(0, .6, 10);
    s.hours.refund = daily(0, .6, 4);
    s.conversion_delay.ratio = 60;
    s.intent = {.5, .8, .8};
    s.refund.considered = -1.5;
    s.refund_delay.ratio = 30;
    s.refund_delay.return_share = {.2, .9};
    s.conversion_drift.walk = .3, s.refund_drift.walk = .3;
    s.targets.cvr = .45;
    s.targets.refunds_per_conversion = s.targets.reference_refunds_per_conversion = .4;
    s.targets.conversion_delay_median = 1 * hour;
    s.targets.refund_delay_median = 2 * hour;
    return s;
}

}  // namespace netcvr
