#include "sim/features.h"

#include <algorithm>
#include <cmath>

#include "sim/math.h"
#include "sim/vector_clones.h"

namespace netcvr {

const std::vector<FeatureSource>& feature_sources() {
    static const std::vector<FeatureSource> table = {
        {"user.id", Source::user_id, Owner::user, false, "the user"},
        {"user.activity", Source::user_activity, Owner::user, true, "explained part of the activity trait"},
        {"user.purchase", Source::user_purchase, Owner::user, true, "explained part of the purchase trait"},
        {"user.refund", Source::user_refund, Owner::user, true, "explained part of the refund trait"},
        {"user.haste", Source::user_haste, Owner::user, true, "explained part of haste"},
        {"item.id", Source::item_id, Owner::item, false, "the item"},
        {"item.category", Source::item_category, Owner::item, false, "its category"},
        {"item.brand", Source::item_brand, Owner::item, false, "its brand"},
        {"item.appeal", Source::item_appeal, Owner::item, true, "its appeal"},
        {"item.returns", Source::item_returns, Owner::item, true, "its return-proneness"},
        {"item.price", Source::item_price, Owner::item, true, "its standardised log price"},
        {"item.popularity", Source::item_popularity, Owner::item, true,
         "its place in the order of popularity"},
        {"context.hour", Source::context_hour, Owner::click, false, "local hour of the day, 0 … 23"},
        {"context.weekday", Source::context_weekday, Owner::click, false,
         "local day of the week, 0 = Monday"},
        {"context.hour_of_week", Source::context_hour_of_week, Owner::click, false,
         "local hour of the week, 0 … 167"},
        {"context.position", Source::context_position, Owner::click, false, "ad position, 0 = best"},
        {"context.channel", Source::context_channel, Owner::click, false, "channel"},
        {"cross.user_category", Source::cross_user_category, Owner::click, false,
         "the user with the item's category"},
        {"cross.user_brand", Source::cross_user_brand, Owner::click, false, "the user with the item's brand"},
        {"cross.user_item", Source::cross_user_item, Owner::click, false, "the user with the item"},
        {"cross.category_channel", Source::cross_category_channel, Owner::click, false,
         "category with channel"},
        {"cross.affinity", Source::cross_affinity, Owner::click, true, "user × item affinity"},
        {"noise", Source::noise, Owner::click, false, "nothing at all: a uniform value"},
    };
    return table;
}

const FeatureSource* find_source(std::string_view name) {
    for (const auto& source : feature_sources())
        if (source.name == name) return &source;
    return nullptr;
}

namespace {

constexpr std::int64_t most_edges = 64;  // searching more costs as much as the normal law itself

Column resolve(const Feature& feature, std::size_t number) {
    Column column;
    column.feature = feature;
    column.source = find_source(feature.source);
    column.number = static_cast<std::uint32_t>(number);
    column.signal = std::sqrt(feature.fidelity);
    column.noise = std::sqrt(1 - feature.fidelity);
    if (column.source->score && feature.cardinality <= most_edges)
        for (std::int64_t k = 1; k < feature.cardinality; ++k)
            column.edges.push_back(
                math::normal_quantile(static_cast<double>(k) / static_cast<double>(feature.cardinality)));
    return column;
}

}  // namespace

Schema::Schema(const Scenario& scenario) {
    for (const auto& feature : scenario.features) {
        Column column = resolve(feature, columns.size());
        if (column.source->owner == Owner::user) column.slot = users++;
        if (column.source->owner == Owner::item) column.slot = items++;
        columns.push_back(std::move(column));
    }
}

VECTOR_CLONES
void Column::hash(std::span<const std::uint64_t> id, std::span<std::int32_t> out) const {
    const auto values = static_cast<std::uint64_t>(feature.cardinality);
    const std::uint64_t salt = static_cast<std::uint64_t>(number) << 56;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = bucket(mix(id[i] ^ salt), values);
}

std::int32_t Column::bin(double score, double standard_noise) const {
    const double shown = signal * score + noise * standard_noise;
    if (feature.cardinality <= most_edges) {
        std::int32_t below = 0;
        for (const double edge : edges) below += edge <= shown ? 1 : 0;
        return below;
    }
    const auto bins = static_cast<double>(feature.cardinality);
    return static_cast<std::int32_t>(std::min(std::floor(math::normal_cdf(shown) * bins), bins - 1));
}

VECTOR_CLONES
void Column::bins(std::span<const double> score,
                  std::span<const double> standard_noise,
                  std::span<std::int32_t> out) const {
    if (feature.cardinality > most_edges) {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = bin(score[i], standard_noise[i]);
        return;
    }
    const double s = signal, z = noise;
    std::fill(out.begin(), out.end(), 0);
    for (const double edge : edges)
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] += edge <= s * score[i] + z * standard_noise[i] ? 1 : 0;
}

}  // namespace netcvr
