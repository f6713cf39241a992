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
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered es_dfm{{
    .name = "es-dfm",
    .title = "ES-DFM: elapsed-time sampling",
    .source = "Yang et al., AAAI 2021",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

// ---- the refund tower lifted in the event style (R1) instead of the window style above (R2)

constexpr std::string_view event_style_math = R"(
ES-DFM's conversion tower as it is, its refund tower in the event style of the public baselines (R1): each conversion
copy with label 1 is also a refund copy with label 0, and a refund sends the click once more, with label 1.

  late, real_negative   frozen heads of the conversion tower, see `es-dfm`
  r = P(refund | conversion, x)   what the refund tower wants;   f its current prediction of r

  Refund copies per conversion: 1 + r. A positive has mass r, a negative 1: shares r / (1 + r) and 1 / (1 + r).
  refund=R1             plain log loss, as the public code has it. Optimum r / (1 + r): refunds are under-predicted,
                        net = p (1 − r / (1 + r)), too high by 1 / (1 − r²): 4 % at r = .2, 41 % at r = .54.
  refund=R1-corrected   weights w⁺ = 1 + f, w⁻ = (1 − f)(1 + f), as FNW one level down. Optimum r.
)";

/// S3's copies with label 1 become negatives of the refund stage; refunds come when they happen.
void at_conversion_copy_then_refund(const Outcomes& outcomes, StageKind, Copies& copies) {
    const Stage& conversion = outcomes.conversion;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (!conversion.happens(i)) continue;
        const bool early = conversion.early(i);
        copies.add(i, early ? conversion.start[i] + conversion.observation : conversion.event[i], false);
        if (outcomes.refund.happens(i)) copies.add(i, outcomes.refund.event[i], true);
    }
}

double as_if_refunds_were_no_repeats(const CellLaw& law, StageKind stage) {
    const double r = event_probability(law, stage);
    return r / (1 + r);
}

const Registered refund_uncorrected{{
    .name = "es-dfm:refund=R1",
    .title = "ES-DFM, refund tower in the event style, uncorrected as in the public code",
    .source = "Yang et al., AAAI 2021; refund tower as in the code of the CASCADE data set",
    .math = event_style_math,
    .claim = Claim::biased,
    .learners = {learner(StageKind::conversion),
                 {.stage = StageKind::refund,
                  .delivery = at_conversion_copy_then_refund,
                  .loss = log_loss,
                  .outputs = {{StageKind::refund, as_if_refunds_were_no_repeats, "r / (1 + r)"}}}},
}};

const Registered refund_corrected{{
    .name = "es-dfm:refund=R1-corrected",
    .title = "ES-DFM, refund tower in the event style, corrected",
    .source = "Yang et al., AAAI 2021; refund weights as Ktena et al., RecSys 2019",
    .math = event_style_math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion),
                 {.stage = StageKind::refund,
                  .delivery = at_conversion_copy_then_refund,
                  .loss = fake_negative_log_loss,
                  .outputs = {{StageKind::refund, true_probability, "r"}}}},
}};

}  // namespace
}  // namespace netcvr
