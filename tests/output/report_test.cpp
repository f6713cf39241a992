#include "output/report.h"

#include <gtest/gtest.h>

#include "output/report_forms.h"
#include "output/table.h"
#include "tests/output/golden_file.h"
#include "tests/output/made_up_sweep.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

/// Three sparsities × seven methods × three seeds: at .45 the cascades win, at .01 direct does, .245 is
/// mixed.
ReportInput example() {
    std::vector<Result> results;
    int group = 0;
    for (const char* refunds : {"0.45", "0.245", "0.01"}) {
        for (const std::int64_t seed : {1, 2, 3}) {
            const double log = 1e-4 * static_cast<double>(seed), wobble = seed == 2 ? 3e-6 : -2e-6;
            const double cascade = group == 0 ? -5e-4 : group == 1 ? 14 * wobble : 4e-4;
            results.push_back(made_up("cascade", seed, refunds,
                                      {{"pretrained", .0092 + 3 * log},
                                       {"oracle", .0010 + log - 3 * wobble},
                                       {"vanilla", .0160 + 2 * log},
                                       {"fnw", .0021 + log + cascade + wobble},
                                       {"es-dfm", .0018 + log + cascade - wobble},
                                       {"defer", .0019 + log + 2 * cascade + wobble},
                                       {"direct", .0020 + log + 4 * wobble}}));
        }
        ++group;
    }
    ReportInput input;
    input.sweep = loose_results(results);
    return input;
}

std::string said(const ReportInput& input, ReportFormat format) {
    return report(input, compare(input.sweep, input.costs), format);
}

std::string said(std::vector<Result> results, ReportFormat format) {
    ReportInput input;
    input.sweep = loose_results(std::move(results));
    return said(input, format);
}

TEST(Report, shows_a_table_a_group_and_a_verdict_a_group) {
    expect_golden("report.txt", said(example(), ReportFormat::text));
}

TEST(Report, has_the_same_in_markdown) {
    expect_golden("report.md", said(example(), ReportFormat::md));
}

TEST(Report, has_every_estimate_with_its_interval_in_csv) {
    expect_golden("report.csv", said(example(), ReportFormat::csv));
}

TEST(Report, has_a_booktabs_table_a_group_in_tex) {
    expect_golden("report.tex", said(example(), ReportFormat::tex));
}

TEST(Report, has_the_comparison_whole_in_json) {
    ReportInput input;
    input.sweep = made_up_sweep({"0.54", "0.01"}, {"3d"});
    input.costs = made_up_costs(input.sweep);
    expect_golden("report.json", said(input, ReportFormat::json));
}

TEST(Report, keeps_levels_that_bracket_a_crossing_apart_from_an_interval) {
    ReportInput input;
    input.sweep = made_up_sweep({"0.54", "0.01"}, {"3d"});
    Comparison comparison = compare(input.sweep, made_up_costs(input.sweep));
    ASSERT_FALSE(comparison.findings.empty());
    comparison.findings.resize(1);
    comparison.findings[0].crossing = {.course = Course::bracketed, .low = .125, .high = .375};
    const std::string json = report(input, comparison, ReportFormat::json),
                      csv = report(input, comparison, ReportFormat::csv);
    EXPECT_NE(json.find("\"above_level\": 0.125"), std::string::npos) << json;
    EXPECT_NE(json.find("\"below_level\": 0.375"), std::string::npos);
    EXPECT_EQ(json.find("\"low_95\": 0.125"), std::string::npos);
    EXPECT_EQ(csv.find("0.125"), std::string::npos) << csv;
}

TEST(Report, says_in_every_form_which_runs_failed_and_how_many_are_to_come) {
    ReportInput input = example();
    input.sweep.planned = 80;
    input.sweep.failures = {{{{"refunds", "0.1"}}, 7, "a loss that is not finite in es-dfm"}};
    input.missing = 12;
    for (const ReportFormat format :
         {ReportFormat::text, ReportFormat::md, ReportFormat::tex, ReportFormat::csv, ReportFormat::json}) {
        const std::string text = said(input, format);
        EXPECT_NE(text.find("a loss that is not finite in es-dfm"), std::string::npos) << text;
        EXPECT_NE(text.find("12"), std::string::npos);
        EXPECT_NE(text.find("80"), std::string::npos);
    }
    const std::string text = said(input, ReportFormat::text);
    EXPECT_TRUE(text.starts_with(
        "1 of 80 runs failed; they are in no mean:\nrefunds = 0.1, seed 7: a loss that is not "
        "finite in es-dfm\n12 of 80 runs are still to come.\n\n"))
        << text;
}

