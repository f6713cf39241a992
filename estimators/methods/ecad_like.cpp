#include <algorithm>
#include <cmath>

#include "estimators/ages.h"
#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"
#include "sim/time.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
ECAD-like: a reconstruction in the spirit of ECAD, of which only the abstract is public here. Two tasks on all clicks,
conversion and conversion with refund; window towers learn from clicks that are old enough for their window alone.

  p = P(conversion | x) = Σ_k g_k,   g_k = P(w_{k−1} < delay ≤ w_k | x),  windows w_k = W_A/512, W_A/64, W_A/8, W_A: four heads
  q = P(conversion and refund | x) = p · r,   r = P(refund | conversion, x): a fifth head, trained through the product alone

  Copies per click: at each w_k, 1 if the conversion came in that window: log loss of g_k. At W_A + W_R, 1 if refunded: log loss
  of p · r, on all clicks, so that no tower sees conversions only. All copies of a day train together at its end.
  Prediction: p = Σ g_k (at most 1), r, net = p (1 − r).
  Its network starts from the copies that its rule sends of the pretrain period.

Optimum p, r and p (1 − r) in a world that stands still. What g_k knows is w_k old, so short delays are followed quickly and long
ones late; refunds are W_A + W_R old.
)";

constexpr std::size_t refund_head = age_count, refund_part = age_count;

/// Part k: the increment of window k; the last: refunded.
void windows_and_refund(const Outcomes& outcomes, StageKind, Copies& copies) {
    const Stage& conversion = outcomes.conversion;
    conversion.for_each_entered([&](std::size_t i) {
        const Time click = conversion.start[i];
        Time before = click - 1;
        for (std::size_t k = 0; k < age_count; ++k) {
            const Time end = click + age(conversion.attribution, k);
            const bool inside =
                conversion.happens(i) && before < conversion.event[i] && conversion.event[i] <= end;
            copies.add(i, end, inside, k);
            before = end;
        }
        copies.add(i, click + outcomes.windows.maturity(), outcomes.refund.happens(i), refund_part);
    });
}

double sum_of_increments(std::span<const double> logits) {
    double p = 0;
    for (std::size_t k = 0; k < age_count; ++k) p += sigmoid(logits[k]);
    return std::min(p, 1 - 1e-6);
}

double increments_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    double sum = 0;
    for (std::size_t k = 0; k < age_count; ++k)
        sum += terms_log_loss(batch, z, dz, k, [&](std::size_t i, double) {
            if (batch.part_of(i) != k) return CopyTerms{.counts = false};
            return batch.positive(i) ? CopyTerms{.positive = 1} : CopyTerms{.negative = 1};
        });
    return sum;
}

/// Log loss of q = p r, by the logit of r; p is held.
double product_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < batch.size(); ++i)
        if (batch.part_of(i) == refund_part) count += batch.weight_of(i);
    const std::span<const double> held = batch.held.empty() ? z : batch.held;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch.part_of(i) != refund_part) continue;
        const double z_r = z[i * batch.heads + refund_head], r = sigmoid(z_r);
        const double p = sum_of_increments(held.subspan(i * batch.heads, batch.heads));
        const double q = p * r, once = batch.weight_of(i) / count;
        sum += once * (batch.positive(i) ? softplus(-z_r) - std::log(p) : -std::log1p(-q));
        dz[i * batch.heads + refund_head] += once * (batch.positive(i) ? -(1 - r) : q * (1 - r) / (1 - q));
    }
    return sum;
}

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return increments_loss(batch, z, dz) + product_loss(batch, z, dz);
}

double refund_probability(std::span<const double> logits) {
    return sigmoid(logits[refund_head]);
}

const Registered ecad_like{{
    .name = "ecad-like",
    .title = "ECAD-like: windows on all clicks, refunds through the product (a reconstruction)",
    .source = "after the abstract of ECAD, CIKM 2023",
    .math = math,
    .claim = Claim::consistent,
    .learners = {{.stage = StageKind::conversion,
                  .delivery = windows_and_refund,
                  .loss = loss,
                  .heads = age_count + 1,
                  .own_start = true,
                  .collected = day,
                  .outputs = {{StageKind::conversion, true_probability, "p", sum_of_increments},
                              {StageKind::refund, true_probability, "r", refund_probability}}}},
}};

// ---- net as a difference

constexpr std::string_view difference_math = R"(
ECAD-like with net as a difference: windows and copies of `ecad-like`, but a head of its own for conversions with refund.

  p = P(conversion | x) = Σ_k g_k;   q = P(conversion and refund | x), a fifth head with plain log loss

  Prediction: p = Σ g_k, net = p − q, at least 0.

Optimum p and n. Nothing keeps q below p: with little data or under drift the difference can be negative, which is why
`ecad-like` multiplies.
)";

double difference_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return increments_loss(batch, z, dz) +
           terms_log_loss(batch, z, dz, refund_head, [&](std::size_t i, double) {
               if (batch.part_of(i) != refund_part) return CopyTerms{.counts = false};
               return batch.positive(i) ? CopyTerms{.positive = 1} : CopyTerms{.negative = 1};
           });
}

double difference(std::span<const double> logits) {
    return std::max(sum_of_increments(logits) - sigmoid(logits[refund_head]), 1e-6);
}

const Registered ecad_like_difference{{
    .name = "ecad-like-difference",
    .title = "ECAD-like, net as a difference of two rates (a reconstruction)",
    .source = "after the abstract of ECAD, CIKM 2023",
    .math = difference_math,
    .claim = Claim::consistent,
    .learners = {{.stage = StageKind::conversion,
                  .delivery = windows_and_refund,
                  .loss = difference_loss,
                  .heads = age_count + 1,
                  .own_start = true,
                  .collected = day,
                  .outputs = {{StageKind::conversion, true_probability, "p", sum_of_increments},
                              {StageKind::net, true_probability, "n", difference}}}},
}};

}  // namespace
}  // namespace netcvr
