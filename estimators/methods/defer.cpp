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

}  // namespace
}  // namespace netcvr
