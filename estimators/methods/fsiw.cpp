#include <algorithm>

#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
FSIW (feedback shift importance weighting) takes each click as it looks at some age, and weighs a seen event by the chance
that it would have been seen by then, an unseen one by the chance that there is none.

  p = P(event | x)                                                       what we want
  late_given_event_at_age = P(delay > the copy's age | event, x)         frozen head, 1 − P₁
  real_negative_at_age    = P(no event | x, none seen by that age)       frozen head, P₀

  Copies per click: one at each of four ages, W/512, W/64, W/8 and W, with the label seen by then.
  Weights: w⁺ = 1 / P₁,   w⁻ = P₀.   Where P₁ < 1/20 both are multiplied by 20 P₁, so that w⁺ is 20 at most: a bound on w⁺
  alone would lower the estimate, most where nothing is seen so early. Runs count how often it binds.
  At every age the positives weigh p P₁ / P₁, the negatives (1 − p P₁) P₀ = 1 − p, or both as much less.

Optimum p at every age with exact heads. The heads are fitted on clicks whose attribution has closed, so the deadline that
the paper counts back from is W itself and nothing is cut off. Errs when p or the delays move after the heads were fitted.
)";

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [&](std::size_t i, double) {
        const double seen = 1 - batch.answer(i, 0), real_negative = batch.answer(i, 1);
        const double bounded = std::min(1.0, 20 * seen);
        if (bounded < 1) batch.note_clipped();
        return Weights{.positive = 1 / std::max(seen, 0.05), .negative = bounded * real_negative};
    });
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::at_ages,
            .loss = loss,
            .frozen = {frozen::late_given_event_at_age, frozen::real_negative_at_age},
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered fsiw{{
    .name = "fsiw",
    .title = "FSIW: feedback shift importance weighting",
    .source = "Yasui et al., WWW 2020",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
    .version = 2,
}};

}  // namespace
}  // namespace netcvr
