#include "sim/log_file.h"

#include <cstdlib>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "sim/log_columns.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

LogHeader example_header(bool full_truth) {
    LogHeader header;
    header.scenario_toml = "# a comment: é\nseed = 7\n";
    header.scenario_name = "example";
    header.seed = 7;
    header.stream_version = 3;
    header.time_origin = "2025-04-30T16:00:00Z";
    header.created_by = "netcvr test";
    header.schema.duration = 25 * day;
    header.schema.follow_up = 6 * day;
    header.schema.features = {{"age", 8, {}}, {"city_tier", 5, {}}};
    header.truth.full = full_truth;
    if (full_truth)
        header.truth.law = {{.name = "conversion_logit", .description = "of an eventual conversion"}};
    return header;
}

/// Rows [begin, end) of a log of `total` rows whose every column differs.
LogRows example_rows(const LogHeader& header, std::size_t begin, std::size_t end, std::size_t total) {
    LogRows rows;
    rows.log = header.schema;
    rows.truth = empty_truth(header.truth);
    for (std::size_t i = begin; i < end; ++i) {
        const auto k = static_cast<std::int32_t>(i);
        const Time click = static_cast<Time>(i) * header.schema.duration / static_cast<Time>(total);
        const Time conversion = k % 3 == 0 ? click + k % 1000 : never,
                   refund = k % 9 == 0 ? conversion + 5 : never;
        rows.log.click_time.push_back(click);
        rows.log.conversion_time.push_back(conversion);
        rows.log.refund_time.push_back(refund);
        rows.log.user_id.push_back(k % 977);
        rows.log.item_id.push_back((k + 5) % 1013);
        for (auto& feature : rows.log.features) feature.value.push_back(k % (feature.cardinality + 1) - 1);
        rows.truth.cvr.push_back(static_cast<float>(k % 100) / 100);
        rows.truth.refund_rate.push_back(static_cast<float>(k % 10) / 10);
        rows.truth.net_cvr.push_back(static_cast<float>(k % 7) / 10);
        if (!header.truth.full) continue;
        rows.truth.conversion_time.push_back(conversion == never ? never : conversion);
        rows.truth.refund_time.push_back(k % 3 == 0 ? conversion + 100 * week : never);
        for (auto& column : rows.truth.law) column.value.push_back(static_cast<float>(k) - 10);
    }
    return rows;
}

using Change = std::function<void(LogRows&)>;

void write_example(
    const std::string& path,
    const LogHeader& header,
    std::size_t rows,
    int compress,
    const Change& change = [](LogRows&) {}) {
    LogWriter writer(path, header, compress, false);
    for (std::size_t begin = 0; begin < rows; begin += chunk_rows) {
        auto slice = example_rows(header, begin, std::min(rows, begin + chunk_rows), rows);
        change(slice);
        writer.append(encode_rows(slice, header, compress));
    }
    writer.finish();
}

void expect_equal(const ClickLog& a, const ClickLog& b) {
    EXPECT_EQ(a.click_time, b.click_time);
    EXPECT_EQ(a.conversion_time, b.conversion_time);
    EXPECT_EQ(a.refund_time, b.refund_time);
    EXPECT_EQ(a.user_id, b.user_id);
    EXPECT_EQ(a.item_id, b.item_id);
    ASSERT_EQ(a.features.size(), b.features.size());
    for (std::size_t k = 0; k < a.features.size(); ++k) {
        EXPECT_EQ(a.features[k].name, b.features[k].name);
        EXPECT_EQ(a.features[k].cardinality, b.features[k].cardinality);
        EXPECT_EQ(a.features[k].value, b.features[k].value);
    }
    EXPECT_EQ(a.windows, b.windows);
    EXPECT_EQ(a.protocol, b.protocol);
    EXPECT_EQ(a.duration, b.duration);
    EXPECT_EQ(a.follow_up, b.follow_up);
}

class LogFileOf : public testing::TestWithParam<std::size_t> {};

