#pragma once
// The formulas at the top of world.h once more, one click at a time, in the plainest way and with the C
// library's functions: what the columns of the simulator are held against.

#include <algorithm>
#include <cmath>

#include <boost/math/special_functions/gamma.hpp>

#include "tests/sim/worlds.h"

namespace netcvr {

struct ReferenceLaw {
    double conversion, considered, refund[2];  // c, π, ρ_k
    double conversion_log_scale, refund_log_scale;
    double returned[2];                                 // ω_k
    double repeat_mean[2] = {}, repeat_refund[2] = {};  // μ_k, ρ'_k
    double price = 0;                                   // E[order value]
    const World* world;

    static double logistic(double z) { return 1 / (1 + std::exp(-z)); }

    /// P(T < t), T = minimum + e^log_scale · T₀, or 0 without a delay.
    static double cdf(
        const std::string& family, double shape, double log_scale, double minimum, double t, bool delayed) {
        if (!delayed) return t > 0 ? 1 : 0;
        if (t <= minimum) return 0;
        const double x = std::log(t - minimum) - log_scale;
        if (family == "exponential") return -std::expm1(-std::exp(x));
        if (family == "weibull") return -std::expm1(-std::exp(shape * x));
        if (family == "log-normal") return std::erfc(-shape * x / std::sqrt(2.0)) / 2;
        if (family == "gamma") return boost::math::gamma_p(shape, std::exp(x));
        return logistic(shape * x);
    }
    /// F_k(t) of the continuous conversion delay.
    double f(std::size_t k, double t) const {
        const Scenario& s = world->scenario;
        const auto& d = s.conversion_delay;
        const double ratio =
            s.targets.purchases_per_click > 0 ? s.solved.conversion_delay_log_ratio : std::log(d.ratio);
        return cdf(k == 1 && d.considered_family != "same" ? d.considered_family : d.family, d.shape[k],
                   conversion_log_scale + (k == 1 ? ratio : 0), static_cast<double>(d.minimum), t,
                   s.targets.conversion_delay_median > 0);
    }
    /// G_k(t) of the continuous refund delay.
    double g(std::size_t k, double t) const {
        const auto& d = world->scenario.refund_delay;
        const auto of_kind = [&](std::size_t l) {
            return cdf(l == 1 && d.return_family != "same" ? d.return_family : d.family, d.shape[l],
                       refund_log_scale + (l == 1 ? std::log(d.ratio) : 0), static_cast<double>(d.minimum), t,
                       world->scenario.targets.refund_delay_median > 0);
        };
        return (1 - returned[k]) * of_kind(0) + returned[k] * of_kind(1);
    }
    double weight(std::size_t k) const { return k == 1 ? considered : 1 - considered; }

