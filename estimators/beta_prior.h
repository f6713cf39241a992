#pragma once
// Rates of strata that borrow strength from what was expected of them: a beta prior whose size the strata
// themselves tell.

#include <limits>
#include <span>

namespace netcvr {

/// Observations of one stratum, each expected to be an event with some probability.
struct StratumCount {
    double n = 0;         // observations
    double events = 0;    // of these
    double expected = 0;  // Σ f, f the probability expected of each
    double variance = 0;  // Σ f (1 − f)

    void add(bool event, double f) {
        n += 1;
        events += event;
        expected += f;
        variance += f * (1 - f);
    }
    double mean_expected() const { return expected / n; }
};

inline constexpr double all_alike = std::numeric_limits<double>::infinity();

/// Size m, in observations, of the beta priors with means f̄ₛ = expected / n that account for how far the
/// strata's events lie from what was expected of them; `all_alike` if no farther than chance takes them, or
/// if no stratum has two observations; at least 1, so that no posterior mean is 0 or 1.
///
///   E(kₛ − nₛ f̄ₛ)² = Σ f (1 − f) + φ nₛ (nₛ − 1) f̄ₛ (1 − f̄ₛ),   φ = 1 / (m + 1)
///   φ̂ = Σₛ [(kₛ − nₛ f̄ₛ)² − Σ f (1 − f)] / Σₛ nₛ (nₛ − 1) f̄ₛ (1 − f̄ₛ)
///
/// source   the method of moments for proportions with extraneous variance, Kleinman, JASA 68 (1973), with
///          the means known; where f differs within a stratum its binomial variance is that of unlike trials
double prior_size(std::span<const StratumCount> strata);

/// θ = (m f̄ + k) / (m + n) of a stratum with observations; f̄ if m is `all_alike`.
double posterior_mean(const StratumCount& stratum, double m);

}  // namespace netcvr
