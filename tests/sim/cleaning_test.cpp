#include "sim/cleaning.h"

#include <numeric>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

std::string cleaned(const std::string& text, CleaningCounts* counts = nullptr) {
    std::istringstream in(text);
    std::ostringstream out;
    const CleaningCounts found = clean_ad_log(in, "ads.tsv", out);
    if (counts != nullptr) *counts = found;
    return out.str();
}

std::string refused(const std::string& text) {
    return message(Exit::data, [&] { cleaned(text); });
}

TEST(Cleaning, drops_each_kind_of_dirt_and_says_how_many) {
    const std::string head = "user\tentity_source\tentity_id\tad_item_id\n";
    CleaningCounts counts;
    const std::string text = cleaned(head +
                                         "1\titem\t7\t7\n"     // clean
                                         "2\tshop\t7\t7\n"     // another source
                                         "3\titem\t0\t0\n"     // no entity
                                         "4\titem\t7\t\n"      // null …
                                         "5\titem\t7\tnull\n"  //
                                         "6\titem\t7\tNULL\n"  //
                                         "7\titem\t7\t\\N\n"   //
                                         "8\titem\t7\t-\n"     //
                                         "9\titem\t7\t8\n"     // one ad group, several entities
                                         "a\titems\t7\t7\n"    //
                                         "b\titem\t10\t10\n",  // clean
                                     &counts);
    EXPECT_EQ(text, head + "1\titem\t7\t7\nb\titem\t10\t10\n");
    EXPECT_EQ(counts.rows, 11u);
    EXPECT_EQ(counts.clean, 2u);
    EXPECT_EQ(counts.dirty, (std::array<std::size_t, 5>{2, 1, 4, 1, 1}));
}

TEST(Cleaning, finds_its_columns_in_any_order_and_keeps_every_byte_of_a_row) {
    const std::string clean = "ad_item_id\tprice\tentity_id\tentity_source\r\n12\t 3.50 \t12\titem\r\n";
    EXPECT_EQ(cleaned(clean + "12\t1\t13\titem\r\n"), clean);
}

TEST(Cleaning, drops_what_was_injected_and_nothing_else) {
    std::string clean = "entity_source\tentity_id\tad_item_id\tn\n";
    for (int i = 1; i <= 5000; ++i) {
        const std::string id = std::to_string(1 + i % 97);
        clean.append("item\t")
            .append(id)
            .append("\t")
            .append(id)
            .append("\t")
            .append(std::to_string(i))
            .append("\n");
    }
    std::istringstream in(clean);
    std::ostringstream out;
    const CleaningCounts injected = inject_dirt(in, "ads.tsv", 0.2, 5, out);
    const auto added = std::accumulate(injected.dirty.begin(), injected.dirty.end(), std::size_t{0});
    EXPECT_NEAR(static_cast<double>(added), 1000, 5 * 28.3);  // 5 √(5000 · .2 · .8)
    for (const std::size_t of_kind : injected.dirty) EXPECT_NEAR(static_cast<double>(of_kind), 200, 5 * 13.9);
    CleaningCounts found;
    EXPECT_EQ(cleaned(out.str(), &found), clean);
    EXPECT_EQ(found.dirty, injected.dirty);
    EXPECT_EQ(found.rows, 5000 + added);
}

TEST(Cleaning, refuses_what_is_no_raw_log_with_line_and_column) {
    EXPECT_EQ(refused(""), "ads.tsv: is empty, a header is expected");
    EXPECT_NE(refused("entity_source\tentity_ids\tad_item_id\n").find("no column 'entity_id'"),
              std::string::npos);
    EXPECT_EQ(refused("entity_source\tentity_id\tad_item_id\nitem\t1\t1\nitem\t1\n"),
              "ads.tsv:3: 2 columns separated by tabs, the header has 3");
    const std::string said = message(Exit::data, [] {
        std::istringstream in("entity_source\tentity_id\tad_item_id\nitem\t1\t-\n");
        std::ostringstream out;
        inject_dirt(in, "ads.tsv", 0.5, 1, out);
    });
    EXPECT_EQ(said, "ads.tsv:2: ad_item_id is '-': a clean log is expected");
}

TEST(Cleaning, refuses_the_bytes_and_lines_that_import_refuses) {
    const std::string head = "entity_source\tentity_id\tad_item_id\n", row = "item\t1\t1\n";
    EXPECT_EQ(refused(head + row + "item\t\xff\t1\n"), "ads.tsv:3: column 2: '\\xff' is no UTF-8");
    EXPECT_EQ(refused(head + std::string("item\t1\t\0\n", 9)), "ads.tsv:2: column 3: '\\x00' is a NUL byte");
    EXPECT_EQ(refused("entity_source\xc3\tentity_id\tad_item_id\n"),
              "ads.tsv:1: column 1: '\\xc3' is no UTF-8");
    const std::string longest(std::size_t{1} << 20, ' ');  // with three columns it is too long
    EXPECT_EQ(refused(head + row + "item\t1\t" + longest + "\n" + row),
              "ads.tsv:3: the line is longer than 1048576 bytes");
    EXPECT_EQ(refused(head + "item\t1\t" + longest), "ads.tsv:2: the line is longer than 1048576 bytes");
}

TEST(Cleaning, keeps_a_row_of_the_greatest_length_and_adds_the_end_of_the_last_line) {
    const std::string head = "entity_source\tentity_id\tad_item_id\tn\n", cells = "item\t1\t1\t";
    const std::string row = cells + std::string((std::size_t{1} << 20) - cells.size(), 'x');
    EXPECT_EQ(cleaned(head + row + "\n" + row), head + row + "\n" + row + "\n");
}

}  // namespace
}  // namespace netcvr
