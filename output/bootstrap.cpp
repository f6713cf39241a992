#include "output/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "sim/rng.h"

namespace netcvr {
namespace {

constexpr std::size_t lanes = Resamples::lanes;
constexpr std::uint64_t key = 1;  // not the log's seed: resampling is no part of its world
constexpr double tail = .025;

/// ⌊2³² P(N ≤ k)⌋ of N ~ Poisson(1); beyond k = 12 less than 2⁻³² is left.
constexpr std::array<std::uint64_t, 12> poisson = {1580030168, 3160060337, 3950075421, 4213413783,
                                                   4279248373, 4292415291, 4294609777, 4294923276,
                                                   4294962463, 4294966817, 4294967252, 4294967292};

std::uint8_t poisson_of(std::uint32_t word) {
    return static_cast<std::uint8_t>(std::ranges::upper_bound(poisson, std::uint64_t{word}) -
                                     poisson.begin());
}

/// Terms of one user in one cell, summed.
struct Cell {
    std::uint32_t user, cell;
    double numerator, denominator;
};

/// Rows by user, in their order within.
std::vector<std::uint32_t> order_by_user(std::span<const std::uint32_t> user, std::size_t users) {
    std::vector<std::uint32_t> next(users + 1, 0), order(user.size());
    for (const std::uint32_t u : user) ++next[u + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (std::uint32_t i = 0; i < user.size(); ++i) order[next[user[i]]++] = i;
    return order;
}

std::vector<Cell> by_user(const Terms& terms, std::span<const std::uint32_t> user, std::size_t users) {
    std::vector<Cell> cells;
    std::vector<std::size_t> seat(terms.cells);  // where in `cells` the user in hand has a cell, + 1
    std::size_t own = 0;                         // cells of the users before
    std::uint32_t last = 0;
    for (const std::uint32_t i : order_by_user(user, users)) {
        if (user[i] != last) own = cells.size();
        last = user[i];
        const std::uint32_t c = terms.cell.empty() ? 0 : terms.cell[i];
        if (seat[c] <= own) {
            cells.push_back({user[i], c, 0, 0});
            seat[c] = cells.size();
        }
        cells[seat[c] - 1].numerator += terms.numerator[i];
        cells[seat[c] - 1].denominator += terms.denominator[i];
    }
    return cells;
}

/// Sums over one batch of resamples. A user who is not there adds nothing, not even 0 · ∞.
std::array<Sums, lanes> resampled_sums(const std::vector<Cell>& cells,
                                       std::size_t count,
                                       const Resamples& resamples,
                                       std::size_t batch) {
    using Lanes = std::array<double, lanes>;
    std::vector<Lanes> numerator(count), denominator(count);
    for (const Cell& cell : cells) {
        const std::uint8_t* times = resamples.of(batch, cell.user);
        Lanes &over = numerator[cell.cell], &under = denominator[cell.cell];
        const bool infinite = std::isinf(cell.numerator);
        const double finite = infinite ? 0 : cell.numerator;
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const double there = times[lane];
            over[lane] += there * finite;
            under[lane] += there * cell.denominator;
        }
        for (std::size_t lane = 0; infinite && lane < lanes; ++lane)
            if (times[lane] > 0) over[lane] += cell.numerator;
    }
    std::array<Sums, lanes> sums;
    for (std::size_t lane = 0; lane < lanes; ++lane)
        for (std::size_t c = 0; c < count; ++c) {
            sums[lane].numerator.push_back(numerator[c][lane]);
            sums[lane].denominator.push_back(denominator[c][lane]);
        }
    return sums;
}

Draws resampled_terms(const LabelFormula& formula, const Case& of, const Resamples& resamples) {
    const Terms terms = formula.terms(of);
    const std::vector<Cell> cells = by_user(terms, of.user, of.users);
    Draws draws;
    for (std::size_t batch = 0; batch < resamples.batches(); ++batch)
        for (const Sums& sums : resampled_sums(cells, terms.cells, resamples, batch))
            draws.push_back(formula.of_sums(sums).value);
    draws.resize(resamples.count);
    return draws;
}

/// The user of every place in a ranking.
std::vector<std::uint32_t> users_along(const RankedLabels& ranked, std::span<const std::uint32_t> user) {
    std::vector<std::uint32_t> along;
    along.reserve(ranked.row.size());
    for (const std::uint32_t row : ranked.row) along.push_back(user[row]);
    return along;
}

/// Metrics of curves on every resample: of one curve, or their mean over the curves of groups.
std::vector<Draws> resampled_curves(std::span<const Metric* const> metrics,
                                    const RankedLabels& ranked,
                                    std::span<const std::uint32_t> user,
                                    const Resamples& resamples) {
    const std::vector<std::uint32_t> along = users_along(ranked, user);
    std::vector<Draws> draws(metrics.size());
    std::array<Curve, lanes> curves;
    for (std::size_t batch = 0; batch < resamples.batches(); ++batch) {
        std::vector<std::array<std::vector<Value>, lanes>> values(metrics.size());
        for (std::size_t g = 0; g < ranked.group.size(); ++g) {
            walk(
                ranked, g, [&](std::size_t k) { return resamples.of(batch, along[k]); }, curves);
            for (std::size_t m = 0; m < metrics.size(); ++m)
                for (std::size_t lane = 0; lane < lanes; ++lane)
                    values[m][lane].push_back(metrics[m]->on_labels.of_curve(curves[lane]));
        }
        for (std::size_t m = 0; m < metrics.size(); ++m)
            for (const auto& of_lane : values[m]) draws[m].push_back(mean_of(of_lane).value);
    }
    for (Draws& of_metric : draws) of_metric.resize(resamples.count);
    return draws;
}

double quantile(const std::vector<double>& sorted, double q) {
    const double place = q * static_cast<double>(sorted.size() + 1) - 1;
    const auto below = static_cast<std::size_t>(place);
    const double share = place - static_cast<double>(below);
    const double low = sorted[below], high = sorted[std::min(below + 1, sorted.size() - 1)];
    return low == high ? low : low + share * (high - low);
}

}  // namespace

Resamples resample(std::span<const std::int64_t> user_id, std::size_t count) {
    static_assert(lanes == 8, "a user's batch is two addresses of four words");
    Resamples resamples{.count = count, .users = user_id.size(), .times = {}};
    resamples.times.resize(resamples.batches() * user_id.size() * lanes);
    auto out = resamples.times.begin();
    for (std::uint32_t batch = 0; batch < resamples.batches(); ++batch)
        for (const std::int64_t id : user_id)
            for (const std::uint32_t lane : {0U, 1U})
                for (const std::uint32_t word :
                     philox(key, Draw::resample, static_cast<std::uint32_t>(id), batch, lane))
                    *out++ = poisson_of(word);
    return resamples;
}

std::vector<Draws> resampled(std::span<const Metric* const> metrics,
                             const Case& of,
                             const Resamples& resamples) {
    std::vector<Draws> draws(metrics.size());
    for (const bool by_segment : {false, true}) {
        std::vector<const Metric*> of_curves;
        std::vector<std::size_t> place;
        for (std::size_t m = 0; m < metrics.size(); ++m)
            if (metrics[m]->on_labels.of_curve && metrics[m]->on_labels.by_segment == by_segment)
                of_curves.push_back(metrics[m]), place.push_back(m);
        if (of_curves.empty()) continue;
        auto values =
            resampled_curves(of_curves, by_segment ? *of.ranked_by_segment : *of.ranked, of.user, resamples);
        for (std::size_t k = 0; k < place.size(); ++k) draws[place[k]] = std::move(values[k]);
    }
    for (std::size_t m = 0; m < metrics.size(); ++m)
        if (metrics[m]->on_labels.terms && metrics[m]->on_labels.interval)
            draws[m] = resampled_terms(metrics[m]->on_labels, of, resamples);
    return draws;
}

std::optional<Interval> percentile_interval(const Draws& draws) {
    std::vector<double> sorted;
    for (const auto& draw : draws)
        if (draw) sorted.push_back(*draw);
    const bool outside = tail * static_cast<double>(sorted.size() + 1) < 1;
    if (outside || sorted.size() < draws.size()) return std::nullopt;
    std::ranges::sort(sorted);
    return Interval{.low = quantile(sorted, tail), .high = quantile(sorted, 1 - tail)};
}

}  // namespace netcvr
