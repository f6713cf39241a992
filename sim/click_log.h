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

/// Every purchase that followed a click, first ones and repeats, in order of row and ordinal.
struct Purchases {
    std::vector<std::int64_t> row;      // of the click
    std::vector<std::int32_t> ordinal;  // 0 = the first purchase of its click, which is the conversion
    std::vector<Time> purchase_time;
    std::vector<Time> refund_time;                 // of this purchase; never = none within the follow-up
    std::vector<float> order_value, refund_value;  // empty unless the log has money
    std::size_t size() const { return row.size(); }
};

/// What a platform could have logged, in columns; row i is click i, in time order. No probabilities.
struct ClickLog {
    std::vector<Time> click_time;  // non-decreasing
    std::vector<Time>
        conversion_time;            // never = none within the follow-up; windows are applied by the reader
    std::vector<Time> refund_time;  // of that conversion
    std::vector<std::int32_t> user_id, item_id;  // empty unless has_ids
    std::vector<float> order_value,
        refund_value;                     // of that conversion, 0 without one; empty unless has_money
    std::vector<FeatureColumn> features;  // in scenario order
    Purchases purchases;                  // empty unless has_purchases

    Windows windows;
    Protocol protocol;
    Time duration = 0;   // clicks stop here
    Time follow_up = 0;  // outcomes are recorded until duration + follow_up

    // Columns the log has besides the times and the features, with or without rows.
    bool has_ids = true, has_money = false, has_purchases = false;
    bool has_refunds = true;  // false: nobody recorded refunds, and every refund_time is never

    std::size_t size() const { return click_time.size(); }
};

}  // namespace netcvr
