#include "output/page.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "output/html.h"
#include "output/page_sections.h"

namespace netcvr {
namespace {

/// The chart that belongs to the answer.
constexpr std::string_view first_chart = "excess";

/// So that a chart follows them on the first screen.
constexpr std::size_t sentences_in_sight = 6;

/// Tables of more rows stay closed on paper.
constexpr std::size_t printed_rows = 100;

bool has_scripts(const PageAssets& assets) {
    return !assets.script.text.empty();
}

/// Nothing may be fetched, no address opened, and only the scripts and the style of this page, by their
/// digests, have an effect. Vega styles its elements through their objects, which needs no permission.
std::string policy(const PageAssets& assets) {
    std::string scripts = "'none'";
    if (has_scripts(assets))
        scripts = policy_hash(assets.libraries.sha256) + " " + policy_hash(assets.script.sha256);
    return fmt::format(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        scripts, policy_hash(assets.style.sha256));
}

std::string title_of(const SweepResults& sweep) {
    return sweep.name.empty() ? "Results" : sweep.name;
}

std::string head(const SweepResults& sweep, const PageAssets& assets) {
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" "
        "content=\"no-referrer\">\n"
        "<title>{} · netcvr</title>\n<style>{}</style>\n</head>\n<body>\n",
        policy(assets), escaped(title_of(sweep)), assets.style.text);
}

std::string counted(std::size_t count, std::string_view thing) {
    return fmt::format("{} {}{}", grouped(count), thing, count == 1 ? "" : "s");
}

std::string facts(const SweepResults& sweep) {
    std::string html = "<ul class=\"facts\">\n" + element("li", counted(sweep.results.size(), "run"));
    for (const Axis& axis : sweep.axes)
        html += element("li", fmt::format("{} of {}", counted(axis.levels.size(), "level"), axis.title));
    html += element("li", counted(sweep.seeds.size(), "seed")) +
            element("li", counted(sweep.methods.size(), "method"));
    if (!sweep.results.empty())
        html += element("li", fmt::format("{} scored clicks in the first log",
                                          grouped(sweep.results.front().scores.clicks)));
    return html + "</ul>\n";
}

constexpr std::string_view navigation =
    "<nav aria-label=\"Sections\"><ul><li><a href=\"#answer\">Answer</a></li><li><a "
    "href=\"#charts\">Charts</a></li><li><a "
    "href=\"#methods\">Methods</a></li><li><a href=\"#provenance\">Provenance</a></li></ul></nav>\n";

/// The question itself; its reasons follow in the sweep's file, which the page shows whole.
std::string first_paragraph(const std::string& question) {
    std::string text = question.substr(0, question.find("\n\n"));
    std::ranges::replace(text, '\n', ' ');
    return text;
}

std::string header(const ReportInput& input) {
    std::string html = "<header>\n<div class=\"over\"><span>netcvr: which method recovers net CVR?</span>\n";
    html += std::string(navigation) + "</div>\n" + element("h1", title_of(input.sweep));
    if (!input.sweep.question.empty())
        html += fmt::format("<p class=\"question\">{}</p>\n", escaped(first_paragraph(input.sweep.question)));
    return html + facts(input.sweep) + gaps_section(input) + "</header>\n";
}

/// The specification with {"columns": […], "rows": [[…], …]} for data of an object a row, which are twice as
/// long; page.js turns them back.
std::string packed(const std::string& specification) {
    using Json = nlohmann::ordered_json;
    Json json = Json::parse(specification);
    Json columns = Json::array(), rows = Json::array();
    for (const Json& object : json["data"]["values"])
        for (const auto& [key, value] : object.items())
            if (std::ranges::count(columns, Json(key)) == 0) columns.push_back(key);
    for (const Json& object : json["data"]["values"]) {
        rows.push_back(Json::array());
        for (const Json& key : columns) rows.back().push_back(object.value(key.get<std::string>(), Json()));
    }
    json["data"] = {{"columns", columns}, {"rows", rows}};
    return json.dump();
}

std::string figure(const Chart& chart, const PageAssets& assets) {
    const std::string id = "chart-" + escaped(chart.name);
    std::string html = fmt::format(
        "<figure class=\"chart\" id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h3 id=\"{0}-title\">{1}</h3>\n",
        id, escaped(chart.title));
    if (has_scripts(assets))
        html += fmt::format("<div class=\"drawing\"></div>\n<script type=\"application/json\">{}</script>\n",
                            json_in_script(packed(chart.spec)));
    return html + fmt::format(
                      "<figcaption>{}</figcaption>\n<details{}><summary>The numbers: "
                      "{}</summary>\n{}</details>\n</figure>\n",
                      escaped(chart.caption), chart.table.rows.size() > printed_rows ? " class=\"long\"" : "",
                      counted(chart.table.rows.size(), "row"), html_table(chart.table, chart.title));
}

/// A method's excess beside what tests say of it.
std::string excess_cell(const MethodSummary* method) {
    if (!method || !method->excess.mean) return "–";
    std::string text;
    if (method->verdict == Verdict::cascade_better) text += "✓ ";
    if (method->verdict == Verdict::direct_better) text += "✗ ";
    text += fmt::format("{:.3f}", 1e3 * *method->excess.mean);
    if (method->excess.half_width) text += fmt::format(" ± {:.3f}", 1e3 * *method->excess.half_width);
    return text;
}

std::string level_text(const SweepResults& sweep, const Group& group) {
    return sweep.axes.empty() || group.level.empty() ? group.title
                                                     : sweep.axes.front().levels.at(group.level.front());
}

/// Rows: methods in the order of the sweep. Columns: the levels of the first axis, in one panel.
Table excess_table(const SweepResults& sweep, const Comparison& comparison, const std::string& panel) {
    Table table{.header = {"method"}, .rows = {}};
    for (const std::string& name : sweep.methods) table.rows.push_back({name});
    for (const Group& group : comparison.groups) {
        if (group.panel != panel) continue;
        table.header.push_back(level_text(sweep, group));
        for (std::size_t m = 0; m < table.rows.size(); ++m)
            table.rows[m].push_back(excess_cell(find_method(group, sweep.methods[m])));
    }
    return table;
}

std::string excess_tables(const SweepResults& sweep, const Comparison& comparison) {
    std::string html;
    const std::string axis = sweep.axes.empty() ? "" : " by " + sweep.axes.front().title;
    for (const std::string& panel : comparison.panels) {
        const std::string title = "Excess log loss of net CVR" + axis + (panel.empty() ? "" : ", " + panel);
        html += element("h3", title) + html_table(excess_table(sweep, comparison, panel), title);
    }
    return html +
           "<p class=\"note\">In 10⁻³ nats per click against the true net CVR; 0 is the truth, lower is "
           "better. ±: 95 % Student-t "
           "interval of the mean over seeds. ✓ a cascade better than direct, ✗ worse: paired t test at 5 %, "
           "adjusted by Holm over the report.</p>\n";
}

std::string list_of(const std::vector<std::string>& sentences) {
    std::string html = "<ul class=\"sentences\">\n";
    for (const std::string& sentence : sentences) html += element("li", sentence);
    return html + "</ul>\n";
}

/// Those beyond a screen are folded.
std::string sentences(const std::vector<std::string>& all) {
    const auto split = all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), sentences_in_sight));
    std::string html = list_of({all.begin(), split});
    if (split != all.end())
        html += fmt::format("<details><summary>{}</summary>\n{}</details>\n",
                            counted(static_cast<std::size_t>(all.end() - split), "more finding"),
                            list_of({split, all.end()}));
    return html;
}

