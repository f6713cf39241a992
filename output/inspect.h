#pragma once
// What a log says about itself: counts, rates with their denominators, delays, ceilings.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "output/metrics.h"
#include "sim/log_file.h"

namespace netcvr {

/// A realised rate over the mature clicks beside its expectation under the truth.
struct Rate {
    std::string name;  // numerator_per_denominator; events within W_A and W_R
    std::size_t numerator = 0, denominator = 0;
    std::optional<double> realised, expected;  // absent: nothing to divide by; no truth
    std::optional<double> z;       // (realised − expected) in standard deviations under the truth
    std::optional<double> target;  // what the scenario asked for
    bool operator==(const Rate&) const = default;
};

inline constexpr std::array delay_levels = {.1, .25, .5, .75, .9};
/// Quantiles (order statistic ⌈q n⌉) of the realised delays within their window.
struct Delays {
    std::string name;
    std::size_t count = 0;
    std::array<Time, delay_levels.size()> quantile{};  // meaningless if count = 0
    std::optional<double> median_target;               // seconds
};

struct Ceiling {
    std::string target;  // cvr, net_cvr
    Value auc, average_precision, nll;
};

struct HourRange {
    int low_hour = 0, high_hour = 0;  // hours since time_origin, modulo 24
    double low = 0, high = 0;         // conversions_per_click of mature clicks in that hour
};

struct Inspection {
    std::size_t clicks = 0, mature_clicks = 0, streamed_clicks = 0, users = 0, items = 0, features = 0;
    std::vector<Rate> rates;
    std::vector<Delays> delays;
    std::vector<std::size_t> clicks_per_day;
    std::optional<HourRange> hourly_cvr;  // absent without mature clicks
    std::vector<Ceiling> world_ceilings;  // empty without truth; those of the explained truth if there is one
};

/// targets: what the scenario asked for, by name: a rate's name, conversion_delay_median or
/// refund_delay_median (seconds). Other names are ignored.
Inspection inspect(const LogFile& file, const std::map<std::string, double>& targets = {});

/// file supplies header and digests.
std::string inspect_text(const LogFile& file, const Inspection& inspection);
std::string inspect_json(const LogFile& file, const Inspection& inspection);

}  // namespace netcvr
