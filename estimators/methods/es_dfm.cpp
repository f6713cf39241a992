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

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::after_window_then_late_positive,
            .loss = elapsed_time_log_loss,
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

// ---- weights from its own prediction and a conditional head

constexpr std::string_view own_math = R"(
ES-DFM with its own prediction in the weights (the form of TESLA's paper): same stream, one frozen head.

  p                 = P(event | x)              what we want
  f                   the current prediction of p, held constant in the weights
  late_given_event  = P(delay > w | event, x)   frozen head, δ below

  Copies per click: 1 + pδ. A positive has mass p, a negative 1 − p + pδ.
  Weights p(y|x) / q(y|x) with f for p:   w⁺ = 1 + fδ,   w⁻ = (1 − f)(1 + fδ) / (1 − f + fδ).

Optimum p, the only fixed point. Drift of p does no harm, drift of the delays does: the frozen head says how many events
are late, not how many there are.
)";

Learner own(StageKind stage) {
    Learner same = learner(stage);
    same.loss = elapsed_time_own_log_loss;
    same.frozen = {frozen::late_given_event};
    return same;
}

const Registered es_dfm_own{{
    .name = "es-dfm-own",
    .title = "ES-DFM with its own prediction in the weights",
    .source = "Yang et al., AAAI 2021, in the form of TESLA's paper",
    .math = own_math,
    .claim = Claim::consistent,
    .learners = {own(StageKind::conversion), own(StageKind::refund)},
}};

// ---- every click counts once

constexpr std::string_view unit_density_math = R"(
ES-DFM with unit density: without the factor 1 + d, by which clicks with many late events count more.

  real_negative  = P(no event | x, none seen by w)   frozen head, = (1 − p) / (1 − p + d)

  Copies per click: 1 + d.   Weights: w⁺ = 1, w⁻ = real_negative, so a click's copies weigh p and 1 − p together.

Optimum p, like ES-DFM's for one x alone. Where one network must compromise between clicks, ES-DFM leans to those with many
late events: one shared logit on a mix of two kinds that should give .150 gives .154; this form gives .150.
)";

double unit_density_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [&](std::size_t i, double) {
        return Weights{.positive = 1, .negative = batch.answer(i, 0)};
    });
}

Learner unit_density(StageKind stage) {
    Learner same = learner(stage);
    same.loss = unit_density_loss;
    same.frozen = {frozen::real_negative};
    return same;
}

const Registered es_dfm_unit_density{{
    .name = "es-dfm-unit-density",
    .title = "ES-DFM in which every click counts once",
    .source = "Yang et al., AAAI 2021, without the density factor",
    .math = unit_density_math,
    .claim = Claim::consistent,
    .learners = {unit_density(StageKind::conversion), unit_density(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
