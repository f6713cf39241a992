#include "estimators/history.h"

#include <algorithm>

namespace netcvr {

StageOrder order_of(const Stage& stage) {
    StageOrder order;
    stage.for_each_entered([&](std::size_t i) {
        order.by_start.push_back(static_cast<std::uint32_t>(i));
        if (stage.happens(i)) order.by_delay.push_back(static_cast<std::uint32_t>(i));
    });
    std::ranges::stable_sort(order.by_start, {}, [&](std::uint32_t i) { return stage.start[i]; });
    std::ranges::stable_sort(order.by_delay, {},
                             [&](std::uint32_t i) { return stage.event[i] - stage.start[i]; });
    return order;
}

}  // namespace netcvr
