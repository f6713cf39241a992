#pragma once
// Metrics against the truth, as plain functions over columns; those against labels are in label_metrics.h.
// Row i of each column is the same click.
//
//   p  P(label = 1 | everything drawn before the click), the truth     f  forecast of p     s  score that
//   ranks y  label, 0 or 1                                                   w  weight; an empty column is
//   all ones
//
// Sums are pairwise in a fixed order, ties are exact, nothing is clipped: a forecast of exactly 0 or 1 that
// is wrong makes a logarithmic metric infinite, and the number of such rows is returned beside it. What has
// no value (AUC with one class, a ratio over zero) is an empty optional.

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace netcvr {

struct Value {
    std::optional<double> value;
    std::size_t infinite = 0;  // rows that are infinite by themselves
    std::size_t skipped = 0;   // groups left out of a mean over groups: they have no value

    bool operator==(const Value&) const = default;
};

/// A running sum that keeps what rounding drops (Neumaier): for prefixes, where a tree cannot be used.
struct CompensatedSum {
    double sum = 0, lost = 0;

    void add(double term) {
        const double next = sum + term;
        lost += std::abs(sum) >= std::abs(term) ? (sum - next) + term : (term - next) + sum;
        sum = next;
    }
    double value() const { return sum + lost; }
};

/// Rows by descending score with the exclusive ends of runs of equal scores: one sort serves every ranking
/// metric.
struct Ranking {
    std::vector<std::uint32_t> row;
    std::vector<std::uint32_t> tie_end;
};
/// Scores must be >= 0, as probabilities are.
Ranking rank(std::span<const float> score);

/// Σ term(i) over i < n as a balanced tree: relative error about log2(n) · 1e-16.
template <class Term>
double pairwise_sum(std::size_t n, const Term& term, std::size_t first = 0) {
    if (n > 32) {
        const std::size_t half = std::bit_ceil(n) / 2;
        return pairwise_sum(half, term, first) + pairwise_sum(n - half, term, first + half);
    }
    double sum = 0;
    for (std::size_t i = first; i < first + n; ++i) sum += term(i);
    return sum;
}
/// Σ terms, likewise.
double pairwise_sum(std::span<const double> terms);
/// Σ w.
double total(std::span<const float> w);

/// Bins of equal mass along a ranking, highest score first: bin[k] < bins of row[k]. Ties stay together, in
/// the bin in which the middle of their mass lies. bins <= 255.
std::vector<std::uint8_t> equal_mass_bins(const Ranking& s, std::span<const float> w, std::size_t bins);

/// Σ wᵢ KL(pᵢ‖fᵢ) / Σ wᵢ in nats, KL(p‖f) = p log(p/f) + (1 − p) log((1 − p)/(1 − f)), 0 log 0 = 0.
Value excess_log_loss(std::span<const float> p, std::span<const float> f, std::span<const float> w = {});
/// wᵢ KL(pᵢ‖fᵢ) by row; 0 where wᵢ is.
std::vector<double> excess_terms(std::span<const float> p,
                                 std::span<const float> f,
                                 std::span<const float> w);
/// Σ wᵢ [KL(pᵢ‖fᵢ) − KL(pᵢ‖gᵢ)] / Σ wᵢ in nats: f against another forecast g. Empty if both are infinite.
Value excess_difference(std::span<const float> p,
                        std::span<const float> f,
                        std::span<const float> g,
                        std::span<const float> w = {});
/// √(Σ wᵢ (fᵢ − pᵢ)² / Σ wᵢ).
Value rmse(std::span<const float> p, std::span<const float> f, std::span<const float> w = {});
/// √(Σ wᵢ (logit fᵢ − logit pᵢ)² / Σ wᵢ); rows with f = p count 0 even at 0 and 1.
Value logit_rmse(std::span<const float> p, std::span<const float> f, std::span<const float> w = {});
/// Σ wᵢ (fᵢ − pᵢ) / Σ wᵢ.
Value bias(std::span<const float> p, std::span<const float> f, std::span<const float> w = {});
/// PCOC against the truth: Σ wᵢ fᵢ / Σ wᵢ pᵢ.
Value pcoc_truth(std::span<const float> p, std::span<const float> f, std::span<const float> w = {});

/// What AUC is worth on average over independent labels yᵢ ~ Bernoulli(pᵢ), rows entering with probability
/// wᵢ:
///   Σ_{i≠j} aᵢ bⱼ ([sᵢ > sⱼ] + ½[sᵢ = sⱼ]) / Σ_{i≠j} aᵢ bⱼ,   a = w p, b = w (1 − p).
/// That is E[concordant pairs] / E[pairs]; E[AUC] differs by O(1 / Σ a). No ranking beats s = p.
Value expected_auc(std::span<const float> p, const Ranking& s, std::span<const float> w = {});
/// What average precision is worth on average, all rows entering. With k over runs of ties, P_k and V_k = Σ p
/// and Σ p(1 − p) in run k, C_k = Σ p and n_k = rows up to and including run k:
///   Σ_k (P_k C_k + V_k) / n_k / Σ p  =  E[N₁ · AP] / E[N₁].
/// The exact E[AP] differs by about 1 / Σp relatively (a ratio's covariance), which a test measures.
Value expected_average_precision(std::span<const float> p, const Ranking& s);
/// Expected NLL of the truth's own forecast: mean of −p log p − (1 − p) log(1 − p), nats per row.
Value entropy(std::span<const float> p);

}  // namespace netcvr
