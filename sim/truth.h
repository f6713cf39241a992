#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/time.h"

namespace netcvr {

/// What only the simulator knows, in columns; row i is click i. Given everything drawn before the click's
/// outcome (traits, item, context, time), intent class summed out. Windows are those of the scenario.
struct Truth {
    std::vector<float> cvr;  // P(converts within W_A | click)
    // P(refund within W_R of the conversion | converts within W_A, click); where conversions are real, given
    // their delay too, and NaN for clicks that do not convert within W_A.
    std::vector<float> refund_rate;
    std::vector<float> net_cvr;  // P(converts within W_A and no refund within W_R of it | click)

    struct Column {
        std::string name, description;
        std::string units = "1", denominator = {};
        std::vector<float> value = {};
    };
    /// Further statements at the scenario's windows: given the features alone, reported refunds, money.
    std::vector<Column> more;

    // Only with --truth full:
    std::vector<Time> conversion_time, refund_time;  // uncensored; never = does not happen at all
    std::vector<Column> law;  // the parameters from which any window's probability follows (world.h)
};

/// Which columns of a truth there are. What has no truth is absent, not zero: a log with real conversions
/// states refund_rate alone, of the clicks that convert.
struct TruthSchema {
    bool cvr = true, refund_rate = true, net_cvr = true;
    std::vector<Truth::Column> more;  // without values
    bool full = false;
    std::vector<Truth::Column> law;  // of a full truth, without values
    // Of clicks before their users were chosen by what became of them: no longer the law of this log.
    bool before_selection = false;
    bool given_inclusion = false;  // cvr and net_cvr are given, too, that the click's user was chosen

    std::string group() const { return before_selection ? "/truth_before_selection" : "/truth"; }
    /// refund_rate is stated of conversions within W_A and NaN elsewhere, because they were not drawn.
    bool of_conversions() const { return refund_rate && !cvr; }
    bool any() const { return cvr || refund_rate || net_cvr || full || !more.empty(); }
};

}  // namespace netcvr
