#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
nnDF (non-negative delayed feedback) moves the mass of late events from the negatives to the positives, and never so much
that a batch has a negative loss left.

  p    = P(event | x)              what we want
  late = P(event, delay > w | x)   frozen head, d below

  Copies per click: one, with the label seen by w.  Risk of a batch, ℓ⁺ = −log f and ℓ⁻ = −log (1 − f), means over it:
    J = [ y ℓ⁺ ] + [ d ℓ⁺ ] + max(0, [ (1 − y) ℓ⁻ ] − [ d ℓ⁻ ])
  In the mean ℓ⁺ weighs p − d + d = p and ℓ⁻ weighs 1 − p + d − d = 1 − p. Where the maximum is 0, a batch teaches its
  positives alone; runs count the copies of such batches. Early refunds are sent at once.

Optimum p with an exact head, as long as batches are large enough for the maximum not to bind. Errs when p or the delays move
after the head was fitted.
)";

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    double remaining = 0;
    for (std::size_t i = 0; i < batch.size(); ++i)
        remaining += batch.weight_of(i) * ((batch.positive(i) ? 0 : 1) - batch.answer(i, 0)) * softplus(z[i]);
    const bool binds = remaining < 0;
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double) {
        const double late = batch.answer(i, 0), seen = batch.positive(i) ? 1 : 0;
        if (binds) batch.note_clipped();
        return CopyTerms{.positive = seen + late, .negative = binds ? 0 : 1 - seen - late};
    });
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::after_window,
            .loss = loss,
            .frozen = {frozen::late},
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered nn_df{{
    .name = "nn-df",
    .title = "nnDF: late events moved from negatives to positives",
    .source = "the non-negative estimator in the public code of ULC, KDD 2023",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
