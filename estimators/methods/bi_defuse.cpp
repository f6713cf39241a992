#include <algorithm>

#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
Bi-DEFUSE estimates events in the observation window and events after it by two heads and adds them.

  i = P(event, delay ≤ w | x)   head f_in
  d = P(event, delay > w | x)   head f_out;   what we want is p = i + d

  Copies per click: 1 + d, ES-DFM's: the label seen at w, and 1 again at a late event.
  f_in    plain log loss on first copies, for which the label seen at w is final.
  f_out   every click has a first copy, which is a negative of this head, and a late event comes as positive: FNW's
          stream. A late copy gives ℓ⁺, every first copy f² ℓ⁺ + (1 − f)(1 + f) ℓ⁻ with f = f_out held constant.
  Prediction: f_in + f_out, at most 1.
  Its network starts from the copies that its rule sends of the pretrain period.

Optimum i + d = p. No frozen head, so neither drift of p nor drift of the delays misleads it at the optimum.
)";

enum : std::uint8_t { first, again };
enum : std::size_t { in_window, out_of_window };

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    const double in = terms_log_loss(batch, z, dz, in_window, [&](std::size_t i, double) {
        if (batch.part_of(i) == again) return CopyTerms{.counts = false};
        return batch.positive(i) ? CopyTerms{.positive = 1} : CopyTerms{.negative = 1};
    });
    return in + terms_log_loss(batch, z, dz, out_of_window, [&](std::size_t i, double f) {
               if (batch.part_of(i) == again) return CopyTerms{.positive = 1};
               return CopyTerms{.positive = f * f, .negative = (1 - f) * (1 + f)};
           });
}

double sum_of_both(std::span<const double> logits) {
    return std::min(sigmoid(logits[in_window]) + sigmoid(logits[out_of_window]), 1 - 1e-6);
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::after_window_then_late_positive,
            .loss = loss,
            .heads = 2,
            .own_start = true,
            .outputs = {{stage, true_probability, "p", sum_of_both}}};
}

const Registered bi_defuse{{
    .name = "bi-defuse",
    .title = "Bi-DEFUSE: in the window and after it",
    .source = "Chen et al., WWW 2022",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

// ---- as in the code of the CASCADE data set

constexpr std::string_view as_coded_math = R"(
Bi-DEFUSE as the public code of the CASCADE data set has it: plain log loss for both heads on all copies.

  f_in    positives: immediate ones, mass i;   f_out   positives: late copies, mass d;   of 1 + d copies per click each.

Optimum (i + d) / (1 + d) = p / (1 + d), vanilla's: the correction is gone. Kept to reproduce published numbers; no default
set has it.
)";

double as_coded_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    double sum = 0;
    for (const std::size_t head : {in_window, out_of_window})
        sum += terms_log_loss(batch, z, dz, head, [&](std::size_t i, double) {
            const bool own = batch.positive(i) && (batch.part_of(i) == again) == (head == out_of_window);
            return own ? CopyTerms{.positive = 1} : CopyTerms{.negative = 1};
        });
    return sum;
}

double as_if_late_were_more(const CellLaw& law, StageKind stage) {
    return event_probability(law, stage) / (1 + late_probability(law, stage));
}

Learner as_coded(StageKind stage) {
    Learner same = learner(stage);
    same.loss = as_coded_loss;
    same.outputs = {{stage, as_if_late_were_more, "p / (1 + d)", sum_of_both}};
    return same;
}

const Registered bi_defuse_as_coded{{
    .name = "bi-defuse-as-coded",
    .title = "Bi-DEFUSE as in public code: an error, reproduced",
    .source = "Chen et al., WWW 2022, as in the code of the CASCADE data set",
    .math = as_coded_math,
    .claim = Claim::as_coded,
    .learners = {as_coded(StageKind::conversion), as_coded(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
