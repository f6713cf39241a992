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

// ---- the uncorrected net head of the public code

constexpr std::string_view event_math = R"(
Direct by events sends each click at once as negative, at its conversion as positive, at its refund as negative: the net
head that cascades are usually compared with.

  n = P(kept conversion | x)   what we want;   p = P(conversion | x),  r = P(refund | conversion, x)

  Copies per click: 1 + p + p r. A positive has mass p, a negative 1 + p r: a refund is one more negative, and the positive
  copy stays.   Weights: w⁺ = w⁻ = 1, plain log loss.

Optimum p / (1 + p + p r) where n = p (1 − r): too high by about 1 / (1 − r). The labels are at fault, not the single head.
)";

void at_every_event(const Outcomes& outcomes, StageKind, Copies& copies) {
    const Stage &conversion = outcomes.conversion, &refund = outcomes.refund;
    conversion.for_each_entered([&](std::size_t i) {
        copies.add(i, conversion.start[i], false);
        if (conversion.happens(i)) copies.add(i, conversion.event[i], true, 1);
        if (refund.happens(i)) copies.add(i, refund.event[i], false, 2);
    });
}

double as_if_refunds_were_clicks(const CellLaw& law, StageKind) {
    const double p = law.cvr(), refunds = p - law.net();
    return p / (1 + p + refunds);
}

const Registered direct_event{{
    .name = "direct-event",
    .title = "Direct by events: refunds as further negatives, no correction",
    .source = "the direct baseline in the public code of the CASCADE data set",
    .math = event_math,
    .claim = Claim::biased,
    .learners = {{.stage = StageKind::net,
                  .delivery = at_every_event,
                  .loss = log_loss,
                  .outputs = {{StageKind::net, as_if_refunds_were_clicks, "p / (1 + p + p r)"}}}},
}};

}  // namespace
}  // namespace netcvr
