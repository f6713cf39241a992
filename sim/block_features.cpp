// What the features of a block's clicks show: rows of the entities' own tables, and views of the click
// itself.

#include <algorithm>
#include <span>

#include "sim/block.h"
#include "sim/math.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

/// The click's value of an id source, and how many there are.
Id click_id(const World& world, const Clicks& c, Source source, std::size_t i) {
    const auto categories = static_cast<std::uint64_t>(world.scenario.items.categories);
    const auto brands = static_cast<std::uint64_t>(world.scenario.items.brands_per_category);
    // Entrants do not change how others hash, so ids are counted without them.
    const auto users = static_cast<std::uint64_t>(world.scenario.user_count()),
               items = static_cast<std::uint64_t>(world.scenario.item_count());
    const Id user_category = {c.user[i] * categories + c.category[i], users * categories};
    const auto hour = [&] { return static_cast<std::uint64_t>(world.arrivals.local_hour(c.time[i])); };
    const auto weekday = [&] { return static_cast<std::uint64_t>(world.arrivals.local_weekday(c.time[i])); };
    switch (source) {
        case Source::context_hour:
            return {hour(), 24};
        case Source::context_weekday:
            return {weekday(), 7};
        case Source::context_hour_of_week:
            return {weekday() * 24 + hour(), 168};
        case Source::context_position:
            return {c.position[i], positions};
        case Source::context_channel:
            return {c.channel[i], channels};
        case Source::cross_user_category:
            return user_category;
        case Source::cross_user_brand:
            return {user_category.value * brands + c.brand[i], user_category.range * brands};
        case Source::cross_user_item:
            return {c.user[i] * items + c.item[i], users * items};
        case Source::cross_category_channel:
            return {static_cast<std::uint64_t>(c.category[i]) * channels + c.channel[i],
                    categories * channels};
        default:
            return {0, 1};  // noise
    }
}

void show_affinity(const Column& column, const BlockBuffers& b, bool noisy, std::span<std::int32_t> out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double noise = noisy ? math::normal_quantile(uniform(b.word[0][i], b.word[1][i])) : 0.0;
        out[i] = column.bin(b.predictors.affinity[i], noise);
    }
}

void show_click(const World& world, const Column& column, BlockBuffers& b, std::span<std::int32_t> out) {
    const Source source = column.source->source;
    const double fidelity = source == Source::noise ? 0 : column.feature.fidelity;
    const bool noisy = fidelity < 1;
    if (noisy) b.draw_words(world, Draw::feature_noise, column.number);
    if (source == Source::cross_affinity) return show_affinity(column, b, noisy, out);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const bool replaced = noisy && uniform(b.word[0][i]) >= fidelity;
        const std::uint64_t random = noisy ? join(b.word[2][i], b.word[3][i]) : 0;
        out[i] = value_of_id(column, click_id(world, b.clicks, source, i), replaced, random);
    }
}

void show(const World& world, const Column& column, BlockBuffers& b, std::span<std::int32_t> out) {
    const Population& p = world.population;
    switch (column.source->owner) {
        case Owner::user:
            for (std::size_t i = 0; i < out.size(); ++i)
                out[i] = p.user_features(b.clicks.user[i], column.slot);
            return;
        case Owner::item:
            for (std::size_t i = 0; i < out.size(); ++i)
                out[i] = p.item_features(b.clicks.item[i], column.slot);
            return;
        case Owner::click:
            return show_click(world, column, b, out);
    }
}

}  // namespace

void write_features(const World& world, BlockBuffers& b, ClickLog& log) {
    const auto& columns = world.schema.columns;
    const std::size_t n = b.clicks.size();
    std::vector<std::span<std::int32_t>> out;
    for (const auto& column : columns) {
        auto& value = log.features[column.number].value;
        value.resize(value.size() + n);
        out.push_back(std::span(value).last(n));
        show(world, column, b, out.back());
    }
    for (std::size_t f = 0; f < columns.size(); ++f) {
        if (columns[f].feature.missing <= 0) continue;
        // Four features share the words of one lane.
        b.draw_words(world, Draw::feature_missing, static_cast<std::uint32_t>(f / 4));
        for (std::size_t i = 0; i < n; ++i)
            if (uniform(b.word[f % 4][i]) < columns[f].feature.missing) out[f][i] = -1;
    }
}

}  // namespace netcvr
