// Public text layouts, read and written. What a farmhash is, is taken from its published vectors; what a line
// says, from the descriptions of the layouts.
#include <filesystem>
#include <functional>
#include <numeric>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "sim/cascade_text.h"
#include "sim/criteo_text.h"
#include "sim/text_export.h"
#include "sim/text_import.h"
#include "sim/write_log.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

constexpr Time origin = 1746028800;  // 2025-04-30T16:00:00Z

const TextLayout& layout(const std::string& name) {
    return *find_text_layout(name);
}

ClickLog read(const std::string& name, std::string_view text) {
    return read_text_log(TextSource("x.tsv", text), layout(name), origin, 2).log;
}

std::string refusal(const std::string& name, std::string_view text) {
    return message(Exit::data, [&] { read(name, text); });
}

std::string joined(const std::vector<std::string>& fields) {
    std::string line;
    for (const auto& field : fields) line += (line.empty() && &field == &fields[0] ? "" : "\t") + field;
    return line + "\n";
}

/// A line of a layout: times, then the same text in every feature but those named.
std::string line(std::vector<std::string> times,
                 std::size_t features,
                 const std::string& all,
                 const std::vector<std::pair<std::size_t, std::string>>& but = {}) {
    const std::size_t first = times.size();
    times.resize(first + features, all);
    for (const auto& [f, text] : but) times[first + f] = text;
    return joined(times);
}

/// 17 whole numbers: as integers and, being no codes, as nine texts.
std::string criteo_line(const std::string& click, const std::string& conversion, const std::string& feature) {
    return line({click, conversion}, 17, feature);
}

std::vector<std::int32_t> values(const ClickLog& log, std::size_t feature) {
    return log.features[feature].value;
}

/// A log with every kind of value: missing ones, equal times, repeats with and without refunds.
ClickLog example(std::size_t features, std::int32_t cardinality, bool purchases) {
    ClickLog log;
    log.has_ids = false;
    log.has_purchases = purchases;
    for (std::size_t f = 0; f < features; ++f)
        log.features.push_back({"f" + std::to_string(f), cardinality, {}});
    for (std::int32_t i = 0; i < 3000; ++i) {
        const Time click = Time{i / 3} * 7, conversion = i % 4 == 0 ? click + i % 13 : never;
        const Time refund = i % 8 == 0 ? conversion + i % 5 : never;
        log.click_time.push_back(click);
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(refund);
        for (std::int32_t f = 0; auto& feature : log.features)
            feature.value.push_back((i * 31 + ++f * 17) % (cardinality + 1) - 1);
        for (std::int32_t k = 0; purchases && conversion != never && k <= i % 3; ++k) {
            log.purchases.row.push_back(i);
            log.purchases.ordinal.push_back(k);
            log.purchases.purchase_time.push_back(conversion + 100 * Time{k});
            const bool refunded = k == 0 ? refund != never : i % 16 == 0 || (i + k) % 7 == 0;
            log.purchases.refund_time.push_back(!refunded ? never
                                                : k == 0  ? refund
                                                          : conversion + 200 * Time{k});
        }
    }
    return log;
}

std::string text_of(const ClickLog& log, const std::string& name) {
    const ScratchFolder folder;
    write_text_log(folder.file("x"), log, layout(name), {}, origin, 2, false);
    return bytes_of(folder.file("x"));
}

class EveryLayout : public testing::TestWithParam<std::string> {};

TEST_P(EveryLayout, comes_back_byte_for_byte) {
    const bool cascade = GetParam().starts_with("cascade");
    const ClickLog log = example(cascade ? 22 : 17, 8, GetParam() == "cascade-raw");
    const std::string text = text_of(log, GetParam());
    const ClickLog back = read(GetParam(), text);
    EXPECT_EQ(text_of(back, GetParam()), text);
    EXPECT_EQ(back.click_time, log.click_time);
    EXPECT_EQ(back.conversion_time, log.conversion_time);
    if (GetParam() != "criteo") {
        EXPECT_EQ(back.refund_time, log.refund_time);
    }
    EXPECT_FALSE(back.has_ids);
    for (std::size_t f = 0; f < log.features.size() && GetParam() != "cascade"; ++f)
        EXPECT_EQ(values(back, f), values(log, f)) << f;
}

