#include "output/chart.h"

#include <array>

#include "output/chart_methods.h"

namespace netcvr {

std::vector<Chart> charts(const SweepResults& sweep, const Comparison& comparison) {
    constexpr std::array makers = {excess_chart, difference_chart, recovery_chart, ceilings_chart};
    std::vector<Chart> all;
    for (const auto make : makers)
        if (auto made = make({sweep, comparison})) all.push_back(std::move(*made));
    return all;
}

}  // namespace netcvr
