#include <algorithm>
#include <cmath>
#include <utility>

#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
Three deliveries estimate net conversion by one head on three copies of every click: after the windows, when a late
conversion is known, and when everything is final.

  n = P(kept conversion | x)   what we want
  f   the current prediction of n, held constant in the weights
  early_late_refund  = P(early conversion, late refund | x)   frozen head: wrongly positive at delivery 1 and 2
  late_refunded      = P(late conversion, refund | x)         frozen head: wrongly positive at delivery 2
  late_kept          = P(late conversion, no refund | x)      frozen head: wrongly negative at delivery 1

  delivery  no conversion       early conversion                  late conversion
     1      0 at click + w_c    1 at conversion + w_r, or 0 at a  0 at click + w_c
                                refund by then
     2      0 at click + W_A    the same again                    1 at the conversion
     3      0 at + W_A + W_R    final, at conversion + W_R, or 0 at the refund

  With F₁, F₂ the masses wrongly positive and G₁ the mass wrongly negative, positives are n + Δ of the three copies,
      Δ = (F₁ + F₂ − G₁) / 3,   F₁ = early_late_refund,  F₂ = F₁ + late_refunded,  G₁ = late_kept.
  Weights p(y|x) / q(y|x) with f for n:   w⁺ = f / (f + Δ),   w⁻ = (1 − f) / (1 − f − Δ).
  Denominators are held at a twentieth of their numerator or more, so weights stay below 20; runs count how often.

Optimum n, the only fixed point inside (0, 1). An error of Δ goes into f as it is: with few refunds a large part of it.
)";

namespace sets = trajectory_sets;

constexpr Frozen early_late_refund{.name = "early_late_refund",
                                   .meaning = "P(early conversion, late refund | x)",
                                   .net = {sets::all, set_of(a2)}};
constexpr Frozen late_refunded{
    .name = "late_refunded", .meaning = "P(late conversion, refund | x)", .net = {sets::all, set_of(b1, b2)}};
constexpr Frozen late_kept{
    .name = "late_kept", .meaning = "P(late conversion, no refund | x)", .net = {sets::all, set_of(b0)}};

/// Parts 0, 1, 2: deliveries 1, 2, 3.
void three_times(const Outcomes& outcomes, StageKind, Copies& copies) {
    const Stage &conversion = outcomes.conversion, &refund = outcomes.refund;
    conversion.for_each_entered([&](std::size_t i) {
        const Time click = conversion.start[i];
        if (conversion.early(i)) {
            const bool back = refund.early(i);
            const Time seen = back ? refund.event[i] : conversion.event[i] + refund.observation;
            copies.add(i, seen, !back, 0);
            copies.add(i, seen, !back, 1);
        } else {
            copies.add(i, click + conversion.observation, false, 0);
            if (conversion.late(i))
                copies.add(i, conversion.event[i], true, 1);
            else
                copies.add(i, click + conversion.settled(), false, 1);
        }
        if (refund.happens(i))
            copies.add(i, refund.event[i], false, 2);
        else if (conversion.happens(i))
            copies.add(i, conversion.event[i] + refund.settled(), true, 2);
        else
            copies.add(i, click + conversion.settled() + refund.settled(), false, 2);
    });
}

/// Masses with a wrong label at deliveries 1, 2, 3.
struct Wrong {
    double positive[3] = {}, negative[3] = {};

    double shift() const { return (positive[0] + positive[1] - negative[0]) / 3; }
};
Wrong wrong_of(const Batch& batch, std::size_t i) {
    const double early = batch.answer(i, 0), refunded = batch.answer(i, 1), kept = batch.answer(i, 2);
    return {.positive = {early, early + refunded}, .negative = {kept}};
}

/// numerator / denominator, at most 20.
double bounded(const Batch& batch, double numerator, double denominator) {
    const double least = std::max(1e-6, numerator / 20);
    if (denominator < least) batch.note_clipped();
    return std::min(20.0, numerator / std::max(denominator, least));
}

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double f) {
        const double shift = wrong_of(batch, i).shift();
        return batch.positive(i) ? CopyTerms{.positive = bounded(batch, f, f + shift)}
                                 : CopyTerms{.negative = bounded(batch, 1 - f, 1 - f - shift)};
    });
}

Learner net_learner(Loss with, Optimum optimum, std::string_view optimum_text) {
    return {.stage = StageKind::net,
            .delivery = three_times,
            .loss = std::move(with),
            .frozen = {early_late_refund, late_refunded, late_kept},
            .outputs = {{StageKind::net, std::move(optimum), optimum_text}}};
}

const Registered three_delivery{{
    .name = "three-delivery",
    .title = "Three deliveries of every click, one net head, corrected weights",
    .source = "the seed note's importance sampling for net conversion, corrected",
    .math = math,
    .claim = Claim::consistent,
    .learners = {net_learner(loss, true_probability, "n")},
}};

// ---- the shift in proportion to n

constexpr std::string_view ratio_math = R"(
Three deliveries with the shift in proportion to n: stream and heads of `three-delivery`, and the pretrain period's n.

  event = P(kept conversion | x)   frozen head, n₀;   κ = Δ / n₀, with Δ of early_late_refund, late_refunded, late_kept
  f       the current prediction of n, held constant in the weights

  Weights:   w⁺ = 1 / (1 + κ),   w⁻ = (1 − f) / (1 − f − κ f), bounded as in `three-delivery`.

