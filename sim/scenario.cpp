#include "sim/scenario.h"

#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "sim/errors.h"
#include "sim/features.h"
#include "sim/scenario_checks.h"

namespace netcvr {
namespace {

void require(bool holds, const std::string& message) {
    if (!holds) throw InputError(Exit::scenario, message);
}

void check_sizes(const Scenario& s) {
    const auto at_most = [&](std::string_view key, double count, double most) {
        require(count * s.scale <= most,
                fmt::format("{} = {:g} times scale = {:g} is more than {:g}", key, count, s.scale, most));
    };
    at_most("log.clicks", s.log.clicks, 4e9);
    at_most("users.count", s.users.count, 2e9);
    at_most("items.count", s.items.count, 2e9);
    require(s.items.brands_per_category <= 65535,
            fmt::format("items.brands_per_category = {} is more than 65535", s.items.brands_per_category));
}

void check_windows(const Scenario& s) {
    const auto& w = s.windows;
    require(
        s.protocol.gap >= w.maturity(),
        fmt::format(
            "protocol.gap = {} is shorter than W_A + W_R = {}: pretraining labels would not be final when "
            "the stream begins",
            format_duration(s.protocol.gap), format_duration(w.maturity())));
    const auto below = [](std::string_view key, Time minimum, std::string_view of, Time window) {
        require(
            minimum < window,
            fmt::format("{}_delay.minimum = {} must be below windows.{}_attribution = {}, or no {} counts",
                        key, format_duration(minimum), of, format_duration(window), of));
    };
    below("conversion", s.conversion_delay.minimum, "conversion", w.conversion_attribution);
    below("refund", s.refund_delay.minimum, "refund", w.refund_attribution);
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
    require(p.every == 0 || p.duration <= p.every,
            fmt::format("promotion.duration = {} is longer than promotion.every = {}",
                        format_duration(p.duration), format_duration(p.every)));
    for (const auto& [name, drift] : {std::pair{"conversion_drift", &s.conversion_drift},
                                      {"conversion_delay_drift", &s.conversion_delay_drift},
                                      {"refund_drift", &s.refund_drift},
                                      {"refund_delay_drift", &s.refund_delay_drift}})
        require(drift->ramp == 0 || drift->ramp_begin < drift->ramp_end,
                fmt::format("{}.ramp_end = {} must lie after {}.ramp_begin = {}", name,
                            format_duration(drift->ramp_end), name, format_duration(drift->ramp_begin)));
    const auto& targets = s.targets;
    require(targets.refunds_per_click == 0 || s.has_repeats(),
            "targets.refunds_per_click is met by the refunds of repeats: it needs "
            "targets.repurchases_per_click > 0");
    require(targets.purchases_per_click == 0 || targets.conversion_delay_median > 0,
            fmt::format(
                "targets.purchases_per_click = {} is met by late conversions: it needs conversion delays, "
                "but targets.conversion_delay_median = 0s",
                targets.purchases_per_click));
    require(targets.purchases_per_click == 0 || !s.holds_ever(),
            fmt::format(
                "targets.purchases_per_click = {} is met by conversions after W_A: it needs targets.hold = "
                "\"window\", not \"ever\"",
                targets.purchases_per_click));
}

/// Positive definite iff every pivot of the Cholesky factorisation is positive.
void check_correlation(const Scenario::Correlation& c) {
    double a[4][4] = {{1, c.activity_purchase, c.activity_refund, c.activity_haste},
                      {c.activity_purchase, 1, c.purchase_refund, c.purchase_haste},
                      {c.activity_refund, c.purchase_refund, 1, c.refund_haste},
                      {c.activity_haste, c.purchase_haste, c.refund_haste, 1}};
    for (int k = 0; k < 4; ++k) {
        require(
            a[k][k] > 1e-9,
            fmt::format(
                "[correlation] activity_purchase = {}, activity_refund = {}, activity_haste = {}, "
                "purchase_refund = {}, purchase_haste = {}, refund_haste = {} is not a correlation matrix "
                "(not positive definite)",
                c.activity_purchase, c.activity_refund, c.activity_haste, c.purchase_refund, c.purchase_haste,
                c.refund_haste));
        for (int i = k + 1; i < 4; ++i)
            for (int j = k + 1; j < 4; ++j) a[i][j] -= a[i][k] * a[k][j] / a[k][k];
    }
}

void check_features(const Scenario& s) {
    std::set<std::string> names;
    for (const auto& f : s.features) {
        require(!f.name.empty(), "a feature has no name");
        require(f.name.find('/') == std::string::npos && f.name != ".",
                fmt::format("feature '{}': a name is a column of the file and cannot hold '/'", f.name));
        require(names.insert(f.name).second, fmt::format("feature '{}' appears twice", f.name));
        check_source(f);
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

void check_time_origin(const std::string& time_origin) {
    require(
        parse_utc(time_origin).has_value(),
        fmt::format("log.time_origin = '{}' is not a UTC instant like 2025-04-30T16:00:00Z", time_origin));
}

void check_source(const Feature& f) {
    std::vector<std::string> sources;
    for (const auto& source : feature_sources()) sources.emplace_back(source.name);
    require(find_source(f.source) != nullptr, fmt::format("feature '{}': unknown source '{}'{}", f.name,
                                                          f.source, suggestion(f.source, sources)));
}

void check(const Scenario& s) {
    check_time_origin(s.log.time_origin);
    check_sizes(s);
    check_windows(s);
    check_correlation(s.correlation);
    check_times(s);
    check_features(s);
}

}  // namespace netcvr
