#include <array>
#include <cmath>

#include "estimators/ages.h"
#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
DFM (delayed feedback model) fits the probability of the event and the law of its delay together, by maximum likelihood.

  p = P(event | x)   what we want, head 1;   λ(x) > 0 rate of the delay, per day, e to head 2
  s(t) = P(delay > t | event within W, x) = [e^(−λt) − e^(−λW)] / [1 − e^(−λW)]     G(t) = 1 − p + p s(t)

  Copies: 0 at each of the ages W/512, W/64, W/8, W before the event, 1 at the event, each with what it adds to the
  log-likelihood of the click:
    unseen at age e, after age e'    − [log G(e) − log G(e')]
    event after a delay D            − [log p + log λ − λD − log (1 − e^(−λW))] + log G(e'),  e' the last age before D
  So the copies of a click sum to − log P(what is finally known of it): nothing is counted twice.
  Refunds: the same with the clock of the conversion. Times are whole seconds: D is taken half a second later, e one.
  Its network starts from the copies that its rule sends of the pretrain period.

Optimum p in a world that stands still, whatever the law of the delays: what is finally known settles p, and the family only
decides how young clicks are read. Where p drifts they count, and a wrong family misleads: see `dfm-snapshot`.
)";

constexpr std::string_view weibull_math = R"(
DFM with Weibull delays: as `dfm`, with S(t) = e^(−(λt)^k) for e^(−λt) and a third head, k(x) > 0, the shape.

  p = P(event | x)   what we want, head 1;   λ(x) the rate, per day, e to head 2;   k(x) the shape, e to head 3
  s(t) = [S(t) − S(W)] / [1 − S(W)]     G(t) = 1 − p + p s(t)

    unseen at age e, after age e'    − [log G(e) − log G(e')]
    event after a delay D            − [log p + log k + k log λ + (k − 1) log D − (λD)^k − log (1 − S(W))] + log G(e')

Optimum p in a world that stands still, as `dfm`; k = 1 is `dfm`.
)";

constexpr std::string_view snapshot_math = R"(
DFM by snapshots: as `dfm`, but a click is sent once, when the segment of its click ends, with what is known then.

  p = P(event | x)   what we want, head 1;   λ(x) the rate of the delay, per day, e to head 2;   G(t) = 1 − p + p s(t)

    unseen at age e           − log G(e)
    event after a delay D     − [log p + log λ − λD − log (1 − e^(−λW))]

Consistent if the delays are exponential given x. Otherwise the younger the clicks, the worse: fitted to delays of Weibull
shape ½ at ages up to half their mean it gives half of p. And where ages are short beside the delays the likelihood is nearly
flat along p λ = const, so the estimate wanders. The streaming form of public code.
)";

constexpr std::string_view weibull_snapshot_math = R"(
DFM by snapshots with Weibull delays: stream of `dfm-snapshot`, law of `dfm-weibull`.

  p = P(event | x)   what we want, head 1;   λ(x) the rate, per day, e to head 2;   k(x) the shape, e to head 3
  S(t) = e^(−(λt)^k),   s(t) = [S(t) − S(W)] / [1 − S(W)],   G(t) = 1 − p + p s(t)

    unseen at age e           − log G(e)
    event after a delay D     − [log p + log k + k log λ + (k − 1) log D − (λD)^k − log (1 − S(W))]

Consistent if the delays are Weibull given x: no longer misled by heavy tails alone, as `dfm-snapshot` is, but with one more
parameter that short ages leave open.
)";

constexpr double second = 1.0 / 86400;  // day

/// A value and its derivatives by the logits: of p, log λ and, for Weibull delays, log k.
struct Dual {
    double value = 0;
    std::array<double, 3> d{};
};

/// The delay given an event within W, at the logits of one copy.
struct Delays {
    double rate, shape, attribution;

    Delays(double log_rate, double log_shape, double days)
        : rate(std::exp(log_rate)), shape(std::exp(log_shape)), attribution(days) {}

    double hazard(double t) const { return std::pow(rate * t, shape); }
    /// h(W) is so small that 1 − S is h, or is 0: then h(t) / h(W) = (t / W)^k alone says when events come.
    bool barely_begins() const { return hazard(attribution) < 1e-9; }

    /// S(t) and its derivatives by log λ, log k.
    Dual survival(double t) const {
        if (t <= 0) return {1, {}};
        const double h = hazard(t), s = std::exp(-h);
        if (s == 0) return {};
        return {s, {0, -s * h * shape, -s * h * shape * std::log(rate * t)}};
    }