TEST_P(LogFileOf, rows_reads_back_as_written) {
    const ScratchFolder folder;
    for (const int compress : {0, 1})
        for (const bool full : {false, true}) {
            const auto path = folder.file("log" + std::to_string(compress) + std::to_string(full));
            const auto header = example_header(full);
            write_example(path, header, GetParam(), compress);
            const auto expected = example_rows(header, 0, GetParam(), GetParam());
            const auto file = read_log(path);
            expect_equal(file.log, expected.log);
            ASSERT_TRUE(file.truth);
            EXPECT_EQ(file.truth->cvr, expected.truth.cvr);
            EXPECT_EQ(file.truth->refund_rate, expected.truth.refund_rate);
            EXPECT_EQ(file.truth->net_cvr, expected.truth.net_cvr);
            EXPECT_EQ(file.truth->conversion_time, expected.truth.conversion_time);
            EXPECT_EQ(file.truth->refund_time, expected.truth.refund_time);
            ASSERT_EQ(file.truth->law.size(), expected.truth.law.size());
            if (full) {
                EXPECT_EQ(file.truth->law[0].value, expected.truth.law[0].value);
                EXPECT_EQ(file.truth->law[0].description, "of an eventual conversion");
            }
        }
}

INSTANTIATE_TEST_SUITE_P(Sizes,
                         LogFileOf,
                         testing::Values(0, 1, chunk_rows - 1, chunk_rows, 2 * chunk_rows + 7),
                         [](const auto& size) { return std::to_string(size.param); });

TEST(LogFile, says_where_it_comes_from) {
    const ScratchFolder folder;
    write_example(folder.file("log.h5"), example_header(true), 100, 1);
    const auto file = read_log_header(folder.file("log.h5"));
    EXPECT_EQ(file.header.scenario_toml, "# a comment: é\nseed = 7\n");
    EXPECT_EQ(file.header.scenario_name, "example");
    EXPECT_EQ(file.header.seed, 7);
    EXPECT_EQ(file.header.stream_version, 3);
    EXPECT_EQ(file.header.time_origin, "2025-04-30T16:00:00Z");
    EXPECT_EQ(file.header.created_by, "netcvr test");
    EXPECT_TRUE(file.header.truth.full);
    ASSERT_EQ(file.header.truth.law.size(), 1u);
    EXPECT_EQ(file.log.duration, 25 * day);
    EXPECT_EQ(file.log.size(), 0u);
    EXPECT_EQ(file.digest_log, read_log(folder.file("log.h5")).digest_log);
}

TEST(LogFile, describes_every_column) {
    const ScratchFolder folder;
    write_example(folder.file("log.h5"), example_header(true), 10, 1);
    const Hdf5Reader reader(folder.file("log.h5"));
    for (const std::string group : {"/log", "/features", "/truth"})
        for (const auto& column : reader.columns(group)) {
            const std::string path = std::string(group).append("/").append(column);
            EXPECT_FALSE(reader.text(path, "units").empty()) << path;
            EXPECT_FALSE(reader.text(path, "description").empty()) << path;
        }
    for (const char* rate : {"cvr", "refund_rate", "net_cvr"})
        EXPECT_FALSE(reader.text(std::string("/truth/") + rate, "denominator").empty()) << rate;
}

TEST(LogFile, has_equal_bytes_for_equal_content) {
    const ScratchFolder folder;
    for (const char* name : {"a.h5", "b.h5"}) write_example(folder.file(name), example_header(true), 1000, 1);
    EXPECT_TRUE(bytes_of(folder.file("a.h5")) == bytes_of(folder.file("b.h5")));
}

TEST(LogFile, has_one_digest_for_any_compression) {
    const ScratchFolder folder;
    const auto header = example_header(false);
    std::string digest;
    for (const int compress : {0, 1, 5, 9}) {
        const auto path = folder.file(std::to_string(compress));
        write_example(path, header, 100000, compress);
        const auto file = read_log_header(path);
        if (digest.empty()) digest = file.digest_log + file.digest_truth;
        EXPECT_EQ(file.digest_log + file.digest_truth, digest);
    }
}

