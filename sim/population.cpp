#include "sim/population.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/features.h"
#include "sim/math.h"
#include "sim/parallel.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

/// Two independent standard normals from one address.
std::array<double, 2> normals(
    std::uint64_t seed, Draw purpose, std::uint32_t index, std::uint32_t block, std::uint32_t lane) {
    const Words w = philox(seed, purpose, index, block, lane);
    return {math::normal_quantile(uniform(w[0], w[1])), math::normal_quantile(uniform(w[2], w[3]))};
}

enum Trait : std::size_t { activity, purchase, refund, haste, traits };
using Vector4 = std::array<double, traits>;

Vector4 correlated(const TraitFactor& factor,
                   const std::array<double, 2>& first,
                   const std::array<double, 2>& second) {
    const Vector4 n = {first[0], first[1], second[0], second[1]};
    Vector4 z{};
    for (std::size_t i = 0; i < traits; ++i)
        for (std::size_t k = 0; k <= i; ++k) z[i] += factor[i][k] * n[k];
    return z;
}

/// The value an entity shows in one of its features.
std::int32_t entity_value(
    std::uint64_t seed, Draw purpose, std::uint32_t entity, const Column& column, double score, Id id) {
    const Words w = philox(seed, purpose, entity, 0, column.number);
    if (column.source->score) return column.bin(score, math::normal_quantile(uniform(w[0], w[1])));
    return value_of_id(column, id, uniform(w[0]) >= column.feature.fidelity, join(w[2], w[3]));
}

/// What a feature of a user shows of the explained part of the traits.
double user_score(Source source, const Vector4& explained) {
    switch (source) {
        case Source::user_activity:
            return explained[activity];
        case Source::user_purchase:
            return explained[purchase];
        case Source::user_refund:
            return explained[refund];
        case Source::user_haste:
            return explained[haste];
        default:
            return 0;  // an id
    }
}

/// z: appeal, returns, price, …; rank: share of items that are more popular.
double item_score(Source source, const std::array<double, 8>& z, double rank) {
    switch (source) {
        case Source::item_appeal:
            return z[0];
        case Source::item_returns:
            return z[1];
        case Source::item_price:
            return z[2];
        case Source::item_popularity:
            return math::normal_quantile(rank);
        default:
            return 0;  // an id
    }
}

/// How many there are at the end of the log.
std::size_t with_entrants(std::int64_t count, double entering) {
    return static_cast<std::size_t>(count) +
           static_cast<std::size_t>(std::llround(entering * static_cast<double>(count)));
}

/// Cohort 0 and the entrants, who come in up to 100 cohorts, one a day if the log is no longer.
Cohorts make_cohorts(const Scenario& s, std::size_t base, const std::vector<float>& weight) {
    constexpr std::size_t most = 100;
    const std::size_t entrants = weight.size() - base;
    const auto days = static_cast<std::size_t>((s.log.duration + day - 1) / day);
    const std::size_t cohorts = std::min({days - 1, entrants, most});
    const auto end_of = [&](std::size_t c) { return base + (cohorts > 0 ? entrants * c / cohorts : 0); };
    const auto mass = [&](std::size_t begin, std::size_t end) {
        double sum = 0;
        for (std::size_t i = begin; i < end; ++i) sum += weight[i];
        return sum;
    };
    Cohorts out;
    out.first = {0};
    for (std::size_t c = 0; c <= cohorts; ++c) {
        const std::size_t begin = out.first.back(), end = end_of(c);
        out.table.emplace_back(std::span(weight).subspan(begin, end - begin));
        out.first.push_back(static_cast<std::uint32_t>(end));
        if (c > 0)
            out.entry.push_back({s.log.duration * static_cast<Time>(c) / static_cast<Time>(cohorts + 1),
                                 mass(begin, end) / mass(0, base)});
    }
    return out;
}

constexpr std::size_t entities_per_task = 4096;

template <class Task>
void for_each_entity(std::size_t n, int threads, const Task& task) {
    parallel_for((n + entities_per_task - 1) / entities_per_task, threads, [&](std::size_t k) {
        for (std::size_t e = k * entities_per_task; e < std::min(n, (k + 1) * entities_per_task); ++e)
            task(static_cast<std::uint32_t>(e));
    });
}

