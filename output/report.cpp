#include "output/report.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "output/table.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

constexpr std::string_view none = "–";

std::string number(const std::optional<double>& value, double scale, int digits) {
    return value ? fmt::format("{:.{}f}", *value * scale, digits) : std::string(none);
}

std::string with_interval(const Estimate& e, double scale, int digits) {
    return number(e.mean, scale, digits) + (e.half_width ? " ± " + number(e.half_width, scale, digits) : "");
}

/// A column of the table of a group. `always` shows the interval on narrow pages too.
struct Column {
    std::string_view above, below;  // the two lines of its header
    Estimate MethodSummary::*estimate;
    double scale;
    int digits;
    bool always;
    std::string_view quantity, ceiling;  // name in CSV; what the truth itself has
};

constexpr std::array columns = {
    Column{"excess", "net", &MethodSummary::excess, 1e3, 3, true, "net_cvr.excess_log_loss", "0"},
    Column{"over", "oracle", &MethodSummary::over_oracle, 1e3, 3, true, "net_cvr.excess_log_loss-oracle", ""},
    Column{"RMSE", "net", &MethodSummary::rmse, 1, 4, false, "net_cvr.rmse", "0"},
    Column{"PCOC", "net", &MethodSummary::pcoc_net, 1, 3, false, "net_cvr.pcoc_truth", "1"},
    Column{"PCOC", "cvr", &MethodSummary::pcoc_cvr, 1, 3, false, "cvr.pcoc_truth", "1"},
    Column{"PCOC", "refund", &MethodSummary::pcoc_refund, 1, 3, false, "refund_rate.pcoc_truth", "1"},
    Column{"AUC", "net", &MethodSummary::auc, 1, 4, false, "net_cvr.expected_auc", ""},
    Column{"over", "direct", &MethodSummary::over_direct, 1e3, 3, true, "net_cvr.excess_log_loss-direct", ""},
};

std::string better(Verdict verdict) {
    switch (verdict) {
        case Verdict::cascade_better:
            return "cascade";
        case Verdict::direct_better:
            return "direct";
        case Verdict::undecided:
            return "undecided";
        case Verdict::untested:
            break;
    }
    return "";
}

Table table_of(const Group& group, bool narrow) {
    Table table;
    std::vector<std::string> below = {"method"}, ceiling = {"ceiling"};
    table.header = {narrow ? "" : "method"};
    for (const Column& column : columns) {
        table.header.push_back(narrow ? std::string(column.above)
                                      : fmt::format("{} {}", column.above, column.below));
        below.emplace_back(column.below);
        ceiling.emplace_back(column.estimate == &MethodSummary::auc ? number(group.auc_ceiling.mean, 1, 4)
                                                                    : column.ceiling);
    }
    table.header.push_back(narrow ? "" : "better");
    below.emplace_back("better");
    ceiling.emplace_back("");
    if (narrow) table.rows.push_back(below);
    table.rows.push_back(ceiling);
    for (const MethodSummary& method : group.methods) {
        std::vector<std::string> row = {method.method};
        for (const Column& column : columns) {
            const Estimate& e = method.*column.estimate;
            row.push_back(column.always || !narrow ? with_interval(e, column.scale, column.digits)
                                                   : number(e.mean, column.scale, column.digits));
        }
        row.push_back(better(method.verdict));
        table.rows.push_back(std::move(row));
    }
    return table;
}

/// Methods that were not scored on every seed of the group: their means are over other logs.
std::string gaps(const Group& group) {
    std::string text;
    for (const MethodSummary& method : group.methods)
        if (method.seeds.size() < group.seeds.size())
            text += fmt::format("{} was scored on seeds {} only.\n", method.method,
                                fmt::join(method.seeds, ", "));
    return text;
}

