#include "sim/world.h"

#include <algorithm>
#include <cmath>

#include "sim/calibrate.h"
#include "sim/errors.h"
#include "sim/math.h"
#include "sim/parallel.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

/// Random walk per category: knots at days 0, 1, …, with normal steps of sd `step`; knot 0 is 0.
std::vector<double> random_walk(const Scenario& s, Draw purpose, double step) {
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

/// An hour curve read at a fractional local hour, linear between whole hours, periodic.
double at_hour(const std::vector<double>& curve, double local_hour) {
    const auto h = static_cast<std::size_t>(local_hour) % 24;
    const double x = local_hour - std::floor(local_hour);
    return curve[h] + x * (curve[(h + 1) % 24] - curve[h]);
}

/// The drift of a category at a second, linear between its daily knots.
double at_time(const std::vector<double>& path, std::size_t categories, std::size_t category, Time t) {
    const auto d = static_cast<std::size_t>(t / day);
    const double x = static_cast<double>(t % day) / day;
    const double a = path[d * categories + category], b = path[(d + 1) * categories + category];
    return a + x * (b - a);
}

void set_laws(World& world) {
    const Scenario& s = world.scenario;
    for (std::size_t k = 0; k < 2; ++k) {
        world.conversion_law[k] = {family_named(s.conversion_delay.family), s.conversion_delay.shape[k]};
        world.refund_law[k] = {family_named(s.refund_delay.family), s.refund_delay.shape[k]};
    }
    for (std::uint32_t c = 0; c < channels; ++c) {
        const Words w = philox(static_cast<std::uint64_t>(s.seed), Draw::channel_effect, c, 0, 0);
        world.channel_conversion.push_back(math::normal_quantile(uniform(w[0], w[1])));
        world.channel_refund.push_back(math::normal_quantile(uniform(w[2], w[3])));
    }
    world.conversion_drift = random_walk(s, Draw::conversion_drift, s.drift.conversion);
    world.refund_drift = random_walk(s, Draw::refund_drift, s.drift.refund);
}

}  // namespace

World make_world(const Scenario& scenario, int threads) {
    check(scenario);
    World world;
    world.scenario = scenario;
    world.schema = Schema(scenario);
    world.population = make_population(scenario, thread_count(threads));
    world.arrivals = Arrivals(scenario);
    set_laws(world);
    if (scenario.solved.key != solution_key(scenario)) world.scenario.solved = calibrate(world);
    return world;
}

void Clicks::resize(std::size_t n) {
    time.resize(n);
    for (auto* column : {&user, &item, &position, &channel, &category, &brand}) column->resize(n);
}

void Predictors::resize(std::size_t n) {
    for (auto* column :
         {&conversion, &considered, &conversion_log_scale, &refund, &refund_log_scale, &affinity})
        column->resize(n);
}

void predict(const World& world, const Clicks& clicks, Predictors& out) {
    const Scenario& s = world.scenario;
    const auto categories = static_cast<std::size_t>(s.items.categories);
    const bool one_class = s.intent.considered <= 0 || s.intent.considered >= 1;
    const double considered = one_class ? 0 : math::logit(s.intent.considered);
    // Positions are uniform on 0 … 15: standardised, best first.
    const double position_mean = (positions - 1) / 2.0,
                 position_sd = std::sqrt((positions * positions - 1) / 12.0);
    const std::size_t n = clicks.size();
    out.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
        const UserTraits& user = world.population.users[clicks.user[i]];
        const ItemTraits& item = world.population.items[clicks.item[i]];
        double affinity = 0;
        for (std::size_t t = 0; t < taste_dimensions; ++t)
            affinity += static_cast<double>(user.taste[t]) * static_cast<double>(item.character[t]);
        affinity /= std::sqrt(static_cast<double>(taste_dimensions));
        const Time t = clicks.time[i];
        const double hour_now = world.arrivals.local_hour(t);
        const double position = (position_mean - clicks.position[i]) / position_sd;
        const std::uint32_t channel = clicks.channel[i];
        out.affinity[i] = affinity;
        out.conversion[i] = s.conversion.user * user.purchase + s.conversion.item * item.appeal +
                            s.conversion.affinity * affinity + s.conversion.price * item.price +
                            s.conversion.position * position +
                            s.conversion.channel * world.channel_conversion[channel] +
                            s.conversion.hour * at_hour(s.hours.conversion, hour_now) +
                            at_time(world.conversion_drift, categories, item.category, t);
        out.refund[i] = s.refund.user * user.refund + s.refund.item * item.returns +
                        s.refund.affinity * affinity + s.refund.price * item.price +
                        s.refund.channel * world.channel_refund[channel] +
                        s.refund.hour * at_hour(s.hours.refund, hour_now) +
                        at_time(world.refund_drift, categories, item.category, t);
        out.considered[i] = considered - s.intent.haste * user.haste + s.intent.price * item.price;
        out.conversion_log_scale[i] =
            s.conversion_delay.haste * user.haste + s.conversion_delay.price * item.price;
        out.refund_log_scale[i] = s.refund_delay.haste * user.haste;
    }
    if (one_class)
        std::fill(out.considered.begin(), out.considered.end(), s.intent.considered);
    else
        logistic_column(0, out.considered, out.considered);
}

