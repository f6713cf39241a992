#include "estimators/calibration.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "estimators/beta_prior.h"
#include "estimators/loss.h"

namespace netcvr {
namespace {

double finite_logit(double p) {
    return logit(std::clamp(p, certainty, 1 - certainty));
}

double uncertain(double z) {
    return std::clamp(sigmoid(z), certainty, 1 - certainty);
}

// ---- Platt

double penalised_loss(const PlattLine& at,
                      std::span<const double> z,
                      std::span<const std::uint8_t> happened) {
    double sum = 0.5 * ((at.slope - 1) * (at.slope - 1) + at.shift * at.shift);
    for (std::size_t k = 0; k < z.size(); ++k) {
        const double x = at.slope * z[k] + at.shift;
        sum += softplus(happened[k] ? -x : x);
    }
    return sum;
}

/// Newton's step, to be subtracted, and by how much the loss is expected to fall, times two.
std::pair<PlattLine, double> newton_step(const PlattLine& at,
                                         std::span<const double> z,
                                         std::span<const std::uint8_t> happened) {
    double by_slope = at.slope - 1, by_shift = at.shift;       // gradient
    double slope_slope = 1, slope_shift = 0, shift_shift = 1;  // Hessian; the ridge is its 1
    for (std::size_t k = 0; k < z.size(); ++k) {
        const double p = sigmoid(at.slope * z[k] + at.shift), off = p - happened[k], curve = p * (1 - p);
        by_slope += off * z[k];
        by_shift += off;
        slope_slope += curve * z[k] * z[k];
        slope_shift += curve * z[k];
        shift_shift += curve;
    }
    const double determinant = slope_slope * shift_shift - slope_shift * slope_shift;
    const PlattLine step{.slope = (shift_shift * by_slope - slope_shift * by_shift) / determinant,
                         .shift = (slope_slope * by_shift - slope_shift * by_slope) / determinant};
    return {step, step.slope * by_slope + step.shift * by_shift};
}

// ---- isotonic

/// The judged predictions in order, equal ones together.
std::vector<Pool> points_of(const Judged& judged) {
    std::vector<std::size_t> order(judged.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t k) { return judged.probability[k]; });
    std::vector<Pool> points;
    for (const std::size_t k : order) {
        const double p = judged.probability[k];
        if (points.empty() || points.back().high < p) points.push_back({.low = p, .high = p});
        points.back().events += judged.happened[k];
        points.back().n += 1;
    }
    return points;
}

Pool joined(const Pool& low, const Pool& high) {
    return {.low = low.low, .high = high.high, .events = low.events + high.events, .n = low.n + high.n};
}

bool supported(const Pool& end) {
    return std::min(end.events, end.n - end.events) >= end_support;
}

/// Both ends pooled with their neighbours until they are supported. Pools are in order of rate, and stay so.
std::vector<Pool> with_supported_ends(std::vector<Pool> pools) {
    while (pools.size() > 1 && !supported(pools.back())) {
        pools[pools.size() - 2] = joined(pools[pools.size() - 2], pools.back());
        pools.pop_back();
    }
    std::size_t first = 0;
    for (; first + 1 < pools.size() && !supported(pools[first]); ++first)
        pools[first + 1] = joined(pools[first], pools[first + 1]);
    pools.erase(pools.begin(), pools.begin() + static_cast<std::ptrdiff_t>(first));
    return pools;
}

/// Flat over each block, linear from one to the next, constant beyond the first and the last.
double interpolated(const std::vector<Pool>& blocks, double p) {
    const auto next = std::ranges::lower_bound(blocks, p, {}, &Pool::high);
    if (next == blocks.end()) return blocks.back().rate();
    if (next->low <= p || next == blocks.begin()) return next->rate();
    const Pool& before = *std::prev(next);
    const double part = (p - before.high) / (next->low - before.high);
    return before.rate() + part * (next->rate() - before.rate());
}

}  // namespace

PlattLine platt_line(std::span<const double> z, std::span<const std::uint8_t> happened) {
    constexpr int rounds = 100, halvings = 40;
    const auto moved = [](const PlattLine& from, const PlattLine& step, double part) {
        return PlattLine{.slope = from.slope - part * step.slope, .shift = from.shift - part * step.shift};
    };
    PlattLine at;
    double loss = penalised_loss(at, z, happened);
    for (int round = 0; round < rounds; ++round) {
        const auto [step, fall] = newton_step(at, z, happened);
        // So near, a whole step squares the distance, and the loss could not tell.
        if (fall <= 1e-9 * (1 + loss)) return moved(at, step, 1);
        double part = 1, then = loss;
        for (int k = 0; k < halvings; ++k, part /= 2)
            if (then = penalised_loss(moved(at, step, part), z, happened); then < loss) break;
        at = moved(at, step, part), loss = then;
    }
    return at;
}

Mapping platt(const Judged& judged) {
    std::vector<double> z(judged.size());
    std::ranges::transform(judged.probability, z.begin(), finite_logit);
    const PlattLine line = platt_line(z, judged.happened);
    return [line](double p, std::uint32_t) { return uncertain(line.slope * finite_logit(p) + line.shift); };
}

std::vector<Pool> pool_adjacent_violators(std::span<const Pool> blocks) {
    std::vector<Pool> pooled;
    for (Pool block : blocks) {
        while (!pooled.empty() && pooled.back().rate() >= block.rate()) {
            block = joined(pooled.back(), block);
            pooled.pop_back();
        }
        pooled.push_back(block);
    }
    return pooled;
}

Mapping isotonic(const Judged& judged) {
    const auto events =
        std::ranges::count_if(judged.happened, [](std::uint8_t happened) { return happened != 0; });
    const auto others = static_cast<std::ptrdiff_t>(judged.size()) - events;
    if (static_cast<double>(std::min(events, others)) < 2 * end_support) return {};
    return [pools = with_supported_ends(pool_adjacent_violators(points_of(judged)))](
               double p, std::uint32_t) { return interpolated(pools, p); };
}

Mapping shrinkage(const Judged& judged) {
    std::vector<StratumCount> strata;
    for (std::size_t k = 0; k < judged.size(); ++k) {
        if (judged.stratum[k] >= strata.size()) strata.resize(judged.stratum[k] + std::size_t{1});
        strata[judged.stratum[k]].add(judged.happened[k] != 0,
                                      std::clamp(judged.probability[k], certainty, 1 - certainty));
    }
    const double m = prior_size(strata);
    if (m == all_alike) return {};
    std::vector<double> shift(strata.size(), 0.0);
    for (std::size_t s = 0; s < strata.size(); ++s)
        if (strata[s].n > 0)
            shift[s] = logit(posterior_mean(strata[s], m)) - logit(strata[s].mean_expected());
    return [shift](double p, std::uint32_t s) {
        return s < shift.size() && shift[s] != 0 ? uncertain(finite_logit(p) + shift[s]) : p;
    };
}

}  // namespace netcvr
