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
#include <functional>
#include <limits>
#include <span>
#include <vector>

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

/// Weights that a loss should not have met, counted over a run; none is changed unless the method's own rule
/// says so.
struct Incidents {
    std::size_t large = 0;     // weights above 20
    std::size_t negative = 0;  // weights below 0
    std::size_t clipped = 0;   // denominators that the method's rule holds away from 0, weights it bounds
    void operator+=(const Incidents& other) {
        large += other.large, negative += other.negative, clipped += other.clipped;
    }
    bool operator==(const Incidents&) const = default;
};

/// n labelled copies as a loss sees them. Frozen probabilities are numbers, so no gradient can run through
/// them.
struct Batch {
    std::span<const std::uint8_t> label;        // [n]
    std::span<const double> frozen;             // [n × frozen heads], row-major, P(answer is yes | x)
    std::size_t heads = 1;                      // logits per copy
    std::span<const std::uint32_t> click = {};  // [n] whose copies they are; empty: each of another click
    std::span<const std::uint8_t> towers = {};  // [n] which towers of the network read it, a bit for each;
                                                // empty: its only one
    std::span<const std::uint8_t> part = {};    // [n] which of the rule's kinds of copy; empty: all 0
    std::span<const double> delay = {};         // [n] days from the start of the stage to the event where the
                                                // label is 1, else to the copy; for learners that read it
    std::span<const double> weight = {};        // [n] how often a copy counts; empty: all once
    std::span<const double> held = {};          // [n × heads] logits whose weights apply; empty: z itself
    std::span<const double> value = {};  // [n] what the event is worth where the label is 1 (of net: what
                                         // is kept), else 0; for learners that read it
    double attribution = 0;              // the stage's window, days
    std::uint64_t draw = 0;              // address of the batch's random numbers, if the loss draws any
    Incidents* incidents = nullptr;

    std::size_t size() const { return label.size(); }
    bool positive(std::size_t i) const { return label[i] != 0; }
    double weight_of(std::size_t i) const { return weight.empty() ? 1 : weight[i]; }
    std::size_t part_of(std::size_t i) const { return part.empty() ? 0 : part[i]; }
    /// Answer of frozen head h for copy i.
    double answer(std::size_t i, std::size_t h) const { return frozen[i * (frozen.size() / size()) + h]; }
    /// σ of head h's logit for copy i, held constant. Less than 1, as σ is: where it would round to 1, ratios
    /// of 1 − f would be 0 / 0 instead of their limits.
    double prediction(std::span<const double> z, std::size_t i, std::size_t h = 0) const {
        constexpr double below_one = 1 - std::numeric_limits<double>::epsilon() / 2;
        return std::min(sigmoid((held.empty() ? z : held)[i * heads + h]), below_one);
    }
    /// f / (1 − f) of that prediction f, also where f rounds to 1.
    double odds(std::span<const double> z, std::size_t i, std::size_t h = 0) const {
        return std::exp((held.empty() ? z : held)[i * heads + h]);
    }
    void note_clipped() const {
        if (incidents) ++incidents->clipped;
    }
};

/// Mean loss in nats per copy; adds ∂(mean loss)/∂z to dz. z, dz are [n × heads], row-major.
using Loss = std::function<double(const Batch& batch, std::span<const double> z, std::span<double> dz)>;

/// From a click's logits (all heads of one learner) to a probability given x.
using Probability = std::function<double(std::span<const double> logits)>;

inline double sigmoid_of_first(std::span<const double> logits) {
    return sigmoid(logits[0]);
}
inline double sigmoid_of_second(std::span<const double> logits) {
    return sigmoid(logits[1]);
}

/// What one copy contributes to one head's loss: positive · log(1 + e^{−z}) + negative · log(1 + e^{z}).
struct CopyTerms {
    double positive = 0, negative = 0;
    bool counts = true;  // false: the copy is none of this head's
};