void logistic_column(double shift, std::span<const double> x, std::span<double> out) {
#pragma omp simd
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = math::logistic(shift + x[i]);
}

double log_window(Time window, Time minimum) {
    return window > minimum ? math::log(static_cast<double>(window - minimum))
                            : -std::numeric_limits<double>::infinity();
}

void mass_within(const DelayLaw& law,
                 bool delayed,
                 double log_window,
                 double offset,
                 std::span<const double> log_scale,
                 std::span<double> out) {
    if (!delayed || !std::isfinite(log_window)) {
        std::fill(out.begin(), out.end(), delayed ? 0.0 : 1.0);
        return;
    }
    // One loop a family, so that it vectorises.
    const double x = log_window - offset, k = law.shape;
    const auto fill = [&](auto cdf) {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = cdf(x - log_scale[i]);
    };
    switch (law.family) {
        case Family::exponential:
            return fill([](double y) { return DelayLaw{Family::exponential, 1}.cdf_of_log(y); });
        case Family::weibull:
            return fill([k](double y) { return DelayLaw{Family::weibull, k}.cdf_of_log(y); });
        case Family::log_normal:
            return fill([k](double y) { return DelayLaw{Family::log_normal, k}.cdf_of_log(y); });
        case Family::log_logistic:
            return fill([k](double y) { return DelayLaw{Family::log_logistic, k}.cdf_of_log(y); });
    }
}

void evaluate(const World& world, const Predictors& x, Law& law) {
    const Scenario& s = world.scenario;
    const std::size_t n = x.conversion.size();
    for (auto* column : {&law.conversion, &law.refund[0], &law.refund[1], &law.within_attribution[0],
                         &law.within_attribution[1], &law.refund_within[0], &law.refund_within[1], &law.cvr,
                         &law.refund_rate, &law.net_cvr})
        column->resize(n);

    const double window_c = log_window(s.windows.conversion_attribution, s.conversion_delay.minimum);
    const double window_r = log_window(s.windows.refund_attribution, s.refund_delay.minimum);
    const bool delayed_c = s.targets.conversion_delay_median > 0,
               delayed_r = s.targets.refund_delay_median > 0;
    for (std::size_t k = 0; k < 2; ++k) {
        const double offset = k == 1 ? math::log(s.conversion_delay.ratio) : 0;
        mass_within(world.conversion_law[k], delayed_c, window_c,
                    s.solved.conversion_delay_log_scale + offset, x.conversion_log_scale,
                    law.within_attribution[k]);
        const double offset_r = k == 1 ? math::log(s.refund_delay.ratio) : 0;
        mass_within(world.refund_law[k], delayed_r, window_r, s.solved.refund_delay_log_scale + offset_r,
                    x.refund_log_scale, law.refund_within[k]);  // by refund class, mixed below
    }
    logistic_column(s.solved.conversion_intercept, x.conversion, law.conversion);
    for (std::size_t k = 0; k < 2; ++k) {
        if (s.has_refunds())
            logistic_column(s.solved.refund_intercept + (k == 1 ? s.refund.considered : 0), x.refund,
                            law.refund[k]);
        else
            std::fill(law.refund[k].begin(), law.refund[k].end(), 0.0);
    }
    const double returned0 = s.refund_delay.return_share[0], returned1 = s.refund_delay.return_share[1];
#pragma omp simd  // the columns do not overlap
    for (std::size_t i = 0; i < n; ++i) {
        const double cancel = law.refund_within[0][i], back = law.refund_within[1][i];
        const double g0 = (1 - returned0) * cancel + returned0 * back;
        const double g1 = (1 - returned1) * cancel + returned1 * back;
        const double impulse = (1 - x.considered[i]) * law.within_attribution[0][i];
        const double considered = x.considered[i] * law.within_attribution[1][i];
        const double converted = impulse + considered;
        const double refunded = impulse * law.refund[0][i] * g0 + considered * law.refund[1][i] * g1;
        const double c = law.conversion[i];
        law.refund_within[0][i] = g0, law.refund_within[1][i] = g1;
        law.cvr[i] = c * converted;
        law.refund_rate[i] = converted > 0 ? refunded / converted : 0;  // 0 where no conversion counts
        law.net_cvr[i] = c * (converted - refunded);
    }
}

}  // namespace netcvr
