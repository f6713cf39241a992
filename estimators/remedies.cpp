#include "estimators/remedies.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "estimators/loss_terms.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

constexpr std::string_view over_sampling_math = R"(
Over-sampling: a refund copy with label 1 (of a net head: a kept conversion) is delivered K times.

  The loss sees the logit z + log K, and weights that use the prediction are evaluated at z. Masses (M₁, M₀) of the two labels
  become (K M₁, M₀): the odds that the loss sees are K times those of z, so z settles where it did without.

Optimum unchanged, whatever it was. More steps for the rare label, each with more weight: what is gained or lost is variance.
Refused where a copy's label does not decide alone which of the two terms it adds (soft labels, likelihoods of delays): there
K would move the optimum.
)";

constexpr std::string_view pseudo_math = R"(
Pseudo-refunds: each copy also carries κ pseudo observations with the label distribution of the pretrained rate, held: a prior
against sparsity.

  event = P(event | x)   frozen head of the pretrain period, r₀

  Loss of a copy: the method's own + κ [ r₀ ℓ⁺ + (1 − r₀) ℓ⁻ ].

Optimum r of a consistent method in a world that stands still, where r₀ = r; after drift (r + κ r₀) / (1 + κ) with plain log loss,
so it follows a move by 1 / (1 + κ) of it. Of plain log loss that settles at b: (b + κ r) / (1 + κ).
)";

constexpr std::string_view logit_adjusted_math = R"(
Logit adjustment: the loss sees the logit z + τ logit r̄, r̄ the mean of the pretrained rate over the batch (Menon et al., ICLR
2021); weights that use the prediction are evaluated there, too.

  event = P(event | x)   frozen head of the pretrain period; r̄ its mean over a batch

Where the loss wants r, z settles at logit r − τ logit r̄: with τ = 1 the rare label counts as if both were equally frequent, best for
the balanced error. Biased as a probability on purpose, the order by x is unchanged.
Its network starts from the copies that its rule sends of the pretrain period.
)";

constexpr std::string_view focal_math = R"(
Focal loss: each term counts less the better its copy is predicted already (Lin et al., ICCV 2017),
    A (1 − f)^γ (− log f) + B f^γ (− log (1 − f)),   f = σ(z), A and B the method's own weights.

Alone it is not proper: where A : B are as η : 1 − η it settles at f with η = Ψ(f),
    Ψ(f) = h(f) / [h(f) + h(1 − f)],   h(v) = v / φ(v),   φ(v) = (1 − v)^γ − γ (1 − v)^(γ−1) v log v.
So predictions are Ψ(f), not f, and weights that use the prediction are evaluated there (Charoenphakdee et al., CVPR 2021). With
over-sampling the loss sees K times the odds, σ(z + log K), and log K is taken off after Ψ.
Its network starts from the copies that its rule sends of the pretrain period.

Optimum unchanged, whatever it was.
)";

/// What a remedy acts on: the logit of one head, and the copies that train it.
struct Head {
    std::size_t number = 0;
    std::vector<bool> parts = {};  // by part of the copies, where a network has several towers; empty: all

    bool trains(std::size_t part) const { return parts.empty() || parts[part]; }
};

struct Target {
    Learner& learner;
    Output& output;
    Head head = {};
};

/// The head of this tower of the learner's network; the first if it has but one.
Head head_of(const Learner& learner, StageKind stage) {
    if (learner.towers.empty()) return {};
    const auto tower = std::ranges::find(learner.towers, stage) - learner.towers.begin();
    Head head{.number = static_cast<std::size_t>(tower)};
    for (std::size_t part = 0; part < learner.clocks.size(); ++part)
        head.parts.push_back(learner.tower(part) == head.number);
    return head;
}

