#include <gtest/gtest.h>

#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

TEST(CleanCommand, makes_of_a_dirtied_log_the_clean_one_again) {
    const ScratchFolder folder;
    std::string clean = "ad_item_id\tentity_id\tentity_source\n";
    for (int i = 1; i <= 300; ++i) clean += std::to_string(i) + "\t" + std::to_string(i) + "\titem\n";
    write_bytes(folder.file("clean.tsv"), clean);
    const auto dirtied = run_in(folder, "netcvr clean clean.tsv --inject 1/3 --seed 4 -o dirty.tsv");
    ASSERT_EQ(dirtied.exit, 0) << dirtied.err;
    EXPECT_NE(dirtied.out.find("of them dirty copies"), std::string::npos) << dirtied.out;
    EXPECT_GT(bytes_of(folder.file("dirty.tsv")).size(), clean.size() + 60);
    const auto cleaned = run_in(folder, "netcvr clean dirty.tsv -o again.tsv");
    ASSERT_EQ(cleaned.exit, 0) << cleaned.err;
    EXPECT_EQ(bytes_of(folder.file("again.tsv")), clean);
    EXPECT_NE(cleaned.out.find("again.tsv: 300 rows of "), std::string::npos) << cleaned.out;
}

TEST(CleanCommand, injects_the_share_of_rows_however_it_is_written) {
    const ScratchFolder folder;
    std::string clean = "ad_item_id\tentity_id\tentity_source\n";
    for (int i = 0; i < 400; ++i) clean += "5\t5\titem\n";
    write_bytes(folder.file("clean.tsv"), clean);
    for (const char* share : {"5%", "1/20", "0.05"})
        ASSERT_EQ(run_in(folder, std::string("netcvr clean clean.tsv --force -o dirty.tsv --inject ") +
                                     share + " && cat dirty.tsv >> all.tsv")
                      .exit,
                  0)
            << share;
    const std::string dirty = bytes_of(folder.file("dirty.tsv"));
    EXPECT_GT(dirty.size(), clean.size());
    EXPECT_EQ(bytes_of(folder.file("all.tsv")), dirty + dirty + dirty);
}

TEST(CleanCommand, refuses_in_one_line_and_writes_nothing) {
    const ScratchFolder folder;
    write_bytes(folder.file("short.tsv"), "entity_source\tentity_id\tad_item_id\nitem\t1\n");
    struct Bad {
        std::string arguments;
        int exit;
        std::string says;
    };
    const std::vector<Bad> bad = {
        {"missing.tsv -o x.tsv", 4, "cannot read 'missing.tsv': No such file or directory"},
        {"short.tsv -o x.tsv", 4, "short.tsv:2: 2 columns separated by tabs, the header has 3"},
        {"short.tsv", 2, "--output is required"},
        {"short.tsv -o x.tsv --inject 2", 2, "'2' is no share in 0 … 1 (0.05, 5%, 1/20)"},
        {"short.tsv -o x.tsv --inject 0%", 2, "'0%' is no share in 0 … 1"},
        {". -o x.tsv", 4, "cannot read '.': Is a directory"},
        {"short.tsv -o short.tsv", 2, "short.tsv"}};
    for (const auto& [arguments, exit, says] : bad) {
        const auto ran = run_in(folder, "netcvr clean " + arguments);
        EXPECT_EQ(ran.exit, exit) << arguments << ran.err;
        EXPECT_NE(ran.err.find(says), std::string::npos) << arguments << ran.err;
    }
    EXPECT_EQ(folder.entries(), 1u);
}

}  // namespace
}  // namespace netcvr
