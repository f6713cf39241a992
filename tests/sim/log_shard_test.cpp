#include "sim/log_shard.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "sim/log_columns.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

TEST(Shard, shards_are_whole_chunks_and_cover_the_log) {
    for (const std::size_t rows : {0u, 1u, 65535u, 65536u, 65537u, 1000000u})
        for (const std::size_t count : {1u, 2u, 3u, 7u, 100u}) {
            std::size_t next = 0;
            for (std::size_t k = 0; k < count; ++k) {
                const Shard shard = make_shard(rows, k, count);
                EXPECT_EQ(shard.first_row, next);
                next += shard.rows;
                EXPECT_TRUE(next % chunk_rows == 0 || next == rows);
            }
            EXPECT_EQ(next, rows);
        }
}

/// Three chunks, with repeats, money and a full truth.
const World& long_world() {
    static const World world = [] {
        Scenario s = small_world(140000);
        s.features.resize(2);
        s.targets.repurchases_per_click = .1;
        s.money.price_median = 20;
        return make_world(s, 2);
    }();
    return world;
}

class ShardsOf : public testing::TestWithParam<std::tuple<std::size_t, int>> {};

// Drawn in parts by one thread and by two, in any order, more parts than chunks included.
TEST_P(ShardsOf, a_log_join_to_the_very_file_that_is_drawn_at_once) {
    const auto [count, compress] = GetParam();
    const ScratchFolder folder;
    LogHeader header = header_of(long_world(), "seed = 1\n", true);
    simulate(long_world(), header, {folder.file("whole.h5"), 2, compress});
    std::vector<std::string> paths;
    for (std::size_t k = 0; k < count; ++k) {
        header.shard = make_shard(row_count(long_world()), k, count);
        paths.insert(paths.begin(), folder.file("part" + std::to_string(k) + ".h5"));
        simulate(long_world(), header, {paths[0], 1 + static_cast<int>(k % 2), compress});
    }
    const auto shards = check_shards(paths);
    EXPECT_EQ(shards.size(), count);
    const std::string digest = merge_shards(shards, folder.file("joined.h5"), false);
    EXPECT_EQ(digest, read_log_header(folder.file("whole.h5")).digest_log);
    EXPECT_TRUE(bytes_of(folder.file("joined.h5")) == bytes_of(folder.file("whole.h5")));
    if (count == 2) {
        EXPECT_GT(read_log(folder.file("joined.h5")).log.purchases.size(), 10000u);
    }
}

INSTANTIATE_TEST_SUITE_P(All,
                         ShardsOf,
                         testing::Combine(testing::Values(1, 2, 3, 7), testing::Values(0, 1)),
                         [](const auto& test) {
                             return std::to_string(std::get<0>(test.param)) + "_compress_" +
                                    std::to_string(std::get<1>(test.param));
                         });

/// A set of two shards, one chunk and one row, whose header, compression or file may be spoilt.
struct Set {
    ScratchFolder folder;
    std::vector<std::string> paths = {folder.file("one.h5"), folder.file("two.h5")};
    std::size_t rows = chunk_rows + 1;
    static constexpr float price = 123456.789f;

    LogHeader header() const {
        LogHeader of = header_of(long_world(), "a = 1\nb = 2\n", false);
        of.created_by = "netcvr test";
        return of;
    }
    static LogRows content(const LogHeader& header, const Shard& shard) {
        LogRows rows = empty_rows(header);
        const auto fill = [&]<class T>(const LogColumn&, std::vector<T>& column) {
            column.resize(shard.rows);
        };
        for_each_log_column(rows.log, fill);
        for_each_truth_column(rows.truth, header.truth, fill);
        for (std::size_t i = 0; i < shard.rows; ++i) {
            rows.log.click_time[i] = static_cast<Time>(shard.first_row + i);
            rows.log.user_id[i] = static_cast<std::int32_t>(i * 2654435761u >> 8);
        }
        rows.log.purchases = {{0}, {0}, {5}, {never}, {price}, {0}};
        return rows;
    }
    void write(std::size_t k, LogHeader of, int compress = 0, std::size_t index = 2, std::size_t count = 2) {
        of.shard = make_shard(rows, index == 2 ? k : index, count);
        LogWriter writer(paths[k], of, compress, true);
        const LogRows all = content(of, *of.shard);
        if (of.shard->rows > 0) writer.append(encode_rows(all, of, compress));
        writer.finish();
    }
    void write_all(int compress = 0) { write(0, header(), compress), write(1, header(), compress); }
    std::string refusal() const {
        std::string text =
            message(Exit::data, [&] { merge_shards(check_shards(paths), folder.file("joined.h5"), false); });
        EXPECT_FALSE(std::filesystem::exists(folder.file("joined.h5")));
        for (std::size_t at = 0; (at = text.find(folder.path.string() + "/")) != std::string::npos;)
            text.erase(at, folder.path.string().size() + 1);
        return text;
    }
    /// Flips a bit of the file's only occurrence of these bytes.
    void damage(std::size_t k, std::string_view what, std::size_t at) {
        std::string bytes = bytes_of(paths[k]);
        const std::size_t found = bytes.find(what);
        ASSERT_NE(found, std::string::npos);
        bytes[found + at] = static_cast<char>(bytes[found + at] ^ 4);
        write_bytes(paths[k], bytes);
    }
};