Target target(Method& method, std::string_view remedy) {
    const auto predicts = [](StageKind stage) {
        return [stage](const Learner& learner) {
            return learner.stages() == std::vector{stage} || std::ranges::count(learner.towers, stage) > 0;
        };
    };
    StageKind stage = StageKind::refund;
    auto found = std::ranges::find_if(method.learners, predicts(stage));
    if (found == method.learners.end() && method.learners.size() == 1)
        stage = StageKind::net, found = std::ranges::find_if(method.learners, predicts(stage));
    const auto refuse = [&](const std::string& why) {
        throw InputError(Exit::usage, "method '" + std::string(method.name) + "' " + why + ": " +
                                          std::string(remedy) + " has nothing to act on");
    };
    if (found == method.learners.end()) refuse("has neither a refund tower nor only a net head");
    if (!found->delivery) refuse("never trains on the stream");
    return {*found, *std::ranges::find(found->outputs, stage, &Output::stage), head_of(*found, stage)};
}

void require(bool met, const Method& method, std::string_view remedy, std::string_view why) {
    if (!met)
        throw InputError(Exit::usage, std::string(remedy) + " does not suit '" + std::string(method.name) +
                                          "': " + std::string(why));
}

/// Whether its logit is that of what is predicted.
bool predicts_by_its_logit(const Target& target) {
    const auto* how = target.output.probability.target<double (*)(std::span<const double>)>();
    const std::size_t heads = target.learner.stages().size();
    return target.learner.outputs.size() == heads && how &&
           *how == (target.head.number == 0 ? sigmoid_of_first : sigmoid_of_second);
}

// ---- over-sampling

/// These logits with that of one head moved.
std::vector<double> moved(std::span<const double> z, std::size_t heads, std::size_t head, double by) {
    std::vector<double> all(z.begin(), z.end());
    for (std::size_t k = head; k < all.size(); k += heads) all[k] += by;
    return all;
}

struct OverSampled {
    Loss once;
    Head head;
    double offset;  // log K

    double operator()(const Batch& batch, std::span<const double> z, std::span<double> dz) const {
        Batch held = batch;
        if (held.held.empty()) held.held = z;
        return once(held, moved(z, batch.heads, head.number, offset), dz);
    }
};

void over_sample(Method& method, const Argument& argument) {
    const auto [tower, output, head] = target(method, "over-sampling");
    require(labels_alone_decide(tower, tower.loss, head.number), method, "over-sampling",
            "a copy's label does not decide alone which term of the loss it adds, so more copies would move "
            "the optimum");
    const auto times = static_cast<std::size_t>(argument.number);
    tower.delivery = [rule = tower.delivery, times, head = head](const Outcomes& outcomes, StageKind kind,
                                                                 Copies& copies) {
        Copies once;
        rule(outcomes, kind, once);
        for (std::size_t k = 0; k < once.size(); ++k) {
            const bool rare = once.label[k] != 0 && head.trains(once.part[k]);
            for (std::size_t again = 0; again < (rare ? times : 1); ++again)
                copies.add(once.click[k], once.at[k], once.label[k] != 0, once.part[k]);
        }
    };
    tower.loss = OverSampled{.once = tower.loss, .head = head, .offset = std::log(argument.number)};
}

// ---- the pretrained rate as a prior

Optimum between(const Optimum& own, double kappa) {
    return [own, kappa](const CellLaw& law, StageKind stage) {
        return (own(law, stage) + kappa * event_probability(law, stage)) / (1 + kappa);
    };
}

/// Copies that train the head.
double count_of(const Batch& batch, const Head& head) {
    double count = 0;
    for (std::size_t i = 0; i < batch.size(); ++i)
        if (head.trains(batch.part_of(i))) count += batch.weight_of(i);
    return count;
}

/// Whether it is plain log loss.
bool is_plain(const Loss& loss) {
    const auto* function =
        loss.target<double (*)(const Batch&, std::span<const double>, std::span<double>)>();
    return function && *function == log_loss;
}

