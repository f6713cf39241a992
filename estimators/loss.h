#pragma once
// Losses of labelled copies: value and gradient with respect to the logits.
//
// Gradient. A copy with label y and logit z, f = σ(z), contributes
//     w⁺ log(1 + e^{−z})  if y = 1,      w⁻ log(1 + e^{z})  if y = 0,
// with gradient −w⁺ (1 − f) or w⁻ f. The weights are numbers: where they are computed from f itself, f is
// held (a "stop gradient"). Differentiating through them would move the minimum: FNW's from p to another
// value near it, and its global minimum to the edge.
//
// Weights. A delivery rule sends copies with label 1 and mass M₁(x), and with label 0 and mass M₀(x), per
// click. The mean gradient at x vanishes where  f / (1 − f) = M₁ w⁺ / (M₀ w⁻).  So f = p is the optimum iff
//     w⁺ M₁ : w⁻ M₀ = p : (1 − p),
// for which the textbook choice is the importance weight, true share over delivered share of each label,
//     w⁺ = p / (M₁ / (M₁ + M₀)),      w⁻ = (1 − p) / (M₀ / (M₁ + M₀)).
// With d = P(event, late | x), δ = d / p, masses (M₁, M₀) and the weights that follow:
//     0 at start, 1 at the event        (p, 1)               1 + p,          (1 − p)(1 + p)
//     window, late positive again       (p, 1 − p + d)       1 + d,          (1 + d)(1 − p) / (1 − p + d)
//     window, everybody again           (2p − d, 2 − 2p + d) 2 / (2 − δ),    (1 − p) / (1 − p + pδ/2)

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace netcvr {

/// 1 / (1 + e^{−z}).
inline double sigmoid(double z) {
    return 1 / (1 + std::exp(-z));
}
/// log(1 + e^z), without overflow.
inline double softplus(double z) {
    return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
}
inline double logit(double p) {
    return std::log(p) - std::log1p(-p);
}

/// n labelled copies as a loss sees them. Frozen probabilities are numbers, so no gradient can run through
/// them.
struct Batch {
    std::span<const std::uint8_t> label;  // [n]
    std::span<const double> frozen;       // [n × frozen heads], row-major, P(answer is yes | x)
    std::size_t heads = 1;                // logits per copy

    std::size_t size() const { return label.size(); }
    /// Answer of frozen head h for copy i.
    double answer(std::size_t i, std::size_t h) const { return frozen[i * (frozen.size() / size()) + h]; }
};

/// Mean loss in nats per copy; adds ∂(mean loss)/∂z to dz. z, dz are [n × heads], row-major.
using Loss = double (*)(const Batch& batch, std::span<const double> z, std::span<double> dz);

/// From a click's logits (all heads of one learner) to P(event | x) of its stage.
using Probability = double (*)(std::span<const double> logits);

inline double sigmoid_of_first(std::span<const double> logits) {
    return sigmoid(logits[0]);
}

struct Weights {
    double positive = 1, negative = 1;
};

/// Weighted log loss of the first head, and its gradient with respect to the logits.
///
///   L = (1/n) Σᵢ [ yᵢ w⁺ᵢ log(1 + e^{−zᵢ}) + (1 − yᵢ) w⁻ᵢ log(1 + e^{zᵢ}) ]
///
/// weights  (i, fᵢ) → {w⁺, w⁻}; constants of the gradient
/// returns  L in nats per copy; dz is added to, not overwritten
template <class WeightsOf>
double weighted_log_loss(const Batch& batch,
                         std::span<const double> z,
                         std::span<double> dz,
                         WeightsOf weights) {
    const double n = static_cast<double>(batch.size());
    double sum = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const double logit_i = z[i * batch.heads];
        const Weights w = weights(i, sigmoid(logit_i));
        const bool positive = batch.label[i] != 0;
        sum += positive ? w.positive * softplus(-logit_i) : w.negative * softplus(logit_i);
        dz[i * batch.heads] +=
            (positive ? -w.positive * sigmoid(-logit_i) : w.negative * sigmoid(logit_i)) / n;
    }
    return sum / n;
}

/// Plain cross entropy, w⁺ = w⁻ = 1.
double log_loss(const Batch& batch, std::span<const double> z, std::span<double> dz);

/// w⁺ = 1 + f, w⁻ = (1 − f)(1 + f): for streams in which everybody is a negative once and events come again.
/// Their shares are q(1|x) = p / (1 + p), q(0|x) = 1 / (1 + p); these are p(y|x) / q(y|x) with the
/// prediction f for p, whose only fixed point is p (Ktena et al., RecSys 2019).
double fake_negative_log_loss(const Batch& batch, std::span<const double> z, std::span<double> dz);

}  // namespace netcvr
