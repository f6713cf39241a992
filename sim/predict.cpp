// The predictors of a law (world.h) in columns: tile by tile, the traits of the clicks' users and items are
// gathered first, so that the arithmetic vectorises.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/math.h"
#include "sim/vector_clones.h"
#include "sim/world.h"

namespace netcvr {
namespace {

/// What the predictors of some clicks are made of, in columns that stay in the first-level cache.
struct Tile {
    static constexpr std::size_t capacity = 128;
    template <class T>
    using Column = std::array<T, capacity>;

    std::size_t first = 0, size = 0;  // which clicks
    Column<double> purchase, refund, haste;
    Column<double> appeal, returns, price, affinity;
    Column<double> position, channel_conversion, channel_refund;
    Column<std::uint32_t> category;
    Column<double> hour_conversion, hour_refund;
    std::array<Column<double>, quantities> effect;
};

void gather_entities(const Population& population, const Clicks& clicks, Tile& tile) {
    const std::uint32_t* const users = clicks.user.data() + tile.first;
    const std::uint32_t* const items = clicks.item.data() + tile.first;
    for (std::size_t i = 0; i < tile.size; ++i) {
        const UserTraits& user = population.users[users[i]];
        const ItemTraits& item = population.items[items[i]];
        double affinity = 0;
        for (std::size_t t = 0; t < taste_dimensions; ++t)
            affinity += static_cast<double>(user.taste[t]) * static_cast<double>(item.character[t]);
        tile.affinity[i] = affinity / std::sqrt(static_cast<double>(taste_dimensions));
        tile.purchase[i] = user.purchase;
        tile.refund[i] = user.refund;
        tile.haste[i] = user.haste;
        tile.appeal[i] = item.appeal;
        tile.returns[i] = item.returns;
        tile.price[i] = item.price;
        tile.category[i] = item.category;
    }
}

/// Positions are uniform on 0 … 15: standardised, best first.
std::array<double, positions> standard_positions() {
    const double mean = (positions - 1) / 2.0, sd = std::sqrt((positions * positions - 1) / 12.0);
    std::array<double, positions> standard{};
    for (std::uint32_t p = 0; p < positions; ++p) standard[p] = (mean - p) / sd;
    return standard;
}

void gather_context(const World& world, const Clicks& clicks, Tile& tile) {
    static const std::array<double, positions> standard = standard_positions();
    const std::uint32_t* const position = clicks.position.data() + tile.first;
    const std::uint32_t* const channel = clicks.channel.data() + tile.first;
    const double* const conversion = world.channel_conversion.data();
    const double* const refund = world.channel_refund.data();
    for (std::size_t i = 0; i < tile.size; ++i) tile.position[i] = standard[position[i]];
    for (std::size_t i = 0; i < tile.size; ++i) tile.channel_conversion[i] = conversion[channel[i]];
    for (std::size_t i = 0; i < tile.size; ++i) tile.channel_refund[i] = refund[channel[i]];

    const auto time = std::span(clicks.time).subspan(tile.first, tile.size);
    const auto category = std::span(tile.category).first(tile.size);
    const TimeEffects& effects = world.time;
    effects.hourly(of_conversion, world.arrivals, time, tile.hour_conversion);
    effects.hourly(of_refund, world.arrivals, time, tile.hour_refund);
    for (const Quantity q : {of_conversion, of_conversion_delay, of_refund, of_refund_delay})
        effects.at(q, world.arrivals, category, time, tile.effect[q]);
}

VECTOR_CLONES
void add_up(const World& world, const Scenario::Solved& solved, const Tile& x, Predictors& out) {
    const auto& c = world.scenario.conversion;
    const auto& r = world.scenario.refund;
    const double spread_c = solved.conversion_spread, spread_r = solved.refund_spread;
    const double hour_c = c.hour * solved.conversion_hour, hour_r = r.hour;
    double* const conversion = out.conversion.data() + x.first;
    double* const refund = out.refund.data() + x.first;
    double* const affinity = out.affinity.data() + x.first;
#pragma omp simd
    for (std::size_t i = 0; i < x.size; ++i) {
        conversion[i] = spread_c * (c.user * x.purchase[i] + c.item * x.appeal[i] +
                                    c.affinity * x.affinity[i] + c.price * x.price[i] +
                                    c.position * x.position[i] + c.channel * x.channel_conversion[i]) +
                        hour_c * x.hour_conversion[i] + x.effect[of_conversion][i];
        refund[i] =
            spread_r * (r.user * x.refund[i] + r.item * x.returns[i] + r.affinity * x.affinity[i] +
                        r.price * x.price[i] + r.channel * x.channel_refund[i] + r.appeal * x.appeal[i]) +
            hour_r * x.hour_refund[i] + x.effect[of_refund][i];
        affinity[i] = x.affinity[i];
    }
}

/// `logit`: of P(considered | converts) for an average click.
VECTOR_CLONES
void add_up_delays(const Scenario& s, double logit, const Tile& x, Predictors& out) {
    const auto& c = s.conversion_delay;
    const auto& r = s.refund_delay;
    const auto& intent = s.intent;
    const double* const conversion = out.conversion.data() + x.first;
    const double* const refund = out.refund.data() + x.first;
    double* const considered = out.considered.data() + x.first;
    double* const conversion_log_scale = out.conversion_log_scale.data() + x.first;
    double* const refund_log_scale = out.refund_log_scale.data() + x.first;
#pragma omp simd
    for (std::size_t i = 0; i < x.size; ++i) {
        considered[i] = logit - intent.haste * x.haste[i] + intent.price * x.price[i];
        conversion_log_scale[i] = c.haste * x.haste[i] + c.price * x.price[i] + c.propensity * conversion[i] +
                                  x.effect[of_conversion_delay][i];
        refund_log_scale[i] = r.haste * x.haste[i] + r.propensity * refund[i] + x.effect[of_refund_delay][i];
    }
}

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

void Predictors::resize(std::size_t n) {
    for (auto* column :
         {&conversion, &considered, &conversion_log_scale, &refund, &refund_log_scale, &affinity})
        column->resize(n);
}

void predict(const World& world, const Scenario::Solved& solved, const Clicks& clicks, Predictors& out) {
    const Scenario& s = world.scenario;
    const bool one_class = s.intent.considered <= 0 || s.intent.considered >= 1;
    const double considered = one_class ? 0 : math::logit(s.intent.considered);
    out.resize(clicks.size());
    Tile tile;
    for (tile.first = 0; tile.first < clicks.size(); tile.first += Tile::capacity) {
        tile.size = std::min(Tile::capacity, clicks.size() - tile.first);
        gather_entities(world.population, clicks, tile);
        gather_context(world, clicks, tile);
        add_up(world, solved, tile, out);
        add_up_delays(s, considered, tile, out);
    }
    predict_purchases(world, clicks, out);
    if (s.has_hidden()) add_hidden(s, clicks, out);
    if (one_class)
        std::fill(out.considered.begin(), out.considered.end(), s.intent.considered);
    else
        logistic_column(0, out.considered, out.considered);
}

}  // namespace netcvr
