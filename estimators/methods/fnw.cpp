#include "estimators/delivery.h"
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

}  // namespace
}  // namespace netcvr
