#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
The oracle is told every label at once: a reference for what delay costs, not a method.

  Copies per click: one, at the start of its stage, with the final label (a conversion's copy at the click, a refund's
  at the conversion).
  Weights: w⁺ = w⁻ = 1, plain log loss.

Optimum p. It has no delay and no bias, yet it is a learner like the others (same network, same optimiser, finite data):
it is not the truth, and another learner may do better.
)";

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::at_start_final_label,
            .loss = log_loss,
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered oracle{{
    .name = "oracle",
    .title = "Oracle: final labels at the start",
    .source = "the clairvoyant reference of the delayed-feedback literature",
    .math = math,
    .claim = Claim::privileged,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
