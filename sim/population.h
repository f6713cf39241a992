#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/arrivals.h"
#include "sim/scenario.h"

namespace netcvr {

/// Draws an index in proportion to integer weights from one 64-bit word. The weights are the given ones
/// scaled to a total of n · 2^32 by largest remainder: no rounding afterwards, the same on every machine,
/// frequencies known.
__extension__ using Word128 = unsigned __int128;

class AliasTable {
public:
    explicit AliasTable(std::span<const float> weights);
    AliasTable() = default;

    std::uint32_t pick(std::uint64_t word) const {
        const auto product = static_cast<Word128>(word) * columns_.size();
        const auto column = static_cast<std::size_t>(product >> 64);
        const auto height = static_cast<std::uint32_t>(static_cast<std::uint64_t>(product) >> 32);
        return height < columns_[column].threshold ? static_cast<std::uint32_t>(column)
                                                   : columns_[column].alias;
    }
    std::size_t size() const { return columns_.size(); }

private:
    struct Column {
        std::uint32_t threshold, alias;
    };
    std::vector<Column> columns_;
};

inline constexpr std::size_t taste_dimensions = 4;

/// One row per user that never straddles a cache line. Traits are standard normal, jointly as [correlation]
/// says.
struct alignas(32) UserTraits {
    float activity, purchase, refund, haste;
    std::array<float, taste_dimensions> taste;  // affinity = taste · character / √dimensions
};
struct alignas(32) ItemTraits {
    float appeal, returns, price;   // standard normal: appeal, return-proneness, log price
    std::uint16_t category, brand;  // brand within its category
    std::array<float, taste_dimensions> character;
};

/// Features that stay with their entity: rows of `count` values, padded so that a row begins a half cache
/// line.
class EntityFeatures {
public:
    void resize(std::size_t entities, std::size_t count) {
        lanes_ = (count + width - 1) / width;
        rows_.assign(entities * lanes_, {});
    }
    std::int32_t& operator()(std::size_t entity, std::size_t slot) {
        return rows_[entity * lanes_ + slot / width].value[slot % width];
    }
    const std::int32_t& operator()(std::size_t entity, std::size_t slot) const {
        return rows_[entity * lanes_ + slot / width].value[slot % width];
    }
    /// Where an entity's row begins, for fetching it ahead.
    const void* row(std::size_t entity) const { return rows_.data() + entity * lanes_; }
    bool operator==(const EntityFeatures&) const = default;

private:
    static constexpr std::size_t width = 8;
    struct alignas(32) Lane {
        std::array<std::int32_t, width> value{};
        bool operator==(const Lane&) const = default;
    };
    std::size_t lanes_ = 0;
    std::vector<Lane> rows_;
};

/// Users or items by when they enter. Cohort 0 is there from the start; the others follow in the order of
/// their numbers.
struct Cohorts {
    std::vector<std::uint32_t> first;  // first[c]: of cohort c; first.back(): how many there are in all
    std::vector<Entry> entry;          // entry[c − 1]: of cohort c >= 1
    std::vector<AliasTable> table;

    std::size_t size() const { return table.size(); }
    std::uint32_t pick(std::size_t cohort, std::uint64_t word) const {
        return first[cohort] + table[cohort].pick(word);
    }
};

struct Population {
    std::vector<UserTraits> users;
    std::vector<ItemTraits> items;
    std::vector<float> activity;    // activity[u]: mean clicks per day of user u, once there
    std::vector<float> popularity;  // popularity[i]: relative click weight of item i
    Cohorts user_cohorts, item_cohorts;
    EntityFeatures user_features, item_features;  // by slot of the schema's columns
};

/// The factor of the correlation matrix of (activity, purchase, refund, haste): traits are its product with
/// independent normals.
using TraitFactor = std::array<std::array<double, 4>, 4>;
TraitFactor trait_factor(const Scenario::Correlation& correlation);
/// Mean clicks per day of a user with this activity trait.
double activity_rate(const Scenario& scenario, double activity_trait);

/// Draws everyone and everything, each entity from its own addresses, on `threads` threads.
Population make_population(const Scenario& scenario, int threads);

}  // namespace netcvr
