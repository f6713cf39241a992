// The report as LaTeX tables; a document needs \usepackage{booktabs} and, with engines older than 2018,
// \usepackage[utf8]{inputenc}.

#include <fmt/format.h>

#include "output/report_forms.h"
#include "output/report_table.h"

namespace netcvr {
namespace {

constexpr std::string_view caption_end =
    "Excess: mean KL(true net\\_cvr $\\|$ forecast), in $10^{-3}$ nats per click. Over oracle, over direct: "
    "the same minus "
    "theirs on the same log. PCOC: sum of forecasts over sum of true probabilities. $\\pm$: 95\\,\\% "
    "Student-t interval of "
    "the mean over seeds, differences paired by seed. Bold: significantly lower excess than every other "
    "method that is no "
    "reference (paired t, Holm). Better: at 5\\,\\% over all comparisons of the report (paired t, Holm).";

/// A number of the table; a minus is a minus, not a hyphen.
std::string tex_number(const std::optional<double>& value, const ReportColumn& column) {
    if (!value) return "--";
    const std::string text = fmt::format("{:.{}f}", *value * column.scale, column.digits);
    if (text.ends_with("inf")) return text[0] == '-' ? "$-\\infty$" : "$\\infty$";
    return text[0] == '-' ? "$-$" + text.substr(1) : text;
}

std::string row_of(const MethodSummary& method) {
    const std::string name = tex_escaped(method.method);
    std::string row = method.best ? fmt::format("\\textbf{{{}}}", name) : name;
    for (const ReportColumn& column : report_columns()) {
        const Estimate& e = method.*column.estimate;
        std::string cell = tex_number(e.mean, column);
        if (method.best && column.estimate == &MethodSummary::excess)
            cell = fmt::format("\\textbf{{{}}}", cell);
        if (column.always && e.half_width) cell += " $\\pm$ " + tex_number(e.half_width, column);
        row += " & " + cell;
    }
    return fmt::format("{} & {} \\\\\n", row, better_name(method.verdict));
}

std::string table_of(const Group& group) {
    std::string above = " ", below = "method", ceiling = "ceiling", columns = "l";
    for (const ReportColumn& column : report_columns()) {
        above += fmt::format("& {} ", column.above);
        below += fmt::format(" & {}", column.below);
        ceiling += " & " + ceiling_of(group, column);
        columns += 'r';
    }
    std::string text = fmt::format(
        "\\begin{{table}}\n\\centering\\footnotesize\\setlength{{\\tabcolsep}}{{3pt}}\n\\caption{{{}: {}. "
        "{}}}\n"
        "\\begin{{tabular}}{{{}l}}\n\\toprule\n{}& \\\\\n{} & better \\\\\n\\midrule\n{} & \\\\\n",
        tex_escaped(group.title), tex_escaped(subtitle_of(group)), caption_end, columns, above, below,
        ceiling);
    for (const MethodSummary& method : group.methods) text += row_of(method);
    text += "\\bottomrule\n\\end{tabular}\n";
    for (const std::string& gap : gaps_of(group)) text += "\\par " + tex_escaped(gap) + "\n";
    return text + "\\end{table}\n\n";
}

}  // namespace

std::string tex_escaped(std::string_view text) {
    std::string escaped;
    for (const char letter : text) switch (letter) {
            case '\\':
                escaped += "\\textbackslash{}";
                break;
            case '~':
                escaped += "\\textasciitilde{}";
                break;
            case '^':
                escaped += "\\textasciicircum{}";
                break;
            case '<':
                escaped += "\\textless{}";
                break;
            case '>':
                escaped += "\\textgreater{}";
                break;
            case '|':
                escaped += "\\textbar{}";
                break;
                break;
            case '\n':
            case '\r':
                escaped += ' ';
                break;
            case '&':
            case '%':
            case '_':
            case '#':
            case '$':
            case '{':
            case '}':
                escaped += '\\';
                [[fallthrough]];
            default:
                escaped += letter;
        }
    return escaped;
}

std::string tex_report(const ReportInput& input, const Comparison& comparison) {
    std::string text = "% Needs \\usepackage{booktabs}.\n";
    for (const std::string& line : state_of_runs(input))
        text += "\\noindent " + tex_escaped(line) + "\\par\n";
    for (const Group& group : comparison.groups) text += table_of(group);
    for (const std::string& sentence : comparison.summary)
        text += "\\noindent " + tex_escaped(sentence) + "\\par\n";
    return text;
}

}  // namespace netcvr
