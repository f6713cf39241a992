#include "estimators/modifier.h"

#include <gtest/gtest.h>

#include "sim/errors.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

std::string refusal(std::string_view name) {
    return message(Exit::usage, [name] { find_method(name); });
}

TEST(Modifiers, are_refused_with_the_nearest_name) {
    EXPECT_EQ(refusal("es-dfm:refund=R3"), "unknown modifier 'refund=R3'; did you mean 'refund=R1'?");
    EXPECT_EQ(refusal("es-dmf:refund=R1"), "unknown method 'es-dmf'; did you mean 'es-dfm'?");
    EXPECT_EQ(refusal("es-dfm:refund=R1:refund=R2"), "modifier 'refund' is named twice");
    EXPECT_NE(refusal("es-dfm:").find("unknown modifier ''"), std::string::npos);
}

TEST(Modifiers, say_what_they_are_and_are_spelled_once) {
    std::vector<std::string> names;
    for (const Modifier& row : modifiers()) {
        EXPECT_FALSE(row.title.empty()) << row.name;
        EXPECT_GT(row.math.size(), 200U) << row.name;
        EXPECT_TRUE(row.apply) << row.name;
        EXPECT_EQ(row.symbol.empty(), !row.choices.empty()) << row.name;
        EXPECT_TRUE(row.symbol.empty() || row.low < row.high) << row.name;
        EXPECT_EQ(std::ranges::count(names, spelled(row)), 0) << row.name;
        names.push_back(spelled(row));
    }
}

}  // namespace
}  // namespace netcvr
