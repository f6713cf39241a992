#include "output/page.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "estimators/method.h"
#include "output/html.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

const std::string hostile = "</script><b>x\"'&";

/// Two levels × one seed of four methods, one of them with a name that is markup; one failure.
ReportInput example_input() {
    ReportInput input;
    SweepResults& sweep = input.sweep;
    sweep.name = "sparsity " + hostile;
    sweep.question = "When does " + hostile + " lose?";
    sweep.axes = {{"a \"quoted\" <axis>", {"a"}, {"0.01", "0.1"}, {}, {}}};
    sweep.methods = {"oracle", "es-dfm", hostile, "direct"};
    sweep.seeds = {1};
    sweep.planned = 4;
    for (const std::string& level : sweep.axes[0].levels) {
        Result result;
        result.labels = {{"a", level}};
        result.log_digest = "digest of " + level;
        sweep.results.push_back(result);
    }
    sweep.failures = {{.labels = {{"a", "\"0.1\""}}, .seed = 2, .reason = "no " + hostile}};
    sweep.sweep_toml = "[grid]\na = [0.01, 0.1]  # <!-- " + hostile;
    sweep.created_by = "netcvr 0.1.0";
    input.missing = 1;
    input.command = "netcvr report " + hostile;
    return input;
}

Comparison example_comparison(const ReportInput& input) {
    Comparison comparison;
    comparison.panels = {""};
    comparison.summary = {"es-dfm and direct cross at 0.05 (0.04 to 0.06); " + hostile + "."};
    for (std::size_t level = 0; level < 2; ++level) {
        Group group;
        group.level = {level};
        for (const std::string& method : input.sweep.methods) {
            MethodSummary summary;
            summary.method = method;
            summary.excess = {.mean = .00425, .half_width = .00025, .n = 3};
            if (method == "es-dfm")
                summary.verdict = level == 0 ? Verdict::direct_better : Verdict::cascade_better;
            group.methods.push_back(summary);
        }
        comparison.groups.push_back(group);
    }
    return comparison;
}

Chart example_chart(const std::string& name, std::size_t rows = 2) {
    Chart chart{.name = name,
                .title = "The title of " + name,
                .caption = "What " + hostile + " is",
                .spec = "",
                .table = {}};
    nlohmann::json values = nlohmann::json::array();
    chart.table.header = {"method", "excess"};
    for (std::size_t row = 0; row < rows; ++row) {
        values.push_back({{"method", hostile}, {"excess", 1.25 * static_cast<double>(row)}});
        chart.table.rows.push_back({hostile, fmt::format("{} ± 0.1", 1.25 * static_cast<double>(row))});
    }
    chart.spec = nlohmann::json{{"data", {{"values", values}}}, {"mark", "bar"}}.dump();
    return chart;
}

std::string example_page(const PageAssets& assets = page_assets()) {
    const ReportInput input = example_input();
    return report_page(input, example_comparison(input), {example_chart("excess"), example_chart("ceilings")},
                       assets);
}

/// What stands between every `open` and the next `close`.
std::vector<std::string> between(const std::string& text, const std::string& open, const std::string& close) {
    std::vector<std::string> found;
    for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
        at += open.size();
        const std::size_t end = text.find(close, at);
        found.push_back(text.substr(at, end - at));
        at = end;
    }
    return found;
}

std::size_t count(const std::string& text, const std::string& part) {
    return between(text, part, "").size();
}

/// The page without what is inside its scripts and styles.
std::string markup(std::string page) {
    for (const std::string tag : {"script", "style"})
        for (const std::string& open : {"<" + tag + ">", "<" + tag + " type=\"application/json\">"})
            for (const std::string& text : between(page, open, "</" + tag + ">"))
                page.replace(page.find(open + text) + open.size(), text.size(), "");
    return page;
}

/// Python's hashlib and base64 over a file.
std::string independent_hash(const std::string& text) {
    const std::string path = testing::TempDir() + "/page_test.script";
    write_bytes(path, text);
    const std::string command =
        "python3 -c \"import base64, hashlib, sys; "
        "print(base64.b64encode(hashlib.sha256(open(sys.argv[1], 'rb').read()).digest()).decode())\" " +
        path;
    std::array<char, 100> line{};
    std::FILE* const pipe = popen(command.c_str(), "r");
    const bool read = std::fgets(line.data(), line.size(), pipe) != nullptr;
    EXPECT_TRUE(pclose(pipe) == 0 && read);
    std::filesystem::remove(path);
    std::string hash = line.data();
    return "'sha256-" + hash.substr(0, hash.find('\n')) + "'";
}

