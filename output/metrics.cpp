#include "output/metrics.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>

namespace netcvr {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double weight_of(std::span<const float> w, std::size_t i) {
    return w.empty() ? 1.0 : static_cast<double>(w[i]);
}

/// Σ wᵢ term(i) / Σ wᵢ. A row of weight 0 is not there, even where its term is infinite.
template <class Term>
Value weighted_mean(std::size_t n, std::span<const float> w, Term term) {
    assert(w.empty() || w.size() == n);
    const double weight = w.empty() ? static_cast<double>(n) : total(w);
    if (weight == 0) return {};
    std::vector<double> terms(n);
    std::size_t infinite = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double share = weight_of(w, i);
        if (share == 0) continue;
        terms[i] = share * term(i);
        infinite += std::isinf(terms[i]);
    }
    return {.value = pairwise_sum(terms) / weight, .infinite = infinite};
}

/// KL(p‖f), through log1p of the relative error: exact 0 at f = p and full precision near it.
double kl(double p, double f) {
    if ((f == 0 && p > 0) || (f == 1 && p < 1)) return infinity;
    double nats = 0;
    if (p > 0) nats -= p * std::log1p((f - p) / p);
    if (p < 1) nats -= (1 - p) * std::log1p((p - f) / (1 - p));
    return nats;
}

double logit(double p) {
    return std::log(p) - std::log1p(-p);
}

/// −log of the probability given to what happened.
double surprise(bool happened, double f) {
    return happened ? -std::log(f) : -std::log1p(-f);
}

/// Calls visit(first, last) for each run of equal scores, highest first; [first, last) indexes Ranking::row.
template <class Visit>
void each_tie(const Ranking& s, Visit visit) {
    std::size_t first = 0;
    for (const std::uint32_t last : s.tie_end) {
        visit(first, static_cast<std::size_t>(last));
        first = last;
    }
}

Value ratio(double numerator, double denominator) {
    if (denominator == 0) return {};
    return {.value = numerator / denominator};
}

}  // namespace

Ranking rank(std::span<const float> score) {
    assert(score.size() < std::numeric_limits<std::uint32_t>::max());
    // The bits of non-negative floats order as the numbers do; + 0 makes −0 a 0. Inverted: highest score
    // first.
    std::vector<std::uint64_t> keys(score.size());
    for (std::size_t i = 0; i < score.size(); ++i)
        keys[i] = static_cast<std::uint64_t>(~std::bit_cast<std::uint32_t>(score[i] + 0.0F)) << 32 | i;
    std::sort(keys.begin(), keys.end());
    Ranking ranking;
    ranking.row.resize(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        ranking.row[i] = static_cast<std::uint32_t>(keys[i]);
        if (i + 1 == keys.size() || keys[i] >> 32 != keys[i + 1] >> 32)
            ranking.tie_end.push_back(static_cast<std::uint32_t>(i + 1));
    }
    return ranking;
}

double pairwise_sum(std::span<const double> terms) {
    return pairwise_sum(terms.size(), [&](std::size_t i) { return terms[i]; });
}

double total(std::span<const float> w) {
    return pairwise_sum(std::vector<double>(w.begin(), w.end()));
}

std::vector<std::uint8_t> equal_mass_bins(const Ranking& s, std::span<const float> w, std::size_t bins) {
    assert(bins > 0 && bins <= std::numeric_limits<std::uint8_t>::max());
    std::vector<std::uint8_t> bin(s.row.size());
    const double all = w.empty() ? static_cast<double>(s.row.size()) : total(w);
    CompensatedSum before;
    each_tie(s, [&](std::size_t first, std::size_t last) {
        const double mass = pairwise_sum(
            last - first, [&](std::size_t k) { return weight_of(w, s.row[k]); }, first);
        const double middle = all > 0 ? (before.value() + mass / 2) / all : 0;
        const std::size_t at = static_cast<std::size_t>(middle * static_cast<double>(bins));
        std::fill(bin.begin() + static_cast<std::ptrdiff_t>(first),
                  bin.begin() + static_cast<std::ptrdiff_t>(last),
                  static_cast<std::uint8_t>(std::min(at, bins - 1)));
        before.add(mass);
    });
    return bin;
}

std::vector<double> excess_terms(std::span<const float> p,
                                 std::span<const float> f,
                                 std::span<const float> w) {
    std::vector<double> terms(p.size(), 0);
    for (std::size_t i = 0; i < p.size(); ++i) {
        const double share = weight_of(w, i);
        if (share != 0) terms[i] = share * kl(p[i], f[i]);
    }
    return terms;
}