std::string subtitle(const Group& group) {
    const auto rounded = [](const Estimate& e) {
        return grouped(static_cast<std::size_t>(std::llround(*e.mean)));
    };
    std::string text = fmt::format("{} {} ({}), {} scored clicks", group.seeds.size(),
                                   group.seeds.size() == 1 ? "seed" : "seeds", fmt::join(group.seeds, ", "),
                                   rounded(group.clicks));
    if (group.refunds.mean)
        text += fmt::format(" and {} refunds of their conversions", rounded(group.refunds));
    return text + (group.seeds.size() == 1 ? "" : " a log");
}

std::string named(const Group& group, Verdict verdict) {
    std::vector<std::string_view> names;
    for (const MethodSummary& method : group.methods)
        if (method.verdict == verdict) names.push_back(method.method);
    return names.empty() ? "" : fmt::format("{}: {}", verdict_name(verdict), fmt::join(names, ", "));
}

std::string verdict_of(const Group& group) {
    if (std::ranges::count(group.methods, direct_method, &MethodSummary::method) == 0)
        return "no method 'direct' to compare with.";
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

std::string text_report(const Comparison& comparison) {
    std::vector<Table> tables;
    for (const Group& group : comparison.groups) tables.push_back(table_of(group, true));
    const std::vector<std::string> texts = text_tables(tables);
    std::string text;
    for (std::size_t g = 0; g < texts.size(); ++g) {
        const Group& group = comparison.groups[g];
        text += fmt::format("{}\n{}\n{}{}\n", group.title, subtitle(group), texts[g], gaps(group));
    }
    for (const std::string_view line : legend()) text += wrapped(fmt::format("  {}", line), 4);
    text += "\n" + wrapped(question(comparison), 0);
    for (const Group& group : comparison.groups)
        text += wrapped(fmt::format("  {}: {}", group.title, verdict_of(group)), 4);
    return text;
}

std::string md_report(const Comparison& comparison) {
    std::string text;
    for (const Group& group : comparison.groups)
        text += fmt::format("### {}\n\n{}\n\n{}\n{}\n", group.title, subtitle(group),
                            md_table(table_of(group, false)), gaps(group));
    for (const std::string_view line : legend()) text += fmt::format("- {}\n", line);
    text += fmt::format("\n{}\n\n", question(comparison));
    for (const Group& group : comparison.groups)
        text += fmt::format("- {}: {}\n", group.title, verdict_of(group));
    return text;
}

/// Nine digits: more than any interval here supports, few enough to be the same on every machine.
std::string significant(const std::optional<double>& value) {
    return value ? fmt::format("{:.9g}", *value) : "";
}

std::string csv_report(const Comparison& comparison) {
    Table table{
        .header = {"group", "method", "quantity", "mean", "half_width_95", "seeds", "p_holm", "verdict"},
        .rows = {}};
    for (const Group& group : comparison.groups) {
        table.rows.push_back({group.title, "ceiling", "net_cvr.expected_auc",
                              significant(group.auc_ceiling.mean), significant(group.auc_ceiling.half_width),
                              std::to_string(group.auc_ceiling.n), "", ""});
        for (const MethodSummary& method : group.methods)
            for (const Column& column : columns) {
                const Estimate& e = method.*column.estimate;
                if (!e.mean) continue;
                const bool tested =
                    column.estimate == &MethodSummary::over_direct && method.verdict != Verdict::untested;
                table.rows.push_back({group.title, method.method, std::string(column.quantity),
                                      significant(e.mean), significant(e.half_width), std::to_string(e.n),
                                      tested ? significant(method.p_value) : "",
                                      tested ? std::string(verdict_name(method.verdict)) : ""});
            }
    }
    return csv_table(table);
}

}  // namespace

ReportFormat parse_report_format(std::string_view name) {
    if (name == "text") return ReportFormat::text;
    if (name == "md") return ReportFormat::md;
    if (name == "csv") return ReportFormat::csv;
    throw InputError(Exit::usage,
                     fmt::format("unknown format '{}'{}", name, suggestion(name, {"text", "md", "csv"})));
}

std::string report(const Comparison& comparison, ReportFormat format) {
    if (format == ReportFormat::md) return md_report(comparison);
    return format == ReportFormat::csv ? csv_report(comparison) : text_report(comparison);
}

}  // namespace netcvr
