#include <algorithm>
#include <vector>

#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
DFSN (delayed feedback with satellites) trains a main head on a waiting-window stream, a satellite on a shorter window, which
is fresher, and a satellite on the unbiased stream of FNW, whose logit the main head corrects.

  p = P(event | x)   what we want;   heads o_m (main), o_f (short window), o_u (FNW), f_u = σ(o_u)

  Copies: main, the label seen at w and 1 again at a late event; short window, the label seen at w/2; unbiased, 0 at the start
  and 1 at the event.
    o_m   plain log loss of σ(o_m + o_u) on the main stream, o_u held constant
    o_f   plain log loss on the short window
    o_u   FNW's weights 1 + f_u and (1 − f_u)(1 + f_u), f_u held constant
  Prediction: max(σ(o_m + o_u), σ(o_f)).
  Its network starts from the copies that its rule sends of the pretrain period. The satellites share the network's layers here;
  the paper gives them networks of their own and passes embeddings on.

Optimum p / (1 + d), d = P(event, delay > w | x): the main head takes back whatever the unbiased satellite adds, and the short
window never sees more. Vanilla's bias, for any satellites.
)";

enum : std::size_t { main_head, short_head, unbiased_head };
enum : std::uint8_t { main_copy, main_again, short_copy, unbiased_copy, unbiased_again };

void three_streams(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    const Stage& stage = outcomes.stage(kind);
    stage.for_each_entered([&](std::size_t i) {
        const Time half = stage.start[i] + stage.observation / 2;
        copies.add(i, half, stage.happens(i) && stage.event[i] <= half, short_copy);
    });
    const auto with_parts = [&](const Delivery& rule, std::size_t first) {
        Copies some;
        rule(outcomes, kind, some);
        for (std::size_t k = 0; k < some.size(); ++k)
            copies.add(some.click[k], some.at[k], some.label[k] != 0, first + some.part[k]);
    };
    with_parts(delivery::after_window_then_late_positive, main_copy);
    with_parts(delivery::at_start_then_positive, unbiased_copy);
}

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    const auto plain = [&](std::size_t i) {
        return batch.positive(i) ? CopyTerms{.positive = 1} : CopyTerms{.negative = 1};
    };
    double sum = terms_log_loss(batch, z, dz, short_head, [&](std::size_t i, double) {
        return batch.part_of(i) == short_copy ? plain(i) : CopyTerms{.counts = false};
    });
    sum += terms_log_loss(batch, z, dz, unbiased_head, [&](std::size_t i, double f) {
        if (batch.part_of(i) < unbiased_copy) return CopyTerms{.counts = false};
        return batch.positive(i) ? CopyTerms{.positive = 1 + f} : CopyTerms{.negative = (1 - f) * (1 + f)};
    });
    // The main head sees its own logit plus the satellite's, held.
    std::vector<double> total(batch.size()), d_total(batch.size(), 0.0);
    const std::span<const double> held = batch.held.empty() ? z : batch.held;
    for (std::size_t i = 0; i < batch.size(); ++i)
        total[i] = z[i * batch.heads + main_head] + held[i * batch.heads + unbiased_head];
    Batch one_head = batch;
    one_head.heads = 1;
    one_head.held = {};
    sum += terms_log_loss(one_head, total, d_total, 0, [&](std::size_t i, double) {
        return batch.part_of(i) <= main_again ? plain(i) : CopyTerms{.counts = false};
    });
    for (std::size_t i = 0; i < batch.size(); ++i) dz[i * batch.heads + main_head] += d_total[i];
    return sum;
}

double larger_of_both(std::span<const double> logits) {
    return sigmoid(std::max(logits[main_head] + logits[unbiased_head], logits[short_head]));
}

double as_if_late_were_more(const CellLaw& law, StageKind stage) {
    return event_probability(law, stage) / (1 + late_probability(law, stage));
}

Learner learner(StageKind stage) {
    return {.stage = stage,
            .delivery = three_streams,
            .loss = loss,
            .heads = 3,
            .own_start = true,
            .outputs = {{stage, as_if_late_were_more, "p / (1 + d)", larger_of_both}}};
}

const Registered dfsn{{
    .name = "dfsn",
    .title = "DFSN: a main head and two satellites",
    .source = "SIGIR 2023 (delayed feedback with satellite networks)",
    .math = math,
    .claim = Claim::biased,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

}  // namespace
}  // namespace netcvr