TEST(Merge, names_the_shard_that_is_missing_or_there_twice) {
    Set set;
    set.write_all();
    const auto paths = set.paths;
    set.paths = {paths[1]};
    EXPECT_EQ(set.refusal(), "shard 1 of 2 is missing");
    set.paths = {paths[0]};
    EXPECT_EQ(set.refusal(), "shard 2 of 2 is missing");
    set.paths = {paths[0], paths[1], paths[0]};
    EXPECT_EQ(set.refusal(), "one.h5 and one.h5 are both shard 1 of 2");
}

TEST(Merge, refuses_a_shard_of_another_log_and_says_in_what) {
    Set set;
    set.write_all();
    const auto refusal = [&](auto change) {
        LogHeader of = set.header();
        change(of);
        set.write(1, of);
        return set.refusal();
    };
    const std::string of = "two.h5 belongs to another log than one.h5: its ";
    EXPECT_EQ(refusal([](LogHeader& h) { h.seed = 9; }), of + "seed has '9', not '20250501'");
    EXPECT_EQ(refusal([](LogHeader& h) { h.stream_version += 1; }), of + "stream version has '2', not '1'");
    EXPECT_EQ(refusal([](LogHeader& h) { h.scenario_toml = "a = 1\nb = 3\n"; }),
              of + "scenario has 'b = 3', not 'b = 2'");
    EXPECT_EQ(refusal([](LogHeader& h) { h.created_by = "netcvr 9"; }),
              of + "program has 'netcvr 9', not 'netcvr test'");
    EXPECT_NE(refusal([](LogHeader& h) { h.schema.features[1].name = "other"; }).find("its columns has"),
              std::string::npos);
    EXPECT_NE(refusal([](LogHeader& h) { h.truth.full = true; }).find("its columns has"), std::string::npos);
    set.write(1, set.header(), 1);
    EXPECT_EQ(set.refusal(), of + "compression level has '1', not '0'");
    set.write(1, set.header(), 0, 1, 3);
    EXPECT_EQ(set.refusal(), of + "number of shards has '3', not '2'");
    set.rows += 1;
    set.write(1, set.header());
    EXPECT_EQ(set.refusal(), of + "number of rows has '65538', not '65537'");
}

TEST(Merge, refuses_a_damaged_shard_and_names_the_column) {
    for (const int compress : {0, 1}) {
        Set set;
        set.write_all(compress);
        LogHeader header = set.header();
        header.shard = make_shard(set.rows, 0, 2);
        const auto encoded = encode_rows(Set::content(header, *header.shard), header, compress);
        const auto& bytes = encoded.columns[3].bytes;  // user_id
        set.damage(0, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, bytes.size() / 2);
        EXPECT_EQ(set.refusal(), "one.h5: /log/user_id: damaged: rows 0 … 65535 are not what was written");
    }
}

TEST(Merge, refuses_purchases_and_digests_that_were_changed) {
    Set set;
    set.write_all();
    const float price = Set::price;
    set.damage(0, {reinterpret_cast<const char*>(&price), sizeof price}, 0);
    EXPECT_EQ(set.refusal(), "one.h5: /purchases: damaged: its values are not what was written");
    set.write(0, set.header());
    const std::int64_t low = Hdf5Reader(set.paths[0]).read<std::int64_t>("/shard/digest_low")[3];
    set.damage(0, {reinterpret_cast<const char*>(&low), sizeof low}, 0);
    EXPECT_EQ(set.refusal(),
              "one.h5: /log: its content digest is not that of its chunks: the file was changed");
}

TEST(Merge, refuses_a_file_cut_short_and_a_whole_log) {
    Set set;
    set.write_all();
    write_bytes(set.paths[1], bytes_of(set.paths[1]).substr(0, 4000));
    EXPECT_EQ(set.refusal(), "cannot read 'two.h5': not an HDF5 file, or cut short");
    LogWriter whole(set.paths[1], set.header(), 0, true);
    whole.finish();
    EXPECT_EQ(set.refusal(), "two.h5: not a netcvr log's shard");
}

TEST(Merge, is_what_readers_of_logs_ask_for) {
    Set set;
    set.write_all();
    for (const auto& read : {read_log, read_log_header})
        EXPECT_NE(message(Exit::data, [&] { read(set.paths[1]); })
                      .find("two.h5: shard 2 of 2 of a log: join all of them with netcvr merge"),
                  std::string::npos);
}

}  // namespace
}  // namespace netcvr
