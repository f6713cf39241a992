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

DelayLaw law_of_class(std::size_t k,
                      const std::string& first,
                      const std::string& second,
                      const std::vector<double>& shape) {
    return {family_named(k == 0 || second == "same" ? first : second), shape[k]};
}

void set_laws(World& world) {
    const Scenario& s = world.scenario;
    for (std::size_t k = 0; k < 2; ++k) {
        world.conversion_law[k] = conversion_delay_law(s, k);
        world.refund_law[k] = refund_delay_law(s, k);
    }
    world.repeat_gap = {family_named(s.repeats.gap_family), s.repeats.gap_shape};
    world.repeat_gap_log_scale =
        math::log(static_cast<double>(s.repeats.gap_median)) - world.repeat_gap.log_quantile(0.5);
    for (std::uint32_t c = 0; c < channels; ++c) {
        const Words w = philox(static_cast<std::uint64_t>(s.seed), Draw::channel_effect, c, 0, 0);
        world.channel_conversion.push_back(math::normal_quantile(uniform(w[0], w[1])));
        world.channel_refund.push_back(math::normal_quantile(uniform(w[2], w[3])));
    }
    world.time = TimeEffects(s);
}

}  // namespace

DelayLaw conversion_delay_law(const Scenario& s, std::size_t intent) {
    const auto& delay = s.conversion_delay;
    return law_of_class(intent, delay.family, delay.considered_family, delay.shape);
}

DelayLaw refund_delay_law(const Scenario& s, std::size_t kind) {
    const auto& delay = s.refund_delay;
    return law_of_class(kind, delay.family, delay.return_family, delay.shape);
}

World make_world(const Scenario& scenario, int threads) {
    check(scenario);
    World world;
    world.scenario = scenario;
    world.schema = Schema(scenario);
    world.population = make_population(scenario, thread_count(threads));
    world.arrivals =
        Arrivals(scenario, world.population.user_cohorts.entry, world.population.item_cohorts.entry);
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

namespace {

/// What repeats and money need of a click.
void predict_purchases(const World& world, const Clicks& clicks, Predictors& out) {
    const Scenario& s = world.scenario;
    out.repeat.resize(s.has_repeats() ? clicks.size() : 0);
    for (std::size_t i = 0; i < out.repeat.size(); ++i) {
        const UserTraits& user = world.population.users[clicks.user[i]];
        out.repeat[i] = s.repeats.user * user.purchase + s.repeats.activity * user.activity;
    }
    out.price.resize(s.has_money() ? clicks.size() : 0);
    const double mean = s.money.price_median * math::exp(s.money.value_spread * s.money.value_spread / 2);
    for (std::size_t i = 0; i < out.price.size(); ++i)
        out.price[i] = mean * math::exp(s.money.price_spread * world.population.items[clicks.item[i]].price);
}

/// Keeps κ_c and κ_R as far as features could show them, then adds what none shows.
void add_hidden(const Scenario& s, const Clicks& clicks, Predictors& out) {
    out.conversion_shown = out.conversion;
    out.refund_shown = out.refund;
    for (std::size_t i = 0; i < clicks.size(); ++i) {
        out.conversion[i] += s.hidden.conversion * clicks.hidden_conversion[i];
        out.refund[i] += s.hidden.refund * clicks.hidden_refund[i];
    }
}

}  // namespace

void predict(const World& world, const Scenario::Solved& solved, const Clicks& clicks, Predictors& out) {
    const Scenario& s = world.scenario;
    const TimeEffects& effects = world.time;
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
        const auto effect = [&](Quantity q) { return effects.at(q, world.arrivals, item.category, t); };
        out.conversion[i] =
            solved.conversion_spread * (s.conversion.user * user.purchase + s.conversion.item * item.appeal +
                                        s.conversion.affinity * affinity + s.conversion.price * item.price +
                                        s.conversion.position * position +
                                        s.conversion.channel * world.channel_conversion[channel]) +
            s.conversion.hour * solved.conversion_hour * effects.hourly(of_conversion, hour_now) +
            effect(of_conversion);
        out.refund[i] = solved.refund_spread * (s.refund.user * user.refund + s.refund.item * item.returns +
                                                s.refund.affinity * affinity + s.refund.price * item.price +
                                                s.refund.channel * world.channel_refund[channel] +
                                                s.refund.appeal * item.appeal) +
                        s.refund.hour * effects.hourly(of_refund, hour_now) + effect(of_refund);
        out.considered[i] = considered - s.intent.haste * user.haste + s.intent.price * item.price;
        out.conversion_log_scale[i] =
            s.conversion_delay.haste * user.haste + s.conversion_delay.price * item.price +
            s.conversion_delay.propensity * out.conversion[i] + effect(of_conversion_delay);
        out.refund_log_scale[i] = s.refund_delay.haste * user.haste +
                                  s.refund_delay.propensity * out.refund[i] + effect(of_refund_delay);
    }
    predict_purchases(world, clicks, out);
    if (s.has_hidden()) add_hidden(s, clicks, out);
    if (one_class)
        std::fill(out.considered.begin(), out.considered.end(), s.intent.considered);
    else
        logistic_column(0, out.considered, out.considered);
}

}  // namespace netcvr