Value excess_log_loss(std::span<const float> p, std::span<const float> f, std::span<const float> w) {
    assert(p.size() == f.size());
    return weighted_mean(p.size(), w, [&](std::size_t i) { return kl(p[i], f[i]); });
}

Value excess_difference(std::span<const float> p,
                        std::span<const float> f,
                        std::span<const float> g,
                        std::span<const float> w) {
    const Value of_f = excess_log_loss(p, f, w), of_g = excess_log_loss(p, g, w);
    const std::size_t infinite = of_f.infinite + of_g.infinite;
    if (!of_f.value || (of_f.infinite > 0 && of_g.infinite > 0))
        return {.value = std::nullopt, .infinite = infinite};
    return {.value = *of_f.value - *of_g.value, .infinite = infinite};
}

Value rmse(std::span<const float> p, std::span<const float> f, std::span<const float> w) {
    assert(p.size() == f.size());
    Value mean = weighted_mean(p.size(), w, [&](std::size_t i) {
        const double error = static_cast<double>(f[i]) - p[i];
        return error * error;
    });
    if (mean.value) mean.value = std::sqrt(*mean.value);
    return mean;
}

Value logit_rmse(std::span<const float> p, std::span<const float> f, std::span<const float> w) {
    assert(p.size() == f.size());
    Value mean = weighted_mean(p.size(), w, [&](std::size_t i) {
        const double error = f[i] == p[i] ? 0 : logit(f[i]) - logit(p[i]);
        return error * error;
    });
    if (mean.value) mean.value = std::sqrt(*mean.value);
    return mean;
}

Value bias(std::span<const float> p, std::span<const float> f, std::span<const float> w) {
    assert(p.size() == f.size());
    return weighted_mean(p.size(), w, [&](std::size_t i) { return static_cast<double>(f[i]) - p[i]; });
}

Value pcoc_truth(std::span<const float> p, std::span<const float> f, std::span<const float> w) {
    const Value forecast =
        weighted_mean(f.size(), w, [&](std::size_t i) { return static_cast<double>(f[i]); });
    const Value truth = weighted_mean(p.size(), w, [&](std::size_t i) { return static_cast<double>(p[i]); });
    return truth.value ? ratio(*forecast.value, *truth.value) : Value{};
}

Value expected_auc(std::span<const float> p, const Ranking& s, std::span<const float> w) {
    assert(p.size() == s.row.size());
    CompensatedSum positives, negatives, same_row, concordant;
    each_tie(s, [&](std::size_t first, std::size_t last) {
        CompensatedSum tied_positives, tied_negatives, tied_same_row;
        for (std::size_t k = first; k < last; ++k) {
            const double share = weight_of(w, s.row[k]), chance = p[s.row[k]];
            const double a = share * chance, b = share * (1 - chance);
            tied_positives.add(a);
            tied_negatives.add(b);
            tied_same_row.add(a * b);
        }
        concordant.add(tied_negatives.value() * (positives.value() + tied_positives.value() / 2));
        concordant.add(-tied_same_row.value() / 2);
        positives.add(tied_positives.value());
        negatives.add(tied_negatives.value());
        same_row.add(tied_same_row.value());
    });
    const double pairs = positives.value() * negatives.value() - same_row.value();
    return pairs > 0 ? ratio(concordant.value(), pairs) : Value{};
}

Value expected_average_precision(std::span<const float> p, const Ranking& s) {
    assert(p.size() == s.row.size());
    CompensatedSum positives, sum;
    each_tie(s, [&](std::size_t first, std::size_t last) {
        CompensatedSum tied, variance;
        for (std::size_t k = first; k < last; ++k) {
            const double chance = p[s.row[k]];
            tied.add(chance);
            variance.add(chance * (1 - chance));
        }
        positives.add(tied.value());
        sum.add((tied.value() * positives.value() + variance.value()) / static_cast<double>(last));
    });
    return ratio(sum.value(), positives.value());
}

Value entropy(std::span<const float> p) {
    return weighted_mean(p.size(), {}, [&](std::size_t i) {
        const double chance = p[i];
        double nats = 0;
        if (chance > 0) nats += chance * surprise(true, chance);
        if (chance < 1) nats += (1 - chance) * surprise(false, chance);
        return nats;
    });
}

}  // namespace netcvr
