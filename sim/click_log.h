#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/time.h"
#include "sim/windows.h"

namespace netcvr {

struct FeatureColumn {
    std::string name;
    std::int32_t cardinality = 0;     // values are 0 … cardinality − 1
    std::vector<std::int32_t> value;  // value[i] of click i; −1 where missing
};

/// What a platform could have logged, in columns; row i is click i, in time order. No probabilities.
struct ClickLog {
    std::vector<Time> click_time;  // non-decreasing
    std::vector<Time>
        conversion_time;            // never = none within the follow-up; windows are applied by the reader
    std::vector<Time> refund_time;  // of that conversion
    std::vector<std::int32_t> user_id, item_id;
    std::vector<FeatureColumn> features;  // in scenario order

    Windows windows;
    Protocol protocol;
    Time duration = 0;   // clicks stop here
    Time follow_up = 0;  // outcomes are recorded until duration + follow_up

    std::size_t size() const { return click_time.size(); }
};

}  // namespace netcvr