TEST_P(EveryLayout, does_not_depend_on_threads_or_pieces) {
    const bool cascade = GetParam().starts_with("cascade");
    ClickLog log = example(cascade ? 22 : 17, 8, GetParam() == "cascade-raw");
    std::string text = text_of(log, GetParam());
    while (text.size() < 2 * TextSource::piece_bytes) text += text;  // times begin anew: sorted when read
    const ClickLog one = read_text_log(TextSource("x", text), layout(GetParam()), origin, 1).log;
    const ClickLog four = read_text_log(TextSource("x", text), layout(GetParam()), origin, 4).log;
    EXPECT_EQ(one.size(), static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
    EXPECT_TRUE(std::is_sorted(one.click_time.begin(), one.click_time.end()));
    EXPECT_EQ(one.click_time, four.click_time);
    EXPECT_EQ(one.refund_time, four.refund_time);
    EXPECT_EQ(one.purchases.purchase_time, four.purchases.purchase_time);
    for (std::size_t f = 0; f < one.features.size(); ++f) EXPECT_EQ(values(one, f), values(four, f));
}

TEST_P(EveryLayout, takes_lines_that_end_as_on_windows_and_a_last_one_without_end) {
    const bool cascade = GetParam().starts_with("cascade");
    const std::string text = text_of(example(cascade ? 22 : 17, 8, false), GetParam());
    std::string windows;
    for (const char c : text) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
    windows.resize(windows.size() - 2);
    EXPECT_EQ(text_of(read(GetParam(), windows), GetParam()), text);
}

INSTANTIATE_TEST_SUITE_P(Text,
                         EveryLayout,
                         testing::Values("criteo", "criteo-refund", "cascade-raw", "cascade"),
                         [](const auto& of) {
                             std::string name = of.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST(CriteoText, reads_empty_fields_as_none_and_missing) {
    const ClickLog log = read("criteo-refund", line({"5", "", ""}, 17, "") + line({"6", "7", "9"}, 17, "3"));
    EXPECT_EQ(log.click_time, (std::vector<Time>{5, 6}));
    EXPECT_EQ(log.conversion_time, (std::vector<Time>{never, 7}));
    EXPECT_EQ(log.refund_time, (std::vector<Time>{never, 9}));
    EXPECT_EQ(values(log, 0), (std::vector<std::int32_t>{-1, 3}));
    EXPECT_EQ(log.features[0].cardinality, 4);
    EXPECT_EQ(values(log, 16), (std::vector<std::int32_t>{-1, 0}));
    EXPECT_EQ(log.features[16].cardinality, 1);
    EXPECT_FALSE(log.has_purchases);
}

TEST(CriteoText, numbers_texts_in_order_of_appearance_unless_all_are_codes) {
    const auto column = [](std::vector<std::string> texts) {
        std::string text;
        for (const auto& word : texts) text += line({"1", ""}, 17, "", {{8, word}});
        return values(read("criteo", text), 8);
    };
    EXPECT_EQ(column({"c0000003", "", "c000000a"}), (std::vector<std::int32_t>{3, -1, 10}));
    EXPECT_EQ(column({"c0000003", "", "68fd1e64", "c0000003"}), (std::vector<std::int32_t>{0, -1, 1, 0}));
    EXPECT_EQ(column({"c000000A", "c00000a", "c00000000"}), (std::vector<std::int32_t>{0, 1, 2}));
}

TEST(CriteoText, numbers_texts_in_order_of_appearance_across_pieces) {
    std::string text;  // codes alone for more than a piece, then a text that is none
    std::vector<std::int32_t> expected;
    while (text.size() < TextSource::piece_bytes + 1000) {
        text += line({"1", ""}, 17, "", {{8, expected.size() % 2 == 0 ? "c0000007" : "c0000002"}});
        expected.push_back(expected.size() % 2 == 0 ? 0 : 1);
    }
    text += line({"1", ""}, 17, "", {{8, "x"}});
    expected.push_back(2);
    EXPECT_EQ(values(read("criteo", text), 8), expected);
}

TEST(CriteoText, writes_categories_that_no_reader_takes_for_numbers) {
    std::string code;
    append_code(code, 0x1e5);
    EXPECT_EQ(code, "c00001e5");
    EXPECT_EQ(category_of_code(code), 0x1e5);
    EXPECT_EQ(category_of_code("c00001eg"), std::nullopt);
    EXPECT_EQ(category_of_code("d00001e5"), std::nullopt);
}

TEST(CascadeText, hashes_as_farmhash_does) {
    // fingerprint64 of "hello world" in the tests of two bindings of the library
    EXPECT_EQ(bucket_of("hello world", 1000000007),
              static_cast<std::int32_t>(6381520714923946011ULL % 1000000007));
}

TEST(CascadeText, takes_the_first_of_lists) {
    const std::string list = "[1746028806, 1746028900]";
    const ClickLog log = read("cascade-raw", line({"1746028801", list, "[1746028810,1746028999]"}, 22, "7",
                                                  {{0, "['7', 'b']"}, {1, "[7]"}}));
    EXPECT_EQ(log.click_time, std::vector<Time>{1});
    EXPECT_EQ(log.conversion_time, std::vector<Time>{6});
    EXPECT_EQ(log.refund_time, std::vector<Time>{10});
    EXPECT_EQ(values(log, 0), std::vector<std::int32_t>{bucket_of("7", 8)});
    EXPECT_EQ(values(log, 1), std::vector<std::int32_t>{bucket_of("7", 327680)});
    EXPECT_EQ(values(log, 2), std::vector<std::int32_t>{bucket_of("7", 655360)});
    EXPECT_EQ(log.purchases.purchase_time, (std::vector<Time>{6, 100}));
    EXPECT_EQ(log.purchases.refund_time, (std::vector<Time>{10, 199}));
}

TEST(CascadeText, gives_refunds_to_purchases_by_position_only_if_they_are_as_many) {
    const auto refunds = [](const std::string& paid, const std::string& refunded) {
        return read("cascade-raw", line({"1746028800", paid, refunded}, 22, "7")).purchases.refund_time;
    };
    const std::string paid = "[1746028801,1746028802,1746028803]";
    EXPECT_EQ(refunds(paid, "[]"), (std::vector<Time>{never, never, never}));
    EXPECT_EQ(refunds(paid, "[1746028805]"), (std::vector<Time>{5, never, never}));
    EXPECT_EQ(refunds(paid, "[1746028805,1746028806]"), (std::vector<Time>{5, never, never}));
    EXPECT_EQ(refunds(paid, "[1746028805,1746028806,1746028807]"), (std::vector<Time>{5, 6, 7}));
    EXPECT_EQ(refunds(paid, "[1746028805,1746028806,1746028802]"), (std::vector<Time>{5, never, never}))
        << "the third refund comes before the third purchase";
}

TEST(CascadeText, counts_the_refunds_that_belong_to_no_purchase) {
    const std::string paid = "[1746028801,1746028802,1746028803]";
    const auto dropped = [](const std::string& text) {
        return read_text_log(TextSource("x.tsv", text), layout("cascade-raw"), origin, 2).dropped_refunds;
    };
    const auto row = [&](const std::string& refunded) {
        return line({"1746028800", paid, refunded}, 22, "7");
    };
    EXPECT_EQ(dropped(row("[]")), 0u);
    EXPECT_EQ(dropped(row("[1746028805]")), 0u);
    EXPECT_EQ(dropped(row("[1746028805,1746028806,1746028807]")), 0u);
    EXPECT_EQ(dropped(row("[1746028805,1746028806]")), 1u);
    EXPECT_EQ(dropped(row("[1746028805,1746028806,1746028807,1746028808]")), 3u);
    EXPECT_EQ(dropped(row("[1746028805,1746028806,1746028802]")), 2u);
    EXPECT_EQ(dropped(row("[1746028805,1746028806]") + row("[1746028805,1746028805]")), 2u);
}

TEST(CascadeText, takes_repeats_in_any_order_but_none_before_the_conversion) {
    const auto purchases = [](const std::string& paid) {
        return read("cascade-raw", line({"1746028800", paid, "[]"}, 22, "7")).purchases.purchase_time;
    };
    EXPECT_EQ(purchases("[1746028805,1746028809,1746028807]"), (std::vector<Time>{5, 9, 7}));
    EXPECT_EQ(purchases("[1746028805,1746028805]"), (std::vector<Time>{5, 5}));
    EXPECT_EQ(refusal("cascade-raw", line({"1746028900", "[1746029100,1746028950]", "[]"}, 22, "7")),
              "x.tsv:1: column 2: '[1746029100,1746028950]' has a purchase at 1746028950 before the first of "
              "the list, the conversion, at 1746029100");
    EXPECT_EQ(refusal("cascade-raw", line({"1746028900", "[1746029100,1746028850]", "[]"}, 22, "7")),
              "x.tsv:1: column 2: '[1746029100,1746028850]' has a purchase at 1746028850 before the click at "
              "1746028900");
}

TEST(CascadeText, writes_the_first_refund_only_of_the_first_purchase) {
    ClickLog log = example(22, 8, true);
    const ClickLog back = read("cascade-raw", text_of(log, "cascade-raw"));
    EXPECT_EQ(back.refund_time, log.refund_time);
    std::size_t kept_first = 0;
    for (std::size_t p = 0; p + 1 < log.purchases.size(); ++p)
        kept_first += log.purchases.ordinal[p] == 0 && log.purchases.refund_time[p] == never &&
                      log.purchases.ordinal[p + 1] == 1 && log.purchases.refund_time[p + 1] != never;
    EXPECT_GT(kept_first, 10u) << "clicks whose first purchase was kept and whose second was refunded";
    EXPECT_EQ(back.purchases.purchase_time, log.purchases.purchase_time);
}

TEST(CascadeText, has_a_bucket_for_what_is_missing_where_the_public_script_has_one) {
    ClickLog log = example(22, 8, false);
    for (auto& feature : log.features) std::fill(feature.value.begin(), feature.value.end(), -1);
    EXPECT_EQ(values(read("cascade-raw", text_of(log, "cascade-raw")), 4).front(), -1);
    EXPECT_EQ(values(read("cascade", text_of(log, "cascade")), 4).front(), bucket_of("[]", 8192));
}

TEST(TextLog, is_sorted_by_time_and_clicks_of_one_time_stay_in_order) {
    const std::string paid = "[1746028810,1746028820]";
    const ClickLog log =
        read("cascade-raw", line({"1746028809", paid, "[]"}, 22, "7", {{0, "1"}}) +
                                line({"1746028803", paid, "[1746028811]"}, 22, "7", {{0, "2"}}) +
                                line({"1746028809", "[]", "[]"}, 22, "7", {{0, "3"}}));
    EXPECT_EQ(log.click_time, (std::vector<Time>{3, 9, 9}));
    EXPECT_EQ(values(log, 0),
              (std::vector<std::int32_t>{bucket_of("2", 8), bucket_of("1", 8), bucket_of("3", 8)}));
    EXPECT_EQ(log.purchases.row, (std::vector<std::int64_t>{0, 0, 1, 1}));
    EXPECT_EQ(log.purchases.refund_time, (std::vector<Time>{11, never, never, never}));
}

TEST(TextLog, is_written_as_hdf5_and_read_back) {
    const ScratchFolder folder;
    LogFile file;
    file.log = example(3, 8, true);
    file.header.time_origin = "2025-04-30T16:00:00Z";
    file.header.truth = {.cvr = false, .refund_rate = false, .net_cvr = false, .more = {}, .law = {}};
    file.header.schema = example(3, 8, true);
    file.header.schema.duration = file.log.duration = day;
    file.header.schema.follow_up = day;
    auto& schema = file.header.schema;
    schema.click_time = schema.conversion_time = schema.refund_time = {};
    schema.purchases = {};
    for (auto& feature : schema.features) feature.value = {};
    const std::string digest = write_log(folder.file("x.h5"), file.header, file.log, {}, 1, 2, false);
    const LogFile back = read_log(folder.file("x.h5"));
    EXPECT_EQ(back.digest_log, digest);
    EXPECT_EQ(back.log.click_time, file.log.click_time);
    EXPECT_EQ(back.log.refund_time, file.log.refund_time);
    EXPECT_EQ(values(back.log, 2), values(file.log, 2));
    EXPECT_EQ(back.log.purchases.row, file.log.purchases.row);
    EXPECT_EQ(back.log.purchases.refund_time, file.log.purchases.refund_time);
    EXPECT_FALSE(back.truth);
}

TEST(TextLog, names_line_and_column_of_the_first_fault) {
    const std::string good = criteo_line("1", "", "3");
    const auto criteo = [&](const std::string& bad) { return refusal("criteo", good + bad + "not\tread\n"); };
    EXPECT_EQ(criteo("1\t2\n"), "x.tsv:2: 2 columns separated by tabs, layout criteo has 19");
    EXPECT_EQ(criteo("\n"), "x.tsv:2: 1 columns separated by tabs, layout criteo has 19");
    EXPECT_EQ(criteo(line({"1", "2"}, 18, "3")),
              "x.tsv:2: 20 columns separated by tabs, layout criteo has 19");
    EXPECT_EQ(criteo(criteo_line("", "", "")), "x.tsv:2: column 1: '' is no time");
    EXPECT_EQ(criteo(criteo_line("-5", "", "")), "x.tsv:2: column 1: '-5' is no time");
    EXPECT_EQ(criteo(criteo_line("5", "1e3", "")), "x.tsv:2: column 2: '1e3' is no time");
    EXPECT_EQ(criteo(criteo_line("5", "99999999999999999999", "")),
              "x.tsv:2: column 2: '99999999999999999999' is no time");
    EXPECT_EQ(criteo(criteo_line("5", "12614400000000", "")),
              "x.tsv:2: column 2: '12614400000000' is no time");
    EXPECT_EQ(criteo(criteo_line("5", "4", "")), "x.tsv:2: column 2: '4' is before the click");
    EXPECT_EQ(criteo(criteo_line("5", "6", "2147483647")),
              "x.tsv:2: column 3: '2147483647' is no whole number up to 2147483646");
    EXPECT_EQ(criteo(criteo_line("5", "6", "-2")),
              "x.tsv:2: column 3: '-2' is no whole number up to 2147483646");
    EXPECT_EQ(criteo(line({"5", "6"}, 17, "a", {{0, "1"}, {1, "2"}})),
              "x.tsv:2: column 5: 'a' is no whole number up to 2147483646");
    EXPECT_EQ(criteo(line({"5", "6"}, 17, "1", {{9, "x\xff\n"}})), "x.tsv:2: column 12: '\\xff' is no UTF-8");
    EXPECT_EQ(criteo(line({"5", "6"}, 17, "1", {{9, std::string("x\0", 2)}})),
              "x.tsv:2: column 12: '\\x00' is a NUL byte");
    EXPECT_EQ(criteo(criteo_line("\x1b[2J", "", "")), "x.tsv:2: column 1: '\\x1b[2J' is no time");
    EXPECT_EQ(criteo(criteo_line(std::string(50, '7'), "", "")),
              "x.tsv:2: column 1: '" + std::string(40, '7') + "…' is no time");
    EXPECT_EQ(refusal("criteo", ""), "'x.tsv' is empty: no clicks");
}

TEST(TextLog, names_the_fault_of_a_refund_or_a_list) {
    EXPECT_EQ(refusal("criteo-refund", line({"5", "6", "5"}, 17, "3")),
              "x.tsv:1: column 3: '5' is before the conversion");
    EXPECT_EQ(refusal("criteo-refund", line({"5", "", "7"}, 17, "3")),
              "x.tsv:1: column 3: '7' is a refund without a conversion");
    EXPECT_EQ(refusal("cascade", line({"5", "-1", "-2"}, 22, "3")), "x.tsv:1: column 3: '-2' is no time");
    EXPECT_EQ(refusal("cascade", line({"-1", "-1", "-1"}, 22, "3")), "x.tsv:1: column 1: '-1' is no time");
    EXPECT_EQ(refusal("cascade", line({"5", "-1", "-1"}, 22, "3", {{6, "16"}})),
              "x.tsv:1: column 10: '16' is no bucket, 0 to 15");
    const auto raw = [](const std::string& paid, const std::string& feature = "3") {
        return refusal("cascade-raw", line({"1746028800", paid, "[]"}, 22, feature));
    };
    EXPECT_EQ(raw("[1746028801"), "x.tsv:1: column 2: '[1746028801' is a list without its end ']'");
    EXPECT_EQ(raw("1746028801"), "x.tsv:1: column 2: '1746028801' is no list like [1746028800]");
    EXPECT_EQ(raw("[1746028801]]"), "x.tsv:1: column 2: '[1746028801]]' goes on after its end ']'");
    EXPECT_EQ(raw("[1.5]"), "x.tsv:1: column 2: '[1.5]' is no list of whole numbers and quoted texts");
    EXPECT_EQ(raw("['a]"), "x.tsv:1: column 2: '[\\'a]' is no list of whole numbers and quoted texts");
    EXPECT_EQ(raw("['a']"), "x.tsv:1: column 2: 'a' is no time in seconds since 1970");
    EXPECT_EQ(raw("[1746028799]"),
              "x.tsv:1: column 2: '1746028799' is 1 s before the time origin; --time-origin sets another");
    EXPECT_EQ(raw("[1746028801]", "[3"), "x.tsv:1: column 4: '[3' is a list without its end ']'");
}

TEST(TextLog, refuses_an_overlong_line_wherever_it_lies) {
    const std::string good = criteo_line("1", "", "3");
    for (const std::size_t before : {std::size_t{1}, TextSource::piece_bytes / good.size() + 1}) {
        std::string text;
        for (std::size_t k = 0; k < before; ++k) text += good;
        for (const std::size_t length : {TextSource::longest_line + 1, 3 * TextSource::longest_line})
            EXPECT_EQ(refusal("criteo", text + std::string(length, '1') + "\n" + good),
                      "x.tsv:" + std::to_string(before + 1) + ": the line is longer than 1048576 bytes");
        EXPECT_EQ(
            refusal("criteo", text + std::string(TextSource::longest_line, '1') + "\n" + good),
            "x.tsv:" + std::to_string(before + 1) + ": 1 columns separated by tabs, layout criteo has 19");
    }
}

TEST(TextLog, counts_lines_across_pieces) {
    const std::string good = criteo_line("1", "", "3");
    std::string text;
    std::size_t lines = 0;
    for (; text.size() < 5 * TextSource::piece_bytes / 2; ++lines) text += good;
    EXPECT_EQ(refusal("criteo", text + "?\n"),
              "x.tsv:" + std::to_string(lines + 1) + ": 1 columns separated by tabs, layout criteo has 19");
}

TEST(TextSource, refuses_what_is_no_regular_file) {
    const ScratchFolder folder;
    const auto refused = [](const std::string& path) {
        return message(Exit::data, [&] { const TextSource source(path); });
    };
    EXPECT_EQ(refused(folder.path.string()), "cannot read '" + folder.path.string() + "': Is a directory");
    ASSERT_EQ(::mkfifo(folder.file("fifo").c_str(), 0600), 0);
    EXPECT_EQ(refused(folder.file("fifo")), "cannot read '" + folder.file("fifo") + "': not a regular file");
    EXPECT_EQ(refused("-"), "cannot read '-': a log is read from a file, in pieces, not from standard input");
    EXPECT_EQ(refused(folder.file("none")),
              "cannot read '" + folder.file("none") + "': No such file or directory");
}

TEST(TextExport, maps_features_by_place_or_by_name) {
    const ClickLog log = example(23, 8, false);
    const ScratchFolder folder;
    const auto write = [&](const std::vector<std::string>& columns) {
        write_text_log(folder.file("x"), log, layout("cascade"), columns, origin, 1, true);
    };
    std::vector<std::string> names;
    for (int f = 22; f > 0; --f) names.push_back("f" + std::to_string(f));
    write(names);
    EXPECT_EQ(values(read("cascade", bytes_of(folder.file("x"))), 1)[3], log.features[21].value[3]);
    names.pop_back();
    EXPECT_EQ(message(Exit::usage, [&] { write(names); }),
              "layout cascade has 22 features: --columns names 21");
    names.emplace_back("f100");
    EXPECT_EQ(
        message(Exit::usage, [&] { write(names); }),
        "layout cascade has 22 features: --columns: the log has no feature 'f100'; did you mean 'f10'?");
    EXPECT_EQ(message(Exit::usage, [&] { text_of(example(16, 8, false), "criteo"); }),
              "layout criteo has 17 features: the log has 16");
    EXPECT_EQ(message(Exit::data, [&] { text_of(example(22, 9, false), "cascade"); }),
              "feature 'f0' has 9 categories, column 4 of layout cascade has 8; --columns chooses others");
    EXPECT_EQ(message(Exit::data, [&] { text_of(example(17, (1 << 24) + 1, false), "criteo"); }),
              "feature 'f8' has 16777217 categories, layout criteo holds 16777216 in six digits");
}

}  // namespace
}  // namespace netcvr
