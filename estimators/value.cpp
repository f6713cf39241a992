#include "estimators/value.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

constexpr double least_sigma = 1e-3;

constexpr std::string_view math = R"(
Value heads: the zero-inflated log-normal with the method's own p.

  v | conversion, x ~ log-normal(μ, σ²)        a network with two logits, σ = log(1 + e^s)
  share = E[share of v paid back | refund, x]  a network with one logit

  gmv = cvr · exp(μ + σ²/2),   net_gmv = gmv · (1 − refund_rate · share)

  Copies: of each conversion, and of each refund, the first that shows it in the method's own stream: one each, when it
  comes. Weights 1: what is a function of x cancels.

Optimum: mean and variance of log v, and the mean share, over the events that the rule shows: of all, or of the early ones
where it never shows the late. net_gmv supposes that value, share and refund are independent given x and the conversion.
gmv counts the conversion alone, no repeats.
)";

double log_normal(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return log_normal_loss(batch, z, dz, 0);
}

/// Log loss of a share instead of a label: its minimum is the mean share, whatever the shares' law.
double share_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double) {
        return CopyTerms{.positive = batch.value[i], .negative = 1 - batch.value[i]};
    });
}

double mean_of_logits(std::span<const double> z) {
    return log_normal_mean(z[0], z[1]);
}

/// The learner that shows a stage's event in copies of its own: not one that never trains.
const Learner* tower_of(const Method& method, StageKind stage) {
    for (const Learner& learner : method.learners)
        for (const Output& output : learner.outputs)
            if (learner.delivery && output.stage == stage && !output.of_value) return &learner;
    return nullptr;
}

/// Of each event the first copy that shows it. The weight of the others, and of a rule's positives as such,
/// is a function of x, so it would not undo that early events are sent twice and late ones once.
Delivery first_positives(const Learner& tower, StageKind kind, bool privileged) {
    return [=](const Outcomes& outcomes, StageKind, Copies& copies) {
        const Stage& stage = outcomes.stage(kind);
        Copies all;
        tower.delivery(outcomes, tower.stage, all);
        std::vector<Time> first(outcomes.size(), never);
        for (std::size_t k = 0; k < all.size(); ++k) {
            const std::size_t i = all.click[k];
            if (!all.label[k] || tower.clock(all.part[k]) != kind || !stage.happens(i)) continue;
            if (privileged || stage.event[i] <= all.at[k]) first[i] = std::min(first[i], all.at[k]);
        }
        for (std::size_t i = 0; i < first.size(); ++i)
            if (first[i] != never) copies.add(i, first[i], true);
    };
}

Learner head_on(const Learner& tower, StageKind kind, bool privileged) {
    Learner head{.stage = kind, .delivery = first_positives(tower, kind, privileged)};
    head.collected = tower.collected;
    head.own_start = head.reads_value = true;
    return head;
}

void add_heads(Method& method, const Argument&) {
    const Learner* conversions = tower_of(method, StageKind::conversion);
    if (!conversions)
        throw InputError(
            Exit::usage,
            fmt::format("method '{}' has no conversion tower that trains on the stream, whose copies "
                        "a value head could follow",
                        method.name));
    const bool privileged = method.claim == Claim::privileged;
    Learner value = head_on(*conversions, StageKind::conversion, privileged);
    value.heads = 2;
    value.loss = log_normal;
    value.outputs = {{.stage = StageKind::conversion, .probability = mean_of_logits, .of_value = true}};
    std::vector<Learner> heads = {std::move(value)};
    if (const Learner* refunds = tower_of(method, StageKind::refund)) {
        if (refunds->stage != StageKind::refund && refunds->clocks.empty())
            throw InputError(
                Exit::usage,
                fmt::format("method '{}' sends refunds among the copies of conversions: a head for "
                            "the share paid back could not tell them apart",
                            method.name));
        Learner share = head_on(*refunds, StageKind::refund, privileged);
        share.loss = share_loss;
        share.outputs = {{.stage = StageKind::refund, .of_value = true}};
        heads.push_back(std::move(share));
    }
    std::ranges::move(heads, std::back_inserter(method.learners));
}

}  // namespace

double log_normal_mean(double mu, double s) {
    const double sigma = std::max(softplus(s), least_sigma);
    return std::exp(mu + sigma * sigma / 2);
}

double log_normal_loss(const Batch& batch,
                       std::span<const double> z,
                       std::span<double> dz,
                       std::size_t head) {
    const double half_log_two_pi = std::log(2 * std::numbers::pi) / 2;
    double count = 0, sum = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) count += batch.weight_of(i);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch.value[i] <= 0) continue;
        const std::size_t at = i * batch.heads + head;
        const double free_sigma = softplus(z[at + 1]), sigma = std::max(free_sigma, least_sigma);
        const double log_value = std::log(batch.value[i]), deviation = (log_value - z[at]) / sigma;
        const double share = batch.weight_of(i) / count;
        sum += share * (log_value + std::log(sigma) + half_log_two_pi + deviation * deviation / 2);
        dz[at] -= share * deviation / sigma;
        if (free_sigma >= least_sigma)
            dz[at + 1] += share * (1 - deviation * deviation) / sigma * sigmoid(z[at + 1]);
    }
    return sum;
}

std::vector<Modifier> value_heads() {
    return {{.name = "value",
             .choices = {"ziln"},
             .title = "heads for order values and shares paid back",
             .math = math,
             .apply = add_heads}};
}

}  // namespace netcvr
