#pragma once
// The formulas at the top of world.h once more, one click at a time, in the plainest way and with the C
// library's functions: what the columns of the simulator are held against.

#include <cmath>

#include "tests/sim/worlds.h"

namespace netcvr {

struct ReferenceLaw {
    double conversion, considered, refund[2];  // c, π, ρ_k
    double conversion_log_scale, refund_log_scale;
    double returned[2];  // ω_k
    const World* world;

    static double logistic(double z) { return 1 / (1 + std::exp(-z)); }

    /// P(T <= t), T = minimum + e^log_scale · T₀.
    static double cdf(
        const std::string& family, double shape, double log_scale, double minimum, double t, bool delayed) {
        if (!delayed) return t >= 0 ? 1 : 0;
        if (t <= minimum) return 0;
        const double x = std::log(t - minimum) - log_scale;
        if (family == "exponential") return -std::expm1(-std::exp(x));
        if (family == "weibull") return -std::expm1(-std::exp(shape * x));
        if (family == "log-normal") return std::erfc(-shape * x / std::sqrt(2.0)) / 2;
        return logistic(shape * x);
    }
    /// F_k(t) of the continuous conversion delay.
    double f(std::size_t k, double t) const {
        const auto& d = world->scenario.conversion_delay;
        return cdf(d.family, d.shape[k], conversion_log_scale + (k == 1 ? std::log(d.ratio) : 0),
                   static_cast<double>(d.minimum), t, world->scenario.targets.conversion_delay_median > 0);
    }
    /// G_k(t) of the continuous refund delay.
    double g(std::size_t k, double t) const {
        const auto& d = world->scenario.refund_delay;
        const auto of_kind = [&](std::size_t l) {
            return cdf(d.family, d.shape[l], refund_log_scale + (l == 1 ? std::log(d.ratio) : 0),
                       static_cast<double>(d.minimum), t, world->scenario.targets.refund_delay_median > 0);
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
};

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

inline ReferenceLaw reference_law(const World& w, const Clicks& clicks, std::size_t i) {
    const Scenario& s = w.scenario;
    const UserTraits& user = w.population.users[clicks.user[i]];
    const ItemTraits& item = w.population.items[clicks.item[i]];
    double affinity = 0;
    for (std::size_t d = 0; d < taste_dimensions; ++d)
        affinity += double{user.taste[d]} * double{item.character[d]} / 2;
    const Time t = clicks.time[i];
    const auto drift = [&](const std::vector<double>& path) {
        if (path.empty()) return 0.0;
        const auto d = static_cast<std::size_t>(t / day), n = static_cast<std::size_t>(s.items.categories);
        const double x = static_cast<double>(t) / day - static_cast<double>(d);
        return path[d * n + item.category] * (1 - x) + path[(d + 1) * n + item.category] * x;
    };
    // Places 0 … 15 have mean 7.5 and variance 255 / 12.
    const double position = (7.5 - clicks.position[i]) / std::sqrt(255 / 12.0), now = hour_of(s, t);
    const double conversion =
        s.conversion.user * user.purchase + s.conversion.item * item.appeal +
        s.conversion.affinity * affinity + s.conversion.price * item.price +
        s.conversion.position * position + s.conversion.channel * w.channel_conversion[clicks.channel[i]] +
        s.conversion.hour * curve_at(s.hours.conversion, now) + drift(w.time.knots(of_conversion));
    const double refund = s.refund.user * user.refund + s.refund.item * item.returns +
                          s.refund.affinity * affinity + s.refund.price * item.price +
                          s.refund.channel * w.channel_refund[clicks.channel[i]] +
                          s.refund.hour * curve_at(s.hours.refund, now) + drift(w.time.knots(of_refund));
    ReferenceLaw law{};
    law.world = &w;
    law.conversion = ReferenceLaw::logistic(s.solved.conversion_intercept + conversion);
    const double gamma = std::log(s.intent.considered / (1 - s.intent.considered));
    law.considered =
        s.intent.considered <= 0 || s.intent.considered >= 1
            ? s.intent.considered
            : ReferenceLaw::logistic(gamma - s.intent.haste * user.haste + s.intent.price * item.price);
    for (std::size_t k = 0; k < 2; ++k) {
        const double shift = k == 1 ? s.refund.considered : 0;
        law.refund[k] = s.targets.refunds_per_conversion > 0
                            ? ReferenceLaw::logistic(s.solved.refund_intercept + refund + shift)
                            : 0;
        law.returned[k] = s.refund_delay.return_share[k];
    }
    law.conversion_log_scale = s.solved.conversion_delay_log_scale + s.conversion_delay.haste * user.haste +
                               s.conversion_delay.price * item.price;
    law.refund_log_scale = s.solved.refund_delay_log_scale + s.refund_delay.haste * user.haste;
    return law;
}

}  // namespace netcvr
