#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
DEFER as its authors' own code has it: an event within the observation window w is sent once. The other clicks come again, late
events as positives at the event, the rest as real negatives when attribution closes.

  p     = P(event | x)              what we want
  f       the current prediction of p, held constant in the weights
  late  = P(event, delay > w | x)   frozen head, d below

  Copies per click: p + 2(1 − p) + d. A positive has mass p, a negative 2(1 − p) + d.
  Weights p(y|x) / q(y|x) with f for p:   w⁺ = f + 2(1 − f) + d,   w⁻ = (1 − f)(f + 2(1 − f) + d) / (2(1 − f) + d).

Optimum p, the only fixed point, without the pole of the joint form: w⁺ stays in [1, 3]. With a head that says d′ it is
p (2 + d′) / (2 + d), so drift of p or of the delays does harm, but little. A click counts 2 − p + d times, DEFER's always twice;
half of the negatives are as old as the attribution window.
)";

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [&](std::size_t i, double f) {
        const double negatives = 2 * (1 - f) + batch.answer(i, 0);
        const double copies = f + negatives;
        return Weights{.positive = copies, .negative = (1 - f) * copies / negatives};
    });
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::after_window_then_repair,
            .loss = loss,
            .frozen = {frozen::late},
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered defer_once{{
    .name = "defer-once",
    .title = "DEFER in which an early event is sent once",
    .source = "Gu et al., KDD 2021, as in its authors' code",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
