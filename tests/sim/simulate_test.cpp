#include "sim/simulate.h"

#include <gtest/gtest.h>

#include "sim/log_columns.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

const World& world() {
    static const World w = make_world(small_world(20000), 2);
    return w;
}

/// visit(name, a's column, b's column) for every column of two logs.
template <class Visit>
void compare(LogRows& a, LogRows& b, bool full, const Visit& visit) {
    std::vector<std::string> names;
    std::vector<std::string> bytes[2];
    for (auto* rows : {&a, &b}) {
        auto& mine = bytes[rows == &a ? 0 : 1];
        const auto keep = [&](const LogColumn& column, const auto& value) {
            if (rows == &a) names.push_back(column.path());
            mine.emplace_back(reinterpret_cast<const char*>(value.data()), value.size() * sizeof(value[0]));
        };
        for_each_log_column(rows->log, keep);
        for_each_truth_column(rows->truth, header_of(world(), "", full).truth, keep);
    }
    ASSERT_EQ(bytes[0].size(), bytes[1].size());
    for (std::size_t c = 0; c < names.size(); ++c) visit(names[c], bytes[0][c], bytes[1][c]);
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

TEST(Simulate, draws_any_rows_as_they_are_in_the_whole) {
    LogRows whole = whole_log(world());
    const std::size_t rows = row_count(world());
    ASSERT_EQ(whole.log.size(), rows);
    const World& w = world();
    const std::vector<std::size_t> cuts = {0,    1,    2,        2047, 2048, w.arrivals.first_row(3),
                                           7777, 7777, rows - 1, rows};
    LogRows joined = draw_rows(w, 0, 0, true);
    for (std::size_t k = 1; k < cuts.size(); ++k) {
        const LogRows part = draw_rows(w, cuts[k - 1], cuts[k] - cuts[k - 1], true);
        EXPECT_EQ(part.log.size(), cuts[k] - cuts[k - 1]);
        if (part.log.size() == 0) continue;
        append(joined.log.click_time, part.log.click_time);
        append(joined.log.conversion_time, part.log.conversion_time);
        append(joined.log.refund_time, part.log.refund_time);
        append(joined.log.user_id, part.log.user_id);
        append(joined.log.item_id, part.log.item_id);
        for (std::size_t f = 0; f < part.log.features.size(); ++f)
            append(joined.log.features[f].value, part.log.features[f].value);
        append(joined.truth.cvr, part.truth.cvr);
        append(joined.truth.refund_rate, part.truth.refund_rate);
        append(joined.truth.net_cvr, part.truth.net_cvr);
        append(joined.truth.conversion_time, part.truth.conversion_time);
        append(joined.truth.refund_time, part.truth.refund_time);
        if (joined.truth.law.empty()) {
            joined.truth.law = part.truth.law;
            continue;
        }
        for (std::size_t c = 0; c < part.truth.law.size(); ++c)
            append(joined.truth.law[c].value, part.truth.law[c].value);
    }
    compare(whole, joined, true,
            [](const auto& name, const auto& a, const auto& b) { EXPECT_EQ(a, b) << name; });
}

TEST(Simulate, writes_the_same_digests_for_any_threads_and_compression) {
    // Two chunks of 65 536 rows and a rest, so that slices are made by different threads.
    Scenario s = world().scenario;
    s.log.clicks = 140000;
    s.features.resize(3);
    const World w = make_world(s, 2);
    const ScratchFolder folder;
    std::string digest_log, digest_truth;
    for (const auto& [threads, compress] : {std::pair{1, 0}, std::pair{2, 1}, std::pair{5, 0}}) {
        const auto path = folder.file("log" + std::to_string(threads) + ".h5");
        std::size_t told = 0, total = 0;
        SimulateOptions options{path, threads, compress, true};
        options.progress = [&](std::size_t done, std::size_t all) {
            EXPECT_GT(done, told);
            told = done, total = all;
        };
        EXPECT_EQ(simulate(w, header_of(w, "seed = 1\n", true), options).rows, row_count(w));
        EXPECT_EQ(told, row_count(w));
        EXPECT_EQ(total, row_count(w));
        const LogFile file = read_log_header(path);
        if (threads == 1) digest_log = file.digest_log, digest_truth = file.digest_truth;
        EXPECT_EQ(file.digest_log, digest_log) << threads;
        EXPECT_EQ(file.digest_truth, digest_truth) << threads;
    }
    LogFile file = read_log(folder.file("log2.h5"));
    LogRows read{file.log, file.truth.value()}, drawn = whole_log(w);
    compare(drawn, read, true,
            [](const auto& name, const auto& a, const auto& b) { EXPECT_EQ(a, b) << name; });
}

TEST(Simulate, draws_into_memory_what_its_file_would_hold) {
    Scenario s = world().scenario;
    s.log.clicks = 140000;  // three chunks, the last not full
    s.features.resize(3);
    const World w = make_world(s, 2);
    const ScratchFolder folder;
    for (const bool full : {false, true}) {
        const LogHeader header = header_of(w, "seed = 1\n", full);
        const auto path = folder.file(full ? "full.h5" : "lean.h5");
        simulate(w, header, {path, 2, 0, full});
        LogFile file = read_log(path);
        for (const int threads : {1, 3}) {
            LogFile memory = simulate_in_memory(w, header, threads);
            EXPECT_EQ(memory.digest_log, file.digest_log);
            EXPECT_EQ(memory.digest_truth, file.digest_truth);
            LogRows a{file.log, file.truth.value()}, b{memory.log, memory.truth.value()};
            compare(a, b, full,
                    [](const auto& name, const auto& x, const auto& y) { EXPECT_EQ(x, y) << name; });
            EXPECT_EQ(memory.log.duration, file.log.duration);
            EXPECT_EQ(memory.log.windows, file.log.windows);
        }
    }
}

TEST(Simulate, adds_the_full_truth_without_touching_another_column) {
    LogRows full = draw_rows(world(), 0, 5000, true), lean = draw_rows(world(), 0, 5000, false);
    EXPECT_TRUE(lean.truth.conversion_time.empty());
    EXPECT_TRUE(lean.truth.law.empty());
    compare(full, lean, false,
            [](const auto& name, const auto& a, const auto& b) { EXPECT_EQ(a, b) << name; });
}

TEST(Simulate, moves_every_column_with_the_seed) {
    Scenario s = small_world();
    LogRows a = whole_log(make_world(s, 1));
    ++s.seed;
    LogRows b = whole_log(make_world(s, 1));
    compare(a, b, true, [](const auto& name, const auto& x, const auto& y) { EXPECT_NE(x, y) << name; });
}

// A follow-up shorter than the windows cuts conversions and refunds at its end, and a refund with its
// conversion; uncensored times stay.
TEST(Simulate, records_outcomes_until_the_end_of_the_follow_up) {
    Scenario s = small_world();
    s.log.follow_up = 3 * hour;
    const LogRows rows = whole_log(make_world(s, 1));
    const Time end = s.log.duration + s.log.follow_up;
    std::size_t cut = 0;
    for (std::size_t i = 0; i < rows.log.size(); ++i) {
        const Time conversion = rows.truth.conversion_time[i], refund = rows.truth.refund_time[i];
        EXPECT_EQ(rows.log.conversion_time[i], conversion < end ? conversion : never);
        EXPECT_EQ(rows.log.refund_time[i], refund < end ? refund : never);
        EXPECT_TRUE(refund == never || (conversion != never && refund >= conversion));
        EXPECT_TRUE(conversion >= rows.log.click_time[i]);
        cut += (conversion != never && conversion >= end) + (refund != never && refund >= end);
    }
    EXPECT_GT(cut, 10u);
}

TEST(Simulate, states_the_value_of_purchases_where_none_is_repeated) {
    Scenario s = small_world(2000);
    s.targets.repurchases_per_click = 0;
    s.money.price_median = 20;
    const World world = make_world(s, 1);
    const LogRows rows = draw_rows(world, 0, 200, true);
    const auto named = [&](const std::vector<Truth::Column>& columns, std::string_view name) {
        return std::ranges::find(columns, name, &Truth::Column::name)->value;
    };
    const auto &gmv = named(rows.truth.more, "gmv"), &net_gmv = named(rows.truth.more, "net_gmv");
    for (std::size_t i = 0; i < 200; ++i) {
        const double price = gmv[i] / rows.truth.cvr[i], share = 1 - s.money.partial / 2;
        EXPECT_NEAR(net_gmv[i], price * rows.truth.cvr[i] * (1 - share * rows.truth.refund_rate[i]),
                    1e-5 * gmv[i]);
    }
}

TEST(Simulate, says_in_its_header_what_the_log_is) {
    const LogHeader header = header_of(world(), "toml", true);
    EXPECT_EQ(header.seed, 20250501);
    EXPECT_EQ(header.scenario_toml, "toml");
    EXPECT_EQ(header.schema.features.size(), small_features().size());
    EXPECT_EQ(header.schema.windows, world().scenario.windows);
    EXPECT_EQ(header.truth.law.size(), 6u);
    EXPECT_TRUE(header_of(world(), "", false).truth.law.empty());
}

TEST(Simulate, leaves_nothing_behind_where_a_file_stands_in_the_way) {
    const ScratchFolder folder;
    const auto path = folder.file("log.h5");
    write_bytes(path, "mine");
    SimulateOptions options{path};
    message(Exit::exists, [&] { simulate(world(), header_of(world(), "", false), options); });
    EXPECT_EQ(bytes_of(path), "mine");
    EXPECT_EQ(folder.entries(), 1u);
}

}  // namespace
}  // namespace netcvr
