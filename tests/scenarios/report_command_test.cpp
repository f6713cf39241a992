#include <set>

#include <gtest/gtest.h>

#include "scenarios/shell_word.h"
#include "tests/output/made_up_sweep.h"
#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

namespace fs = std::filesystem;

/// Results of two seeds, as `score --json` writes them.
struct ReportCommand : testing::Test {
    ScratchFolder folder;

    ReportCommand() {
        for (const std::int64_t seed : {1, 2}) {
            Result result = made_up("cascade", seed, "0.1", made_up_excess(.1, static_cast<double>(seed)));
            add_breakdowns(result);
            add_shape(result, .1);
            write_bytes(folder.file("it's " + std::to_string(seed) + ".json"), results_json(result));
        }
    }

    Ran report(const std::string& options) const {
        return run_in(folder, "netcvr report it*.json " + options);
    }

    /// Names in the folder of figures that end so, without the ending.
    std::set<std::string> figures(const std::string& ending) const {
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder.file("figures")))
            if (const std::string name = entry.path().filename().string(); name.ends_with(ending))
                names.insert(name.substr(0, name.size() - ending.size()));
        return names;
    }
};

TEST_F(ReportCommand, writes_a_specification_and_a_table_for_every_chart) {
    const Ran ran = report("-o report.html --figures figures");
    ASSERT_EQ(ran.exit, 0) << ran.err;
    const std::string page = bytes_of(folder.file("report.html"));
    const auto specifications = figures(".vl.json"), tables = figures(".csv");
    EXPECT_FALSE(specifications.empty());
    EXPECT_EQ(specifications, tables);
    EXPECT_NE(ran.out.find(std::to_string(tables.size()) + " charts\n"), std::string::npos) << ran.out;
    for (const std::string& name : tables) {
        EXPECT_TRUE(bytes_of(folder.file("figures/" + name + ".vl.json")).starts_with("{\"$schema\""))
            << name;
        EXPECT_NE(bytes_of(folder.file("figures/" + name + ".csv")).find('\n'), std::string::npos) << name;
    }
}

TEST_F(ReportCommand, says_on_the_page_what_would_be_typed_again) {
    ASSERT_EQ(report("-o report.html").exit, 0);
    EXPECT_NE(bytes_of(folder.file("report.html"))
                  .find("<code>netcvr report &#39;it&#39;\\&#39;&#39;s 1.json&#39; "
                        "&#39;it&#39;\\&#39;&#39;s 2.json&#39; -o report.html</code>"),
              std::string::npos);
}

TEST_F(ReportCommand, that_is_refused_an_output_leaves_none) {
    write_bytes(folder.file("old.md"), "old");
    EXPECT_EQ(report("-o old.md --figures figures").exit, 6);
    EXPECT_FALSE(fs::exists(folder.file("figures")));
    ASSERT_EQ(report("--figures figures").exit, 0);
    const std::size_t entries = folder.entries();
    const Ran again = report("-o new.md --figures figures");
    EXPECT_EQ(again.exit, 6);
    EXPECT_NE(again.err.find("exists; --force replaces it"), std::string::npos) << again.err;
    EXPECT_EQ(folder.entries(), entries);
    EXPECT_EQ(report("-o new.md --figures figures --force").exit, 0);
    const Ran file = report("-o third.md --figures old.md");
    EXPECT_EQ(file.exit, 1);
    EXPECT_NE(file.err.find("cannot make the folder 'old.md': there is a file of this name"),
              std::string::npos);
    EXPECT_FALSE(fs::exists(folder.file("third.md")));
}

TEST(ShellWord, is_quoted_only_where_the_shell_would_read_it_otherwise) {
    EXPECT_EQ(shell_word("output/runs/a-b_c.1"), "output/runs/a-b_c.1");
    for (const char* text :
         {"", "a b", "$HOME", "~", "*", "it's", "a\"b", "a\\b", "a;b", "a\nb", "#a", "é"}) {
        const ScratchFolder folder;
        EXPECT_EQ(run_in(folder, "printf %s " + shell_word(text)).out, text);
        EXPECT_TRUE(shell_word(text).starts_with("'")) << text;
    }
}

}  // namespace
}  // namespace netcvr
