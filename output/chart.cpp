#include "output/chart.h"

#include <array>

#include "output/chart_breakdown.h"
#include "output/chart_log.h"
#include "output/chart_methods.h"

namespace netcvr {

std::vector<Chart> charts(const SweepResults& sweep, const Comparison& comparison) {
    const Drawing drawing{sweep, comparison};
    if (comparison.groups.empty()) return {};
    std::vector<Chart> all;
    const auto add = [&](std::optional<Chart> made) {
        if (made) all.push_back(std::move(*made));
    };
    add(excess_chart(drawing));
    add(difference_chart(drawing));
    add(recovery_chart(drawing));
    add(pcoc_chart(drawing));
    add(calibration_chart(drawing));
    for (Chart& bias : bias_charts(drawing)) all.push_back(std::move(bias));
    add(trajectories_chart(drawing));
    add(delays_chart(drawing));
    add(ceilings_chart(drawing));
    add(cost_chart(drawing));
    return all;
}

}  // namespace netcvr