TEST(Page, names_the_versions_that_made_the_results) {
    ReportInput input = example_input();
    input.sweep.stream_version = 41;
    input.sweep.training_version = 42;
    const std::string page = report_page(input, example_comparison(input), {}, page_assets());
    EXPECT_EQ(between(page, "<dt>Program</dt><dd>", "</dd>"),
              std::vector<std::string>{"netcvr 0.1.0; stream version 41, training version 42"});
}

TEST(Page, asks_its_question_on_one_paragraph_and_leaves_the_reasons_to_the_file) {
    ReportInput input = example_input();
    input.sweep.question = "Which method\nloses?\n\nThese levels\nbecause.";
    const std::string page = report_page(input, example_comparison(input), {}, page_assets());
    EXPECT_EQ(between(page, "<p class=\"question\">", "</p>"),
              std::vector<std::string>{"Which method loses?"});
}

TEST(Page, allows_its_own_scripts_and_style_by_their_digests_and_nothing_else) {
    const std::string page = example_page();
    const auto policies = between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\">");
    ASSERT_EQ(policies.size(), 1u);
    std::string scripts;
    for (const std::string& script : between(page, "<script>", "</script>"))
        scripts += " " + independent_hash(script);
    const auto styles = between(page, "<style>", "</style>");
    ASSERT_EQ(styles.size(), 1u);
    EXPECT_EQ(policies[0],
              fmt::format("default-src 'none'; script-src{}; style-src {}; img-src data:; base-uri 'none'; "
                          "form-action 'none'",
                          scripts.empty() ? " 'none'" : scripts, independent_hash(styles[0])));
    EXPECT_LT(page.find(policies[0]), page.find("<style>"));
}

/// Every name="value" of the markup; names in text, which has no quotes of its own, are none.
std::vector<std::pair<std::string, std::string>> attributes(const std::string& text) {
    std::vector<std::pair<std::string, std::string>> found;
    for (std::size_t at = text.find("=\""); at != std::string::npos; at = text.find("=\"", at + 2)) {
        const std::size_t begin = text.find_last_of(" \n\t", at) + 1;
        found.emplace_back(text.substr(begin, at - begin),
                           text.substr(at + 2, text.find('"', at + 2) - at - 2));
    }
    return found;
}

TEST(Page, fetches_nothing) {
    const std::string page = example_page(), text = markup(page);
    const std::set<std::string> addresses = {"src",  "srcset", "action",     "formaction",
                                             "data", "poster", "background", "style"};
    std::size_t links = 0;
    for (const auto& [name, value] : attributes(text)) {
        EXPECT_FALSE(addresses.contains(name) || name.starts_with("on")) << name << " = " << value;
        EXPECT_TRUE(name != "href" || value.starts_with("#")) << value;
        links += name == "href";
    }
    EXPECT_GT(links, 0U);
    for (const char* tag : {"<link", "<img", "<iframe", "<object", "<embed", "<base", "<form"})
        EXPECT_EQ(count(text, tag), 0u) << tag;
    for (const char* fetch : {"url(", "@import"})
        EXPECT_EQ(page_assets().style.text.find(fetch), std::string::npos);
    EXPECT_EQ(page_assets().libraries.text.find("sourceMappingURL"), std::string::npos);
}

TEST(Page, lets_no_name_become_markup) {
    const std::string page = example_page(), text = markup(page);
    EXPECT_EQ(count(page, "<b>"), 0u);
    EXPECT_EQ(count(page, "<!--"), 0u);
    EXPECT_EQ(count(page, "<script"), count(page, "</script>"));
    EXPECT_GE(count(text, "&lt;/script&gt;&lt;b&gt;x&quot;&#39;&amp;"), 10u);
    EXPECT_EQ(count(text, "a &quot;quoted&quot; &lt;axis&gt;"), 3u);  // facts, heading and label of the table
    for (const std::string& spec : between(page, "<script type=\"application/json\">", "</script>"))
        EXPECT_EQ(nlohmann::json::parse(spec)["data"]["rows"][0][1], hostile);
}

TEST(Page, packs_the_rows_of_a_chart_and_leaves_holes_where_they_have_nothing) {
    const ReportInput input = example_input();
    Chart chart = example_chart("excess");
    chart.spec = R"({"data": {"values": [{"b": 1}, {"b": 2, "a": "<x"}]}, "mark": "bar"})";
    const std::string page = report_page(input, example_comparison(input), {chart});
    if (page_assets().script.text.empty()) GTEST_SKIP() << "charts are not built in";
    EXPECT_EQ(count(page, R"({"data":{"columns":["b","a"],"rows":[[1,null],[2,"\u003cx"]]},"mark":"bar"})"),
              1u);
}

