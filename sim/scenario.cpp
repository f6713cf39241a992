#include "sim/scenario.h"

#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "sim/errors.h"
#include "sim/features.h"

namespace netcvr {
namespace {

void require(bool holds, const std::string& message) {
    if (!holds) throw InputError(Exit::scenario, message);
}

void check_windows(const Scenario& s) {
    const auto& w = s.windows;
    require(
        s.protocol.gap >= w.maturity(),
        fmt::format(
            "protocol.gap = {} is shorter than W_A + W_R = {}: pretraining labels would not be final when "
            "the stream begins",
            format_duration(s.protocol.gap), format_duration(w.maturity())));
    require(s.conversion_delay.minimum < w.conversion_attribution,
            "conversion_delay.minimum must be below windows.conversion_attribution, or no conversion counts");
    require(s.refund_delay.minimum < w.refund_attribution,
            "refund_delay.minimum must be below windows.refund_attribution, or no refund counts");
    const auto median = [&](std::string_view key, Time value, Time minimum, Time window) {
        if (value == 0)
            require(minimum == 0,
                    fmt::format("{} = 0s switches the delay off, so the minimum delay must be 0s", key));
        else
            require(
                minimum < value && value < window,
                fmt::format("{} = {} must lie between the minimum delay {} and the attribution window {}",
                            key, format_duration(value), format_duration(minimum), format_duration(window)));
    };
    median("targets.conversion_delay_median", s.targets.conversion_delay_median, s.conversion_delay.minimum,
           w.conversion_attribution);
    median("targets.refund_delay_median", s.targets.refund_delay_median, s.refund_delay.minimum,
           w.refund_attribution);
}

void check_times(const Scenario& s) {
    const auto& p = s.promotion;
    require(p.every == 0 || p.duration <= p.every, "promotion.duration is longer than promotion.every");
    for (const auto& [name, drift] : {std::pair{"conversion_drift", &s.conversion_drift},
                                      {"conversion_delay_drift", &s.conversion_delay_drift},
                                      {"refund_drift", &s.refund_drift},
                                      {"refund_delay_drift", &s.refund_delay_drift}})
        require(drift->ramp == 0 || drift->ramp_begin < drift->ramp_end,
                fmt::format("{}.ramp_end must lie after {}.ramp_begin", name, name));
    const auto& targets = s.targets;
    require(targets.refunds_per_click == 0 || s.has_repeats(),
            "targets.refunds_per_click is met by the refunds of repeats: it needs "
            "targets.repurchases_per_click > 0");
    require(targets.purchases_per_click == 0 || targets.conversion_delay_median > 0,
            "targets.purchases_per_click is met by late conversions: it needs conversion delays");
    require(
        targets.purchases_per_click == 0 || !s.holds_ever(),
        "targets.purchases_per_click is met by conversions after W_A: it needs targets.hold = \"window\"");
}

/// Positive definite iff every pivot of the Cholesky factorisation is positive.
void check_correlation(const Scenario::Correlation& c) {
    double a[4][4] = {{1, c.activity_purchase, c.activity_refund, c.activity_haste},
                      {c.activity_purchase, 1, c.purchase_refund, c.purchase_haste},
                      {c.activity_refund, c.purchase_refund, 1, c.refund_haste},
                      {c.activity_haste, c.purchase_haste, c.refund_haste, 1}};
    for (int k = 0; k < 4; ++k) {
        require(a[k][k] > 1e-9, "[correlation] is not a correlation matrix (not positive definite)");
        for (int i = k + 1; i < 4; ++i)
            for (int j = k + 1; j < 4; ++j) a[i][j] -= a[i][k] * a[k][j] / a[k][k];
    }
}

void check_features(const Scenario& s) {
    std::vector<std::string> sources;
    for (const auto& source : feature_sources()) sources.emplace_back(source.name);
    std::set<std::string> names;
    for (const auto& f : s.features) {
        require(!f.name.empty(), "a feature has no name");
        require(f.name.find('/') == std::string::npos && f.name != ".",
                fmt::format("feature '{}': a name is a column of the file and cannot hold '/'", f.name));
        require(names.insert(f.name).second, fmt::format("feature '{}' appears twice", f.name));
        require(find_source(f.source) != nullptr, fmt::format("feature '{}': unknown source '{}'{}", f.name,
                                                              f.source, suggestion(f.source, sources)));
        require(
            f.cardinality >= 1 && f.cardinality <= 1 << 30,
            fmt::format("feature '{}': cardinality = {} is outside 1 … {}", f.name, f.cardinality, 1 << 30));
        require(f.fidelity >= 0 && f.fidelity <= 1,
                fmt::format("feature '{}': fidelity = {} is outside 0 … 1", f.name, f.fidelity));
        require(f.missing >= 0 && f.missing <= 1,
                fmt::format("feature '{}': missing = {} is outside 0 … 1", f.name, f.missing));
    }
}

}  // namespace

void check(const Scenario& s) {
    require(parse_utc(s.log.time_origin).has_value(),
            fmt::format("log.time_origin = '{}' is not a UTC instant like 2025-04-30T16:00:00Z",
                        s.log.time_origin));
    require(s.mean_clicks() <= 4e9 && s.users.count * s.scale < 2e9 && s.items.count * s.scale < 2e9,
            "scale is too large: at most 4e9 clicks, 2e9 users and 2e9 items");
    require(s.items.brands_per_category <= 65535, "items.brands_per_category is at most 65535");
    check_windows(s);
    check_correlation(s.correlation);
    check_times(s);
    check_features(s);
}

}  // namespace netcvr
