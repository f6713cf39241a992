#include "estimators/loss_terms.h"

#include <algorithm>
#include <cmath>

namespace netcvr {
namespace {

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

/// Some copies of each kind, as the parts of a rule number them.
struct Probe {
    static constexpr std::size_t n = 24;
    std::size_t heads;
    std::vector<std::uint8_t> label, part;
    std::vector<double> frozen, delay, logits, held;

    Probe(const Learner& learner, std::uint64_t round) : heads(learner.heads) {
        std::uint64_t state = 0x9e3779b97f4a7c15 * (round + 1);
        const auto uniform = [&state] {  // xorshift: nothing depends on its quality
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            return 0.02 + 0.96 * static_cast<double>(state >> 11) / 9007199254740992.0;
        };
        const auto parts = static_cast<double>(std::max<std::size_t>(2, learner.clocks.size()));
        for (std::size_t i = 0; i < n; ++i) {
            label.push_back(uniform() < 0.5);
            part.push_back(static_cast<std::uint8_t>(parts * uniform()));
            delay.push_back(uniform());
            for (std::size_t h = 0; h < heads; ++h) {
                logits.push_back(8 * uniform() - 4);
                held.push_back(8 * uniform() - 4);
            }
            for (std::size_t h = 0; h < learner.frozen.size(); ++h) frozen.push_back(uniform());
        }
    }
    Batch batch() const {
        return {
            .label = label, .frozen = frozen, .heads = heads, .part = part, .delay = delay, .attribution = 1};
    }
};

template <class Fits>
bool every_copy(const Learner& learner, const Loss& loss, std::size_t head, Fits fits) {
    if (learner.heads != learner.stages().size() || learner.draws) return false;
    for (std::uint64_t round = 0; round < 8; ++round) {
        const Probe probe(learner, round);
        const LossTerms terms = terms_of(loss, probe.batch(), probe.logits, probe.held, head);
        const auto dz = gradient(loss, probe.batch(), probe.logits, probe.held);
        for (std::size_t i = 0; i < Probe::n; ++i) {
            const std::size_t k = i * learner.heads + head;
            const double f = sigmoid(probe.logits[k]);
            const double expected = terms.negative[i] * f - terms.positive[i] * (1 - f);
            if (std::abs(dz[k] - expected) > 1e-9 ||
                !fits(probe.label[i] != 0, terms.positive[i], terms.negative[i]))
                return false;
        }
    }
    return true;
}

}  // namespace

LossTerms terms_of(const Loss& loss,
                   Batch batch,
                   std::span<const double> z,
                   std::span<const double> held,
                   std::size_t head) {
    const auto slopes = [&](double end) {
        std::vector<double> at(z.begin(), z.end()), slope;
        for (std::size_t k = head; k < at.size(); k += batch.heads) at[k] = end;
        const std::vector<double> dz = gradient(loss, batch, at, held);
        for (std::size_t k = head; k < dz.size(); k += batch.heads) slope.push_back(dz[k]);
        return slope;
    };
    constexpr double end = 40;
    LossTerms terms{.positive = {}, .negative = slopes(end)};
    batch.incidents = nullptr;  // once is enough
    terms.positive = slopes(-end);
    for (double& d : terms.positive) d = -d;
    return terms;
}

bool is_cross_entropy(const Learner& learner, const Loss& loss, std::size_t head) {
    return every_copy(learner, loss, head, [](bool, double, double) { return true; });
}

bool labels_alone_decide(const Learner& learner, const Loss& loss, std::size_t head) {
    // At the far ends of the logit the other term is e^−40 of its slope.
    return every_copy(learner, loss, head,
                      [](bool positive, double a, double b) { return std::abs(positive ? b : a) < 1e-12; });
}

}  // namespace netcvr