    double cvr() const {
        const auto w = static_cast<double>(world->scenario.windows.conversion_attribution);
        return conversion * (weight(0) * f(0, w) + weight(1) * f(1, w));
    }
    double net_cvr() const {
        const auto w = static_cast<double>(world->scenario.windows.conversion_attribution),
                   r = static_cast<double>(world->scenario.windows.refund_attribution);
        double sum = 0;
        for (std::size_t k = 0; k < 2; ++k) sum += weight(k) * f(k, w) * (1 - refund[k] * g(k, r));
        return conversion * sum;
    }
    double refund_rate() const { return 1 - net_cvr() / cvr(); }
};

/// Log scale at which the gap's law, without its minimum of a second, has the median gap_median.
inline double reference_gap_log_scale(const Scenario& s) {
    const auto& r = s.repeats;
    double low = -60, high = 60;
    for (int i = 0; i < 200; ++i) {
        const double middle = (low + high) / 2, median = static_cast<double>(r.gap_median);
        const double below = ReferenceLaw::cdf(r.gap_family, r.gap_shape, middle, 0, median, true);
        (below > .5 ? low : high) = middle;
    }
    return low;
}
/// H(t) of the continuous time from a first purchase to a repeat, at least a second.
inline double reference_gap_cdf(const Scenario& s, double log_scale, double t) {
    return ReferenceLaw::cdf(s.repeats.gap_family, s.repeats.gap_shape, log_scale, 1, t, true);
}

inline double curve_at(const std::vector<double>& curve, double local_hour) {
    const auto h = static_cast<std::size_t>(local_hour);
    const double x = local_hour - std::floor(local_hour);
    return curve[h % 24] * (1 - x) + curve[(h + 1) % 24] * x;
}

/// Local hour by the scenario alone.
inline double hour_of(const Scenario& s, Time t) {
    const Time local = parse_utc(s.log.time_origin).value() + s.log.utc_offset + t;
    return static_cast<double>(((local % day) + day) % day) / hour;
}

/// 0 = Monday, by the scenario alone.
inline std::size_t weekday_of(const Scenario& s, Time t) {
    const Time days = (parse_utc(s.log.time_origin).value() + s.log.utc_offset + t) / day;
    return static_cast<std::size_t>((days + 3) % 7);  // 1970-01-01 was a Thursday
}

/// What drift, promotion and weekday add at second t.
inline double time_effect(const World& w,
                          Quantity q,
                          const Scenario::Drift& drift,
                          double promotion,
                          const std::vector<double>& weekdays,
                          std::size_t category,
                          Time t) {
    const Scenario& s = w.scenario;
    double sum = weekdays.empty() ? 0 : weekdays[weekday_of(s, t)];
    const auto& path = w.time.knots(q);
    if (!path.empty()) {
        const auto d = static_cast<std::size_t>(t / day), n = static_cast<std::size_t>(s.items.categories);
        const double x = static_cast<double>(t) / day - static_cast<double>(d);
        sum += path[d * n + category] * (1 - x) + path[(d + 1) * n + category] * x;
    }
    if (t >= drift.step_at) sum += drift.step;
    if (t >= drift.ramp_end)
        sum += drift.ramp;
    else if (t > drift.ramp_begin)
        sum += drift.ramp * static_cast<double>(t - drift.ramp_begin) /
               static_cast<double>(drift.ramp_end - drift.ramp_begin);
    sum += drift.wave *
           std::sin(2 * std::numbers::pi * static_cast<double>(t) / static_cast<double>(drift.wave_period));
    const auto& p = s.promotion;
    const Time since = t - p.begin;
    const bool on = since >= 0 && (p.every > 0 ? since % p.every : since) < p.duration;
    return on ? sum + promotion : sum;
}

inline ReferenceLaw reference_law(const World& w, const Clicks& clicks, std::size_t i) {
    const Scenario& s = w.scenario;
    const UserTraits& user = w.population.users[clicks.user[i]];
    const ItemTraits& item = w.population.items[clicks.item[i]];
    double affinity = 0;
    for (std::size_t d = 0; d < taste_dimensions; ++d)
        affinity += double{user.taste[d]} * double{item.character[d]} / 2;
    const Time t = clicks.time[i];
    const std::size_t g = item.category;
    const auto& p = s.promotion;
    // Places 0 … 15 have mean 7.5 and variance 255 / 12.
    const double position = (7.5 - clicks.position[i]) / std::sqrt(255 / 12.0), now = hour_of(s, t);
    const double conversion =
        s.solved.conversion_spread * (s.conversion.user * user.purchase + s.conversion.item * item.appeal +
                                      s.conversion.affinity * affinity + s.conversion.price * item.price +
                                      s.conversion.position * position +
                                      s.conversion.channel * w.channel_conversion[clicks.channel[i]]) +
        s.conversion.hour * s.solved.conversion_hour * curve_at(s.hours.conversion, now) +
        time_effect(w, of_conversion, s.conversion_drift, p.conversion, s.weekdays.conversion, g, t);
    const double refund =
        s.solved.refund_spread *
            (s.refund.user * user.refund + s.refund.item * item.returns + s.refund.affinity * affinity +
             s.refund.price * item.price + s.refund.channel * w.channel_refund[clicks.channel[i]] +
             s.refund.appeal * item.appeal) +
        s.refund.hour * curve_at(s.hours.refund, now) +
        time_effect(w, of_refund, s.refund_drift, p.refund, s.weekdays.refund, g, t);
    const bool hidden = s.hidden.conversion > 0 || s.hidden.refund > 0;
    const double hidden_conversion = hidden ? s.hidden.conversion * clicks.hidden_conversion[i] : 0,
                 hidden_refund = hidden ? s.hidden.refund * clicks.hidden_refund[i] : 0;
    ReferenceLaw law{};
    law.world = &w;
    law.conversion = ReferenceLaw::logistic(s.solved.conversion_intercept + conversion + hidden_conversion);
    const double gamma = std::log(s.intent.considered / (1 - s.intent.considered));
    law.considered =
        s.intent.considered <= 0 || s.intent.considered >= 1
            ? s.intent.considered
            : ReferenceLaw::logistic(gamma - s.intent.haste * user.haste + s.intent.price * item.price);
    for (std::size_t k = 0; k < 2; ++k) {
        const double logit =
            s.solved.refund_intercept + refund + hidden_refund + (k == 1 ? s.refund.considered : 0);
        const bool refunds = s.targets.refunds_per_conversion > 0;
        law.refund[k] = refunds ? ReferenceLaw::logistic(logit) : 0;
        law.returned[k] = s.refund_delay.return_share[k];
        if (s.targets.repurchases_per_click <= 0) continue;
        law.repeat_mean[k] =
            std::min(s.repeats.cap,
                     std::exp(s.solved.repeat_log_mean + s.repeats.user * user.purchase +
                              s.repeats.activity * user.activity + (k == 1 ? s.repeats.considered : 0)));
        law.repeat_refund[k] = refunds ? ReferenceLaw::logistic(logit + s.solved.repeat_refund_shift) : 0;
    }
    law.conversion_log_scale =
        s.solved.conversion_delay_log_scale + s.conversion_delay.haste * user.haste +
        s.conversion_delay.price * item.price + s.conversion_delay.propensity * conversion +
        time_effect(w, of_conversion_delay, s.conversion_delay_drift, p.conversion_delay, {}, g, t);
    law.refund_log_scale = s.solved.refund_delay_log_scale + s.refund_delay.haste * user.haste +
                           s.refund_delay.propensity * refund +
                           time_effect(w, of_refund_delay, s.refund_delay_drift, p.refund_delay, {}, g, t);
    law.price = s.money.price_median *
                std::exp(s.money.price_spread * item.price + s.money.value_spread * s.money.value_spread / 2);
    return law;
}

}  // namespace netcvr
