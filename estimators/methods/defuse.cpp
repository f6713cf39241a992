#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
DEFUSE sorts ES-DFM's copies into four kinds, of which one is not observed: an event seen in the window (immediate
positive), one sent again (delayed positive), and a negative copy that is real or fake.

  p              = P(event | x)                      what we want
  late           = P(event, delay > w | x)           frozen head, d below
  real_negative  = P(no event | x, none seen by w)   frozen head; z = 1 − real_negative, P(fake | observed negative)

  Copies per click: 1 + d, ES-DFM's. Contributions to the loss, ℓ⁺ = −log f and ℓ⁻ = −log (1 − f):
    immediate positive    (1 + d) ℓ⁺
    delayed positive      ℓ⁺
    observed negative     z d ℓ⁺ + (1 − z)(1 + d) ℓ⁻
  Together ℓ⁺ weighs (p − d)(1 + d) + d + d² = p (1 + d), ℓ⁻ weighs (1 − p)(1 + d).
  Refunds: an early refund is sent at once, everything else as above, with heads of its own.

Optimum p with exact heads. Errs when p or the delays move after the heads were fitted, a little more than ES-DFM.
)";

enum : std::uint8_t { first, again };

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double) {
        const double late = batch.answer(i, 0), real = batch.answer(i, 1);
        if (batch.positive(i)) return CopyTerms{.positive = batch.part_of(i) == again ? 1 : 1 + late};
        return CopyTerms{.positive = (1 - real) * late, .negative = real * (1 + late)};
    });
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::after_window_then_late_positive,
            .loss = loss,
            .frozen = {frozen::late, frozen::real_negative},
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered defuse{{
    .name = "defuse",
    .title = "DEFUSE: four kinds of copies",
    .source = "Chen et al., WWW 2022",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

// ---- as in its code

constexpr std::string_view as_coded_math = R"(
DEFUSE as its public code has it: the terms of immediate and delayed positives are both multiplied by the same label, so
every positive copy gets both.

  late, real_negative   frozen heads, see `defuse`; d = late

  Contributions:   any positive copy (2 + d) ℓ⁺,   observed negative as in `defuse`.

Optimum [p (2 + d) + d²] / [p (2 + d) + d² + (1 − p)(1 + d)], about twice p where p is small: the order is fine, the log loss
is worse than without any training, which is what the published comparison shows. Kept to reproduce it; no default set has
it.
)";

double as_coded_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double) {
        const double late = batch.answer(i, 0), real = batch.answer(i, 1);
        if (batch.positive(i)) return CopyTerms{.positive = 2 + late};
        return CopyTerms{.positive = (1 - real) * late, .negative = real * (1 + late)};
    });
}

double as_coded_optimum(const CellLaw& law, StageKind stage) {
    const double p = event_probability(law, stage), d = late_probability(law, stage);
    const double positive = p * (2 + d) + d * d;
    return positive / (positive + (1 - p) * (1 + d));
}

Learner as_coded(StageKind stage) {
    Learner same = learner(stage);
    same.loss = as_coded_loss;
    same.outputs = {{stage, as_coded_optimum, "[p (2 + d) + d²] / [p (2 + d) + d² + (1 − p)(1 + d)]"}};
    return same;
}

const Registered defuse_as_coded{{
    .name = "defuse-as-coded",
    .title = "DEFUSE as in its code: a public error, reproduced",
    .source = "Chen et al., WWW 2022, as in its public code",
    .math = as_coded_math,
    .claim = Claim::as_coded,
    .learners = {as_coded(StageKind::conversion), as_coded(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
