#include "scenarios/targets_of_log.h"

#include <algorithm>
#include <cmath>

#include "output/log_statistics.h"

namespace netcvr {
namespace {

/// Clicks and conversions of mature clicks in classes of time.
struct Curve {
    std::vector<double> clicks, conversions;
    explicit Curve(std::size_t classes) : clicks(classes, 0), conversions(classes, 0) {}

    /// Clicks per class over their mean, but never 0, for a rate must be positive.
    std::vector<double> traffic() const {
        double mean = 0;
        for (const double n : clicks) mean += n / static_cast<double>(clicks.size());
        std::vector<double> out;
        for (const double n : clicks) out.push_back(mean > 0 ? std::max(n / mean, 1e-3) : 1);
        return out;
    }
    /// Logit of a class's cvr over that of all, half an event added to both sides so that it is finite.
    std::vector<double> logits() const {
        double n = 0, k = 0;
        for (std::size_t c = 0; c < clicks.size(); ++c) n += clicks[c], k += conversions[c];
        const auto logit = [](double events, double trials) {
            return std::log((events + .5) / (trials - events + .5));
        };
        std::vector<double> out;
        for (std::size_t c = 0; c < clicks.size(); ++c)
            out.push_back(clicks[c] > 0 ? logit(conversions[c], clicks[c]) - logit(k, n) : 0);
        for (double& x : out) x = std::round(x * 1e4) / 1e4;
        return out;
    }
};

/// Days of the week at the time origin's own midnight: 0 = Monday.
std::size_t weekday_of(Time origin, Time t) {
    const Time days = (origin + t) / day;
    return static_cast<std::size_t>(((days + 3) % 7 + 7) % 7);
}

void set_curves(const CountedLog& c, Scenario& s) {
    Curve hours(24), weekdays(7);
    const Time origin = parse_utc(s.log.time_origin).value_or(0) + s.log.utc_offset;
    const Time midnight = origin - origin % day;
    for (std::size_t i = 0; i < c.mature; ++i) {
        const Time local = origin - midnight + c.file.log.click_time[i];
        const auto h = static_cast<std::size_t>(local / hour % 24);
        const std::size_t d = weekday_of(midnight, local);
        const double converts = c.outcomes.conversion.happens(i) ? 1 : 0;
        hours.clicks[h] += 1, hours.conversions[h] += converts;
        weekdays.clicks[d] += 1, weekdays.conversions[d] += converts;
    }
    s.hours.traffic = hours.traffic();
    s.hours.conversion = hours.logits();
    if (s.log.duration < week) return;  // a weekday that never came says nothing
    s.weekdays.traffic = weekdays.traffic();
    s.weekdays.conversion = weekdays.logits();
}

void set_targets(const CountedLog& c, Scenario::Targets& targets) {
    const auto set = [&](double& field, const char* statistic, double low) {
        if (const auto value = value_of(statistic, c)) field = std::max(low, *value);
    };
    set(targets.cvr, "cvr", 1e-5);
    targets.conversion_delay_median = static_cast<Time>(value_of("conversion_delay_median", c).value_or(0));
    if (c.file.log.has_refunds) {
        set(targets.refunds_per_conversion, "refunds_per_conversion", 0);
        targets.reference_refunds_per_conversion = std::max(1e-5, targets.refunds_per_conversion);
        targets.refund_delay_median = static_cast<Time>(value_of("refund_delay_median", c).value_or(0));
    }
    if (!c.file.log.has_purchases) return;
    set(targets.purchases_per_click, "purchases_per_click", 0);
    set(targets.repurchases_per_click, "repurchases_per_click", 0);
    set(targets.refunds_per_click, "refunds_per_click", 0);
}

Feature feature_of(const FeatureColumn& column) {
    double missing = 0;
    for (const auto value : column.value) missing += value < 0 ? 1 : 0;
    const auto n = static_cast<double>(std::max<std::size_t>(1, column.value.size()));
    return {.name = column.name,
            .source = "noise",
            .cardinality = column.cardinality,
            .fidelity = 1,
            .missing = missing / n};
}

}  // namespace

Settings targets_of(const LogFile& file) {
    const CountedLog counted(file);
    const ClickLog& log = file.log;
    Settings settings;
    Scenario& s = settings.scenario;
    s.name = file.header.scenario_name.empty() ? "from-log" : file.header.scenario_name + "-again";
    s.log.clicks = std::max(1.0, static_cast<double>(log.size()));
    s.log.duration = log.duration;
    s.log.follow_up = log.follow_up;
    s.log.time_origin = file.header.time_origin;
    s.log.utc_offset = 0;  // hours since the time origin, as everything counted here
    s.windows = log.windows;
    s.protocol = log.protocol;
    s.users.count = value_of("users", counted).value_or(s.users.count);
    s.items.count = value_of("items", counted).value_or(s.items.count);
    set_curves(counted, s);
    set_targets(counted, s.targets);
    for (const auto& column : log.features) s.features.push_back(feature_of(column));
    return settings;
}

}  // namespace netcvr
