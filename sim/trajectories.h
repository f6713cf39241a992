#pragma once
// The truth of a click at any windows, from the parameters that a full truth keeps (world.h has their
// letters). The seven trajectories of a click, with the masses i, d of early and late conversions and g, h of
// early and late refunds, by intent class k:
//
//   T0  no conversion                     1 − cvr
//   A0  early conversion, never refunded  c Σ_k π_k i_k [1 − ρ_k (g_k + h_k)]
//   A1  early conversion, early refund    c Σ_k π_k i_k ρ_k g_k
//   A2  early conversion, late refund     c Σ_k π_k i_k ρ_k h_k
//   B0, B1, B2                            the same with d_k: late conversion
//
// Early: delay <= observation window; counted at all: delay < attribution window; seconds are whole, so
// i = min(F(w_c + 1), F(W_A)), d = F(W_A) − i, and likewise g and h of the refund. cvr is the sum of the last
// six, net_cvr = A0 + B0, refund_rate = 1 − net_cvr / cvr.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/distributions.h"
#include "sim/scenario.h"
#include "sim/trajectory.h"
#include "sim/truth.h"
#include "sim/windows.h"

namespace netcvr {

/// The delay of one class: minimum + ⌊e^(log scale + log_offset) T₀⌋ seconds. Without a delay all mass sits
/// at 0.
struct ClassDelay {
    DelayLaw law;
    double log_offset = 0;
    Time minimum = 0;
    bool delayed = true;

    /// P(delay < seconds) before flooring; the same afterwards for whole seconds.
    double before(double log_scale, double seconds) const;
    /// log P(delay = that second), also where the two sides of the difference agree to the last digit.
    double log_of_second(double log_scale, Time at) const;
    /// Density before flooring, per second.
    double density(double log_scale, double seconds) const;
};

/// P(delay < window) at the open edge (attribution), P(delay <= window) at the closed one (observation).
double mass(const ClassDelay& delay, double log_scale, Time window, Edge edge);

/// The delay laws of a scenario with [solved] filled.
struct DelayLaws {
    explicit DelayLaws(const Scenario& scenario);

    ClassDelay conversion[2];  // by intent class: impulse, considered
    ClassDelay refund[2];      // by refund class: cancel, return
    double returned[2];        // ω_k = P(return | refund, intent class)
};

/// What a full truth keeps of one click.
struct ClickLaw {
    double conversion = 0, considered = 0;  // c, π
    double refund[2] = {};                  // ρ_k
    double conversion_log_scale = 0, refund_log_scale = 0;

    double weight(std::size_t k) const { return k == 1 ? considered : 1 - considered; }
};

Trajectories trajectories(const DelayLaws& laws, const ClickLaw& click, const Windows& windows);

struct Rates {
    double cvr, refund_rate, net_cvr;  // refund_rate is 0 where no conversion counts
};
Rates rates(const Trajectories& p);

/// P(refund within W_R of the conversion | conversion at `delay` after the click): Σ π f ρ G / Σ π f. Not the
/// refund rate, because the delay says something about the class. NaN if there is no such delay.
double refund_given_delay(const DelayLaws& laws, const ClickLaw& click, Time delay, Time attribution);
/// P(conversion within W_A | none by `age` after the click, that second included).
double conversion_given_age(const DelayLaws& laws, const ClickLaw& click, Time attribution, Time age);
/// P(refund within W_R | conversion at `delay`, no refund by `age` after it, that second included).
double refund_given_age(const DelayLaws& laws, const ClickLaw& click, Time delay, Time attribution, Time age);

/// What is seen of a click at some age, that second included, within the attribution windows.
struct Seen {
    double none, converted, refunded;  // no conversion yet; one without a refund yet; one and its refund
};
/// The refund's clock starts at the conversion, so P(D + R <= age) has no closed form: sums over the first
/// and last seconds and Gauss–Legendre quadrature between them; error below 1e-6 for shapes up to 3.
Seen seen_at_age(const DelayLaws& laws, const ClickLaw& click, const Windows& windows, Time age);

/// The parameters of a log's full truth, click by click.
class FullTruth {
public:
    /// `law`: Truth::law. Throws InputError (data) naming the column that is not there.
    FullTruth(const Scenario& scenario, const std::vector<Truth::Column>& law);

    std::size_t size() const { return column_[0]->value.size(); }
    ClickLaw operator[](std::size_t click) const;
    const DelayLaws& laws() const { return laws_; }

    /// column[j][i]: P(trajectory j | click i).
    std::array<std::vector<double>, trajectory_names.size()> trajectories(const Windows& windows) const;

private:
    DelayLaws laws_;
    std::array<const Truth::Column*, 6> column_{};
};

}  // namespace netcvr
