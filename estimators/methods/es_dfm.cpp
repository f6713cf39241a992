#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
ES-DFM waits a short observation window w, then trains; a late event sends the click once more, as positive.

  p              = P(event | x)                      what we want
  late           = P(event, delay > w | x)           frozen head
  real_negative  = P(no event | x, none seen by w)   frozen head, = (1 − p) / (1 − p + late)

  Copies per click: 1 + late. A positive has mass p, a negative 1 − p + late.
  Shares: q(1|x) = p / (1 + late),  q(0|x) = (1 − p + late) / (1 + late).
  Weights p(y|x) / q(y|x):   w⁺ = 1 + late,   w⁻ = (1 + late) · real_negative.
  Refunds: an early refund is sent at once, everything else as above, with heads of its own.

Optimum p / (p + real_negative · (1 − p + late)): p if real_negative is exact, whatever late is (late only says how much
a click counts). Errs when p or the delays move after the heads were fitted: exact heads already contain p.
)";

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [&](std::size_t i, double) {
        const double late = batch.answer(i, 0), real_negative = batch.answer(i, 1);
        return Weights{.positive = 1 + late, .negative = (1 + late) * real_negative};
    });
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::after_window_then_late_positive,
            .loss = loss,
            .frozen = {frozen::late, frozen::real_negative},
            .optimum = true_probability,
            .optimum_text = "p"};
}

const Registered es_dfm{{
    .name = "es-dfm",
    .title = "ES-DFM: elapsed-time sampling",
    .source = "Yang et al., AAAI 2021",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
