#include "sim/time.h"

#include <gtest/gtest.h>

namespace netcvr {
namespace {

TEST(Duration, carries_one_unit) {
    EXPECT_EQ(parse_duration("15m"), 900);
    EXPECT_EQ(parse_duration("0.05d"), 4320);
    EXPECT_EQ(parse_duration("3 d"), 3 * day);
    EXPECT_EQ(parse_duration("2w"), 14 * day);
    EXPECT_EQ(parse_duration("0s"), 0);
    EXPECT_EQ(parse_duration("1.5h"), 5400);
    EXPECT_EQ(parse_duration("-8h"), -8 * hour);
}

TEST(Duration, is_refused_without_a_unit_or_as_anything_else) {
    for (const char* text :
         {"",    "3",   "d",    "m",   " d",  "3x",     "3D",    "--3d", "- 3d", "+3d", "3  d",
          " 3d", "3d ", "1e3s", ".5d", "5.d", "1.2.3d", "nan d", "0x3d", "3dd",  "3,5d"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, is_refused_when_it_is_no_whole_number_of_seconds) {
    EXPECT_FALSE(parse_duration("0.5s"));
    EXPECT_FALSE(parse_duration("0.00001d"));
    EXPECT_EQ(parse_duration("0.001h"), std::nullopt);
    EXPECT_EQ(parse_duration("0.01d"), 864);
}

TEST(Duration, is_refused_when_it_does_not_fit) {
    EXPECT_FALSE(parse_duration("99999999999999999w"));
    EXPECT_FALSE(parse_duration("999999999999999999999999s"));
    EXPECT_EQ(parse_duration("99999999999999999s"), 99999999999999999);
}

TEST(Duration, is_written_in_its_shortest_exact_form) {
    EXPECT_EQ(format_duration(900), "15m");
    EXPECT_EQ(format_duration(4320), "72m");
    EXPECT_EQ(format_duration(3 * day), "3d");
    EXPECT_EQ(format_duration(week), "1w");
    EXPECT_EQ(format_duration(0), "0s");
    EXPECT_EQ(format_duration(864), "864s");
    EXPECT_EQ(format_duration(9 * day + day / 10), "9.1d");
    EXPECT_EQ(format_duration(-900), "-15m");
}

TEST(Duration, reads_back_as_it_was_written) {
    for (Time t = 0; t < 3 * week; t += 61)
        ASSERT_EQ(parse_duration(format_duration(t)), t) << format_duration(t);
    for (Time t = 1; t < 99999999999999999; t = 3 * t + 7) ASSERT_EQ(parse_duration(format_duration(t)), t);
}

TEST(Utc, counts_seconds_from_1970) {
    EXPECT_EQ(parse_utc("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_utc("2025-04-30T16:00:00Z"), 1746028800);
    EXPECT_EQ(parse_utc("2024-02-29T23:59:59Z"), 1709251199);
}

TEST(Utc, refuses_what_is_malformed_or_in_another_zone) {
    for (const char* text : {"", "2025-04-30", "2025-04-30T16:00:00", "2025-04-30T16:00:00+08:00",
                             "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-04-30T24:00:00Z",
                             "2025-04-30T16:60:00Z", "2025-04-30 16:00:00Z", "2025-04-3xT16:00:00Z"})
        EXPECT_FALSE(parse_utc(text)) << text;
}

}  // namespace
}  // namespace netcvr
