#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"
#include "sim/time.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
Batch learning with final labels (BDL): what a platform does that retrains every night on what is certain.

  p = P(event | x)   what we want

  Copies per click: one, when its attribution window closes (a refund's: W_R after the conversion), with the final label.
  The copies of a day train together at its end, in random order.
  Weights: w⁺ = w⁻ = 1, plain log loss.

Optimum p in a world that stands still. What it knows of conversions is W_A and half a day old on average, of refunds W_R
and half a day: under drift its towers follow that far behind, and not by the same distance.
)";

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::at_maturity,
            .loss = log_loss,
            .collected = day,
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered batch{{
    .name = "batch",
    .title = "Batch (BDL): final labels, once a day",
    .source = "the matured-label baseline of the delayed-feedback literature",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
