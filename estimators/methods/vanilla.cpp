#include <utility>

#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
Vanilla waits an observation window w, labels what it has seen, and sends a late event again as positive. It corrects
nothing.

  p = P(event | x)              what we want
  d = P(event, delay > w | x)   late events

  Copies per click: 1 + d. A positive has mass p, a negative 1 − p + d: a late event has first been a negative.
  (Early refunds are sent at once; conversions wait until w.)
  Weights: w⁺ = w⁻ = 1, plain log loss.

Optimum p / (1 + d): too low, the more so the more events are late. Right only where nothing is late.
)";

double as_if_late_were_more(const CellLaw& law, StageKind stage) {
    return event_probability(law, stage) / (1 + late_probability(law, stage));
}

Learner plain(StageKind stage, Delivery delivery, Optimum optimum, std::string_view optimum_text) {
    return {.stage = stage,
            .delivery = std::move(delivery),
            .loss = log_loss,
            .outputs = {{stage, std::move(optimum), optimum_text}}};
}

Learner learner(StageKind stage) {
    return plain(stage, delivery::after_window_then_late_positive, as_if_late_were_more, "p / (1 + d)");
}

const Registered vanilla{{
    .name = "vanilla",
    .title = "Vanilla: window and late positives, no correction",
    .source = "the uncorrected baseline of Yang et al., AAAI 2021 (ES-DFM)",
    .math = math,
    .claim = Claim::biased,
    .learners = {learner(StageKind::conversion), learner(StageKind::refund)},
}};

// ---- no window

constexpr std::string_view event_math = R"(
Vanilla by events never waits and corrects nothing: every click is a negative at once, and again a positive at its event.

  p = P(event | x)   what we want

  Copies per click: 1 + p. A positive has mass p, a negative 1.   Refunds: 0 at the conversion, 1 at the refund.
  Weights: w⁺ = w⁻ = 1, plain log loss.

Optimum p / (1 + p): a third too low at p = .5, hardly at all at p = .01. Refund rates are large, so refunds suffer most.
What FNC computes before its calibration, but started from the common weights.
)";

double as_if_events_were_more(const CellLaw& law, StageKind stage) {
    const double p = event_probability(law, stage);
    return p / (1 + p);
}

Learner by_events(StageKind stage) {
    return plain(stage, delivery::at_start_then_positive, as_if_events_were_more, "p / (1 + p)");
}

const Registered vanilla_event{{
    .name = "vanilla-event",
    .title = "Vanilla by events: negative at once, positive at the event, no correction",
    .source = "the uncorrected stream of Ktena et al., RecSys 2019",
    .math = event_math,
    .claim = Claim::biased,
    .learners = {by_events(StageKind::conversion), by_events(StageKind::refund)},
}};

// ---- once, at the end of the segment

constexpr std::string_view segment_math = R"(
Vanilla by segments sends each click once, when the segment of its click ends, with what has been seen by then.

  p = P(event | x)   what we want;   F(u) = P(delay < u | event, x);   u from the click to the end of its segment

  Copies per click: 1. A positive has mass p F(u), a negative the rest.
  Refunds: the same with the segment of the conversion.
  Weights: w⁺ = w⁻ = 1, plain log loss.

Optimum p · E[F(u)], u uniform between 0 and a segment's length: the longer the delays beside the segment, the lower.
)";

/// For a click at the given distance from the end of its segment.
double seen_in_segment(const CellLaw& law, StageKind stage) {
    return law.event_by(stage, law.segment - 1);
}

// Conversions come anywhere in their segment, so refunds have no closed form for a click.
const Learner conversions_by_segments = plain(StageKind::conversion,
                                              delivery::at_end_of_segment,
                                              seen_in_segment,
                                              "p · P(seen by the end of the click's segment)");
const Learner refunds_by_segments = plain(StageKind::refund, delivery::at_end_of_segment, nullptr, "");

const Registered vanilla_segment{{
    .name = "vanilla-segment",
    .title = "Vanilla by segments: once, at the end of the click's segment",
    .source = "the uncorrected baseline in the public code of DDFM",
    .math = segment_math,
    .claim = Claim::biased,
    .learners = {conversions_by_segments, refunds_by_segments},
}};

// ---- in the window alone

constexpr std::string_view in_window_math = R"(
Vanilla in the window waits the observation window w, labels what it has seen, and never looks again. No refund tower,
so no net conversion rate.

  p = P(event | x)              what we want
  d = P(event, delay > w | x)   late events

  Copies per click: 1. A positive has mass p − d, a negative 1 − p + d.
  Weights: w⁺ = w⁻ = 1, plain log loss.

Optimum p − d, exactly: right only where nothing is late. A good negative control: no duplicates, one known error.
)";

double early_events(const CellLaw& law, StageKind stage) {
    return event_probability(law, stage) - late_probability(law, stage);
}

const Registered vanilla_in_window{{
    .name = "vanilla-in-window",
    .title = "Vanilla in the window: once, conversions only",
    .source = "vanilla_pay_inw in the public code of the CASCADE data set",
    .math = in_window_math,
    .claim = Claim::biased,
    .learners = {plain(StageKind::conversion, delivery::after_window, early_events, "p − d")},
}};

// ---- net label in both windows

constexpr std::string_view net_in_window_math = R"(
Vanilla net in the window waits for one window after the click and, where it has seen a conversion, for another one after
that. Nothing is repaired.

  i  = P(conversion, delay ≤ w_c | x)   early conversions
  a1 = those refunded within w_r;   a0 + a2 the others;   b0 = late conversions that are kept

  Conversion copies per click: 1, with label 1 at conversion + w_r for an early conversion, label 0 at click + w_c for
  everything else. Refund copies: 1 per early conversion, at conversion + w_r, with label 1 if refunded by then.
  Weights: w⁺ = w⁻ = 1, plain log loss.

Optimum i for conversions, a1 / i for refunds, so a0 + a2 for net: b0 too few for the late conversions that nobody counts,
a2 too many for the late refunds that nobody takes back. The errors can cancel: look at all three rates.
)";

double early_conversions(const CellLaw& law, StageKind) {
    return law.early();
}
double early_refunds_of_early(const CellLaw& law, StageKind) {
    return law.early() > 0 ? law.mass[a1] / law.early() : 0;
}

void in_both_windows(const Outcomes& outcomes, StageKind kind, Copies& copies) {
    const Stage &conversion = outcomes.conversion, &refund = outcomes.refund;
    outcomes.stage(kind).for_each_entered([&](std::size_t i) {
        const bool early = conversion.early(i);
        const Time end =
            early ? conversion.event[i] + refund.observation : conversion.start[i] + conversion.observation;
        if (kind != StageKind::refund)
            copies.add(i, end, early);
        else if (early)
            copies.add(i, end, refund.early(i));
    });
}

const Registered vanilla_net_in_window{{
    .name = "vanilla-net-in-window",
    .title = "Vanilla net in the window: one window for each stage, nothing repaired",
    .source = "vanilla_netpay_inw in the public code of the CASCADE data set",
    .math = net_in_window_math,
    .claim = Claim::biased,
    .learners = {plain(StageKind::conversion, in_both_windows, early_conversions, "p − d"),
                 plain(StageKind::refund,
                       in_both_windows,
                       early_refunds_of_early,
                       "P(early refund given early conversion)")},
}};

}  // namespace
}  // namespace netcvr
