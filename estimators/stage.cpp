#include "estimators/stage.h"

namespace netcvr {
namespace {

Time attributed(Time start, Time event, Time window) {
    return within(start, event, window, Edge::open) ? event : never;
}

Time seen_by(Time t, Time event) {
    return event <= t ? event : never;
}

void add_values(const ClickLog& log, Outcomes& all) {
    all.conversion.value.assign(log.size(), 0.0F);
    all.refund.value.assign(log.size(), 0.0F);
    for (std::size_t i = 0; i < log.size(); ++i) {
        const float paid = log.order_value[i];
        if (all.conversion.happens(i)) all.conversion.value[i] = paid;
        if (all.refund.happens(i) && paid > 0) all.refund.value[i] = log.refund_value[i] / paid;
    }
}

}  // namespace

Trajectory Outcomes::trajectory(std::size_t click, const Windows& with) const {
    if (!conversion.happens(click)) return t0;
    const bool early =
        within(conversion.start[click], conversion.event[click], with.conversion_observation, Edge::closed);
    if (!refund.happens(click)) return early ? a0 : b0;
    const bool early_refund =
        within(refund.start[click], refund.event[click], with.refund_observation, Edge::closed);
    if (early_refund) return early ? a1 : b1;
    return early ? a2 : b2;
}

Outcomes outcomes(const ClickLog& log) {
    const std::size_t n = log.size();
    const Windows& windows = log.windows;
    Outcomes all;
    all.windows = windows;
    all.protocol = log.protocol;
    all.conversion.attribution = windows.conversion_attribution;
    all.conversion.observation = windows.conversion_observation;
    all.refund.attribution = windows.refund_attribution;
    all.refund.observation = windows.refund_observation;
    all.conversion.start = log.click_time;
    all.conversion.event.resize(n);
    all.refund.event.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
        const Time conversion =
            attributed(log.click_time[i], log.conversion_time[i], windows.conversion_attribution);
        all.conversion.event[i] = conversion;
        all.refund.event[i] = attributed(conversion, log.refund_time[i], windows.refund_attribution);
    }
    all.refund.start = all.conversion.event;
    if (log.has_money) add_values(log, all);
    return all;
}

Outcomes known_at(const Outcomes& all, Time t) {
    Outcomes known = all;
    for (auto* column :
         {&known.conversion.start, &known.conversion.event, &known.refund.start, &known.refund.event})
        for (auto& when : *column) when = seen_by(t, when);
    for (Stage* stage : {&known.conversion, &known.refund})
        for (std::size_t i = 0; i < stage->value.size(); ++i)
            if (!stage->happens(i)) stage->value[i] = 0;
    return known;
}

}  // namespace netcvr