    /// s(t) = [S(t) − S(W)] / [1 − S(W)].
    Dual later(double t) const {
        if (t >= attribution) return {};
        if (barely_begins()) {
            const double log_share = std::log(t / attribution), share = std::exp(shape * log_share);
            return {1 - share, {0, 0, -share * shape * log_share}};
        }
        const Dual at = survival(t), end = survival(attribution);
        const double within = -std::expm1(-hazard(attribution));
        Dual s{(std::expm1(-hazard(t)) + within) / within, {}};
        for (std::size_t j = 1; j < 3; ++j) s.d[j] = (at.d[j] - end.d[j] * (1 - s.value)) / within;
        return s;
    }

    /// log of the density at t, given an event within W.
    Dual log_density(double t) const {
        if (barely_begins()) {
            const double log_share = std::log(t / attribution);
            return {std::log(shape / t) + shape * log_share, {0, 0, 1 + shape * log_share}};
        }
        const double log_time = std::log(rate * t), h = hazard(t);
        const Dual end = survival(attribution);
        const double within = -std::expm1(-hazard(attribution));
        return {
            std::log(shape * rate) + (shape - 1) * log_time - h - std::log(within),
            {0, shape - shape * h + end.d[1] / within, 1 + shape * log_time * (1 - h) + end.d[2] / within}};
    }

    /// log G(t), G = 1 − p + p s(t), at the logit of p.
    Dual log_unseen(double logit, double t) const {
        const Dual s = later(t);
        const double p = sigmoid(logit), none = sigmoid(-logit), g = none + p * s.value;
        return {std::log(g), {p * none * (s.value - 1) / g, p * s.d[1] / g, p * s.d[2] / g}};
    }
};

/// Minus the log-likelihood of a copy: of everything until its age or, telescoping, since its last age.
template <bool telescoping>
double likelihood_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    const std::size_t heads = batch.heads;
    const auto attribution_seconds = static_cast<Time>(std::lround(batch.attribution * 86400));
    const auto age_days = [&](std::size_t k) {
        return static_cast<double>(age(attribution_seconds, k)) * second;
    };
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) count += batch.weight_of(i);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const double* logits = &z[i * heads];
        const Delays delays(logits[1], heads > 2 ? logits[2] : 0, batch.attribution);
        const double weight = batch.weight_of(i) / count;
        const auto add = [&](const Dual& part, double sign) {
            sum += sign * weight * part.value;
            for (std::size_t h = 0; h < heads; ++h) dz[i * heads + h] += sign * weight * part.d[h];
        };
        if (batch.positive(i)) {
            add({-softplus(-logits[0]), {sigmoid(-logits[0])}}, -1);
            add(delays.log_density(batch.delay[i] + second / 2), -1);
        } else {
            add(delays.log_unseen(logits[0], batch.delay[i] + second), -1);
        }
        const std::size_t looked = telescoping ? batch.part_of(i) : 0;
        if (looked > 0) add(delays.log_unseen(logits[0], age_days(looked - 1) + second), 1);
    }
    return sum;
}

Learner learner(StageKind stage, std::size_t heads) {
    return {.stage = stage,
            .delivery = delivery::at_ages_until_event,
            .loss = likelihood_loss<true>,
            .heads = heads,
            .own_start = true,
            .reads_delay = true,
            .outputs = {{stage, true_probability, "p"}}};
}

const Registered dfm{{
    .name = "dfm",
    .title = "DFM: exponential delays, each click as it ages",
    .source = "Chapelle, KDD 2014",
    .math = math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion, 2), learner(StageKind::refund, 2)},
    .version = 2,
}};

const Registered dfm_weibull{{
    .name = "dfm-weibull",
    .title = "DFM: Weibull delays, each click as it ages",
    .source = "Chapelle, KDD 2014, with Weibull delays",
    .math = weibull_math,
    .claim = Claim::consistent,
    .learners = {learner(StageKind::conversion, 3), learner(StageKind::refund, 3)},
    .version = 2,
}};

Learner snapshot(StageKind stage, std::size_t heads) {
    Learner same = learner(stage, heads);
    same.delivery = delivery::at_end_of_segment;
    same.loss = likelihood_loss<false>;
    same.outputs = {{stage}};
    return same;
}

const Registered dfm_snapshot{{
    .name = "dfm-snapshot",
    .title = "DFM: exponential delays, one look at the end of the segment",
    .source = "Chapelle, KDD 2014, as in the public code of ES-DFM",
    .math = snapshot_math,
    .claim = Claim::parametric,
    .learners = {snapshot(StageKind::conversion, 2), snapshot(StageKind::refund, 2)},
    .version = 3,
}};

const Registered dfm_weibull_snapshot{{
    .name = "dfm-weibull-snapshot",
    .title = "DFM: Weibull delays, one look at the end of the segment",
    .source = "Chapelle, KDD 2014, with Weibull delays",
    .math = weibull_snapshot_math,
    .claim = Claim::parametric,
    .learners = {snapshot(StageKind::conversion, 3), snapshot(StageKind::refund, 3)},
    .version = 3,
}};

}  // namespace
}  // namespace netcvr
