#pragma once
// How scored clicks are cut into groups: calibration by decile, bias by hour, stratum, category, over time.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "output/score.h"

namespace netcvr {

/// Which group each scored click belongs to.
struct Groups {
    std::vector<std::string> name;  // of the groups, in the order they are shown
    std::vector<std::uint16_t> of;  // of[i] < name.size(): group of scored click i
};

/// What a dimension may look at.
struct Scored {
    const ClickLog& log;
    const Truth& truth;
    std::size_t first = 0, count = 0;  // the scored rows
    std::span<const float> forecast;   // of the target in hand, [count]
    std::string_view category_feature;
};

/// One row: forecast_decile, refund_rate_decile, hour_of_day, activity_stratum, category, segment.
struct Dimension {
    std::string_view name, title;
    bool by_forecast = false;  // groups differ from forecast to forecast; else they are the log's own
    Groups (*groups)(const Scored& of);  // no groups at all if the log does not have it (category)
};
const std::vector<Dimension>& dimensions();

}  // namespace netcvr
