#pragma once

#include <algorithm>
#include <random>

#include "sim/click_log.h"

namespace netcvr {

/// Everything from t on becomes different: click times, features, and every outcome that was seen only after
/// t.
inline ClickLog altered_after(const ClickLog& log, Time t) {
    std::mt19937_64 random(12);
    ClickLog other = log;
    for (auto* column : {&other.conversion_time, &other.refund_time})
        for (auto& when : *column)
            if (when > t) when = random() % 2 ? never : std::max(t + 1, when == never ? t + 1 : when - hour);
    for (std::size_t i = 0; i < log.size(); ++i) {
        Time &click = other.click_time[i], &conversion = other.conversion_time[i],
             &refund = other.refund_time[i];
        if (click > t) {
            click = t + 1 + (click - t) / 2;
            for (auto& feature : other.features)
                feature.value[i] =
                    static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(feature.cardinality));
        }
        // Still in order: what changes lies after t in any case.
        if (conversion != never) conversion = std::max(conversion, click);
        if (refund != never) refund = conversion == never ? never : std::max(refund, conversion);
        if (conversion > t) other.order_value[i] = conversion == never ? 0.0F : other.order_value[i] + 7.0F;
        if (refund > t) other.refund_value[i] = refund == never ? 0.0F : other.order_value[i] / 3;
    }
    return other;
}

}  // namespace netcvr