std::string answer(const ReportInput& input,
                   const Comparison& comparison,
                   const std::vector<Chart>& charts,
                   const PageAssets& assets) {
    std::string html = "<section id=\"answer\" aria-label=\"Answer\">\n" + sentences(comparison.summary);
    for (const Chart& chart : charts)
        if (chart.name == first_chart) html += figure(chart, assets);
    return html + excess_tables(input.sweep, comparison) + "</section>\n";
}

std::string chart_sections(const std::vector<Chart>& charts, const PageAssets& assets) {
    std::string html = "<section id=\"charts\">\n<h2>Charts</h2>\n";
    html += has_scripts(assets)
                ? "<noscript><p>Charts need scripts; the numbers of each are in its table.</p></noscript>\n"
                : "<p>Charts were not built into this program; the numbers of each are in its table.</p>\n";
    for (const Chart& chart : charts)
        if (chart.name != first_chart) html += figure(chart, assets);
    return html + "</section>\n";
}

std::string licences(const PageAssets& assets) {
    if (!has_scripts(assets)) return "";
    return fmt::format(
        "<section id=\"licences\">\n<h2>Licences</h2>\n<p>The charts are drawn by Vega, Vega-Lite and "
        "vega-interpreter, which are in this file with the libraries bundled in them.</p>\n"
        "<details class=\"long\"><summary>Their licences</summary>\n<pre class=\"licences\" "
        "tabindex=\"0\">{}</pre>\n</details>\n"
        "</section>\n",
        escaped(assets.licences.text));
}

/// Where the page says how drawing went, and what draws.
std::string foot(const PageAssets& assets) {
    if (!has_scripts(assets))
        return "<footer><p id=\"status\">charts were not built in</p></footer>\n</body>\n</html>\n";
    return fmt::format(
        "<footer><p id=\"status\" role=\"status\">charts not drawn</p></footer>\n<script>{}</script>\n"
        "<script>{}</script>\n</body>\n</html>\n",
        assets.libraries.text, assets.script.text);
}

}  // namespace

std::string report_page(const ReportInput& input,
                        const Comparison& comparison,
                        const std::vector<Chart>& charts,
                        const PageAssets& assets) {
    return head(input.sweep, assets) + header(input) + "<main>\n" +
           answer(input, comparison, charts, assets) + chart_sections(charts, assets) +
           methods_section(input) + provenance_section(input) + licences(assets) + "</main>\n" + foot(assets);
}

}  // namespace netcvr
