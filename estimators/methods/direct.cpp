#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
Direct predicts the net conversion with one head and waits until the label is final.

  n = P(conversion within W_A, no refund within W_R of it | x)   what we want

  Copies per click: one, at click + W_A + W_R, with the final net label. Positives wait as long as negatives although
  many negatives are certain earlier: sent as soon as certain, the two labels would speak of clicks of different ages.
  Weights: w⁺ = w⁻ = 1, plain log loss.

Optimum n in a world that stands still. What it knows is W_A + W_R old; under drift it follows that far behind. It gives
no conversion or refund rate of its own.
)";

const Registered direct{{
    .name = "direct",
    .title = "Direct: one head on final net labels",
    .source = "the direct alternative to a cascade of two towers",
    .math = math,
    .claim = Claim::consistent,
    .learners = {{.stage = StageKind::net,
                  .delivery = delivery::at_maturity,
                  .loss = log_loss,
                  .outputs = {{StageKind::net, true_probability, "n"}}}},
}};

}  // namespace
}  // namespace netcvr
