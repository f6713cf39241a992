#include "estimators/ranking.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "estimators/addressed.h"

namespace netcvr {
namespace {

constexpr double hours_per_day = 24;

/// Where a copy of the batch stands that is another click's than any other.
std::uint64_t click_of(const Batch& batch, std::size_t i) {
    return batch.click.empty() ? i : batch.click[i];
}

/// The negatives in order of their clicks, so that those of one click are an interval that can be cut out.
struct Urn {
    Urn(const Batch& batch, std::span<const double> z, const Ranked& ranked, std::size_t head)
        : copy(ranked.negative) {
        std::ranges::sort(copy, {}, [&](std::size_t j) { return std::pair(click_of(batch, j), j); });
        before.push_back(0);
        for (const std::size_t j : copy) {
            click.push_back(click_of(batch, j));
            before.push_back(before.back() + batch.weight_of(j) * (1 - batch.prediction(z, j, head)));
        }
    }

    std::vector<std::size_t> copy;
    std::vector<std::uint64_t> click;
    std::vector<double> before;  // mass of the negatives before each, and of all
};

/// The urn without the negatives of one click.
struct OthersOf {
    OthersOf(const Urn& all, std::uint64_t click) : urn(all) {
        const auto [begin, end] = std::equal_range(urn.click.begin(), urn.click.end(), click);
        first = static_cast<std::size_t>(begin - urn.click.begin());
        last = static_cast<std::size_t>(end - urn.click.begin());
        own = urn.before[last] - urn.before[first];
    }
    double mass() const { return urn.before.back() - own; }
    bool empty() const { return last - first == urn.copy.size() || !(mass() > 0); }
    /// The negative at this share of the mass.
    std::size_t at(double share) const {
        double place = share * mass();
        if (place >= urn.before[first]) place += own;
        const auto behind = std::ranges::upper_bound(urn.before, place) - urn.before.begin();
        return std::min(static_cast<std::size_t>(behind) - 1, urn.copy.size() - 1);
    }
    /// each(place, chance)
    template <class Each>
    void for_all(Each each) const {
        for (std::size_t k = 0; k < urn.copy.size(); ++k)
            if (k < first || k >= last) each(k, (urn.before[k + 1] - urn.before[k]) / mass());
    }

    const Urn& urn;
    std::size_t first = 0, last = 0;
    double own = 0;
};

}  // namespace

std::vector<double> delay_weights(const Batch& batch, std::span<const std::size_t> positive) {
    std::vector<std::size_t> by_delay(positive.begin(), positive.end());
    std::ranges::sort(by_delay, {}, [&](std::size_t i) { return batch.delay[i]; });
    double count = 0, sum = 0, squares = 0, median = 0, below = 0;
    const auto hours = [&](std::size_t i) { return hours_per_day * batch.delay[i]; };
    for (const std::size_t i : positive) count += batch.weight_of(i), sum += batch.weight_of(i) * hours(i);
    for (const std::size_t i : by_delay) {
        if (below < count / 2) median = hours(i);  // the lower of two
        below += batch.weight_of(i);
        squares += batch.weight_of(i) * (hours(i) - sum / count) * (hours(i) - sum / count);
    }
    const double spread = std::max(std::sqrt(squares / count), 1.0);
    std::vector<double> weight;
    for (const std::size_t i : positive) weight.push_back(1 + sigmoid((median - hours(i)) / spread));
    return weight;
}

double ranking_loss(const Batch& batch,
                    std::span<const double> z,
                    std::span<double> dz,
                    const Ranked& ranked,
                    const Ranking& ranking) {
    const Urn urn(batch, z, ranked, ranking.head);
    std::vector<OthersOf> others;
    double count = 0;
    for (std::size_t k = 0; k < ranked.positive.size(); ++k) {
        const std::size_t i = ranked.positive[k];
        others.emplace_back(urn, click_of(batch, i));
        if (!others[k].empty()) count += batch.weight_of(i) * ranked.weight[k];
    }
    double loss = 0;
    for (std::size_t k = 0; k < ranked.positive.size(); ++k) {
        if (others[k].empty()) continue;
        const std::size_t i = ranked.positive[k], of_i = i * batch.heads + ranking.head;
        const double share = ranking.coefficient * batch.weight_of(i) * ranked.weight[k] / count;
        const auto pair = [&](std::size_t place, double chance) {
            const std::size_t of_j = urn.copy[place] * batch.heads + ranking.head;
            const double above = z[of_i] - z[of_j], pull = share * chance * sigmoid(-above);
            loss += share * chance * softplus(-above);
            dz[of_i] -= pull;
            dz[of_j] += pull;
        };
        if (ranking.draws == 0) others[k].for_all(pair);
        for (std::size_t draw = 0; draw < ranking.draws; ++draw)
            pair(others[k].at(uniform_at(batch.draw, ranking.head, i, draw)),
                 1 / static_cast<double>(ranking.draws));
    }
    return loss;
}

}  // namespace netcvr
