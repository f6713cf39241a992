#include "sim/time_effects.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

/// Random walk per category: knots at days 0, 1, …, with normal steps of sd `step`; knot 0 is 0.
std::vector<double> random_walk(const Scenario& s, Draw purpose, double step) {
    if (step <= 0) return {};
    const auto days = static_cast<std::size_t>(s.log.duration / day) + 2;
    const auto categories = static_cast<std::size_t>(s.items.categories);
    std::vector<double> path(days * categories, 0.0);
    for (std::size_t d = 1; d < days; ++d)
        for (std::size_t g = 0; g < categories; ++g) {
            const Words w = philox(static_cast<std::uint64_t>(s.seed), purpose, static_cast<std::uint32_t>(d),
                                   0, static_cast<std::uint32_t>(g));
            path[d * categories + g] =
                path[(d - 1) * categories + g] + step * math::normal_quantile(uniform(w[0], w[1]));
        }
    return path;
}

bool any(const std::vector<double>& curve) {
    return std::any_of(curve.begin(), curve.end(), [](double x) { return x != 0; });
}

}  // namespace

bool promoted(const Scenario::Promotion& p, Time t) {
    if (p.duration <= 0 || t < p.begin) return false;
    const Time since = t - p.begin;
    return (p.every > 0 ? since % p.every : since) < p.duration;
}

TimeEffects::TimeEffects(const Scenario& s)
    : categories_(static_cast<std::size_t>(s.items.categories)),
      hours_{s.hours.conversion, {}, s.hours.refund, {}},
      weekdays_{s.weekdays.conversion, {}, s.weekdays.refund, {}},
      drift_{s.conversion_drift, s.conversion_delay_drift, s.refund_drift, s.refund_delay_drift},
      promotion_(s.promotion) {
    constexpr Draw purpose[quantities] = {Draw::conversion_drift, Draw::conversion_delay_drift,
                                          Draw::refund_drift, Draw::refund_delay_drift};
    if (s.has_promotion())
        promoted_ = {s.promotion.conversion, s.promotion.conversion_delay, s.promotion.refund,
                     s.promotion.refund_delay};
    for (std::size_t q = 0; q < quantities; ++q) {
        const Scenario::Drift& d = drift_[q];
        walk_[q] = random_walk(s, purpose[q], d.walk);
        common_[q] = any(weekdays_[q]) || d.step != 0 || d.ramp != 0 || d.wave != 0 || promoted_[q] != 0;
    }
}

double TimeEffects::hourly(Quantity q, double local_hour) const {
    const auto& curve = hours_[q];
    if (curve.empty()) return 0;
    const auto h = static_cast<std::size_t>(local_hour) % 24;
    const double x = local_hour - std::floor(local_hour);
    return curve[h] + x * (curve[(h + 1) % 24] - curve[h]);
}

void TimeEffects::hourly(Quantity q,
                         const Arrivals& arrivals,
                         std::span<const Time> time,
                         std::span<double> out) const {
    if (hours_[q].empty()) {
        std::fill_n(out.begin(), time.size(), 0.0);
        return;
    }
    for (std::size_t i = 0; i < time.size(); ++i)
        out[i] = i > 0 && time[i] == time[i - 1] ? out[i - 1] : hourly(q, arrivals.local_hour(time[i]));
}

void TimeEffects::at(Quantity q,
                     const Arrivals& arrivals,
                     std::span<const std::uint32_t> category,
                     std::span<const Time> time,
                     std::span<double> out) const {
    const bool walking = !walk_[q].empty();
    if (!walking && !common_[q]) {
        std::fill_n(out.begin(), time.size(), 0.0);
        return;
    }
    double others = 0, x = 0;
    const double *a = nullptr, *b = nullptr;  // the knots before and after
    for (std::size_t i = 0; i < time.size(); ++i) {
        const Time t = time[i];
        if (i == 0 || t != time[i - 1]) {
            others = common_[q] ? common(q, arrivals, t) : 0;
            x = static_cast<double>(t % day) / day;
            if (walking) a = walk_[q].data() + static_cast<std::size_t>(t / day) * categories_;
            b = a + categories_;
        }
        const std::size_t g = category[i];
        out[i] = (walking ? a[g] + x * (b[g] - a[g]) : 0) + others;
    }
}

double TimeEffects::walk(Quantity q, std::size_t category, Time t) const {
    const auto d = static_cast<std::size_t>(t / day);
    const double x = static_cast<double>(t % day) / day;
    const double a = walk_[q][d * categories_ + category], b = walk_[q][(d + 1) * categories_ + category];
    return a + x * (b - a);
}

double TimeEffects::common(Quantity q, const Arrivals& arrivals, Time t) const {
    const Scenario::Drift& d = drift_[q];
    double sum = weekdays_[q].empty() ? 0 : weekdays_[q][static_cast<std::size_t>(arrivals.local_weekday(t))];
    if (t >= d.step_at) sum += d.step;
    const auto since = static_cast<double>(t - d.ramp_begin);
    const auto length = static_cast<double>(std::max<Time>(1, d.ramp_end - d.ramp_begin));
    sum += d.ramp * std::clamp(since / length, 0.0, 1.0);
    if (d.wave != 0)
        sum += d.wave * math::sine_of_turns(static_cast<double>(t % d.wave_period) /
                                            static_cast<double>(d.wave_period));
    return promoted(promotion_, t) ? sum + promoted_[q] : sum;
}

}  // namespace netcvr