TEST(LogFile, has_a_digest_of_the_log_that_the_truth_does_not_move) {
    const ScratchFolder folder;
    const auto header = example_header(false);
    write_example(folder.file("a.h5"), header, 100, 1);
    write_example(folder.file("b.h5"), header, 100, 1, [](LogRows& rows) { rows.truth.cvr[50] = 0.125f; });
    write_example(folder.file("c.h5"), header, 100, 1, [](LogRows& rows) { rows.log.user_id[99] = 12345; });
    write_example(folder.file("d.h5"), header, 100, 1,
                  [](LogRows& rows) { std::swap(rows.log.user_id, rows.log.item_id); });
    auto renamed = header;
    renamed.schema.features[0].name = "age_band";
    write_example(folder.file("e.h5"), renamed, 100, 1);
    write_example(folder.file("full.h5"), example_header(true), 100, 1);
    const auto a = read_log_header(folder.file("a.h5")), b = read_log_header(folder.file("b.h5"));
    EXPECT_EQ(a.digest_log, b.digest_log);
    EXPECT_EQ(a.digest_log, read_log_header(folder.file("full.h5")).digest_log);
    EXPECT_NE(a.digest_truth, b.digest_truth);
    EXPECT_NE(a.digest_log, read_log_header(folder.file("c.h5")).digest_log);
    EXPECT_NE(a.digest_log, read_log_header(folder.file("d.h5")).digest_log);
    EXPECT_NE(a.digest_log, read_log_header(folder.file("e.h5")).digest_log);
}

TEST(LogFile, takes_rows_encoded_by_any_thread) {
    const ScratchFolder folder;
    const auto header = example_header(false);
    const std::size_t total = 2 * chunk_rows;
    std::vector<EncodedRows> encoded(2);
    {
        std::vector<std::jthread> threads;
        for (std::size_t k = 0; k < 2; ++k)
            threads.emplace_back([&, k] {
                encoded[k] =
                    encode_rows(example_rows(header, k * chunk_rows, (k + 1) * chunk_rows, total), header, 1);
            });
    }
    LogWriter writer(folder.file("a.h5"), header, 1, false);
    for (const auto& rows : encoded) writer.append(rows);
    writer.finish();
    write_example(folder.file("b.h5"), header, total, 1);
    EXPECT_TRUE(bytes_of(folder.file("a.h5")) == bytes_of(folder.file("b.h5")));
}

TEST(LogFile, leaves_nothing_behind_unless_finished) {
    const ScratchFolder folder;
    const auto header = example_header(false);
    {
        LogWriter writer(folder.file("log.h5"), header, 1, false);
        writer.append(encode_rows(example_rows(header, 0, 10, 10), header, 1));
        EXPECT_EQ(folder.entries(), 1u);
    }
    EXPECT_EQ(folder.entries(), 0u);
}

TEST(LogFile, is_refused_with_the_first_bad_row_named) {
    struct Case {
        const char* says;
        Change change;
    };
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<Case> cases = {
        {"/log/click_time: row 7: 3 s is before the row above", [](LogRows& r) { r.log.click_time[7] = 3; }},
        {"/log/click_time: row 9: 2160001 s is outside 0 … 2160000 s",
         [](LogRows& r) { r.log.click_time[9] = 25 * day + 1; }},
        {"/log/click_time: row 0: -5 s is outside", [](LogRows& r) { r.log.click_time[0] = -5; }},
        {"/log/click_time: row 3: -1 is no time", [](LogRows& r) { r.log.click_time[3] = never; }},
        {"/log/conversion_time: row 6: 0 s is before", [](LogRows& r) { r.log.conversion_time[6] = 0; }},
        {"/log/conversion_time: row 6: 2678401 s is after the follow-up",
         [](LogRows& r) { r.log.conversion_time[6] = 31 * day + 1; }},
        {"/log/refund_time: row 9: 0 s is before", [](LogRows& r) { r.log.refund_time[9] = 0; }},
        {"/log/refund_time: row 10: 2000000 s, but there is no conversion",
         [](LogRows& r) { r.log.refund_time[10] = 2000000; }},
        {"/log/user_id: row 4: -1 is outside", [](LogRows& r) { r.log.user_id[4] = -1; }},
        {"/features/age: row 5: 8 is outside -1 … 7", [](LogRows& r) { r.log.features[0].value[5] = 8; }},
        {"/features/city_tier: row 5: -2 is outside -1 … 4",
         [](LogRows& r) { r.log.features[1].value[5] = -2; }},
        {"/truth/cvr: row 2: nan is outside 0 … 1", [=](LogRows& r) { r.truth.cvr[2] = nan; }},
        {"/truth/net_cvr: row 2: 1.5 is outside 0 … 1", [](LogRows& r) { r.truth.net_cvr[2] = 1.5f; }},
        {"/truth/refund_rate: row 2: -0.1 is", [](LogRows& r) { r.truth.refund_rate[2] = -0.1f; }},
        {"/truth/conversion_logit: row 2: nan is", [=](LogRows& r) { r.truth.law[0].value[2] = nan; }},
        {"/truth/conversion_time: row 3: 0 s is before", [](LogRows& r) { r.truth.conversion_time[3] = 0; }},
    };
    const ScratchFolder folder;
    for (const auto& [says, change] : cases) {
        const auto path = folder.file("log.h5");
        write_example(path, example_header(true), 11, 1, change);
        const auto text = message(Exit::data, [&] { read_log(path); });
        EXPECT_NE(text.find(path + ": " + says), std::string::npos) << text << "\nwanted: " << says;
        std::filesystem::remove(path);
    }
}

