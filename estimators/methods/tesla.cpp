#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"
#include "estimators/ranking.h"

namespace netcvr {
namespace {

constexpr std::string_view separate_math = R"(
TESLA's pointwise part: two towers, conversion and refund, in one network, each debiased on a stream of its own, in ES-DFM's
way. Here each tower has its own embeddings.

  p, r              = P(conversion | x), P(refund | conversion, x)   what we want
  f                   the current prediction of the copy's tower, held constant in the weights
  late_given_event  = P(delay > w | event, x)   δ below: a frozen head for each stage

  Conversion copies per click: 1 + pδ, by the window w_c after the click (S3). Refund copies per conversion: 1 + rδ, by the
  window w_r after the conversion (R2), of late conversions as well. A copy trains its tower alone.
  Weights:   w⁺ = 1 + fδ,   w⁻ = (1 − f)(1 + fδ) / (1 − f + fδ), the paper's. Each tower's loss is the mean over its copies.
  Its network starts from the matured labels of both stages, Σ log P(converted) + Σ log P(refunded | converted).

Optimum p and r, the only fixed point (w⁺ p : w⁻ (1 − p + pδ) = p : 1 − p at f = p), and so net = p (1 − r). The public code
has frozen predictions in place of f: `tesla-frozen`. Its two optimiser steps per batch, a tower each, are one here.
)";

constexpr std::string_view shared_math = R"(
TESLA's pointwise part with shared embeddings: streams, weights and start of `tesla-separate`, but both towers read one table.

  late_given_event  = P(delay > w | event, x)   δ: a frozen head for each stage

  Weights:   w⁺ = 1 + fδ,   w⁻ = (1 − f)(1 + fδ) / (1 − f + fδ).

Optimum p and r. Refunds are few; through the table they learn from all clicks.
)";

constexpr std::string_view hybrid_math = R"(
TESLA's pointwise part with hybrid embeddings: streams, weights and start of `tesla-separate`, but each tower reads
[its own embeddings ‖ shared embeddings], twice the width.

  late_given_event  = P(delay > w | event, x)   δ: a frozen head for each stage

  Weights:   w⁺ = 1 + fδ,   w⁻ = (1 − f)(1 + fδ) / (1 − f + fδ).

Optimum p and r.
)";

constexpr std::string_view ranking_math = R"(
TESLA: two towers as in `tesla-hybrid` (or `-separate`, `-shared`), and in each tower delay-aware ranking on top.

  late_given_event  = P(delay > w | event, x)   δ: a frozen head for each stage
  ω_i               = 1 + σ((median h − h_i) / max(std h, 1)): positives that came early weigh more; h in hours, of the batch

  Loss of a tower: pointwise as in `tesla-hybrid` + λ Σ_i ω_i mean_j log(1 + e^{−(z_i − z_j)}) / Σ_i ω_i.
  For each positive i: 50 negatives j of other clicks (refunds: 5), drawn with chances ∝ 1 − f_j.
  λ = 1 for conversions, .1 for refunds, as in the public code; the paper has sums in place of means and 1 throughout. The
  temperature of its sampling cancels.

Where it settles: ranking sees differences alone. One x alone, or all x alike, stay at p and r, and the mean stays calibrated.
Between x it pulls to the difference log(P₁ω₁ / P₂ω₂) − log[N₁(1 − f₁) / N₂(1 − f₂)], P and N the masses of positive and
negative copies: the spread is wrong, mostly too wide. Two kinds, half and half, with truth (.200, .050), .02 and .03 of
all clicks late, settle at (.2054, .0446) with λ = 1, at (.2019, .0481) with λ = .1, and at (.2124, .0377) with λ = 1 and
ω 1.7, 1.3. PCOC over all clicks does not see it; deciles do.
)";

constexpr std::string_view unit_density_math = R"(
TESLA's pointwise part in which every click counts once, and every conversion: `tesla-frozen` without the factor 1 + p₀ − i, which may
become negative and by which those with many late events count more.

  real_negative  = P(no event | x, none seen by w)   frozen head of each stage

  Weights:   w⁺ = 1,   w⁻ = real_negative. Streams, towers and start as `tesla-hybrid`.

Optimum p / (p + real_negative · (1 − p + pδ)): p and r if real_negative is exact. Drift of p pulls it to what it was.
)";

constexpr std::string_view frozen_math = R"(
TESLA's pointwise part with the weights of the public code: hybrid embeddings and streams as `tesla-hybrid`.

  event          = P(event | x)                      p₀, frozen head of each stage
  in_window      = P(event, delay ≤ w | x)           i, frozen head of each stage
  real_negative  = P(no event | x, none seen by w)   frozen head of each stage

  Weights:   w⁺ = 1 + p₀ − i,   w⁻ = (1 + p₀ − i) · real_negative.

Optimum p / (p + real_negative · (1 − p + pδ)): p and r if real_negative is exact, whatever p₀ and i are, which only say how
much a click counts (p₀ − i may be negative, as two heads need not agree). Drift of p pulls it to what it was.
)";

enum : std::size_t { conversion_head, refund_head };

std::size_t head_of(const Batch& batch, std::size_t i) {
    return batch.part_of(i) / 2;
}

/// Parts 0 and 1: conversion copies, first and late; 2 and 3: refund copies.
void of_both_stages(const Outcomes& outcomes, StageKind, Copies& copies) {
    delivery::after_window_then_late_positive(outcomes, StageKind::conversion, copies);
    Copies refunds;
    delivery::after_window_then_late_positive(outcomes, StageKind::refund, refunds);
    for (std::size_t k = 0; k < refunds.size(); ++k)
        copies.add(refunds.click[k], refunds.at[k], refunds.label[k] != 0, 2 + refunds.part[k]);
}