void draw_users(const Scenario& s, const Schema& schema, int threads, Population& out) {
    const std::size_t n = with_entrants(s.user_count(), s.users.entering);
    const auto seed = static_cast<std::uint64_t>(s.seed);
    const auto ids = static_cast<std::uint64_t>(s.user_count());  // entrants do not change how others hash
    const TraitFactor factor = trait_factor(s.correlation);
    const double shown = std::sqrt(s.users.explained), hidden = std::sqrt(1 - s.users.explained);
    out.users.resize(n, schema.users);
    out.activity.resize(n);
    for_each_entity(n, threads, [&](std::uint32_t u) {
        const auto pair = [&](std::uint32_t lane) { return normals(seed, Draw::user_trait, u, 0, lane); };
        const Vector4 explained = correlated(factor, pair(0), pair(1)),
                      rest = correlated(factor, pair(2), pair(3));
        Vector4 z{};
        for (std::size_t t = 0; t < traits; ++t) z[t] = shown * explained[t] + hidden * rest[t];
        const auto taste0 = pair(4), taste1 = pair(5);
        out.users[u] = {.activity = static_cast<float>(z[activity]),
                        .purchase = static_cast<float>(z[purchase]),
                        .refund = static_cast<float>(z[refund]),
                        .haste = static_cast<float>(z[haste]),
                        .taste = {static_cast<float>(taste0[0]), static_cast<float>(taste0[1]),
                                  static_cast<float>(taste1[0]), static_cast<float>(taste1[1])}};
        out.activity[u] = static_cast<float>(activity_rate(s, z[activity]));
        for (const auto& column : schema.columns) {
            if (column.source->owner != Owner::user) continue;
            out.users.feature(u, column.slot) = entity_value(
                seed, Draw::user_feature, u, column, user_score(column.source->source, explained), {u, ids});
        }
    });
}

/// Cumulative shares of categories, Zipf by number.
std::vector<double> category_shares(const Scenario& s) {
    std::vector<double> cumulative(static_cast<std::size_t>(s.items.categories));
    double sum = 0;
    for (std::size_t g = 0; g < cumulative.size(); ++g)
        cumulative[g] = sum +=
            math::exp(-s.items.category_popularity * math::log(static_cast<double>(g + 1)));
    for (double& c : cumulative) c /= sum;
    return cumulative;
}

/// Seven normals of a category: appeal, returns, price, character.
std::vector<std::array<double, 8>> category_traits(const Scenario& s) {
    std::vector<std::array<double, 8>> all(static_cast<std::size_t>(s.items.categories));
    for (std::size_t g = 0; g < all.size(); ++g)
        for (std::size_t lane = 0; lane < 4; ++lane) {
            const auto two = normals(static_cast<std::uint64_t>(s.seed), Draw::category_trait,
                                     static_cast<std::uint32_t>(g), 0, lane);
            all[g][2 * lane] = two[0], all[g][2 * lane + 1] = two[1];
        }
    return all;
}

/// order[i]: place of item i when all are sorted by a random word; 0 is the most popular.
std::vector<std::uint32_t> popularity_order(std::uint64_t seed, std::size_t n, int threads) {
    std::vector<std::uint64_t> word(n);
    for_each_entity(n, threads, [&](std::uint32_t i) {
        const Words w = philox(seed, Draw::item_place, i, 0, 0);
        word[i] = join(w[2], w[3]);
    });
    std::vector<std::uint32_t> sorted(n), order(n);
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
        return word[a] != word[b] ? word[a] < word[b] : a < b;
    });
    for (std::size_t place = 0; place < n; ++place) order[sorted[place]] = static_cast<std::uint32_t>(place);
    return order;
}

void draw_items(const Scenario& s, const Schema& schema, int threads, Population& out) {
    const auto base = static_cast<std::size_t>(s.item_count());
    const std::size_t n = with_entrants(s.item_count(), s.items.entering);
    const auto seed = static_cast<std::uint64_t>(s.seed);
    const auto shares = category_shares(s);
    const auto category = category_traits(s);
    const auto order = popularity_order(seed, base, threads);
    const auto brands = static_cast<std::uint64_t>(s.items.brands_per_category);
    const double between = std::sqrt(s.items.category_share), within = std::sqrt(1 - s.items.category_share);
    out.items.resize(n, schema.items);
    out.popularity.resize(n);
    for_each_entity(n, threads, [&](std::uint32_t i) {
        const Words place = philox(seed, Draw::item_place, i, 0, 0);
        const auto above = std::lower_bound(shares.begin(), shares.end() - 1, uniform(place[0]));
        const auto g = static_cast<std::uint64_t>(above - shares.begin());
        const std::uint64_t brand = (static_cast<std::uint64_t>(place[1]) * brands) >> 32;
        // An entrant is as popular as some item that was there; it does not push the others down.
        const auto rank = i < base
                              ? order[i]
                              : static_cast<std::uint32_t>(static_cast<std::uint64_t>(place[2]) * base >> 32);
        std::array<double, 8> z{};
        for (std::size_t lane = 0; lane < 4; ++lane) {
            const auto own = normals(seed, Draw::item_trait, i, 0, lane);
            for (std::size_t h = 0; h < 2; ++h)
                z[2 * lane + h] = between * category[g][2 * lane + h] + within * own[h];
        }
        out.items[i] = {.appeal = static_cast<float>(z[0]),
                        .returns = static_cast<float>(z[1]),
                        .price = static_cast<float>(z[2]),
                        .category = static_cast<std::uint16_t>(g),
                        .brand = static_cast<std::uint16_t>(brand),
                        .character = {static_cast<float>(z[3]), static_cast<float>(z[4]),
                                      static_cast<float>(z[5]), static_cast<float>(z[6])}};
        out.popularity[i] = static_cast<float>(math::exp(-s.items.popularity * math::log(rank + 1.0)));
        for (const auto& column : schema.columns) {
            if (column.source->owner != Owner::item) continue;
            const Source source = column.source->source;
            const Id id = source == Source::item_category ? Id{g, shares.size()}
                          : source == Source::item_brand  ? Id{g * brands + brand, shares.size() * brands}
                                                          : Id{i, base};
            const double score = item_score(source, z, (rank + 0.5) / static_cast<double>(base));
            out.items.feature(i, column.slot) = entity_value(seed, Draw::item_feature, i, column, score, id);
        }
    });
}

}  // namespace

