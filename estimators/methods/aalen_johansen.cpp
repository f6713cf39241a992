#include "estimators/method.h"
#include "estimators/product_limit.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
Aalen–Johansen by stratum: no network. A click's way through click → conversion → refund is watched until now; what has not come yet
is censored, not counted as absent.

  p = P(conversion within W_A | stratum) = 1 − ∏ over u < W_A of (1 − dᵤ / rᵤ)
  r = P(refund within W_R | conversion, stratum): the same of conversions, on the clock of the refund
  n = p (1 − r): the Aalen–Johansen probability of the state "converted" when both windows have closed

  dᵤ   conversions (refunds) in second u of the delay
  rᵤ   clicks (conversions) watched through second u, without one in a second before; an event comes before a censoring in it

Nothing else competes: a click has one way out of each state, or stays. The refund's clock starts at the conversion (a semi-Markov
chain), so each step is a product limit (Kaplan and Meier 1958; Aalen and Johansen 1978). Conversions of the log's first W_A are left
out of r: the log holds the clicks of the quick ones alone, and the quick may be refunded otherwise.

One pseudo start stands in each stratum at the estimate of all strata together, and there half an event in one: a stratum with
nothing in it has the rate of all, and no rate is 0 or 1.

Estimated anew at the start of each segment, on the whole log before it, pretrain period and gap included. Consistent for the
stratum's mean in a world that stands still, with the clicks of the last minute of use, where empirical-bayes waits for W_A. Biased where
delays and rates of a stratum drift: the start of a delay's law is learned from clicks of now, its end from clicks W_A old.
)";

std::vector<double> smoothed(const std::vector<ProductLimit>& strata) {
    const ProductLimit& together = strata.back();
    const double rate = (together.starts * together.event() + 0.5) / (together.starts + 1);
    std::vector<double> rates;
    for (std::size_t s = 0; s + 1 < strata.size(); ++s)
        rates.push_back((strata[s].starts * strata[s].event() + rate) / (strata[s].starts + 1));
    return rates;
}

StratumRates rates(const History& history, Time t) {
    const Outcomes& all = history.all;
    const auto& clicks = history.conversion.by_start;
    const Time begin = clicks.empty() ? 0 : all.conversion.start[clicks.front()];
    const auto of = [&](const Stage& stage, const StageOrder& order, Time from) {
        return smoothed(product_limit(stage, order, history.stratum, history.strata, from, t));
    };
    return {.cvr = of(all.conversion, history.conversion, begin),
            .refund_rate = of(all.refund, history.refund, begin + all.windows.conversion_attribution)};
}

const Registered aalen_johansen{{
    .name = "aalen-johansen",
    .title = "Aalen–Johansen by stratum, no network",
    .source = "Aalen and Johansen, Scand. J. Statist. 1978; Kaplan and Meier, JASA 1958",
    .math = math,
    .claim = Claim::consistent,
    .learners = {},
    .counted = {.rates = rates,
                .outputs = {{StageKind::conversion, true_probability, "p"},
                            {StageKind::refund, true_probability, "r"}}},
}};

}  // namespace
}  // namespace netcvr
