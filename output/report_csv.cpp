// The report in long form: one line a number.

#include <fmt/format.h>

#include "output/report_forms.h"
#include "output/report_table.h"
#include "output/table.h"

namespace netcvr {
namespace {

/// A line of the table, by name.
struct Line {
    std::string group, method, quantity;
    std::optional<double> mean = {}, half_width = {}, low = {}, high = {};
    std::string seeds = {}, p = {}, verdict = {}, note = {};
};

Line line_of(const std::string& group,
             const std::string& method,
             std::string_view quantity,
             const Estimate& e) {
    Line line{.group = group, .method = method, .quantity = std::string(quantity)};
    line.mean = e.mean;
    line.half_width = e.half_width;
    if (e.half_width) line.low = *e.mean - *e.half_width, line.high = *e.mean + *e.half_width;
    line.seeds = std::to_string(e.n);
    return line;
}

void add(Table& table, const Line& line) {
    table.rows.push_back({line.group, line.method, line.quantity, significant(line.mean),
                          significant(line.half_width), significant(line.low), significant(line.high),
                          line.seeds, line.p, line.verdict, line.note});
}

void add_method(Table& table, const Group& group, const MethodSummary& method) {
    const auto add_estimate = [&](std::string_view quantity, const Estimate& e) {
        if (!e.mean) return;
        Line line = line_of(group.title, method.method, quantity, e);
        if (&e == &method.over_direct && method.verdict != Verdict::untested) {
            line.p = significant(method.p_value);
            line.verdict = verdict_name(method.verdict);
        }
        if (&e == &method.excess && method.best) line.note = "best";
        add(table, line);
    };
    for (const ReportColumn& column : report_columns())
        add_estimate(column.quantity, method.*column.estimate);
    add_estimate("net_cvr.bias", method.bias);
    add_estimate("copies", method.copies);
    add_estimate("seconds", method.seconds);
    for (const Improvement& i : method.improvements) {
        Line line{.group = group.title,
                  .method = method.method,
                  .quantity = fmt::format("{}.{}.relative_improvement", target_name(i.target), i.metric)};
        line.mean = i.ratio.value, line.low = i.ratio.low, line.high = i.ratio.high;
        line.seeds = std::to_string(i.ratio.n);
        line.note = i.ratio.refused.empty() ? "" : "refused: " + i.ratio.refused;
        add(table, line);
    }
}

void add_runs(Table& table, const ReportInput& input) {
    for (const Failure& failure : input.sweep.failures)
        add(table,
            {.group = run_name(failure), .method = "", .quantity = "failed_run", .note = failure.reason});
    if (input.missing > 0)
        add(table, {.group = "",
                    .method = "",
                    .quantity = "missing_runs",
                    .mean = static_cast<double>(input.missing),
                    .note = fmt::format("of {} runs", input.sweep.planned)});
}

}  // namespace

std::string csv_report(const ReportInput& input, const Comparison& comparison) {
    Table table{.header = {"group", "method", "quantity", "mean", "half_width_95", "low_95", "high_95",
                           "seeds", "p_holm", "verdict", "note"},
                .rows = {}};
    for (const Group& group : comparison.groups) {
        add(table, line_of(group.title, "ceiling", "net_cvr.expected_auc", group.auc_ceiling));
        add(table, line_of(group.title, "", "clicks", group.clicks));
        if (group.refunds.mean) add(table, line_of(group.title, "", "refunds", group.refunds));
        if (group.peak_memory.mean) add(table, line_of(group.title, "", "peak_memory", group.peak_memory));
        for (const MethodSummary& method : group.methods) add_method(table, group, method);
    }
    for (const Finding& finding : comparison.findings) {
        Line line{.group = finding.panel,
                  .method = finding.method,
                  .quantity = "crossing",
                  .note = finding.sentence};
        // Levels that only bracket a crossing are no interval; the note names them.
        if (finding.crossing.course == Course::crosses)
            line.mean = finding.crossing.at, line.low = finding.crossing.low,
            line.high = finding.crossing.high;
        add(table, line);
    }
    add_runs(table, input);
    return csv_table(table);
}

}  // namespace netcvr
