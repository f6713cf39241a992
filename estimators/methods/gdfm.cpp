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
GDFM (generalized delayed feedback model) takes what is seen of a click at fixed ages as observations of its final label,
each as informative as a frozen model says, and maximises their likelihood.

  p = P(event | x)   what we want;   o_k = 1 if the event has been seen by age t_k = W/512, W/64, W/8, W
  late_given_event_at_age = P(delay > t_k | event, x)   frozen head, 1 − φ_k: P(o_k = 1 | event) = φ_k, P(o_k = 1 | none) = 0
  event = P(event | x)   frozen head, p₀: the prediction of the pretrain period

  Copies per click: one at each age; the copy at t_k shows o_1 … o_k.   Its loss, f the prediction:
    Σ_{j ≤ k} ω_j / (K − j + 1) · ( − log f φ_j where o_j = 1,   − log (1 − f φ_j) where o_j = 0 )   +   0.01 · KL(p₀ ‖ f)
  ω_j ∝ e^(−β t_j / W) e^(−α H_j / H), α = 2, β = 1, of mean 1: H_j is the entropy of the label that is left when o_j is known,
  H = log 2, both from the frozen heads, averaged over the batch. K − j + 1 copies show o_j.

Optimum p with exact heads: each term alone has it. The KL term holds the estimate near p₀ where p drifts. Errs with the
delays: looked at at one age alone, with φ̂ for φ there, it settles at p φ / φ̂; with the four ages, between that and p.
)";

constexpr double alpha = 2, beta = 1, towards_start = 0.01;

double entropy(double p) {
    return p > 0 && p < 1 ? -p * std::log(p) - (1 - p) * std::log1p(-p) : 0;
}

using PerAge = std::array<double, age_count>;

/// Answers 0 … K−1 are late given event at each age, answer K is p₀.
PerAge weights_of(const Batch& batch) {
    PerAge left{}, weight{};
    double count = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const double p0 = batch.answer(i, age_count), once = batch.weight_of(i);
        count += once;
        for (std::size_t j = 0; j < age_count; ++j) {
            const double unseen = 1 - p0 * (1 - batch.answer(i, j));
            left[j] += once * unseen * entropy(p0 * batch.answer(i, j) / unseen);
        }
    }
    double sum = 0;
    for (std::size_t j = 0; j < age_count; ++j) {
        const double share_of_window = 1 / std::pow(8.0, static_cast<double>(age_count - 1 - j));
        weight[j] = std::exp(-beta * share_of_window - alpha * left[j] / count / std::log(2.0));
        sum += weight[j];
    }
    for (double& w : weight) w *= static_cast<double>(age_count) / sum;
    return weight;
}

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    const PerAge omega = weights_of(batch);
    const Time window = std::lround(batch.attribution * static_cast<double>(day));
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) count += batch.weight_of(i);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const double f = sigmoid(z[i]), no = sigmoid(-z[i]), p0 = batch.answer(i, age_count),
                     once = batch.weight_of(i) / count;
        sum += once * towards_start * (p0 * softplus(-z[i]) + (1 - p0) * softplus(z[i]) - entropy(p0));
        double d = towards_start * (f - p0);
        const Time delay = std::lround(batch.delay[i] * static_cast<double>(day));
        for (std::size_t j = 0; j <= batch.part_of(i); ++j) {
            const double w = omega[j] / static_cast<double>(age_count - j);
            const double late = batch.answer(i, j), phi = 1 - late;
            const bool seen = batch.positive(i) && delay <= age(window, j);
            if (seen) {
                sum += once * w * (softplus(-z[i]) - std::log(std::max(phi, 1e-6)));
                d -= w * no;
            } else {
                const double unseen = no + f * late;  // 1 − f φ, more than 0 where both round to 1
                sum -= once * w * std::log(unseen);
                d += w * phi * f * no / unseen;
            }
        }
        dz[i] += once * d;
    }
    return sum;
}

std::vector<Frozen> heads() {
    std::vector<Frozen> all;
    for (std::size_t k = 0; k < age_count; ++k)
        all.push_back(frozen::of_age(frozen::late_given_event_at_age, k));
    all.push_back(frozen::event);
    return all;
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = delivery::at_ages,
            .loss = loss,
            .frozen = heads(),
            .reads_delay = true,
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered gdfm{{
    .name = "gdfm",
    .title = "GDFM: what is seen at fixed ages as observations of the label",
    .source = "Yang and Zhan, NeurIPS 2022",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
