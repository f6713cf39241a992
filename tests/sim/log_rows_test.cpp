#include "sim/log_rows.h"

#include <gtest/gtest.h>

#include "sim/log_columns.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

const World& world() {
    static const World w = [] {
        Scenario s = small_world(4000);
        s.targets.repurchases_per_click = 0.05;
        s.money.price_median = 30;
        return make_world(s, 2);
    }();
    return w;
}

/// Every third row.
std::vector<std::uint32_t> thirds(const LogRows& rows) {
    std::vector<std::uint32_t> chosen;
    for (std::uint32_t i = 0; i < rows.log.size(); i += 3) chosen.push_back(i);
    return chosen;
}

TEST(LogRows, visits_the_whole_log_in_order) {
    std::size_t next = 0;
    visit_rows(world(), false, 2, [&](const LogRows& rows, std::size_t done) {
        next += rows.log.size();
        EXPECT_EQ(done, next);
        EXPECT_EQ(rows.log.click_time, draw_rows(world(), 0, next, false).log.click_time);
    });
    EXPECT_EQ(next, row_count(world()));
}

TEST(LogRows, chooses_the_same_rows_of_every_column) {
    const TruthSchema schema = header_of(world(), "", true).truth;
    const LogRows all = draw_rows(world(), 0, row_count(world()), true);
    const auto chosen = thirds(all);
    LogRows kept = draw_rows(world(), 0, 0, true);
    append_chosen_rows(all, schema, chosen, kept);
    ASSERT_EQ(kept.log.size(), chosen.size());
    std::vector<std::vector<double>> whole, part;
    const auto into = [](auto& list) {
        return [&list](const LogColumn&, const auto& column) {
            list.emplace_back(column.begin(), column.end());
        };
    };
    for_each_log_column(all.log, into(whole));
    for_each_truth_column(all.truth, schema, into(whole));
    for_each_log_column(kept.log, into(part));
    for_each_truth_column(kept.truth, schema, into(part));
    ASSERT_EQ(whole.size(), part.size());
    for (std::size_t c = 0; c < whole.size(); ++c)
        for (std::size_t i = 0; i < chosen.size(); ++i) ASSERT_EQ(part[c][i], whole[c][chosen[i]]) << c;
}

TEST(LogRows, keeps_the_purchases_of_chosen_rows_with_their_clicks) {
    const TruthSchema schema = header_of(world(), "", false).truth;
    const LogRows all = draw_rows(world(), 0, row_count(world()), false);
    const auto chosen = thirds(all);
    LogRows kept = draw_rows(world(), 0, 0, false);
    append_chosen_rows(all, schema, chosen, kept);
    append_chosen_rows(all, schema, chosen, kept);  // once more, behind
    std::vector<std::size_t> wanted;
    for (std::size_t p = 0; p < all.log.purchases.size(); ++p)
        if (all.log.purchases.row[p] % 3 == 0) wanted.push_back(p);
    const Purchases& mine = kept.log.purchases;
    ASSERT_GT(wanted.size(), 50u);
    ASSERT_EQ(mine.size(), 2 * wanted.size());
    for (std::size_t k = 0; k < mine.size(); ++k) {
        const std::size_t p = wanted[k % wanted.size()];
        const std::int64_t behind = k < wanted.size() ? 0 : static_cast<std::int64_t>(chosen.size());
        EXPECT_EQ(mine.row[k], behind + all.log.purchases.row[p] / 3);
        EXPECT_EQ(mine.purchase_time[k], all.log.purchases.purchase_time[p]);
        EXPECT_EQ(mine.refund_value[k], all.log.purchases.refund_value[p]);
        if (mine.ordinal[k] > 0) continue;
        EXPECT_EQ(mine.purchase_time[k], kept.log.conversion_time[static_cast<std::size_t>(mine.row[k])]);
    }
}

}  // namespace
}  // namespace netcvr
