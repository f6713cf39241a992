#include "output/daily.h"

#include <gtest/gtest.h>

#include "tests/output/small_log.h"

namespace netcvr {
namespace {

/// The small log begins 25 s before midnight of 2025-05-01 in Hangzhou: rows 0 … 2 are of April.
LogFile around_midnight() {
    LogFile file;
    file.header.time_origin = "2025-04-30T15:59:35Z";
    file.log = small_log();
    return file;
}

TEST(Daily, counts_events_by_the_local_day_of_their_click) {
    const auto days = daily_counts(around_midnight(), 8 * hour);
    ASSERT_EQ(days.size(), 3u);
    EXPECT_EQ(days[0].date, "2025-04-30");
    EXPECT_EQ(days[1].date, "2025-05-01");
    EXPECT_EQ(days[2].date, "total");
    const std::vector<std::vector<std::size_t>> wanted = {{2, 3, 2, 1}, {4, 4, 3, 2}, {4, 7, 5, 3}};
    for (std::size_t d = 0; d < 3; ++d)
        EXPECT_EQ((std::vector{days[d].users, days[d].clicks, days[d].purchases, days[d].refunds}), wanted[d])
            << d;
}

TEST(Daily, counts_repeats_where_the_log_has_them) {
    LogFile file = around_midnight();
    file.log.has_purchases = true;
    // Row 0 buys three times, row 4 once; the second purchase of row 0 and that of row 4 are refunded.
    file.log.purchases = {.row = {0, 0, 0, 4},
                          .ordinal = {0, 1, 2, 0},
                          .purchase_time = {5, 50, 60, 45},
                          .refund_time = {never, 70, never, 95},
                          .order_value = {},
                          .refund_value = {}};
    const auto days = daily_counts(file, 8 * hour);
    EXPECT_EQ(days[0].purchases, 3u);
    EXPECT_EQ(days[0].repurchases, 2u);
    EXPECT_EQ(days[0].refunds, 1u);
    EXPECT_EQ(days[2].purchases, 4u);
    const std::string text = daily_text(days, file.log);
    EXPECT_NE(
        text.find(
            "2025-04-30      2       3          3            2        1       100.0000%          66.6667%"),
        std::string::npos)
        << text;
}

TEST(Daily, has_a_row_for_a_day_without_clicks_and_no_rate_there) {
    LogFile file = around_midnight();
    file.log.click_time.back() = 60 + 2 * day;
    const auto days = daily_counts(file, 8 * hour);
    ASSERT_EQ(days.size(), 5u);
    EXPECT_EQ(days[2].date, "2025-05-02");
    EXPECT_EQ(days[2].clicks, 0u);
    EXPECT_NE(daily_json(days, file.log).find("\"purchases_per_click\": null"), std::string::npos);
    EXPECT_NE(daily_json(days, file.log).find("\"repurchases\": null"), std::string::npos);
    EXPECT_EQ(daily_counts(LogFile{}, 0).size(), 1u);
}

}  // namespace
}  // namespace netcvr