constexpr Frozen in_window{.name = "in_window",
                           .meaning = "P(event, delay ≤ w | x)",
                           .conversion = {trajectory_sets::all, trajectory_sets::early},
                           .refund = {trajectory_sets::converted, trajectory_sets::refunded_early}};

/// Mean over the copies of each tower. weights: (copy, head, f) → {w⁺, w⁻}
template <class WeightsOf>
double both_towers(const Batch& batch, std::span<const double> z, std::span<double> dz, WeightsOf weights) {
    double sum = 0;
    for (const std::size_t head : {conversion_head, refund_head})
        sum += terms_log_loss(batch, z, dz, head, [&](std::size_t i, double f) {
            if (head_of(batch, i) != head) return CopyTerms{.counts = false};
            const Weights w = weights(i, head, f);
            return batch.positive(i) ? CopyTerms{.positive = w.positive} : CopyTerms{.negative = w.negative};
        });
    return sum;
}

double pointwise(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return both_towers(batch, z, dz, [&](std::size_t i, std::size_t head, double f) {
        return elapsed_time_own_weights(f, batch.answer(i, head));
    });
}

double pointwise_frozen(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return both_towers(batch, z, dz, [&](std::size_t i, std::size_t head, double) {
        const double late = batch.answer(i, 3 * head) - batch.answer(i, 3 * head + 1);
        return Weights{.positive = 1 + late, .negative = (1 + late) * batch.answer(i, 3 * head + 2)};
    });
}

double pointwise_unit_density(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return both_towers(batch, z, dz, [&](std::size_t i, std::size_t head, double) {
        return Weights{.positive = 1, .negative = batch.answer(i, head)};
    });
}

double with_ranking(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    double sum = pointwise(batch, z, dz);
    for (const Ranking& ranking : {Ranking{.head = conversion_head, .coefficient = 1, .draws = 50},
                                   Ranking{.head = refund_head, .coefficient = .1, .draws = 5}}) {
        Ranked ranked;
        for (std::size_t i = 0; i < batch.size(); ++i)
            if (head_of(batch, i) == ranking.head)
                (batch.positive(i) ? ranked.positive : ranked.negative).push_back(i);
        ranked.weight = delay_weights(batch, ranked.positive);
        sum += ranking_loss(batch, z, dz, ranked, ranking);
    }
    return sum;
}

Learner two_towers(Sharing sharing, Loss loss) {
    using enum StageKind;
    return {
        .stage = conversion,
        .delivery = of_both_stages,
        .loss = std::move(loss),
        .frozen = {frozen::late_given_event, frozen::of_stage(frozen::late_given_event, StageKind::refund)},
        .clocks = {conversion, conversion, refund, refund},
        .heads = 2,
        .towers = {conversion, refund},
        .sharing = sharing,
        .outputs = {{conversion, true_probability, "p"}, {refund, true_probability, "r", sigmoid_of_second}}};
}

Learner ranked_towers(Sharing sharing) {
    Learner same = two_towers(sharing, with_ranking);
    same.reads_delay = same.draws = true;
    for (Output& output : same.outputs) output.optimum = nullptr, output.optimum_text = {};
    return same;
}

/// The same heads for both stages.
Learner frozen_towers(Loss loss, const std::vector<Frozen>& heads) {
    Learner same = two_towers(Sharing::hybrid, std::move(loss));
    same.frozen = heads;
    for (const Frozen& head : heads) same.frozen.push_back(frozen::of_stage(head, StageKind::refund));
    return same;
}

Method row(std::string_view name,
           std::string_view title,
           std::string_view math,
           Learner learner,
           std::string_view source = "TESLA, WWW 2026") {
    return {.name = name,
            .title = title,
            .source = source,
            .math = math,
            .claim = learner.draws ? Claim::biased : Claim::consistent,
            .learners = {std::move(learner)}};
}

const Registered separate{row("tesla-separate",
                              "TESLA's two towers, each with embeddings of its own",
                              separate_math,
                              two_towers(Sharing::separate, pointwise))};
const Registered shared{row("tesla-shared",
                            "TESLA's two towers on shared embeddings",
                            shared_math,
                            two_towers(Sharing::shared, pointwise))};
const Registered hybrid{row("tesla-hybrid",
                            "TESLA's two towers on their own and shared embeddings",
                            hybrid_math,
                            two_towers(Sharing::hybrid, pointwise))};
const Registered frozen_weights{
    row("tesla-frozen",
        "TESLA's two towers with frozen weights, as in public code",
        frozen_math,
        frozen_towers(pointwise_frozen, {frozen::event, in_window, frozen::real_negative}))};
const Registered unit_density{row("tesla-unit-density",
                                  "TESLA's two towers in which every click counts once",
                                  unit_density_math,
                                  frozen_towers(pointwise_unit_density, {frozen::real_negative}),
                                  "TESLA, WWW 2026, without the density factor")};
const Registered tesla{row(
    "tesla", "TESLA: hybrid towers with delay-aware ranking", ranking_math, ranked_towers(Sharing::hybrid))};
const Registered separate_ranking{row("tesla-separate-ranking",
                                      "TESLA with delay-aware ranking, each tower with embeddings of its own",
                                      ranking_math,
                                      ranked_towers(Sharing::separate))};
const Registered shared_ranking{row("tesla-shared-ranking",
                                    "TESLA with delay-aware ranking on shared embeddings",
                                    ranking_math,
                                    ranked_towers(Sharing::shared))};

}  // namespace
}  // namespace netcvr
