#include <algorithm>

#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
FNC (fake negative calibration) trains on FNW's stream without weights and undoes at prediction what that does.

  p = P(event | x)   what we want
  b                  what its network estimates: the share of positives among the copies

  Copies per click: 1 + p. Every click is sent at once as negative, again as positive at its event.
  Weights: w⁺ = w⁻ = 1, plain log loss, so b = p / (1 + p).   Prediction: b / (1 − b), at most 1.
  Refunds: the same one level down, 0 at the conversion, 1 at the refund.
  Its network starts from the copies that its rule sends of the pretrain period: started from a network that predicts p,
  b / (1 − b) would be p / (1 − p).

Optimum p, for a network that must compromise as well. Needs no frozen head. An error of b grows by 1 / (1 − b)² at
prediction: small for conversions, 2.25-fold where half of the conversions are refunded.
)";

double calibrated(std::span<const double> logits) {
    return std::min(std::exp(logits[0]), 1 - 1e-6);  // b / (1 − b) = e^z
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::at_start_then_positive,
            .loss = log_loss,
            .own_start = true,
            .outputs = {{stage, true_probability, "p", calibrated}}};
}

const Registered fnc{{
    .name = "fnc",
    .title = "FNC: fake negatives, calibrated at prediction",
    .source = "Ktena et al., RecSys 2019",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

// ---- without its calibration

constexpr std::string_view uncalibrated_math = R"(
FNC without its calibration, as the public code of the CASCADE data set has it, in both towers.

  p = P(event | x)   what we want;   b, stream and loss as FNC's

  Prediction: b itself.

Optimum p / (1 + p) for conversions, r / (1 + r) for refunds, so p / [(1 + p)(1 + r)] for net where p (1 − r) is right. The
order of conversions is FNC's own (b / (1 − b) is monotone), so AUC hides the error; log loss and net do not. Kept to
reproduce published numbers; no default set has it.
)";

double as_if_events_were_more(const CellLaw& law, StageKind stage) {
    const double p = event_probability(law, stage);
    return p / (1 + p);
}

Learner uncalibrated(StageKind stage) {
    Learner same = learner(stage);
    same.outputs = {{stage, as_if_events_were_more, "p / (1 + p)"}};
    return same;
}

const Registered fnc_uncalibrated{{
    .name = "fnc-uncalibrated",
    .title = "FNC without its calibration, as in public code",
    .source = "Ktena et al., RecSys 2019, as in the code of the CASCADE data set",
    .math = uncalibrated_math,
    .claim = Claim::as_coded,
    .learners = {uncalibrated(StageKind::conversion), uncalibrated(StageKind::refund)},
}};

// ---- real negatives are sent again

constexpr std::string_view real_negatives_math = R"(
FNC with real negatives: as FNC, and a click without an event is sent as negative once more when attribution closes.

  p = P(event | x)   what we want;   b the share of positives among the copies

  Copies per click: 2. A positive has mass p, a negative 2 − p, so b = p / 2.   Prediction: 2 b, at most 1.

Optimum p. Half of the negatives are as old as the attribution window.
)";

double doubled(std::span<const double> logits) {
    return std::min(2 * sigmoid(logits[0]), 1 - 1e-6);
}

Learner real_negatives(StageKind stage) {
    Learner same = learner(stage);
    same.delivery = delivery::at_start_then_resolution;
    same.outputs = {{stage, true_probability, "p", doubled}};
    return same;
}

const Registered fnc_real_negatives{{
    .name = "fnc-real-negatives",
    .title = "FNC with real negatives sent again",
    .source = "FNC10 in the public code of Gu et al., KDD 2021 (DEFER)",
    .math = real_negatives_math,
    .claim = Claim::consistent,
    .learners = {real_negatives(StageKind::conversion), real_negatives(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
