#include "estimators/product_limit.h"

#include <algorithm>

namespace netcvr {

std::vector<ProductLimit> product_limit(const Stage& stage,
                                        const StageOrder& order,
                                        std::span<const std::uint32_t> stratum,
                                        std::size_t strata,
                                        Time from,
                                        Time t) {
    std::vector<ProductLimit> all(strata + 1);
    const auto both = [&](std::uint32_t i, auto change) { change(all[stratum[i]]), change(all[strata]); };
    const auto start_of = [&](std::uint32_t i) { return stage.start[i]; };
    const auto first = std::ranges::lower_bound(order.by_start, from, {}, start_of),
               last = std::ranges::lower_bound(order.by_start, t, {}, start_of);
    for (auto i = first; i < last; ++i) both(*i, [](ProductLimit& p) { ++p.starts, ++p.at_risk; });

    auto watched = last;  // longer than the delay at hand; the youngest leave first
    for (const std::uint32_t i : order.by_delay) {
        if (stage.start[i] < from || stage.event[i] >= t) continue;
        const Time delay = stage.event[i] - stage.start[i];
        for (; watched > first && stage.start[*(watched - 1)] + delay >= t; --watched)
            if (stage.event[*(watched - 1)] >= t) both(*(watched - 1), [](ProductLimit& p) { --p.at_risk; });
        // Ties one after another: (r − 1) / r · (r − 2) / (r − 1) = 1 − 2 / r.
        both(i, [](ProductLimit& p) { p.survival *= 1 - 1 / p.at_risk, --p.at_risk; });
    }
    return all;
}

}  // namespace netcvr
