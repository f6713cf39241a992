#pragma once
// Delay-aware ranking (TESLA, WWW 2026): of the copies that one head sees, positives above negatives.
//
//   L = Σ_i ω_i Σ_j q_ij log(1 + e^{−(z_i − z_j)}) / Σ_i ω_i      i: positives, j: negatives of other clicks
//   q_ij ∝ 1 − f_j     chance that j is drawn for i; f held, as everywhere in weights
//   ω_i = 1 + σ((median h − h_i) / max(std h, 1))                 h: delays of the batch's positives, hours
//
// The loss sees differences alone, so it moves no common shift, and in one x alone nothing. Between x it
// pulls to the logit difference
//   log(P₁ω₁ / P₂ω₂) − log[N₁(1 − f₁) / N₂(1 − f₂)],   P, N: masses of positive and negative copies of x,
// which is that of the truth with uniform negatives, equal ω and no fake negatives, and else is not: 1 − f
// stretches, and ω does where events that are likely come early.

#include <cstddef>
#include <span>
#include <vector>

#include "estimators/loss.h"

namespace netcvr {

/// Copies of a batch that are ranked: positives with their ω, negatives.
struct Ranked {
    std::vector<std::size_t> positive, negative;
    std::vector<double> weight;  // [positive]
};

/// ω of these copies by Batch::delay, which a copy's weight counts as often.
std::vector<double> delay_weights(const Batch& batch, std::span<const std::size_t> positive);

struct Ranking {
    std::size_t head = 0;
    double coefficient = 1;
    std::size_t draws = 0;  // negatives for each positive, with replacement, at addresses of Batch::draw and
                            // head; 0: all of them, each as often as it would be drawn
};

/// coefficient · L; its gradient is added to dz. Positives without a negative of another click do not count.
double ranking_loss(const Batch& batch,
                    std::span<const double> z,
                    std::span<double> dz,
                    const Ranked& ranked,
                    const Ranking& ranking);

}  // namespace netcvr