void add_pseudo_refunds(Method& method, const Argument& argument) {
    const Target aim = target(method, "pseudo-refunds");
    const auto& [tower, output, head] = aim;
    require(predicts_by_its_logit(aim), method, "pseudo-refunds",
            "its logit is not that of the rate, which the prior is for");
    if (!output.consistent()) {
        const bool closed_form = output.optimum && is_plain(tower.loss);
        output.optimum = closed_form ? between(output.optimum, argument.number) : Optimum{};
        output.optimum_text = closed_form ? "(its own optimum + κ r) / (1 + κ)" : "";
    }
    const std::size_t prior = tower.frozen.size();
    tower.frozen.push_back(frozen::of_stage(frozen::event, output.stage));
    tower.loss = [loss = tower.loss, head = head, prior, kappa = argument.number](
                     const Batch& batch, std::span<const double> z, std::span<double> dz) {
        double sum = loss(batch, z, dz);
        const double count = count_of(batch, head);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (!head.trains(batch.part_of(i))) continue;
            const std::size_t k = i * batch.heads + head.number;
            const double r0 = batch.answer(i, prior), weight = kappa * batch.weight_of(i) / count;
            sum += weight * (r0 * softplus(-z[k]) + (1 - r0) * softplus(z[k]));
            dz[k] += weight * (sigmoid(z[k]) - r0);
        }
        return sum;
    };
}

// ---- logit adjustment

void adjust_logits(Method& method, const Argument& argument) {
    const Target aim = target(method, "logit-adjusted");
    const auto& [tower, output, head] = aim;
    require(predicts_by_its_logit(aim), method, "logit-adjusted",
            "its logit is not that of the rate, which the adjustment is for");
    const double tau = argument.number;
    if (output.optimum) {
        output.optimum_text =
            output.consistent() ? "σ(logit r − τ logit r̄)" : "σ(logit of its own optimum − τ logit r̄)";
        output.optimum = [own = output.optimum, tau](const CellLaw& law, StageKind stage) {
            return sigmoid(logit(own(law, stage)) - tau * logit(event_probability(law, stage)));
        };
    }
    settles_elsewhere(method);
    tower.own_start = true;
    const std::size_t prior = tower.frozen.size();
    tower.frozen.push_back(frozen::of_stage(frozen::event, output.stage));
    tower.loss = [loss = tower.loss, head = head, prior, tau](const Batch& batch, std::span<const double> z,
                                                              std::span<double> dz) {
        const double count = count_of(batch, head);
        if (count == 0) return loss(batch, z, dz);  // all of another tower
        double sum = 0;
        for (std::size_t i = 0; i < batch.size(); ++i)
            if (head.trains(batch.part_of(i))) sum += batch.weight_of(i) * batch.answer(i, prior);
        const double mean =
            std::clamp(sum / count, 1e-6, 1 - 1e-6);  // nobody has been refunded yet, or everybody
        const auto adjusted = [&](std::span<const double> logits) {
            return moved(logits, batch.heads, head.number, tau * logit(mean));
        };
        Batch held = batch;
        const std::vector<double> held_logits = adjusted(batch.held.empty() ? z : batch.held);
        held.held = held_logits;
        return loss(held, adjusted(z), dz);
    };
}

// ---- focal loss

/// log φ(v), from log v and log (1 − v): φ(v) = (1 − v)^γ [1 − γ v log v / (1 − v)].
double log_phi(double log_v, double log_other, double gamma) {
    return gamma * log_other + std::log1p(-gamma * std::exp(log_v - log_other) * log_v);
}

/// logit Ψ(σ(z)).
double calibrated_logit(double z, double gamma) {
    const double log_f = -softplus(-z), log_other = -softplus(z);
    return z + log_phi(log_other, log_f, gamma) - log_phi(log_f, log_other, gamma);
}

/// (1 − f)^γ (− log f) at σ(z) = f, and its derivative by z. The other term is that of −z.
struct Focal {
    double value, slope;
};
Focal focal(double z, double gamma) {
    const double f = sigmoid(z), less = std::exp(-gamma * softplus(z));  // (1 − f)^γ
    return {less * softplus(-z), -less * (gamma * f * softplus(-z) + 1 - f)};
}

