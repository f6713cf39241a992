// The report as text and as Markdown.

#include <algorithm>

#include <fmt/format.h>

#include "output/report_forms.h"
#include "output/report_table.h"
#include "output/table.h"

namespace netcvr {
namespace {

std::string with_interval(const Estimate& e, const ReportColumn& column) {
    return fixed_number(e.mean, column.scale, column.digits) +
           (e.half_width ? " ± " + fixed_number(e.half_width, column.scale, column.digits) : "");
}

std::vector<std::string> cells_of(const MethodSummary& method, bool narrow) {
    const std::string name = narrow ? method.method : md_escaped(method.method);
    std::vector<std::string> row = {method.best && !narrow ? fmt::format("**{}**", name) : name};
    for (const ReportColumn& column : report_columns()) {
        const Estimate& e = method.*column.estimate;
        row.push_back(column.always || !narrow ? with_interval(e, column)
                                               : fixed_number(e.mean, column.scale, column.digits));
    }
    row.emplace_back(better_name(method.verdict));
    return row;
}

Table table_of(const Group& group, bool narrow) {
    Table table;
    std::vector<std::string> below = {"method"}, ceiling = {"ceiling"};
    table.header = {narrow ? "" : "method"};
    for (const ReportColumn& column : report_columns()) {
        table.header.push_back(narrow ? std::string(column.above)
                                      : fmt::format("{} {}", column.above, column.below));
        below.emplace_back(column.below);
        ceiling.push_back(ceiling_of(group, column));
    }
    table.header.emplace_back(narrow ? "" : "better");
    below.emplace_back("better");
    ceiling.emplace_back("");
    if (narrow) table.rows.push_back(below);
    table.rows.push_back(ceiling);
    for (const MethodSummary& method : group.methods) table.rows.push_back(cells_of(method, narrow));
    return table;
}

std::string named(const Group& group, Verdict verdict) {
    std::vector<std::string_view> names;
    for (const MethodSummary& method : group.methods)
        if (method.verdict == verdict) names.push_back(method.method);
    return names.empty() ? "" : fmt::format("{}: {}", verdict_name(verdict), fmt::join(names, ", "));
}

std::string verdict_of(const Group& group) {
    if (!find_method(group, direct_method)) return "no method 'direct' to compare with.";
    if (group.seeds.size() == 1) return "one seed, so no interval and no verdict.";
    std::vector<std::string> parts;
    for (const Verdict verdict : {Verdict::cascade_better, Verdict::direct_better, Verdict::undecided})
        if (std::string part = named(group, verdict); !part.empty()) parts.push_back(std::move(part));
    return parts.empty() ? "no cascade method to compare." : fmt::format("{}.", fmt::join(parts, "; "));
}

constexpr std::string_view legend_text =
    "excess net: mean KL(true net_cvr ‖ forecast), in 10⁻³ nats per click; 0 is the truth, lower is better.\n"
    "over oracle, over direct: the same, minus that of oracle or direct on the same log; below 0 is better.\n"
    "RMSE net: root mean square error of net_cvr, as a probability per click.\n"
    "PCOC: sum of forecasts / sum of true probabilities. net, cvr: over clicks; refund: over clicks weighted "
    "by their "
    "true cvr, so per conversion.\n"
    "AUC net: expected under the true net_cvr; its ceiling is what ranking by the true net_cvr reaches.\n"
    "±: 95 % Student-t interval of the mean over seeds; differences are paired by seed.\n"
    "net_cvr = P(converts within W_A and no refund within W_R of it | click). A cascade forecasts it as cvr "
    "(1 − "
    "refund_rate), direct as one probability. oracle trains on labels from the future, pretrained not at "
    "all: no "
    "verdict is given on them.\n";

std::vector<std::string_view> legend() {
    std::vector<std::string_view> lines;
    for (std::string_view rest = legend_text; !rest.empty(); rest.remove_prefix(lines.back().size() + 1))
        lines.push_back(rest.substr(0, rest.find('\n')));
    return lines;
}

std::string question(const Comparison& comparison) {
    if (comparison.comparisons == 0) return "Cascade or direct? By excess log loss of net_cvr:";
    return fmt::format(
        "Cascade or direct? By excess log loss of net_cvr, at 5 % over all {} comparisons (paired t, Holm):",
        comparison.comparisons);
}

/// Sentences about curves along the first axis; none where there is one level.
std::vector<std::string> courses(const Comparison& comparison) {
    const bool curves = !comparison.findings.empty() && comparison.groups.size() > comparison.panels.size();
    return curves ? comparison.summary : std::vector<std::string>{};
}

}  // namespace

std::string md_escaped(std::string_view text) {
    std::string escaped;
    for (const char letter : text) {
        if (letter == '<')
            escaped += "&lt;";
        else if (letter == '\n' || letter == '\r')
            escaped += ' ';
        else {
            if (std::string_view("\\`*[]|").find(letter) != std::string_view::npos) escaped += '\\';
            escaped += letter;
        }
    }
    return escaped;
}

std::string text_report(const ReportInput& input, const Comparison& comparison) {
    std::vector<Table> tables;
    for (const Group& group : comparison.groups) tables.push_back(table_of(group, true));
    std::string text;
    for (const std::string& line : state_of_runs(input)) text += wrapped(line, 4);
    if (!text.empty()) text += "\n";
    const std::vector<std::string> texts = text_tables(tables);
    for (std::size_t g = 0; g < texts.size(); ++g) {
        const Group& group = comparison.groups[g];
        text += fmt::format("{}\n{}\n{}", group.title, subtitle_of(group), texts[g]);
        for (const std::string& gap : gaps_of(group)) text += gap + "\n";
        text += "\n";
    }
    for (const std::string_view line : legend()) text += wrapped(fmt::format("  {}", line), 4);
    text += "\n" + wrapped(question(comparison), 0);
    for (const Group& group : comparison.groups)
        text += wrapped(fmt::format("  {}: {}", group.title, verdict_of(group)), 4);
    const std::vector<std::string> sentences = courses(comparison);
    if (!sentences.empty()) text += "\n";
    for (const std::string& sentence : sentences) text += wrapped(fmt::format("  {}", sentence), 4);
    return text;
}

std::string md_report(const ReportInput& input, const Comparison& comparison) {
    std::string text;
    for (const std::string& line : state_of_runs(input)) text += fmt::format("- {}\n", md_escaped(line));
    if (!text.empty()) text += "\n";
    for (const Group& group : comparison.groups) {
        text += fmt::format("### {}\n\n{}\n\n{}\n", md_escaped(group.title), subtitle_of(group),
                            md_table(table_of(group, false)));
        for (const std::string& gap : gaps_of(group)) text += md_escaped(gap) + "\n";
        text += "\n";
    }
    for (const std::string_view line : legend()) text += fmt::format("- {}\n", line);
    text +=
        "- Bold: significantly lower excess than every other method that is no reference (paired t, Holm).\n";
    text += fmt::format("\n{}\n\n", question(comparison));
    for (const Group& group : comparison.groups)
        text += fmt::format("- {}: {}\n", md_escaped(group.title), md_escaped(verdict_of(group)));
    const std::vector<std::string> sentences = courses(comparison);
    if (!sentences.empty()) text += "\n";
    for (const std::string& sentence : sentences) text += fmt::format("- {}\n", md_escaped(sentence));
    return text;
}

}  // namespace netcvr