Optimum n, the only fixed point. Drift of n that leaves the shares of delays and refunds alone does no harm.
)";

double ratio_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double f) {
        const double ratio = wrong_of(batch, i).shift() / std::max(batch.answer(i, 3), 1e-9);
        return batch.positive(i) ? CopyTerms{.positive = bounded(batch, 1, 1 + ratio)}
                                 : CopyTerms{.negative = bounded(batch, 1 - f, 1 - f - ratio * f)};
    });
}

Learner ratio_learner() {
    Learner same = net_learner(ratio_loss, true_probability, "n");
    same.frozen.push_back(frozen::event);
    return same;
}

const Registered three_delivery_ratio{{
    .name = "three-delivery-ratio",
    .title = "Three deliveries, the shift in proportion to n",
    .source = "the seed note's importance sampling, ratio form",
    .math = ratio_math,
    .claim = Claim::consistent,
    .learners = {ratio_learner()},
}};

// ---- labels corrected delivery by delivery

constexpr std::string_view soft_math = R"(
Three deliveries with soft labels: stream and heads of `three-delivery`; each copy's label becomes the chance that the final
one is 1, given what its delivery shows.

  F_j, G_j   masses wrongly positive and wrongly negative at delivery j, of early_late_refund, late_refunded, late_kept
  f          the current prediction of n, held constant in the labels

  label 1:  (f − G_j) / (f − G_j + F_j)      label 0:  G_j / (1 − f + G_j − F_j)      both held in [0, 1], runs count how often
  Weights: none.

Optimum n. Delivery 3 is final, so its labels stay as they are.
)";

double share(const Batch& batch, double part, double of) {
    const double value = of != 0 ? part / of : 0;
    if (!(value >= 0 && value <= 1)) batch.note_clipped();
    return std::isfinite(value) ? std::clamp(value, 0.0, 1.0) : 0;
}

double soft_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double f) {
        const Wrong wrong = wrong_of(batch, i);
        const double plus = wrong.positive[batch.part_of(i)], minus = wrong.negative[batch.part_of(i)];
        const double final_positive = batch.positive(i) ? share(batch, f - minus, f - minus + plus)
                                                        : share(batch, minus, 1 - f + minus - plus);
        return CopyTerms{.positive = final_positive, .negative = 1 - final_positive};
    });
}

const Registered three_delivery_soft{{
    .name = "three-delivery-soft",
    .title = "Three deliveries, labels corrected one by one",
    .source = "the seed note's three deliveries, label correction instead of weights",
    .math = soft_math,
    .claim = Claim::consistent,
    .learners = {net_learner(soft_loss, true_probability, "n")},
}};

// ---- as printed

constexpr std::string_view as_printed_math = R"(
Three deliveries with the weights as the note prints them: a negative control.

  early_late_refund, late_refunded, late_kept   frozen heads
  P_dr = early_late_refund + late_refunded,  P_dp = late_refunded + late_kept;   f the current prediction, held constant

  w⁺ = f / (f + A),  A = ⅔ P_dr − ⅓ P_dp;     w⁻ = f / (f + B),  B = ⅔ P_dp − ⅓ P_dr;   bounded as in `three-delivery`.
  Printed: q(y=0) starts from p(y=1) and has its coefficients swapped in size, and w⁻ has p(y=1) as numerator. Only q(y=1)
  is right, and only with this reading of P_dr.

Optimum: the attracting root of f² + f [q₀ A − q₁ (1 − B)] − q₁ B = 0, q₁ = n + A, q₀ = 1 − q₁: too high, by 16 to 63 % in the cells of
the tests, but too low where most refunds are late ones of early conversions (B < 0): there the root may be missing, and f goes to 0.
)";

double as_printed_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double f) {
        const double refunds = batch.answer(i, 0) + batch.answer(i, 1),
                     conversions = batch.answer(i, 1) + batch.answer(i, 2);
        return batch.positive(i)
                   ? CopyTerms{.positive = bounded(batch, f, f + (2 * refunds - conversions) / 3)}
                   : CopyTerms{.negative = bounded(batch, f, f + (2 * conversions - refunds) / 3)};
    });
}

double as_printed_optimum(const CellLaw& law, StageKind) {
    const double refunds = law.mass[a2] + law.mass[b1] + law.mass[b2], conversions = law.late();
    const double a = (2 * refunds - conversions) / 3, b = (2 * conversions - refunds) / 3;
    const double positive = law.net() + a, negative = 1 - positive;
    const double half = (negative * a - positive * (1 - b)) / 2, square = half * half + positive * b;
    return square < 0 ? 0 : std::max(-half + std::sqrt(square), 0.0);
}

const Registered three_delivery_as_printed{{
    .name = "three-delivery-as-printed",
    .title = "Three deliveries with the weights as printed: a negative control",
    .source = "the seed note's importance sampling for net conversion, as printed",
    .math = as_printed_math,
    .claim = Claim::as_coded,
    .learners = {net_learner(
        as_printed_loss, as_printed_optimum, "the root of f² + f [q₀ A − q₁ (1 − B)] − q₁ B")},
}};

}  // namespace
}  // namespace netcvr
