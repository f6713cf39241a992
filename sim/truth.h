#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/time.h"

namespace netcvr {

/// What only the simulator knows, in columns; row i is click i. Given everything drawn before the click's
/// outcome (traits, item, context, time), intent class summed out. Windows are those of the scenario.
struct Truth {
    std::vector<float> cvr;          // P(converts within W_A | click)
    std::vector<float> refund_rate;  // P(refund within W_R of the conversion | converts within W_A, click)
    std::vector<float> net_cvr;      // P(converts within W_A and no refund within W_R of it | click)

    // Only with --truth full:
    std::vector<Time> conversion_time, refund_time;  // uncensored; never = does not happen at all
    struct Column {
        std::string name, description;
        std::vector<float> value;
    };
    std::vector<Column> law;  // the parameters from which any window's probability follows (world.h)
};

}  // namespace netcvr