TEST(LogFile, is_refused_if_its_digest_does_not_fit) {
    const ScratchFolder folder;
    const auto header = example_header(false);
    for (const auto& [column, group] : {std::pair{0, "/log: "}, {6, "/features: "}, {8, "/truth: "}}) {
        const auto path = folder.file(std::to_string(column));
        LogWriter writer(path, header, 1, false);
        auto rows = encode_rows(example_rows(header, 0, 10, 10), header, 1);
        rows.columns[static_cast<std::size_t>(column)].digest.low ^= 1;
        writer.append(rows);
        writer.finish();
        const auto text = message(Exit::data, [&] { read_log(path); });
        EXPECT_NE(text.find(path + ": " + group + "content digest is"), std::string::npos) << text;
    }
}

TEST(LogFile, is_refused_when_it_is_another_kind_of_file) {
    const ScratchFolder folder;
    const auto path = folder.file("other.h5");
    Hdf5Writer writer(path, path);
    writer.text("/", "format", "netcvr-predictions");
    writer.close();
    EXPECT_EQ(message(Exit::data, [&] { read_log(path); }), path + ": not a netcvr log");
}

TEST(LogFile, is_refused_when_cut_short) {
    const ScratchFolder folder;
    const auto path = folder.file("log.h5"), cut = folder.file("cut.h5");
    write_example(path, example_header(false), 5000, 1);
    const std::string whole = bytes_of(path);
    for (int part = 0; part < 20; ++part) {
        write_bytes(cut, whole.substr(0, whole.size() * static_cast<std::size_t>(part) / 20));
        message(Exit::data, [&] { read_log(cut); });
    }
}

TEST(LogFile, is_read_by_h5py) {
    if (std::system("/usr/bin/python3 -c 'import h5py' 2>/dev/null") != 0) GTEST_SKIP() << "no h5py here";
    const ScratchFolder folder;
    write_example(folder.file("log.h5"), example_header(true), chunk_rows + 4, 1);
    const std::string program = R"(
import h5py, numpy as np, sys
f = h5py.File(sys.argv[1])
assert f.attrs['format'] == 'netcvr-log' and f.attrs['seed'] == 7 and 'é' in f.attrs['scenario_toml']
assert f.attrs['windows.conversion_attribution'] == 3 * 86400
assert list(f['features'].attrs['column_order']) == ['age', 'city_tier']
assert f['features/age'].attrs['cardinality'] == 8 and f['log/click_time'].chunks == (65536,)
assert f['log/click_time'].compression == 'gzip' and f['log/click_time'].shuffle and f['log/click_time'].fletcher32
i = np.arange(65540)
assert (f['log/user_id'][:] == i % 977).all() and f['log/user_id'].dtype == '<i4'
assert ((f['log/conversion_time'][:] == -1) == (i % 3 != 0)).all() and f['log/click_time'].dtype == '<i8'
assert (f['truth/cvr'][:] == (i % 100).astype('f4') / np.float32(100)).all()
)";
    write_bytes(folder.file("read.py"), program);
    const std::string command = "/usr/bin/python3 " + folder.file("read.py") + " " + folder.file("log.h5");
    EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace netcvr
