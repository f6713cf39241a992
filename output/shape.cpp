#include <algorithm>
#include <array>

#include "estimators/stage.h"
#include "output/results.h"

namespace netcvr {
namespace {

/// The seven trajectories of a click: converted early or late (A, B), then never, early or late refunded.
std::size_t trajectory_of(const Outcomes& all, std::size_t click) {
    if (!all.conversion.happens(click)) return 0;
    const std::size_t refund = !all.refund.happens(click) ? 0 : all.refund.early(click) ? 1 : 2;
    return 1 + (all.conversion.late(click) ? 3 : 0) + refund;
}

/// Ten points a decade from 10 s on, up to the longer window.
std::vector<Time> delay_grid(Time longest) {
    constexpr std::array steps = {10, 13, 16, 20, 25, 32, 40, 50, 63, 79};
    std::vector<Time> grid;
    for (Time decade = 1; steps[0] * decade < longest; decade *= 10)
        for (const Time step : steps)
            if (step * decade < longest) grid.push_back(step * decade);
    grid.push_back(longest);
    return grid;
}

/// Shares of the attributed events of a stage, among these clicks, that came within each delay.
std::vector<double> shares_within(const Stage& stage, std::size_t first, const std::vector<Time>& delay) {
    std::vector<std::size_t> count(delay.size(), 0);
    std::size_t events = 0;
    for (std::size_t i = first; i < stage.start.size(); ++i) {
        if (!stage.happens(i)) continue;
        ++events;
        const auto at = std::ranges::lower_bound(delay, stage.event[i] - stage.start[i]);
        if (at != delay.end()) ++count[static_cast<std::size_t>(at - delay.begin())];
    }
    std::vector<double> share;
    std::size_t so_far = 0;
    for (const std::size_t here : count) {
        so_far += here;
        share.push_back(static_cast<double>(so_far) / static_cast<double>(events));
    }
    return events == 0 ? std::vector<double>{} : share;
}

}  // namespace

LogShape shape_of(const ClickLog& log) {
    LogShape shape;
    if (log.follow_up < log.windows.maturity()) return shape;
    const Outcomes all = outcomes(log);
    const auto first = static_cast<std::size_t>(
        std::ranges::lower_bound(log.click_time, log.protocol.stream_start()) - log.click_time.begin());
    for (std::size_t i = first; i < log.size(); ++i) ++shape.trajectory[trajectory_of(all, i)];
    shape.delay = delay_grid(std::max(log.windows.conversion_attribution, log.windows.refund_attribution));
    shape.conversions_within = shares_within(all.conversion, first, shape.delay);
    shape.refunds_within = shares_within(all.refund, first, shape.delay);
    return shape;
}

}  // namespace netcvr
