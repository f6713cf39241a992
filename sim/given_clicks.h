#pragma once
// Semi-synthetic logs: clicks that are given, from a real log say, and outcomes drawn by a scenario's laws.
// Nothing latent is known of such clicks, so the laws read what the features show and nothing else, and the
// truth is what a perfect learner could find:
//
//   score         u(x) = Σ_f weight(f, value of feature f) / √(number of features), a weight being a standard
//                 normal number of (seed, feature, value), missing values included. Three of them, with
//                 weights of their own: purchase, refund, haste.
//   conversions   κ_c = u_purchase · root of the sum of squares of the weights in [conversion] but `hour`;
//                 considered: π = σ(γ − intent.haste · u_haste); log delay scales as in world.h
//   refunds       κ_R = u_refund · the same of [refund]
//
// The rest is world.h's. Where conversions are real, none is drawn: a conversion is of the class considered
// iff it came after windows.conversion_observation. Then ρ is a function of (x, delay), and the truth there
// is is the refund_rate of the conversions within W_A.

#include "sim/log_file.h"
#include "sim/simulate.h"
#include "sim/world.h"

namespace netcvr {

/// What is drawn; the rest of an outcome stays as given. `conversions` draws refunds too.
enum class Added : std::uint8_t { refunds, conversions };

/// Clicks and the laws for them; `given` outlives it.
struct GivenClicks {
    const LogFile& given;
    Added added;
    World laws;  // without users, items and arrivals, calibrated on the clicks
};

/// Windows, protocol, laws and targets are the scenario's, clicks and their times the log's; what needs
/// users, items or hours (drifts, promotions, repeats, money, hidden effects) is switched off in
/// laws.scenario. Throws InputError (data) for a log without features or, if they are to be refunded,
/// conversions, and InputError (scenario) for conversions of a scenario with repeats.
GivenClicks make_given_clicks(const LogFile& given, const Scenario& scenario, Added added);

LogHeader header_of(const GivenClicks& clicks, const std::string& scenario_toml);
/// Rows [first, first + count) of the semi-synthetic log.
LogRows draw_rows(const GivenClicks& clicks, std::size_t first, std::size_t count);
SimulateSummary simulate(const GivenClicks& clicks, const LogHeader& header, const SimulateOptions& options);

}  // namespace netcvr
