#include "output/difference.h"

#include <limits>

#include <gtest/gtest.h>

#include "sim/hdf5_file.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

struct Pair {
    ScratchFolder folder;
    std::string a = folder.file("a.h5"), b = folder.file("b.h5");

    static void write(const std::string& path,
                      const std::string& origin,
                      const std::vector<std::int64_t>& time,
                      const std::vector<float>& rate,
                      const std::string& more = "") {
        Hdf5Writer file(path, path);
        file.text("/", "origin", origin);
        file.group("/log"), file.group("/truth");
        file.column("/log/time", std::span<const std::int64_t>(time), 1);
        file.column("/truth/rate", std::span<const float>(rate), 0);
        if (!more.empty()) file.column(more, std::span<const float>(rate), 0);
        file.close();
    }
    Difference compared(bool rows = true) const { return difference(a, b, {}, rows); }
};

constexpr float nothing = std::numeric_limits<float>::quiet_NaN();

TEST(Difference, of_a_file_and_its_copy_is_none_whatever_its_compression_and_with_missing_values) {
    Pair pair;
    Pair::write(pair.a, "x", {1, 2}, {.5f, nothing});
    Pair::write(pair.b, "x", {1, 2}, {.5f, nothing});
    const Difference found = pair.compared();
    EXPECT_TRUE(found.same());
    EXPECT_EQ(found.equal, 2u);
}

TEST(Difference, names_the_first_row_that_differs_and_counts_them_over_chunks) {
    Pair pair;
    std::vector<std::int64_t> time(2 * chunk_rows + 5, 7), other = time;
    other[chunk_rows + 3] = -1, other[2 * chunk_rows + 4] = 8;
    std::vector<float> rate(time.size(), .25f);
    Pair::write(pair.a, "x", time, rate);
    Pair::write(pair.b, "y", other, rate);
    const Difference found = pair.compared();
    EXPECT_FALSE(found.same());
    EXPECT_EQ(found.values, (std::vector<ValueDifference>{{"origin", "x", "y"}}));
    EXPECT_EQ(found.columns,
              (std::vector<ColumnDifference>{{"/log/time", 2, time.size(), chunk_rows + 3, "7", "-1"}}));
    EXPECT_EQ(found.equal, 1u);
}

TEST(Difference, tells_columns_of_one_file_only_and_of_other_lengths_and_types) {
    Pair pair;
    Pair::write(pair.a, "x", {1, 2}, {1, 2}, "/log/a");
    Pair::write(pair.b, "x", {1, 2, 3}, {1, 2}, "/truth/b");
    const Difference found = pair.compared();
    EXPECT_EQ(found.only_a, std::vector<std::string>{"/log/a"});
    EXPECT_EQ(found.only_b, std::vector<std::string>{"/truth/b"});
    EXPECT_EQ(found.shapes,
              (std::vector<ValueDifference>{{"/log/time", "2 rows of int64", "3 rows of int64"}}));
    const std::string text = difference_text(found, "a.h5", "b.h5"), json = difference_json(found, "a", "b");
    for (const char* part : {"only in a.h5: /log/a", "only in b.h5: /truth/b", "3 rows of int64"})
        EXPECT_NE(text.find(part), std::string::npos) << text;
    EXPECT_NE(json.find("\"same\": false"), std::string::npos);
}

TEST(Difference, of_two_seeds_says_so_and_reads_no_row) {
    Pair pair;
    Pair::write(pair.a, "x", {1, 2}, {1, 2});
    Pair::write(pair.b, "x", {1}, {3});
    const Difference found = pair.compared(false);
    EXPECT_TRUE(found.columns.empty() && found.shapes.empty());
    EXPECT_NE(difference_text(found, "a", "b").find("their seeds differ"), std::string::npos);
}

}  // namespace
}  // namespace netcvr
