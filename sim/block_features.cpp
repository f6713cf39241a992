// What the features of a block's clicks show: rows of the entities' own tables, and views of the click
// itself.

#include <algorithm>
#include <cmath>
#include <span>

#include "sim/block.h"
#include "sim/math.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

using Values = std::span<std::int32_t>;

/// out[i] = what the column shows of id_of(i), one of `range` ids.
template <class IdOf>
void show_ids(
    const World& world, const Column& column, BlockBuffers& b, std::uint64_t range, IdOf id_of, Values out) {
    const double fidelity = column.source->source == Source::noise ? 0 : column.feature.fidelity;
    if (fidelity >= 1 && range > static_cast<std::uint64_t>(column.feature.cardinality)) {
        b.id.resize(out.size());
        for (std::size_t i = 0; i < out.size(); ++i) b.id[i] = id_of(i);
        return column.hash(b.id, out);
    }
    if (fidelity >= 1) {
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = value_of_id(column, {id_of(i), range}, false, 0);
        return;
    }
    b.words.draw(world, Draw::feature_noise, column.number, b.at);
    const auto& word = b.words.word;
    const auto shown = below_uniform(fidelity);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = value_of_id(column, {id_of(i), range}, word[0][i] >= shown, join(word[2][i], word[3][i]));
}

/// Values that are the same throughout a second: computed once for each.
template <class ValueOf>
void show_seconds(const std::vector<Time>& time, ValueOf value_of, std::vector<std::uint32_t>& out) {
    out.resize(time.size());
    for (std::size_t i = 0; i < time.size(); ++i)
        out[i] = i > 0 && time[i] == time[i - 1] ? out[i - 1] : static_cast<std::uint32_t>(value_of(time[i]));
}

void show_affinity(const World& world, const Column& column, BlockBuffers& b, Values out) {
    b.noise.assign(out.size(), 0.0);
    if (column.feature.fidelity < 1) {
        b.words.draw(world, Draw::feature_noise, column.number, b.at);
        for (std::size_t i = 0; i < out.size(); ++i) b.noise[i] = b.words.uniform(0, i);
        math::normal_quantile_column(b.noise);
    }
    column.bins(b.predictors.affinity, b.noise, out);
}

void show_click(const World& world, const Column& column, BlockBuffers& b, Values out) {
    const Clicks& c = b.clicks;
    const Arrivals& arrivals = world.arrivals;
    const auto categories = static_cast<std::uint64_t>(world.scenario.items.categories);
    const auto brands = static_cast<std::uint64_t>(world.scenario.items.brands_per_category);
    // Entrants do not change how others hash, so ids are counted without them.
    const auto users = static_cast<std::uint64_t>(world.scenario.user_count()),
               items = static_cast<std::uint64_t>(world.scenario.item_count());
    const auto show = [&](std::uint64_t range, auto id_of) { show_ids(world, column, b, range, id_of, out); };
    const auto show_time = [&](std::uint64_t range, auto value_of) {
        show_seconds(c.time, value_of, b.of_second);
        show(range, [&](std::size_t i) { return std::uint64_t{b.of_second[i]}; });
    };
    const auto hour_of = [&](Time t) { return static_cast<std::int64_t>(arrivals.local_hour(t)); };
    const auto user_category = [&](std::size_t i) { return c.user[i] * categories + c.category[i]; };
    switch (column.source->source) {
        case Source::context_hour:
            return show_time(24, hour_of);
        case Source::context_weekday:
            return show_time(7, [&](Time t) { return arrivals.local_weekday(t); });
        case Source::context_hour_of_week:
            return show_time(168, [&](Time t) { return arrivals.local_weekday(t) * 24 + hour_of(t); });
        case Source::context_position:
            return show(positions, [&](std::size_t i) { return std::uint64_t{c.position[i]}; });
        case Source::context_channel:
            return show(channels, [&](std::size_t i) { return std::uint64_t{c.channel[i]}; });
        case Source::cross_user_category:
            return show(users * categories, user_category);
        case Source::cross_user_brand:
            return show(users * categories * brands,
                        [&](std::size_t i) { return user_category(i) * brands + c.brand[i]; });
        case Source::cross_user_item:
            return show(users * items, [&](std::size_t i) { return c.user[i] * items + c.item[i]; });
        case Source::cross_category_channel:
            return show(categories * channels, [&](std::size_t i) {
                return static_cast<std::uint64_t>(c.category[i]) * channels + c.channel[i];
            });
        case Source::cross_affinity:
            return show_affinity(world, column, b, out);
        default:
            return show(1, [](std::size_t) { return std::uint64_t{0}; });  // noise
    }
}

/// The features that stay with users and items. Tile by tile, so that a tile's rows are fetched once for all
/// of their features.
void show_entities(const World& world, const Clicks& clicks, const std::vector<Values>& out) {
    constexpr std::size_t tile = 128;
    const Population& p = world.population;
    for (std::size_t begin = 0; begin < clicks.size(); begin += tile) {
        const std::size_t end = std::min(clicks.size(), begin + tile);
        for (const auto& column : world.schema.columns) {
            std::int32_t* const value = out[column.number].data();
            if (column.source->owner == Owner::user)
                for (std::size_t i = begin; i < end; ++i)
                    value[i] = p.users.feature(clicks.user[i], column.slot);
            if (column.source->owner == Owner::item)
                for (std::size_t i = begin; i < end; ++i)
                    value[i] = p.items.feature(clicks.item[i], column.slot);
        }
    }
}

/// Four features share the words of one lane.
void leave_out_missing(const World& world, BlockBuffers& b, const std::vector<Values>& out) {
    const auto& columns = world.schema.columns;
    std::size_t drawn_lane = columns.size();
    for (std::size_t f = 0; f < columns.size(); ++f) {
        if (columns[f].feature.missing <= 0) continue;
        if (f / 4 != drawn_lane) {
            drawn_lane = f / 4;
            b.words.draw(world, Draw::feature_missing, static_cast<std::uint32_t>(drawn_lane), b.at);
        }
        const std::uint64_t missing = below_uniform(columns[f].feature.missing);
        if (missing == 0) continue;
        const auto last = static_cast<std::uint32_t>(missing - 1);
        const std::uint32_t* const word = b.words.word[f % 4].data();
        std::int32_t* const value = out[f].data();
        for (std::size_t i = 0; i < out[f].size(); ++i) value[i] = word[i] <= last ? -1 : value[i];
    }
}

}  // namespace

void write_features(const World& world, std::size_t first, BlockBuffers& b, ClickLog& log) {
    std::vector<Values> out;
    for (auto& feature : log.features)
        out.push_back(std::span(feature.value).subspan(first, b.clicks.size()));
    show_entities(world, b.clicks, out);
    for (const auto& column : world.schema.columns)
        if (column.source->owner == Owner::click) show_click(world, column, b, out[column.number]);
    leave_out_missing(world, b, out);
}

}  // namespace netcvr
