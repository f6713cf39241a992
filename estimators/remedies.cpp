#include "estimators/remedies.h"

#include <algorithm>
#include <cmath>
#include <string>

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
So predictions are Ψ(f), not f, and weights that use the prediction are evaluated there (Charoenphakdee et al., CVPR 2021).
Its network starts from the copies that its rule sends of the pretrain period.

Optimum unchanged, whatever it was.
)";

/// The one that a remedy acts on.
Learner& target(Method& method, std::string_view remedy) {
    const auto is = [](StageKind stage) { return [stage](const Learner& l) { return l.stage == stage; }; };
    auto found = std::ranges::find_if(method.learners, is(StageKind::refund));
    if (found == method.learners.end() && method.learners.size() == 1)
        found = std::ranges::find_if(method.learners, is(StageKind::net));
    const auto refuse = [&](const std::string& why) {
        throw InputError(Exit::usage, "method '" + std::string(method.name) + "' " + why + ": " +
                                          std::string(remedy) + " has nothing to act on");
    };
    if (found == method.learners.end())
        refuse("has neither a refund tower with a network of its own nor only a net head");
    if (!found->delivery) refuse("never trains on the stream");
    return *found;
}

void require(bool met, const Method& method, std::string_view remedy, std::string_view why) {
    if (!met)
        throw InputError(Exit::usage, std::string(remedy) + " does not suit '" + std::string(method.name) +
                                          "': " + std::string(why));
}

/// Whether the first logit is that of what is predicted.
bool predicts_by_its_logit(const Learner& learner) {
    const auto* how = learner.outputs[0].probability.target<double (*)(std::span<const double>)>();
    return learner.outputs.size() == 1 && how && *how == sigmoid_of_first;
}

// ---- what a loss is, asked of it

/// Gradients of a batch by its logits, weights held.
std::vector<double> gradient(const Loss& loss,
                             Batch batch,
                             std::span<const double> z,
                             std::span<const double> held) {
    std::vector<double> dz(z.size(), 0.0);
    batch.held = held;
    loss(batch, z, dz);
    return dz;
}

/// A and B of each copy of a cross entropy, over the count of the batch: its slopes at the two ends.
struct Terms {
    std::vector<double> positive, negative;
};
Terms terms_of(const Loss& loss, Batch batch, std::span<const double> held) {
    constexpr double end = 40;
    const std::vector<double> low(held.size(), -end), high(held.size(), end);
    Terms terms{.positive = {}, .negative = gradient(loss, batch, high, held)};
    batch.incidents = nullptr;  // once is enough
    terms.positive = gradient(loss, batch, low, held);
    for (double& d : terms.positive) d = -d;
    return terms;
}

/// Some copies of each kind, as the parts of a rule number them.
struct Probe {
    static constexpr std::size_t n = 24;
    std::vector<std::uint8_t> label, part;
    std::vector<double> frozen, delay, logits, held;

    Probe(const Learner& learner, std::uint64_t round) {
        std::uint64_t state = 0x9e3779b97f4a7c15 * (round + 1);
        const auto uniform = [&state] {  // xorshift: nothing depends on its quality
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            return 0.02 + 0.96 * static_cast<double>(state >> 11) / 9007199254740992.0;
        };
        for (std::size_t i = 0; i < n; ++i) {
            label.push_back(uniform() < 0.5);
            part.push_back(uniform() < 0.5);
            delay.push_back(uniform());
            logits.push_back(8 * uniform() - 4);
            held.push_back(8 * uniform() - 4);
            for (std::size_t h = 0; h < learner.frozen.size(); ++h) frozen.push_back(uniform());
        }
    }
    Batch batch() const {
        return {.label = label,
                .frozen = frozen,
                .part = part,
                .delay = delay,
                .attribution = 1,
                .observation = 0.1};
    }
};

template <class Fits>
bool every_copy(const Learner& learner, Fits fits) {
    if (learner.heads != 1 || learner.draws || !learner.towers.empty()) return false;
    for (std::uint64_t round = 0; round < 8; ++round) {
        const Probe probe(learner, round);
        const Terms terms = terms_of(learner.loss, probe.batch(), probe.held);
        const auto dz = gradient(learner.loss, probe.batch(), probe.logits, probe.held);
        for (std::size_t i = 0; i < Probe::n; ++i) {
            const double f = sigmoid(probe.logits[i]);
            const double expected = terms.negative[i] * f - terms.positive[i] * (1 - f);
            if (std::abs(dz[i] - expected) > 1e-9 ||
                !fits(probe.label[i] != 0, terms.positive[i], terms.negative[i]))
                return false;
        }
    }
    return true;
}

// ---- over-sampling

void over_sample(Method& method, const Argument& argument) {
    Learner& tower = target(method, "over-sampling");
    require(labels_alone_decide(tower), method, "over-sampling",
            "a copy's label does not decide alone which term of the loss it adds, so more copies would move "
            "the optimum");
    const auto times = static_cast<std::size_t>(argument.number);
    tower.delivery = [rule = tower.delivery, times](const Outcomes& outcomes, StageKind kind,
                                                    Copies& copies) {
        Copies once;
        rule(outcomes, kind, once);
        for (std::size_t k = 0; k < once.size(); ++k)
            for (std::size_t again = 0; again < (once.label[k] ? times : 1); ++again)
                copies.add(once.click[k], once.at[k], once.label[k] != 0, once.part[k]);
    };
    tower.loss = [loss = tower.loss, offset = std::log(argument.number)](
                     const Batch& batch, std::span<const double> z, std::span<double> dz) {
        std::vector<double> seen(z.begin(), z.end());
        for (double& each : seen) each += offset;
        Batch held = batch;
        if (held.held.empty()) held.held = z;
        return loss(held, seen, dz);
    };
}