TEST(Report, is_bold_only_where_every_paired_test_says_better) {
    const std::string tex = said(example(), ReportFormat::tex);
    EXPECT_NE(tex.find("\\textbf{defer} & \\textbf{1.100} $\\pm$ 0.249"), std::string::npos);
    const MadeUp close = {{"fnw", .0010}, {"es-dfm", .00101}, {"direct", .003}},
                 other = {{"fnw", .0011}, {"es-dfm", .00108}, {"direct", .003}};
    EXPECT_EQ(
        said({made_up("a", 1, "", close), made_up("a", 2, "", other)}, ReportFormat::tex).find("\\textbf"),
        std::string::npos);
}

TEST(Report, escapes_names_for_tex_and_markdown) {
    EXPECT_EQ(tex_escaped("a_b & 5% #1 $x$ {y} ~^\\ <b>|"),
              "a\\_b \\& 5\\% \\#1 \\$x\\$ \\{y\\} \\textasciitilde{}\\textasciicircum{}\\textbackslash{} "
              "\\textless{}b\\textgreater{}\\textbar{}");
    EXPECT_EQ(md_escaped("a|b <script> *c*\n[d](e)"), "a\\|b &lt;script> \\*c\\* \\[d\\](e)");
}

TEST(Report, chooses_its_form_by_name_or_by_ending) {
    EXPECT_EQ(choose_report_format("", ""), ReportFormat::text);
    EXPECT_EQ(choose_report_format("", "a/b.html"), ReportFormat::html);
    EXPECT_EQ(choose_report_format("tex", "a.tex"), ReportFormat::tex);
    EXPECT_EQ(choose_report_format("csv", "numbers"), ReportFormat::csv);
    EXPECT_EQ(message(Exit::usage, [] { choose_report_format("", "a.pdf"); }),
              "report: the ending of 'a.pdf' says no format; one of .html, .txt, .md, .tex, .csv, .json, or "
              "--format");
    EXPECT_EQ(message(Exit::usage, [] { choose_report_format("md", "a.html"); }),
              "report: --format md and the ending of 'a.html' contradict each other; endings are .html, "
              ".txt, .md, .tex, "
              ".csv, .json");
    EXPECT_EQ(message(Exit::usage, [] { choose_report_format("html", ""); }),
              "report: --format html needs a file: -o report.html");
}

TEST(Report, fits_the_page) {
    std::string text = said(example(), ReportFormat::text);
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        EXPECT_LE(display_width(text.substr(0, end)), page_width) << text.substr(0, end);
        text.erase(0, end + 1);
    }
}

TEST(Report, of_one_seed_claims_nothing) {
    const std::string text =
        said(std::vector<Result>{made_up("a", 1, "", {{"fnw", .001}, {"direct", .002}})}, ReportFormat::text);
    EXPECT_EQ(text.find("0.100 ±"), std::string::npos);
    EXPECT_NE(text.find("  a: one seed, so no interval and no verdict.\n"), std::string::npos);
    EXPECT_NE(text.find("1 seed (1), 322,001 scored clicks and 5,000 refunds of their conversions\n"),
              std::string::npos);
}

TEST(Report, tells_which_seeds_a_method_lacks_and_when_there_is_no_direct) {
    const std::string text =
        said(std::vector<Result>{made_up("a", 1, "", {{"fnw", .001}}), made_up("a", 2, "", {})},
             ReportFormat::text);
    EXPECT_NE(text.find("fnw was scored on seeds 1 only.\n"), std::string::npos);
    EXPECT_NE(text.find("no method 'direct' to compare with."), std::string::npos);
}

TEST(Report, names_the_nearest_format) {
    EXPECT_EQ(parse_report_format("md"), ReportFormat::md);
    EXPECT_EQ(message(Exit::usage, [] { parse_report_format("txt"); }),
              "unknown format 'txt'; did you mean 'text'?");
}

TEST(Table, aligns_by_what_is_seen_not_by_bytes) {
    EXPECT_EQ(text_table({.header = {"a", "b"}, .rows = {{"é", "1 ± 2"}, {"xyz"}}}),
              "a        b\né    1 ± 2\nxyz\n");
    EXPECT_EQ(csv_table({.header = {"a,b"}, .rows = {{"say \"x\""}}}), "\"a,b\"\n\"say \"\"x\"\"\"\n");
    EXPECT_EQ(grouped(1234567), "1,234,567");
    EXPECT_EQ(grouped(123), "123");
    const std::string words(200, 'x');
    EXPECT_EQ(wrapped(words + " y", 2), words + "\n  y\n");
}

}  // namespace
}  // namespace netcvr