TEST(Page, has_a_table_for_every_chart) {
    const std::string page = example_page();
    const auto figures = between(page, "<figure", "</figure>");
    ASSERT_EQ(figures.size(), 2u);
    for (const std::string& figure : figures) {
        EXPECT_EQ(count(figure, "<table"), 1u);
        EXPECT_EQ(count(figure, "<tr>"), 3u);
        EXPECT_EQ(count(figure, "<td>1.25 ± 0.1\n"), 1u);
    }
}

TEST(Page, opens_with_the_answer) {
    const std::string page = example_page();
    const std::vector<std::string> order = {"When does ",
                                            "<h2 id=\"gaps\">Not all runs are here",
                                            "seed 2: no ",
                                            "es-dfm and direct cross at 0.05 (0.04 to 0.06)",
                                            "id=\"chart-excess\"",
                                            ">✗ 4.250 ± 0.250<",
                                            ">✓ 4.250 ± 0.250\n",
                                            "id=\"chart-ceilings\"",
                                            "<section id=\"methods\">",
                                            "<section id=\"provenance\">",
                                            "digest of 0.01"};
    std::size_t at = 0;
    for (const std::string& part : order) {
        const std::size_t next = page.find(part, at);
        EXPECT_NE(next, std::string::npos) << part;
        at = std::min(next, page.size());
    }
}

TEST(Page, folds_the_findings_beyond_a_screen) {
    const ReportInput input = example_input();
    Comparison comparison = example_comparison(input);
    for (const std::size_t findings : {6u, 7u}) {
        comparison.summary.assign(findings, "A finding.");
        const std::string page = report_page(input, comparison, {});
        EXPECT_EQ(count(page, "<li>A finding.</li>"), findings);
        EXPECT_EQ(count(page, "<summary>1 more finding</summary>"), findings - 6);
    }
}

TEST(Page, says_nothing_of_gaps_where_there_are_none) {
    ReportInput input = example_input();
    input.sweep.failures.clear();
    input.missing = 0;
    EXPECT_EQ(report_page(input, example_comparison(input), {}).find("Not all runs"), std::string::npos);
}

TEST(Page, without_charts_built_in_has_its_tables_and_says_so) {
    const std::string page =
        example_page({.style = page_assets().style, .libraries = {}, .script = {}, .licences = {}});
    EXPECT_EQ(count(page, "<script"), 0u);
    EXPECT_EQ(count(page, "script-src 'none'"), 1u);
    EXPECT_EQ(count(page, "Charts were not built into this program; the numbers of each are in its table."),
              1u);
    EXPECT_EQ(count(page, "<figure"), 2u);
    EXPECT_EQ(count(page, "id=\"licences\""), 0u);
}

TEST(Page, of_a_large_sweep_is_smaller_than_two_megabytes) {
    const ReportInput input = example_input();
    std::vector<Chart> charts;
    charts.reserve(14);
    for (int chart = 0; chart < 14; ++chart) charts.push_back(example_chart(fmt::format("c{}", chart), 500));
    const std::string page = report_page(input, example_comparison(input), charts);
    EXPECT_GT(page.size(), 14u * 500u * 50u);
    EXPECT_LT(page.size(), 2'000'000u);
}

TEST(Page, carries_the_licences_of_what_it_carries) {
    if (page_assets().script.text.empty()) GTEST_SKIP() << "charts are not built in";
    const std::string page = example_page();
    for (const char* library : {"vega 6", "vega-lite 6", "vega-interpreter 2", "d3-scale 4", "delaunator "})
        EXPECT_EQ(count(page, library), 1u) << library;
    EXPECT_GT(count(page, "Redistribution and use in source and binary forms"), 1u);
}

TEST(Html, puts_numbers_to_the_right_and_words_to_the_left) {
    const std::string table = html_table(
        {.header = {"name", "n", "delay"}, .rows = {{"a1", "–", "3h"}, {"2", "✓ 1e-05", "4"}}}, "t");
    EXPECT_EQ(
        count(table, "<th scope=\"col\" class=t>name<th scope=\"col\">n<th scope=\"col\" class=t>delay\n"),
        1u);
    EXPECT_EQ(count(table, "<tr><th class=t>2<td>✓ 1e-05<td class=t>4\n"), 1u);
}

TEST(Html, writes_the_digest_of_nothing_as_browsers_do) {
    EXPECT_EQ(policy_hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
              "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
}

}  // namespace
}  // namespace netcvr
