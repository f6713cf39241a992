#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/scenario.h"

namespace netcvr {

/// Whose property a feature shows. Features of users and items are drawn once per entity, with noise that
/// stays; features of a click anew for every click.
enum class Owner : std::uint8_t { user, item, click };

enum class Source : std::uint8_t {
    user_id,
    user_activity,
    user_purchase,
    user_refund,
    user_haste,
    item_id,
    item_category,
    item_brand,
    item_appeal,
    item_returns,
    item_price,
    item_popularity,
    context_hour,
    context_weekday,
    context_hour_of_week,
    context_position,
    context_channel,
    cross_user_category,
    cross_user_brand,
    cross_user_item,
    cross_category_channel,
    cross_affinity,
    noise,
};

/// A row of the table of sources. A score is a standard normal quantity, shown as √fidelity · score +
/// √(1 − fidelity) · noise in bins of equal probability; an id is shown unchanged with probability
/// `fidelity`, else at random, and hashed where there are more ids than values. User scores are those parts
/// of the traits that observed attributes explain ([users] explained); no feature shows a propensity itself.
struct FeatureSource {
    std::string_view name;
    Source source;
    Owner owner;
    bool score;
    std::string_view help;
};

const std::vector<FeatureSource>& feature_sources();
/// nullptr if there is none of that name.
const FeatureSource* find_source(std::string_view name);

/// A fixed mixing of 64 bits (Steele et al. 2014, the finaliser of SplitMix64); hashes ids into buckets.
inline std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

/// The upper half of a word times the number of values: as even as a remainder, without the division.
inline std::int32_t bucket(std::uint64_t word, std::uint64_t values) {
    return static_cast<std::int32_t>((word >> 32) * values >> 32);
}

/// One column of the log, resolved: where its value comes from.
struct Column {
    Feature feature;
    const FeatureSource* source = nullptr;
    std::uint32_t number = 0;        // place in the log; addresses its noise
    std::size_t slot = 0;            // place among the features of its owner
    std::vector<double> edges = {};  // inner edges of the bins of a score, if they are few enough to search
    double signal = 1, noise = 0;    // √fidelity, √(1 − fidelity)

    /// Bin of √fidelity · score + √(1 − fidelity) · noise; bins have equal probability under the standard
    /// normal law.
    std::int32_t bin(double score, double standard_noise) const;
    /// The same for columns of scores and noise.
    void bins(std::span<const double> score,
              std::span<const double> standard_noise,
              std::span<std::int32_t> out) const;
    /// What it shows of ids that are more than its values.
    void hash(std::span<const std::uint64_t> id, std::span<std::int32_t> out) const;
};

/// The scenario's features by owner.
struct Schema {
    std::vector<Column> columns;       // all, in scenario order
    std::size_t users = 0, items = 0;  // how many belong to users and to items

    explicit Schema(const Scenario& scenario);
    Schema() = default;
};

/// One of `range` ids.
struct Id {
    std::uint64_t value, range;
};
/// What a column shows of an id; `replaced` says the noise hit, `random` is a uniform word for that case.
inline std::int32_t value_of_id(const Column& column, Id id, bool replaced, std::uint64_t random) {
    const auto values = static_cast<std::uint64_t>(column.feature.cardinality);
    if (replaced) return bucket(random, values);
    if (id.range <= values && id.value < values) return static_cast<std::int32_t>(id.value);
    return bucket(mix(id.value ^ (static_cast<std::uint64_t>(column.number) << 56)), values);
}

}  // namespace netcvr
