#include <algorithm>

#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
DEFER sends every click twice: when the observation window w closes, and again when its outcome is certain. So real
negatives come back too, and no click counts more than another.

  p                 = P(event | x)              what we want
  f                   the current prediction of p, held constant in the weights
  late_given_event  = P(delay > w | event, x)   frozen head, λ below

  Copies per click: 2. A late event is first a negative, so a positive has mass 2p − pλ, a negative 2(1 − p) + pλ.
  Shares: q(1|x) = p (2 − λ) / 2,  q(0|x) = 1 − p + pλ/2.
  Weights p(y|x) / q(y|x) with f for p:   w⁺ = 2 / (2 − λ),   w⁻ = (1 − f) / (1 − f + fλ/2).
  Second copies: of an early event with its first, of a late event at the event, of a non-event when attribution closes.

Optimum p, the only fixed point; w⁺ stays in [1, 2] because λ is a conditional probability. Drift of p does no harm,
drift of the delays does; half of the negatives are as old as the attribution window. So positives are younger than
negatives: where a feature tells the time (hour of week), the present hour looks too good until its real negatives
return, W after the start.
)";

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [&](std::size_t i, double f) {
        const double lambda = batch.answer(i, 0);
        return Weights{.positive = 2 / (2 - lambda), .negative = (1 - f) / (1 - f + f * lambda / 2)};
    });
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::after_window_then_resolution,
            .loss = loss,
            .frozen = {frozen::late_given_event},
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered defer{{
    .name = "defer",
    .title = "DEFER: every click again, real negatives too",
    .source = "Gu et al., KDD 2021 (weights in their conditional form)",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

// ---- with the joint probability of a late event

constexpr std::string_view joint_math = R"(
DEFER with the joint probability of a late event in its weights: same stream, another frozen head.

  p     = P(event | x)              what we want
  f       the current prediction of p, held constant in the weights
  late  = P(event, delay > w | x)   frozen head, d below

  Copies per click: 2. A positive has mass 2p − d, a negative 2(1 − p) + d.
  Weights p(y|x) / q(y|x) with f for p:   w⁺ = f / (f − d/2),   w⁻ = (1 − f) / (1 − f + d/2).
  The denominator of w⁺ is held at f/20 or more, so w⁺ ≤ 20: below f = d/2 the formula would push f to 0. Runs count how
  often it is held.

Optimum p where f starts above d/2. A head that says too much by e moves the estimate by e/2; drift of p does it, too,
for d moves with p.
)";

double joint_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [&](std::size_t i, double f) {
        const double half = batch.answer(i, 0) / 2;
        double denominator = f - half;
        if (denominator < 0.05 * f) {
            denominator = 0.05 * f;
            if (batch.positive(i)) batch.note_clipped();
        }
        return Weights{.positive = f / denominator, .negative = (1 - f) / (1 - f + half)};
    });
}

Learner joint(StageKind stage) {
    Learner same = learner(stage);
    same.loss = joint_loss;
    same.frozen = {frozen::late};
    return same;
}

const Registered defer_joint{{
    .name = "defer-joint",
    .title = "DEFER with joint weights",
    .source = "Gu et al., KDD 2021",
    .math = joint_math,
    .claim = Claim::consistent,
    .learners = {joint(StageKind::conversion), joint(StageKind::refund)},
}};

// ---- as in the code of DEFUSE

constexpr std::string_view as_coded_math = R"(
DEFER as the public code of DEFUSE has it: 2 (2 − δ) for 2 / (2 − δ), by the order of operations, and a negative weight
meant for another head.

  late_given_event  = P(delay > w | event, x)   frozen head, δ below;   d = pδ
  f                   the current prediction, held constant in the weights

  Copies as DEFER's.   Weights: w⁺ = 2 (2 − δ),   w⁻ = (1 − f) / (1 − f + δ/2).

With A = 2 (2 − δ)(2p − d) and B = 2 − 2p + d its optimum is A (1 + δ/2) / (A + B): .151 for p = .05 when 30 % are late. Kept to
reproduce published numbers; no default set has it.
)";

double as_coded_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [&](std::size_t i, double f) {
        const double delta = batch.answer(i, 0);
        return Weights{.positive = 2 * (2 - delta), .negative = (1 - f) / (1 - f + delta / 2)};
    });
}

double as_coded_optimum(const CellLaw& law, StageKind stage) {
    const double p = event_probability(law, stage), d = late_probability(law, stage);
    const double delta = p > 0 ? d / p : 0;
    const double a = 2 * (2 - delta) * (2 * p - d), b = 2 - 2 * p + d;
    return std::min(1.0, a * (1 + delta / 2) / (a + b));
}

Learner as_coded(StageKind stage) {
    Learner same = learner(stage);
    same.loss = as_coded_loss;
    same.outputs = {{stage, as_coded_optimum, "A (1 + δ/2) / (A + B)"}};
    return same;
}

const Registered defer_as_coded{{
    .name = "defer-as-coded",
    .title = "DEFER as in the code of DEFUSE: a public error, reproduced",
    .source = "Gu et al., KDD 2021, as in the code of Chen et al., WWW 2022",
    .math = as_coded_math,
    .claim = Claim::as_coded,
    .learners = {as_coded(StageKind::conversion), as_coded(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