AliasTable::AliasTable(std::span<const float> weights) {
    const std::size_t n = weights.size();
    constexpr std::uint64_t full = std::uint64_t{1} << 32;  // height of a column; n · full in all
    double total = 0;
    for (const float w : weights) total += w;
    std::vector<std::uint64_t> height(n);
    std::vector<std::pair<double, std::uint32_t>> remainder(n);
    std::uint64_t given = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double exact = weights[i] / total * static_cast<double>(n) * 0x1p32;
        height[i] = static_cast<std::uint64_t>(exact);
        remainder[i] = {exact - static_cast<double>(height[i]), static_cast<std::uint32_t>(i)};
        given += height[i];
    }
    // Largest remainders first; what rounding of `exact` itself left over goes to (or comes from) the
    // heaviest.
    const std::uint64_t wanted = n * full;
    if (given < wanted && wanted - given <= n) {
        const auto extra = static_cast<std::ptrdiff_t>(wanted - given);
        std::nth_element(remainder.begin(), remainder.begin() + (extra - 1), remainder.end(),
                         [](const auto& a, const auto& b) {
                             return a.first != b.first ? a.first > b.first : a.second < b.second;
                         });
        for (std::ptrdiff_t k = 0; k < extra; ++k) ++height[remainder[static_cast<std::size_t>(k)].second];
    } else {
        *std::max_element(height.begin(), height.end()) += wanted - given;
    }
    // Vose's method: a column below `full` is topped up from one above.
    columns_.resize(n);
    std::vector<std::uint32_t> low, high;
    for (std::size_t i = 0; i < n; ++i)
        (height[i] < full ? low : high).push_back(static_cast<std::uint32_t>(i));
    while (!low.empty()) {
        const std::uint32_t a = low.back(), b = high.back();
        low.pop_back();
        columns_[a] = {static_cast<std::uint32_t>(height[a]), b};
        height[b] -= full - height[a];
        if (height[b] < full) {
            high.pop_back();
            low.push_back(b);
        }
    }
    for (const std::uint32_t i : high) columns_[i] = {0xffffffffU, i};
}

TraitFactor trait_factor(const Scenario::Correlation& c) {
    const TraitFactor a = {{{1, c.activity_purchase, c.activity_refund, c.activity_haste},
                            {c.activity_purchase, 1, c.purchase_refund, c.purchase_haste},
                            {c.activity_refund, c.purchase_refund, 1, c.refund_haste},
                            {c.activity_haste, c.purchase_haste, c.refund_haste, 1}}};
    TraitFactor
        l{};  // lower, by Cholesky; a non-positive pivot (checked beforehand by check()) would show as NaN
    for (std::size_t i = 0; i < traits; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = a[i][j];
            for (std::size_t k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
            l[i][j] = i == j ? std::sqrt(sum) : sum / l[j][j];
        }
    return l;
}

double activity_rate(const Scenario& s, double trait) {
    const double spread = s.users.activity_spread;
    const double mean =
        s.mean_clicks() / static_cast<double>(s.user_count()) / (static_cast<double>(s.log.duration) / day);
    return std::min(mean * math::exp(spread * trait - spread * spread / 2), s.users.activity_cap);
}

Population make_population(const Scenario& scenario, int threads) {
    Population population;
    const Schema schema(scenario);
    draw_users(scenario, schema, threads, population);
    draw_items(scenario, schema, threads, population);
    population.user_cohorts =
        make_cohorts(scenario, static_cast<std::size_t>(scenario.user_count()), population.activity);
    population.item_cohorts =
        make_cohorts(scenario, static_cast<std::size_t>(scenario.item_count()), population.popularity);
    return population;
}

}  // namespace netcvr
