#include <cmath>

#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
DDFM repairs both ways: a late event is sent again as positive, and a click without one again as negative when
attribution closes. First copies get soft labels.

  p              = P(event | x)                      what we want
  f                the current prediction of p, held constant in the weights
  late           = P(event, delay > w | x)           frozen head, d below
  real_negative  = P(no event | x, none seen by w)   frozen head, t below

  Copies per click: 1 + d + (1 − p).
    first copy, positive    ℓ⁺                          late positive      ℓ⁺
    first copy, negative    (1 − t) ℓ⁺ + t ℓ⁻            real negative      |1 − z| ℓ⁺ + z ℓ⁻,   z = 1 − f + d
  Together ℓ⁺ weighs p + d + (1 − p)(f − d), ℓ⁻ weighs (1 − p)(2 − f + d): equal odds p at f = p.
  Refunds: an early refund is sent at once, everything else as above, with heads of its own.

Optimum p, unique where f ≥ d; below, the absolute value keeps the weights positive but not exact. Errs when p or the delays
move after the heads were fitted; half of its negatives are as old as the attribution window.
)";

enum : std::uint8_t { first, again };

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double f) {
        const double late = batch.answer(i, 0), real = batch.answer(i, 1);
        if (batch.positive(i)) return CopyTerms{.positive = 1};
        if (batch.part_of(i) == first) return CopyTerms{.positive = 1 - real, .negative = real};
        const double soft = 1 - f + late;
        if (soft > 1) batch.note_clipped();
        return CopyTerms{.positive = std::abs(1 - soft), .negative = soft};
    });
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::after_window_then_repair,
            .loss = loss,
            .frozen = {frozen::late, frozen::real_negative},
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered ddfm{{
    .name = "ddfm",
    .title = "DDFM: repairs of positives and negatives",
    .source = "CIKM 2023 (dually enhanced delayed feedback modelling)",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
