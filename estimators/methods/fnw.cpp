#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
FNW (fake negative weighted) never waits: every click is sent at once as negative, and again as positive at its event.

  p = P(event | x)   what we want
  f                  the current prediction of p, held constant in the weights

  Copies per click: 1 + p. A positive has mass p, a negative 1: all negatives are fake or not yet known to be real.
  Shares: q(1|x) = p / (1 + p),  q(0|x) = 1 / (1 + p).
  Weights p(y|x) / q(y|x) with f for p:   w⁺ = 1 + f,   w⁻ = (1 − f)(1 + f).
  Refunds: the same one level down, 0 at the conversion, 1 at the refund.

Optimum p, the only fixed point. Needs no frozen head, so drift of the delays cannot mislead it; it errs for as long as
new events are on their way, and clicks with many events count (1 + p) times where the network must compromise.
)";

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::at_start_then_positive,
            .loss = fake_negative_log_loss,
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered fnw{{
    .name = "fnw",
    .title = "FNW: fake negatives, weighted",
    .source = "Ktena et al., RecSys 2019",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

// ---- weights from the pretrained prediction, as in the public code

constexpr std::string_view frozen_math = R"(
FNW with the prediction of the pretrained model, p₀, instead of its own in the weights, as the public code of the CASCADE
data set has it.

  event = p₀ = P(event | x)   frozen head, of the pretrain period

  Copies per click: 1 + p, as FNW's.   Weights: w⁺ = 1 + p₀, w⁻ = (1 − p₀)(1 + p₀).

Optimum p / (p + 1 − p₀): p where p₀ = p, as with an exact head. Where p has moved away from p₀, the estimate stays behind:
p₀ = ½ p gives .0952 for p = .10, p₀ = 1.5 p gives .1053.
)";

double frozen_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [&](std::size_t i, double) {
        const double p0 = batch.answer(i, 0);
        return Weights{.positive = 1 + p0, .negative = (1 - p0) * (1 + p0)};
    });
}

Learner frozen_learner(StageKind stage) {
    Learner same = learner(stage);
    same.loss = frozen_loss;
    same.frozen = {frozen::event};
    same.outputs = {{stage, true_probability, "p / (p + 1 − p₀) = p"}};
    return same;
}

const Registered fnw_frozen{{
    .name = "fnw-frozen",
    .title = "FNW with weights from the pretrained prediction, as in public code",
    .source = "Ktena et al., RecSys 2019, as in the code of the CASCADE data set",
    .math = frozen_math,
    .claim = Claim::consistent,
    .learners = {frozen_learner(StageKind::conversion), frozen_learner(StageKind::refund)},
}};

// ---- real negatives are sent again

constexpr std::string_view real_negatives_math = R"(
FNW with real negatives: as FNW, and a click without an event is sent as negative once more when attribution closes.

  p = P(event | x)   what we want
  f                  the current prediction of p, held constant in the weights

  Copies per click: 2. A positive has mass p, a negative 2 − p.
  Shares: q(1|x) = p / 2, q(0|x) = 1 − p / 2.   Weights p(y|x) / q(y|x) with f for p:  w⁺ = 2,  w⁻ = 2 (1 − f) / (2 − f).

Optimum p, the only fixed point. Every click counts twice, so none more than another; half of the negatives are as old as
the attribution window.
)";

double real_negatives_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [](std::size_t, double f) {
        return Weights{.positive = 2, .negative = 2 * (1 - f) / (2 - f)};
    });
}

Learner real_negatives_learner(StageKind stage) {
    Learner same = learner(stage);
    same.delivery = delivery::at_start_then_resolution;
    same.loss = real_negatives_loss;
    return same;
}

const Registered fnw_real_negatives{{
    .name = "fnw-real-negatives",
    .title = "FNW with real negatives sent again",
    .source = "FNW10 in the public code of Gu et al., KDD 2021 (DEFER)",
    .math = real_negatives_math,
    .claim = Claim::consistent,
    .learners = {real_negatives_learner(StageKind::conversion), real_negatives_learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
