#pragma once
// The generative world. One click x has a user u, an item i, a second t, a position and a channel; everything
// below is read at the click's second and never later, which is what keeps the truth in closed form.
//
//   conversion    c = σ(α + κ_c(x)),  κ_c = s_c Σ weights · (purchase trait, appeal, affinity, price,
//   position,
//                 channel) + a_c · hour curve(local t) + other time effects(t) + hidden effect
//                 (time_effects.h)
//   intent        P(considered | converts) = π = σ(γ − g_haste · haste + g_price · price);  class k: impulse,
//                 considered
//   delay         D = minimum + e^{τ_C + κ_D(x)} · (1 or ratio) · T_k;   P(D <= w) = F_k(w)
//   refund        P(refunded ever | converts, k) = ρ_k = σ(β + κ_R(x) + b · [considered])
//   refund delay  R = minimum + e^{τ_R + κ_S(x)} · (1 or ratio) · T'_l, class l: cancel, return,
//                 P(return | refund, k) = ω_k;   P(R <= w | k) = G_k(w) = (1 − ω_k) G_cancel + ω_k G_return
//   repeats       N ~ Poisson(μ_k(x)) more purchases after a conversion, each a gap after it, P(gap <= w) =
//   H(w);
//                 refunded with ρ'_k = σ(β + κ_R(x) + b · [considered] + b'), its delay as that of a first
//
// Delays are floored to whole seconds, so P(D < W) = F(W) for the open edge of attribution and P(D <= w) =
// F(w + 1 s) for the closed edge of observation. With the attribution windows W_A, W_R:
//
//   cvr         = c Σ_k π_k F_k(W_A)
//   net_cvr     = c Σ_k π_k F_k(W_A) [1 − ρ_k G_k(W_R)]
//   refund_rate = 1 − net_cvr / cvr
//
// statements.h has what else is stated. Because ρ depends on the class, conversion delay and refund are
// dependent given x. The solved numbers are found by calibration (calibrate.h). Truth is conditional on the
// realised path of the drift.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/arrivals.h"
#include "sim/distributions.h"
#include "sim/features.h"
#include "sim/population.h"
#include "sim/scenario.h"
#include "sim/time_effects.h"

namespace netcvr {

inline constexpr std::uint32_t positions = 16, channels = 8;

struct World {
    Scenario scenario;  // with [solved] filled
    Schema schema;
    Population population;
    Arrivals arrivals;
    TimeEffects time;
    std::vector<double> channel_conversion, channel_refund;  // [channel], standard normal
    DelayLaw conversion_law[2], refund_law[2];               // by intent class; by refund class
    DelayLaw repeat_gap;
    double repeat_gap_log_scale = 0;  // of its median
};

/// Draws the population, and calibrates unless scenario.solved belongs to this very world. Throws InputError
/// (scenario) for an inconsistent scenario or targets out of reach.
World make_world(const Scenario& scenario, int threads);

/// A world of laws alone, for clicks that are given: no users, items or arrivals, nothing solved.
World make_laws(const Scenario& scenario);

/// Clicks of a block or of the pilot, in columns, as far as they are drawn before any outcome.
struct Clicks {
    std::vector<Time> time;
    std::vector<std::uint32_t> user, item, position, channel;
    std::vector<std::uint32_t> category, brand;  // of the item; filled for features, not for the pilot
    std::vector<double> hidden_conversion,
        hidden_refund;  // standard normal; empty unless there are such effects
    std::size_t size() const { return time.size(); }
    void resize(std::size_t n);
};

/// All of a click's law but intercepts and scales, in columns.
struct Predictors {
    std::vector<double> conversion;            // κ_c
    std::vector<double> considered;            // π
    std::vector<double> conversion_log_scale;  // κ_D
    std::vector<double> refund;                // κ_R
    std::vector<double> refund_log_scale;      // κ_S
    std::vector<double> affinity;              // standard normal; shown by the feature source cross.affinity
    std::vector<double> repeat;                // log μ but its level and class; empty without repeats
    std::vector<double> price;                 // E[order value]; empty without money
    // κ_c and κ_R without the hidden effects; empty unless there are such effects.
    std::vector<double> conversion_shown, refund_shown;
    void resize(std::size_t n);
};
/// With the spreads of `solved`: calibration asks for others than the world's.
void predict(const World& world, const Scenario::Solved& solved, const Clicks& clicks, Predictors& out);
inline void predict(const World& world, const Clicks& clicks, Predictors& out) {
    predict(world, world.scenario.solved, clicks, out);
}

/// Per click, by class k or l: the probabilities of world.h's formulas at the scenario's attribution windows.
struct Law {
    std::vector<double> conversion;                 // c
    std::vector<double> refund[2];                  // ρ_k
    std::vector<double> within_attribution[2];      // F_k(W_A)
    std::vector<double> refund_within[2];           // G_k(W_R), mixed over refund classes
    std::vector<double> cvr, refund_rate, net_cvr;  // the truth
    // With repeats:
    std::vector<double> repeat_mean[2];    // μ_k
    std::vector<double> repeat_refund[2];  // ρ'_k
};
/// Fills `law` from predictors and world.scenario.solved: the one function behind both the draws and the
/// truth.
void evaluate(const World& world, const Predictors& predictors, Law& law);
/// The standard law of a conversion's delay by intent class, and of a refund's by refund class.
DelayLaw conversion_delay_law(const Scenario& scenario, std::size_t intent);
DelayLaw refund_delay_law(const Scenario& scenario, std::size_t kind);
/// log(ratio) of the considered over the impulse buyers' delays.
double conversion_delay_log_ratio(const Scenario& scenario);

/// out[i] = σ(shift + x[i]); out may be x.
void logistic_column(double shift, std::span<const double> x, std::span<double> out);

/// log(W − minimum) in seconds: where a delay law is read for a window; −∞ where nothing can happen in it.
double log_window(Time window, Time minimum);

/// P(T <= w) per click at log scale offset + log_scale[i], in columns. Without a delay all mass sits at 0.
void mass_within(const DelayLaw& law,
                 bool delayed,
                 double log_window,
                 double offset,
                 std::span<const double> log_scale,
                 std::span<double> out);

}  // namespace netcvr
