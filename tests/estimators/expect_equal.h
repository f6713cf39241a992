#pragma once

#include <gtest/gtest.h>

#include "estimators/train.h"

namespace netcvr {

/// Bit for bit.
inline void expect_equal(const Predictions& a, const Predictions& b) {
    EXPECT_EQ(a.method, b.method);
    EXPECT_EQ(a.row, b.row);
    EXPECT_EQ(a.cvr, b.cvr);
    EXPECT_EQ(a.refund_rate, b.refund_rate);
    EXPECT_EQ(a.net_cvr, b.net_cvr);
    EXPECT_EQ(a.gmv, b.gmv);
    EXPECT_EQ(a.net_gmv, b.net_gmv);
}

}  // namespace netcvr
