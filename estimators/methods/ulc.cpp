#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
ULC (unbiased label correction) replaces the label of a click without an event so far by the chance that it still comes.

  p = P(event | x)                                                    what we want
  real_negative_at_age = P(no event | x, none seen by the copy's age)   frozen head; g = 1 − it

  Copies per click: one at each of four ages, W/512, W/64, W/8 and W, with the label seen by then.
    seen      ℓ⁺
    unseen    g ℓ⁺ + (1 − g) ℓ⁻
  All weights lie in [0, 1], so no copy can dominate.

Optimum p at every age with an exact head. The paper fits g in turns with the model, on a deadline in the past that cuts long
delays off; here g is fitted on clicks whose attribution has closed and, with training.frozen = "daily", once a day.
)";

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double) {
        const double real = batch.answer(i, 0);
        if (batch.positive(i)) return CopyTerms{.positive = 1};
        return CopyTerms{.positive = 1 - real, .negative = real};
    });
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::at_ages,
            .loss = loss,
            .frozen = {frozen::real_negative_at_age},
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered ulc{{
    .name = "ulc",
    .title = "ULC: unbiased label correction",
    .source = "Wang et al., KDD 2023",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