// ---- the pretrained rate as a prior

Optimum between(const Optimum& own, double kappa) {
    return [own, kappa](const CellLaw& law, StageKind stage) {
        return (own(law, stage) + kappa * event_probability(law, stage)) / (1 + kappa);
    };
}

/// Whether it is plain log loss.
bool is_plain(const Loss& loss) {
    const auto* function =
        loss.target<double (*)(const Batch&, std::span<const double>, std::span<double>)>();
    return function && *function == log_loss;
}

void add_pseudo_refunds(Method& method, const Argument& argument) {
    Learner& tower = target(method, "pseudo-refunds");
    require(predicts_by_its_logit(tower), method, "pseudo-refunds",
            "its logit is not that of the rate, which the prior is for");
    Output& output = tower.outputs[0];
    if (!output.consistent()) {
        const bool closed_form = output.optimum && is_plain(tower.loss);
        output.optimum = closed_form ? between(output.optimum, argument.number) : Optimum{};
        output.optimum_text = closed_form ? "(its own optimum + κ r) / (1 + κ)" : "";
    }
    const std::size_t prior = tower.frozen.size();
    tower.frozen.push_back(frozen::event);
    tower.loss = [loss = tower.loss, prior, kappa = argument.number](
                     const Batch& batch, std::span<const double> z, std::span<double> dz) {
        double sum = loss(batch, z, dz), count = 0;
        for (std::size_t i = 0; i < batch.size(); ++i) count += batch.weight_of(i);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const double r0 = batch.answer(i, prior), logit_i = z[i * batch.heads];
            const double weight = kappa * batch.weight_of(i) / count;
            sum += weight * (r0 * softplus(-logit_i) + (1 - r0) * softplus(logit_i));
            dz[i * batch.heads] += weight * (sigmoid(logit_i) - r0);
        }
        return sum;
    };
}

// ---- logit adjustment

void adjust_logits(Method& method, const Argument& argument) {
    Learner& tower = target(method, "logit-adjusted");
    require(predicts_by_its_logit(tower), method, "logit-adjusted",
            "its logit is not that of the rate, which the adjustment is for");
    const double tau = argument.number;
    Output& output = tower.outputs[0];
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
    tower.frozen.push_back(frozen::event);
    tower.loss = [loss = tower.loss, prior, tau](const Batch& batch, std::span<const double> z,
                                                 std::span<double> dz) {
        double mean = 0, count = 0;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            mean += batch.weight_of(i) * batch.answer(i, prior);
            count += batch.weight_of(i);
        }
        mean = std::clamp(mean / count, 1e-6, 1 - 1e-6);  // nobody has been refunded yet, or everybody
        const auto adjusted = [&](std::span<const double> logits) {
            std::vector<double> seen(logits.begin(), logits.end());
            for (std::size_t k = 0; k < seen.size(); k += batch.heads) seen[k] += tau * logit(mean);
            return seen;
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

double focal_loss(
    const Loss& loss, double gamma, const Batch& batch, std::span<const double> z, std::span<double> dz) {
    const std::span<const double> of_weights = batch.held.empty() ? z : batch.held;
    std::vector<double> held(z.size());
    for (std::size_t i = 0; i < z.size(); ++i) held[i] = calibrated_logit(of_weights[i], gamma);
    const Terms terms = terms_of(loss, batch, held);
    double sum = 0;
    for (std::size_t i = 0; i < z.size(); ++i) {
        const Focal plus = focal(z[i], gamma), minus = focal(-z[i], gamma);
        sum += terms.positive[i] * plus.value + terms.negative[i] * minus.value;
        dz[i] += terms.positive[i] * plus.slope - terms.negative[i] * minus.slope;
    }
    return sum;
}

void make_focal(Method& method, const Argument& argument) {
    Learner& tower = target(method, "focal");
    require(is_cross_entropy(tower), method, "focal", "its loss is no weighted cross entropy of one head");
    const double gamma = argument.number;
    for (Output& output : tower.outputs)
        output.probability = [own = output.probability, gamma](std::span<const double> logits) {
            const double z = calibrated_logit(logits[0], gamma);
            return own(std::span(&z, 1));
        };
    tower.own_start = true;
    tower.loss = [loss = tower.loss, gamma](const Batch& batch, std::span<const double> z,
                                            std::span<double> dz) {
        return focal_loss(loss, gamma, batch, z, dz);
    };
}

}  // namespace

bool is_cross_entropy(const Learner& learner) {
    return every_copy(learner, [](bool, double, double) { return true; });
}

bool labels_alone_decide(const Learner& learner) {
    // At the far ends of the logit the other term is e^−40 of its slope.
    return every_copy(learner,
                      [](bool positive, double a, double b) { return std::abs(positive ? b : a) < 1e-12; });
}

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