/// A cross entropy made focal in one head, of whose copies those with label 1 come e^offset times as often as
/// they should: the loss sees odds that much higher, and so does the calibration that leads from them to the
/// prediction.
struct FocalLoss {
    Loss plain;
    Head head;
    double gamma, offset;

    double predicted_logit(double z) const { return calibrated_logit(z + offset, gamma) - offset; }

    double operator()(const Batch& batch, std::span<const double> z, std::span<double> dz) const {
        std::vector<double> held(batch.held.empty() ? z.begin() : batch.held.begin(),
                                 batch.held.empty() ? z.end() : batch.held.end());
        for (std::size_t k = head.number; k < held.size(); k += batch.heads)
            held[k] = predicted_logit(held[k]);
        const LossTerms terms = terms_of(plain, batch, z, held, head.number);
        double sum = of_other_heads(batch, z, held, terms, dz);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const std::size_t k = i * batch.heads + head.number;
            const Focal plus = focal(z[k] + offset, gamma), minus = focal(-z[k] - offset, gamma);
            sum += terms.positive[i] * plus.value + terms.negative[i] * minus.value;
            dz[k] += terms.positive[i] * plus.slope - terms.negative[i] * minus.slope;
        }
        return sum;
    }

private:
    /// What the loss is without this head, and its gradient.
    double of_other_heads(Batch batch,
                          std::span<const double> z,
                          std::span<const double> held,
                          const LossTerms& terms,
                          std::span<double> dz) const {
        if (batch.heads == 1) return 0;
        batch.held = held, batch.incidents = nullptr;
        std::vector<double> all(z.size(), 0.0);
        double sum = plain(batch, z, all);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const std::size_t k = i * batch.heads + head.number;
            sum -= terms.positive[i] * softplus(-z[k]) + terms.negative[i] * softplus(z[k]);
            all[k] = 0;
        }
        for (std::size_t k = 0; k < all.size(); ++k) dz[k] += all[k];
        return sum;
    }
};

void make_focal(Method& method, const Argument& argument) {
    const auto [tower, output, head] = target(method, "focal");
    const auto* sampled = tower.loss.target<OverSampled>();
    FocalLoss loss{.plain = sampled ? sampled->once : tower.loss,
                   .head = head,
                   .gamma = argument.number,
                   .offset = sampled ? sampled->offset : 0};
    require(is_cross_entropy(tower, loss.plain, head.number), method, "focal",
            "its loss is no weighted cross entropy of that head alone");
    output.probability = [own = output.probability, loss](std::span<const double> logits) {
        std::vector<double> z(logits.begin(), logits.end());
        z[loss.head.number] = loss.predicted_logit(z[loss.head.number]);
        return own(z);
    };
    tower.own_start = true;
    tower.loss = std::move(loss);
}

}  // namespace

std::vector<Modifier> training_remedies() {
    return {
        {.name = "over-sampling",
         .symbol = "K",
         .low = 2,
         .high = 100,
         .whole = true,
         .title = "refund copies with label 1 sent several times, undone in the logit",
         .math = over_sampling_math,
         .apply = over_sample},
        {.name = "pseudo-refunds",
         .symbol = "κ",
         .low = 0.001,
         .high = 100,
         .title = "pseudo refunds at the pretrained rate beside each copy",
         .math = pseudo_math,
         .apply = add_pseudo_refunds},
        {.name = "focal",
         .symbol = "γ",
         .low = 0.1,
         .high = 5,
         .title = "focal loss of refunds, predicted through its calibration",
         .math = focal_math,
         .apply = make_focal},
        {.name = "logit-adjusted",
         .symbol = "τ",
         .low = 0.1,
         .high = 2,
         .title = "refund logits adjusted for the rarity of refunds",
         .math = logit_adjusted_math,
         .apply = adjust_logits},
    };
}

}  // namespace netcvr
