#include <algorithm>
#include <array>
#include <cmath>

#include "estimators/ages.h"
#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
MISS (multi-interval screening and synthesizing) trains one head for each of several observation windows and mixes them.

  p = P(event | x)   what we want;   windows w_k = W/64, W/8, W;   d_k = P(event, delay > w_k | x)
  late_given_event_at_age = P(delay > w_k | event, x)   frozen head, δ_k
  f_k   the prediction of head k, held constant in its weights

  Copies of head k: the label seen at w_k, and 1 again at a later event.   Weights: w⁺ = 1 + α δ_k, w⁻ = 1.
  The synthesiser's weights ω = softmax of three more heads learn from final labels at W: log loss of y against Σ ω_k f_k, the
  heads held constant.   Prediction: Σ ω_k f_k.
  Its network starts from the copies that its rule sends of the pretrain period.

Head k settles at p A / (p A + 1 − p + d_k), A = 1 + α δ_k: at p iff α = p / (1 − p). Here α = f_k / (1 − f_k), so every head has the
only fixed point p, and any mixture has it. The paper's α is a number: see `miss-constant`. As f_k nears 1, w⁺ grows as fast as the
loss of a positive falls, so that the copies of one click would push its logit up for ever: w⁺ is held at 20, which no p with
δ p / (1 − p) < 19 feels. Runs count how often it is held.
)";

constexpr std::size_t windows = 3;
constexpr std::size_t first_age = age_count - windows;
enum : std::size_t { final_part = 2 * windows };  // parts 2k and 2k + 1: first and late copies of head k

void every_window(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    const Stage& stage = outcomes.stage(kind);
    stage.for_each_entered([&](std::size_t i) {
        for (std::size_t k = 0; k < windows; ++k) {
            const Time end = stage.start[i] + age(stage.attribution, first_age + k);
            const bool seen = stage.happens(i) && stage.event[i] <= end;
            copies.add(i, end, seen, 2 * k);
            if (stage.happens(i) && !seen) copies.add(i, stage.event[i], true, 2 * k + 1);
        }
        copies.add(i, stage.start[i] + stage.attribution, stage.happens(i), final_part);
    });
}

std::array<double, windows> mixture(const double* logits) {
    const double most = *std::max_element(logits + windows, logits + 2 * windows);
    std::array<double, windows> share{};
    double sum = 0;
    for (std::size_t k = 0; k < windows; ++k) sum += share[k] = std::exp(logits[windows + k] - most);
    for (double& s : share) s /= sum;
    return share;
}

double mixed_heads(std::span<const double> logits) {
    const auto share = mixture(logits.data());
    double p = 0;
    for (std::size_t k = 0; k < windows; ++k) p += share[k] * sigmoid(logits[k]);
    return p;
}

/// Log loss of Σ ω_k f_k by the logits of ω.
double synthesiser_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < batch.size(); ++i)
        if (batch.part_of(i) == final_part) count += batch.weight_of(i);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch.part_of(i) != final_part) continue;
        const auto share = mixture(&z[i * batch.heads]);
        std::array<double, windows> f{};
        double p = 0;
        for (std::size_t k = 0; k < windows; ++k) {
            f[k] = std::clamp(batch.prediction(z, i, k), 1e-12, 1 - 1e-12);
            p += share[k] * f[k];
        }
        const double once = batch.weight_of(i) / count;
        sum -= once * (batch.positive(i) ? std::log(p) : std::log1p(-p));
        const double d_p = batch.positive(i) ? -1 / p : 1 / (1 - p);
        for (std::size_t k = 0; k < windows; ++k)
            dz[i * batch.heads + windows + k] += once * d_p * share[k] * (f[k] - p);
    }
    return sum;
}

/// positive(i, k): the weight of copy i of head k where its label is 1.
template <class WeightOf>
double heads_loss(const Batch& batch, std::span<const double> z, std::span<double> dz, WeightOf positive) {
    double sum = synthesiser_loss(batch, z, dz);
    for (std::size_t k = 0; k < windows; ++k)
        sum += terms_log_loss(batch, z, dz, k, [&](std::size_t i, double) {
            if (batch.part_of(i) / 2 != k || batch.part_of(i) == final_part)
                return CopyTerms{.counts = false};
            return batch.positive(i) ? CopyTerms{.positive = positive(i, k)} : CopyTerms{.negative = 1};
        });
    return sum;
}

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    constexpr double most = 20;
    return heads_loss(batch, z, dz, [&](std::size_t i, std::size_t k) {
        const double late = batch.answer(i, k);
        // Odds may be infinite, and infinitely much of nothing is no number.
        const double weight = late > 0 ? 1 + batch.odds(z, i, k) * late : 1;
        if (weight > most) batch.note_clipped();
        return std::min(weight, most);
    });
}

Learner learner(StageKind stage) {
    std::vector<Frozen> heads;
    for (std::size_t k = 0; k < windows; ++k)
        heads.push_back(frozen::of_age(frozen::late_given_event_at_age, first_age + k));
    return {.stage = stage,
            .delivery = every_window,
            .loss = loss,
            .frozen = heads,
            .heads = 2 * windows,
            .own_start = true,
            .outputs = {{stage, true_probability, "p", mixed_heads}}};
}

const Registered miss{{
    .name = "miss",
    .title = "MISS: several windows, synthesised",
    .source = "AAAI 2024 (multi-interval screening and synthesizing); α as theory wants it",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
    .version = 4,
}};

// ---- the paper's constant

constexpr std::string_view constant_math = R"(
MISS with one number for α, here 0.7: streams, heads and synthesiser of `miss`.

  late_given_event_at_age = P(delay > w_k | event, x)   frozen head, δ_k

  Weights of head k: w⁺ = 1 + 0.7 δ_k, w⁻ = 1.

Head k settles at p A / (p A + 1 − p + d_k), A = 1 + 0.7 δ_k: above p where p < .41, below it elsewhere, but for the window W itself,
in which nothing is late. The synthesiser can choose that one, which is right and oldest; it has no closed form.
)";

double constant_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return heads_loss(batch, z, dz,
                      [&](std::size_t i, std::size_t k) { return 1 + 0.7 * batch.answer(i, k); });
}

Learner constant_learner(StageKind stage) {
    Learner same = learner(stage);
    same.loss = constant_loss;
    same.outputs = {{.stage = stage, .probability = mixed_heads}};
    return same;
}

const Registered miss_constant{{
    .name = "miss-constant",
    .title = "MISS with a constant weight of late events",
    .source = "AAAI 2024 (multi-interval screening and synthesizing)",
    .math = constant_math,
    .claim = Claim::biased,
    .learners = {constant_learner(StageKind::conversion), constant_learner(StageKind::refund)},
    .version = 2,
}};

}  // namespace
}  // namespace netcvr
