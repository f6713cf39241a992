#include "output/report_table.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "output/table.h"

namespace netcvr {

std::span<const ReportColumn> report_columns() {
    using M = MethodSummary;
    static constexpr std::array columns = {
        ReportColumn{"excess", "net", &M::excess, 1e3, 3, true, "net_cvr.excess_log_loss", "0"},
        ReportColumn{"over", "oracle", &M::over_oracle, 1e3, 3, true, "net_cvr.excess_log_loss-oracle", ""},
        ReportColumn{"RMSE", "net", &M::rmse, 1, 4, false, "net_cvr.rmse", "0"},
        ReportColumn{"PCOC", "net", &M::pcoc_net, 1, 3, false, "net_cvr.pcoc_truth", "1"},
        ReportColumn{"PCOC", "cvr", &M::pcoc_cvr, 1, 3, false, "cvr.pcoc_truth", "1"},
        ReportColumn{"PCOC", "refund", &M::pcoc_refund, 1, 3, false, "refund_rate.pcoc_truth", "1"},
        ReportColumn{"AUC", "net", &M::auc, 1, 4, false, "net_cvr.expected_auc", ""},
        ReportColumn{"over", "direct", &M::over_direct, 1e3, 3, true, "net_cvr.excess_log_loss-direct", ""},
    };
    return columns;
}

std::string ceiling_of(const Group& group, const ReportColumn& column) {
    if (column.estimate == &MethodSummary::auc) return fixed_number(group.auc_ceiling.mean, 1, column.digits);
    return std::string(column.ceiling);
}

std::string_view better_name(Verdict verdict) {
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

std::string subtitle_of(const Group& group) {
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

std::vector<std::string> gaps_of(const Group& group) {
    std::vector<std::string> gaps;
    for (const MethodSummary& method : group.methods)
        if (method.seeds.size() < group.seeds.size())
            gaps.push_back(
                fmt::format("{} was scored on seeds {} only.", method.method, fmt::join(method.seeds, ", ")));
    return gaps;
}

std::string run_name(const Failure& failure) {
    std::string name;
    for (const auto& [key, value] : failure.labels) name += fmt::format("{} = {}, ", key, value);
    return name + fmt::format("seed {}", failure.seed);
}

std::vector<std::string> state_of_runs(const ReportInput& input) {
    std::vector<std::string> lines;
    const auto& failures = input.sweep.failures;
    if (!failures.empty())
        lines.push_back(
            fmt::format("{} of {} runs failed; they are in no mean:", failures.size(), input.sweep.planned));
    for (const Failure& failure : failures)
        lines.push_back(fmt::format("{}: {}", run_name(failure), failure.reason));
    if (input.missing > 0)
        lines.push_back(fmt::format("{} of {} runs are still to come.", input.missing, input.sweep.planned));
    return lines;
}

std::string fixed_number(const std::optional<double>& value, double scale, int digits) {
    return value ? fmt::format("{:.{}f}", *value * scale, digits) : "–";
}

std::string significant(const std::optional<double>& value) {
    return value ? fmt::format("{:.9g}", *value) : "";
}

}  // namespace netcvr
