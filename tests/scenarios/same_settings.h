#pragma once

#include <gtest/gtest.h>

#include "scenarios/field_value.h"
#include "scenarios/settings.h"

namespace netcvr {

inline void expect_same(const Settings& a, const Settings& b) {
    for (const auto& row : settings_fields())
        EXPECT_TRUE(same_value(*row, row.in(a), row.in(b))) << row->name;
    EXPECT_EQ(a.scenario.features, b.scenario.features);
}

}  // namespace netcvr
