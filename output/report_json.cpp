// The comparison whole.

#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "output/report_forms.h"
#include "output/report_table.h"

namespace netcvr {
namespace {

using Json = nlohmann::ordered_json;

/// Nine digits, so that the last bits of a quantile are the same on every machine. JSON has no infinity: it
/// is the string "inf" here. A missing value is null.
Json json_of(const std::optional<double>& value) {
    if (!value) return nullptr;
    if (std::isinf(*value)) return *value > 0 ? "inf" : "-inf";
    return std::stod(significant(value));
}

Json json_of(const Estimate& e) {
    if (e.n == 0) return nullptr;
    return {{"mean", json_of(e.mean)}, {"half_width_95", json_of(e.half_width)}, {"seeds", e.n}};
}

Json json_of(const Improvement& i) {
    return {{"target", target_name(i.target)},  {"metric", i.metric},
            {"value", json_of(i.ratio.value)},  {"low_95", json_of(i.ratio.low)},
            {"high_95", json_of(i.ratio.high)}, {"seeds", i.ratio.n},
            {"refused", i.ratio.refused}};
}

Json json_of(const MethodSummary& method) {
    Json json = {{"method", method.method},
                 {"reference", method.reference},
                 {"cascade", method.cascade},
                 {"best", method.best},
                 {"seeds", method.seeds}};
    for (const ReportColumn& column : report_columns())
        json[std::string(column.quantity)] = json_of(method.*column.estimate);
    json["net_cvr.bias"] = json_of(method.bias);
    json["copies"] = json_of(method.copies);
    json["seconds"] = json_of(method.seconds);
    json["p_holm"] = method.verdict == Verdict::untested ? nullptr : json_of(method.p_value);
    json["verdict"] = verdict_name(method.verdict);
    json["relative_improvements"] = Json::array();
    for (const Improvement& i : method.improvements) json["relative_improvements"].push_back(json_of(i));
    return json;
}

Json json_of(const SweepResults& sweep, const Group& group) {
    Json json = {
        {"title", group.title}, {"levels", Json::object()}, {"panel", group.panel}, {"seeds", group.seeds}};
    for (std::size_t a = 0; a < group.level.size(); ++a)
        json["levels"][sweep.axes[a].title] = sweep.axes[a].levels[group.level[a]];
    json["clicks"] = json_of(group.clicks);
    json["refunds"] = json_of(group.refunds);
    json["auc_ceiling"] = json_of(group.auc_ceiling);
    json["peak_memory"] = json_of(group.peak_memory);
    json["methods"] = Json::array();
    for (const MethodSummary& method : group.methods) json["methods"].push_back(json_of(method));
    return json;
}

Json json_of(const Finding& finding) {
    constexpr std::array courses = {"below", "above", "crosses", "bracketed", "several", "undecided"};
    const Crossing& crossing = finding.crossing;
    const bool interval = crossing.course == Course::crosses;  // else levels that bracket it, if any
    const auto only = [](bool wanted, const std::optional<double>& value) {
        return json_of(wanted ? value : std::nullopt);
    };
    return {{"panel", finding.panel},
            {"method", finding.method},
            {"course", courses.at(static_cast<std::size_t>(crossing.course))},
            {"at", json_of(crossing.at)},
            {"low_95", only(interval, crossing.low)},
            {"high_95", only(interval, crossing.high)},
            {"above_level", only(!interval, crossing.low)},
            {"below_level", only(!interval, crossing.high)},
            {"seeds", crossing.seeds},
            {"sentence", finding.sentence}};
}

}  // namespace

std::string json_report(const ReportInput& input, const Comparison& comparison) {
    const SweepResults& sweep = input.sweep;
    Json json = {{"format", "netcvr-report"},
                 {"format_version", 1},
                 {"name", sweep.name},
                 {"question", sweep.question},
                 {"scenario", sweep.scenario},
                 {"runs",
                  {{"planned", sweep.planned},
                   {"done", sweep.results.size()},
                   {"missing", input.missing},
                   {"failed", Json::array()}}}};
    for (const Failure& failure : sweep.failures)
        json["runs"]["failed"].push_back(
            {{"labels", failure.labels}, {"seed", failure.seed}, {"reason", failure.reason}});
    json["comparisons"] = comparison.comparisons;
    json["summary"] = comparison.summary;
    json["findings"] = Json::array();
    for (const Finding& finding : comparison.findings) json["findings"].push_back(json_of(finding));
    json["groups"] = Json::array();
    for (const Group& group : comparison.groups) json["groups"].push_back(json_of(sweep, group));
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace netcvr
