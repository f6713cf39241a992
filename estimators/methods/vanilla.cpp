#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
Vanilla waits an observation window w, labels what it has seen, and sends a late event again as positive. It corrects
nothing.

  p = P(event | x)              what we want
  d = P(event, delay > w | x)   late events

  Copies per click: 1 + d. A positive has mass p, a negative 1 − p + d: a late event has first been a negative.
  (Early refunds are sent at once; conversions wait until w.)
  Weights: w⁺ = w⁻ = 1, plain log loss.

Optimum p / (1 + d): too low, the more so the more events are late. Right only where nothing is late.
)";

double optimum(const CellLaw& law, StageKind stage) {
    return event_probability(law, stage) / (1 + late_probability(law, stage));
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::after_window_then_late_positive,
            .loss = log_loss,
            .outputs = {{stage, optimum, "p / (1 + d)"}}};
}

const Registered vanilla{{
    .name = "vanilla",
    .title = "Vanilla: window and late positives, no correction",
    .source = "the uncorrected baseline of Yang et al., AAAI 2021 (ES-DFM)",
    .math = math,
    .claim = Claim::biased,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
