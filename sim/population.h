#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/arrivals.h"
#include "sim/huge_pages.h"
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
    /// Fetches what pick(word) will read.
    void prefetch(std::uint64_t word) const {
        fetch_ahead(&columns_[static_cast<std::size_t>(static_cast<Word128>(word) * columns_.size() >> 64)]);
    }
    std::size_t size() const { return columns_.size(); }

private:
    struct Column {
        std::uint32_t threshold, alias;
    };
    HugeVector<Column> columns_;
};

inline constexpr std::size_t taste_dimensions = 4;

/// Traits are standard normal, jointly as [correlation] says.
struct UserTraits {
    float activity, purchase, refund, haste;
    std::array<float, taste_dimensions> taste;  // affinity = taste · character / √dimensions
};
struct ItemTraits {
    float appeal, returns, price;   // standard normal: appeal, return-proneness, log price
    std::uint16_t category, brand;  // brand within its category
    std::array<float, taste_dimensions> character;
};

/// Users or items in rows: an entity's traits, then the features that stay with it. A click reads whole rows,
/// so a row begins with a cache line, or a half one where there are no features.
template <class Traits>
class Entities {
public:
    void resize(std::size_t entities, std::size_t features) {
        halves_ = 1 + (features + per_half - 1) / per_half;
        if (halves_ > 1) halves_ += halves_ % 2;
        rows_.assign(entities * halves_, {});
    }
    std::size_t size() const { return halves_ == 0 ? 0 : rows_.size() / halves_; }
    Traits& operator[](std::size_t entity) { return rows_[entity * halves_].traits; }
    const Traits& operator[](std::size_t entity) const { return rows_[entity * halves_].traits; }
    std::int32_t& feature(std::size_t entity, std::size_t slot) {
        return rows_[entity * halves_ + 1 + slot / per_half].feature[slot % per_half];
    }
    std::int32_t feature(std::size_t entity, std::size_t slot) const {
        return rows_[entity * halves_ + 1 + slot / per_half].feature[slot % per_half];
    }
    void prefetch(std::size_t entity) const {
        for (std::size_t h = 0; h < halves_; h += 2) fetch_ahead(&rows_[entity * halves_ + h]);
    }

private:
    static constexpr std::size_t per_half = 8;
    union alignas(32) Half {
        std::array<std::int32_t, per_half> feature{};
        Traits traits;
    };
    static_assert(sizeof(Half) == 32);
    std::size_t halves_ = 0;  // to a row
    HugeVector<Half> rows_;
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
    void prefetch(std::size_t cohort, std::uint64_t word) const { table[cohort].prefetch(word); }
};

struct Population {
    Entities<UserTraits> users;  // features by slot of the schema's columns
    Entities<ItemTraits> items;
    std::vector<float> activity;    // activity[u]: mean clicks per day of user u, once there
    std::vector<float> popularity;  // popularity[i]: relative click weight of item i
    Cohorts user_cohorts, item_cohorts;
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
