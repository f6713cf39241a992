#include "estimators/beta_prior.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
Empirical Bayes by stratum: no network. Clicks with final labels are counted in each stratum (training.strata) and shrunk to the
rate of all strata.

  p = P(conversion | stratum):  θₛ = (m θ + kₛ) / (m + nₛ)   nₛ clicks at least W_A old, kₛ of them converted
  r = P(refund | conversion, stratum):  the same             nₛ conversions of clicks at least W_A + W_R old, kₛ of them refunded

  θ   the rate of all strata, (Σ kₛ + ½) / (Σ nₛ + 1)
  m   size of the beta prior about θ that accounts for the spread of the strata, by the method of moments (Kleinman, JASA 1973):
      1 / (m + 1) = Σₛ [(kₛ − nₛ θ)² − nₛ θ (1 − θ)] / Σₛ nₛ (nₛ − 1) θ (1 − θ)

Where the strata are no farther apart than chance takes them there is no finite m, and all are given θ; m is at least 1. θ is taken
as known, which overstates m a little where strata are few. A stratum that nobody has been counted in has θ.

Counted anew at the start of each segment, on the whole log before it, pretrain period and gap included. Consistent for the
stratum's mean in a world that stands still: knows nothing that differs within a stratum. Under drift a mean over the past, at least
W_A (refunds: W_A + W_R) old.
)";

double rate(double events, double n) {
    return (events + 0.5) / (n + 1);
}

/// Of each stratum, from its observations and events.
std::vector<double> shrunk(std::vector<StratumCount>& strata) {
    StratumCount all;
    for (const StratumCount& s : strata) all.n += s.n, all.events += s.events;
    const double theta = rate(all.events, all.n);
    for (StratumCount& s : strata) s.expected = s.n * theta, s.variance = s.n * theta * (1 - theta);
    const double m = prior_size(strata);
    std::vector<double> rates;
    rates.reserve(strata.size());
    for (const StratumCount& s : strata) rates.push_back(s.n == 0 ? theta : posterior_mean(s, m));
    return rates;
}

StratumRates rates(const History& history, Time t) {
    const Outcomes& all = history.all;
    std::vector<StratumCount> conversions(history.strata), refunds(history.strata);
    const auto count = [](StratumCount& stratum, bool event) { stratum.n += 1, stratum.events += event; };
    for (const std::uint32_t i : history.conversion.by_start) {
        const Time click = all.conversion.start[i];
        if (click + all.windows.conversion_attribution > t) break;
        count(conversions[history.stratum[i]], all.conversion.happens(i));
        if (all.conversion.happens(i) && click + all.windows.maturity() <= t)
            count(refunds[history.stratum[i]], all.refund.happens(i));
    }
    return {.cvr = shrunk(conversions), .refund_rate = shrunk(refunds)};
}

const Registered empirical_bayes{{
    .name = "empirical-bayes",
    .title = "Empirical Bayes by stratum, no network",
    .source = "Robbins 1956; moments of Kleinman, JASA 1973",
    .math = math,
    .claim = Claim::consistent,
    .learners = {},
    .counted = {.rates = rates,
                .outputs = {{StageKind::conversion, true_probability, "p"},
                            {StageKind::refund, true_probability, "r"}}},
}};

}  // namespace
}  // namespace netcvr
