#include "estimators/lifting.h"

#include <string>

#include "estimators/delivery.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

constexpr std::string_view event_style_math = R"(
Refund tower R1, in the event style of the public baselines: each conversion copy with label 1 is also a refund copy with
label 0, and a refund sends the click once more, with label 1. Where the method's own rule does not show every conversion,
or shows it at several ages, the label 0 comes at the conversion.

  r = P(refund | conversion, x)   what the tower wants

  Refund copies per conversion: 1 + r, or 2 − δ + r where the method sends early conversions twice, δ = P(late | conversion, x).
  Weights: none, as in the public code.

Optimum r / (1 + r), with early conversions twice r / (2 − δ + r): refunds are under-predicted and net is too high, by 1 / (1 − r²)
in the first case: 4 % at r = .2, 41 % at r = .54.
)";

constexpr std::string_view corrected_event_style_math = R"(
Refund tower R1-corrected: the event style of the public baselines, with weights. A conversion's first copy with label 1 is
also a refund copy with label 0, and a refund sends the click once more, with label 1.

  r = P(refund | conversion, x)   what the tower wants;   f its current prediction, held constant in the weights

  Refund copies per conversion: 1 + r.   Weights: w⁺ = 1 + f, w⁻ = (1 − f)(1 + f), as FNW one level down.

Optimum r.
)";

constexpr std::string_view window_style_math = R"(
Refund tower R2, in the window style of TESLA: the refund clock starts at the conversion. An early refund is sent at once, a
conversion without one as negative when its window w_r closes, a late refund once more as positive.

  late           = P(refund, delay > w_r | conversion, x)              frozen head of the refund stage
  real_negative  = P(no refund | conversion, x, none seen by w_r)      frozen head of the refund stage

  Refund copies per conversion: 1 + late.   Weights: w⁺ = 1 + late, w⁻ = (1 + late) · real_negative, ES-DFM's.

Optimum r with exact heads.
)";

/// Refunds come when they happen; a conversion's copies as its own tower gets them.
Delivery at_conversion_copies(const Delivery& of_conversions, bool first_only) {
    return [=](const Outcomes& outcomes, StageKind, Copies& copies) {
        Copies conversions;
        of_conversions(outcomes, StageKind::conversion, conversions);
        std::vector<bool> sent(outcomes.size(), false);
        for (std::size_t k = 0; k < conversions.size(); ++k) {
            const std::size_t i = conversions.click[k];
            if (!conversions.label[k] || (first_only && sent[i])) continue;
            sent[i] = true;
            copies.add(i, conversions.at[k], false);
        }
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            if (outcomes.refund.happens(i)) copies.add(i, outcomes.refund.event[i], true, 1);
    };
}

double as_if_refunds_were_more(const CellLaw& law, StageKind stage) {
    const double r = event_probability(law, stage);
    return r / (1 + r);
}
double as_if_refunds_were_more_and_early_conversions_too(const CellLaw& law, StageKind stage) {
    const double r = event_probability(law, stage), early = law.early() / law.cvr();
    return r / (1 + early + r);
}

/// How a rule shows conversions: each once, early ones twice, or in some other way.
enum class Shows : std::uint8_t { once, early_twice, otherwise };
Shows shows(const Delivery& rule) {
    const Windows windows{.conversion_attribution = 1000,
                          .refund_attribution = 1000,
                          .conversion_observation = 2,
                          .refund_observation = 2};
    const std::vector<Time> events = {1, 100, 600};  // the first is early
    const std::size_t n = events.size();
    const Outcomes some{.conversion = {.start = std::vector<Time>(n, 0),
                                       .event = events,
                                       .attribution = 1000,
                                       .observation = 2},
                        .refund = {.start = events,
                                   .event = std::vector<Time>(n, never),
                                   .attribution = 1000,
                                   .observation = 2},
                        .windows = windows,
                        .protocol = {.pretrain = 0, .gap = 0, .segment = 3}};
    Copies copies;
    rule(some, StageKind::conversion, copies);
    std::vector<std::size_t> positive(n, 0);
    for (std::size_t k = 0; k < copies.size(); ++k) positive[copies.click[k]] += copies.label[k];
    if (positive == std::vector<std::size_t>{1, 1, 1}) return Shows::once;
    if (positive == std::vector<std::size_t>{2, 1, 1}) return Shows::early_twice;
    return Shows::otherwise;
}

/// Label 0 with the conversion's copies, or at the conversion if those are not one for each.
Delivery event_style_of(const Learner& conversions, bool first_only) {
    if (shows(conversions.delivery) == Shows::otherwise) return delivery::at_start_then_positive;
    return at_conversion_copies(conversions.delivery, first_only);
}

Learner event_style(const Learner& conversions) {
    const bool twice = shows(conversions.delivery) == Shows::early_twice;
    return {.stage = StageKind::refund,
            .delivery = event_style_of(conversions, false),
            .loss = log_loss,
            .outputs = {twice ? Output{StageKind::refund, as_if_refunds_were_more_and_early_conversions_too,
                                       "r / (2 − δ + r)"}
                              : Output{StageKind::refund, as_if_refunds_were_more, "r / (1 + r)"}}};
}

Learner corrected_event_style(const Learner& conversions) {
    return {.stage = StageKind::refund,
            .delivery = event_style_of(conversions, true),
            .loss = fake_negative_log_loss,
            .outputs = {{StageKind::refund, true_probability, "r"}}};
}

Learner window_style(const Learner&) {
    return {.stage = StageKind::refund,
            .delivery = delivery::after_window_then_late_positive,
            .loss = elapsed_time_log_loss,
            .frozen = {frozen::late, frozen::real_negative},
            .outputs = {{StageKind::refund, true_probability, "r"}}};
}

/// One way to lift a method from cvr to net cvr.
Modifier lifting(std::string_view choice,
                 std::string_view title,
                 std::string_view math,
                 bool biased,
                 Learner (*refunds)(const Learner& conversions)) {
    return {.name = "refund",
            .choices = {choice},
            .title = title,
            .math = math,
            .apply = [=](Method& method, const Argument&) {
                auto& towers = method.learners;
                const bool cascade = towers.size() == 2 && towers[0].stage == StageKind::conversion &&
                                     towers[0].delivery && towers[1].stage == StageKind::refund;
                if (!cascade)
                    throw InputError(
                        Exit::usage,
                        "method '" + std::string(method.name) +
                            "' has no refund tower with a network of its own that could be exchanged");
                towers[1] = refunds(towers[0]);
                towers[1].collected = towers[0].collected;
                if (biased) settles_elsewhere(method);
            }};
}

}  // namespace

std::vector<Modifier> liftings() {
    return {
        lifting("R1", "refund tower by events, uncorrected as in public code", event_style_math, true,
                event_style),
        lifting("R1-corrected", "refund tower by events, corrected", corrected_event_style_math, false,
                corrected_event_style),
        lifting("R2", "refund tower by windows", window_style_math, false, window_style),
    };
}

}  // namespace netcvr