/// Cross entropy of one head with terms of its own for each copy, and its gradient with respect to the
/// logits.
///
///   L = Σᵢ cᵢ [ Aᵢ log(1 + e^{−zᵢ}) + Bᵢ log(1 + e^{zᵢ}) ] / Σᵢ cᵢ,  over the copies that count, cᵢ times
///   each
///
/// terms    (i, fᵢ) → CopyTerms{Aᵢ, Bᵢ}, fᵢ the held prediction of the head; constants of the gradient
/// returns  L in nats per copy; dz is added to, not overwritten
template <class TermsOf>
double terms_log_loss(
    const Batch& batch, std::span<const double> z, std::span<double> dz, std::size_t head, TermsOf terms_of) {
    std::vector<CopyTerms> terms(batch.size());
    double count = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        terms[i] = terms_of(i, batch.prediction(z, i, head));
        if (terms[i].counts) count += batch.weight_of(i);
    }
    double sum = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const CopyTerms& t = terms[i];
        if (!t.counts) continue;
        if (batch.incidents) {
            batch.incidents->large += std::max(t.positive, t.negative) > 20;
            batch.incidents->negative += std::min(t.positive, t.negative) < 0;
        }
        const double logit_i = z[i * batch.heads + head], weight = batch.weight_of(i);
        // A term that is not there must not turn an infinite logit into a NaN.
        if (t.positive != 0) {
            sum += weight * t.positive * softplus(-logit_i);
            dz[i * batch.heads + head] -= weight * t.positive * sigmoid(-logit_i) / count;
        }
        if (t.negative != 0) {
            sum += weight * t.negative * softplus(logit_i);
            dz[i * batch.heads + head] += weight * t.negative * sigmoid(logit_i) / count;
        }
    }
    return count > 0 ? sum / count : 0;
}

struct Weights {
    double positive = 1, negative = 1;
};

/// Weighted log loss of the first head: a copy with label 1 has weight w⁺, with label 0 weight w⁻.
/// weights  (i, fᵢ) → {w⁺, w⁻}; constants of the gradient
template <class WeightsOf>
double weighted_log_loss(const Batch& batch,
                         std::span<const double> z,
                         std::span<double> dz,
                         WeightsOf weights) {
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double f) {
        const Weights w = weights(i, f);
        return batch.positive(i) ? CopyTerms{.positive = w.positive} : CopyTerms{.negative = w.negative};
    });
}

/// Plain cross entropy, w⁺ = w⁻ = 1.
double log_loss(const Batch& batch, std::span<const double> z, std::span<double> dz);

/// w⁺ = 1 + f, w⁻ = (1 − f)(1 + f): for streams in which everybody is a negative once and events come again.
/// Their shares are q(1|x) = p / (1 + p), q(0|x) = 1 / (1 + p); these are p(y|x) / q(y|x) with the
/// prediction f for p, whose only fixed point is p (Ktena et al., RecSys 2019).
double fake_negative_log_loss(const Batch& batch, std::span<const double> z, std::span<double> dz);

/// w⁺ = 1 + d, w⁻ = (1 + d) t, with the frozen heads d = P(event, late | x), t = P(no event | x, none seen by
/// w), in this order: for streams that wait and send late events again (Yang et al., AAAI 2021).
double elapsed_time_log_loss(const Batch& batch, std::span<const double> z, std::span<double> dz);

/// The same weights from the prediction f and δ = P(event late | event, x): d = f δ, and so
/// t = (1 − f) / (1 − f + f δ).
inline Weights elapsed_time_own_weights(double f, double late_given_event) {
    const double late = f * late_given_event;
    return {.positive = 1 + late, .negative = (1 - f) * (1 + late) / (1 - f + late)};
}

/// With these weights, δ the only frozen head (the form of TESLA's paper, WWW 2026).
double elapsed_time_own_log_loss(const Batch& batch, std::span<const double> z, std::span<double> dz);

}  // namespace netcvr
