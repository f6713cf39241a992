#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "output/chart_methods.h"

namespace netcvr {
namespace {

constexpr std::array<std::pair<const char*, Estimate MethodSummary::*>, 3> pcocs = {
    std::pair{"net_cvr", &MethodSummary::pcoc_net},
    {"cvr", &MethodSummary::pcoc_cvr},
    {"refund_rate", &MethodSummary::pcoc_refund}};

Data pcoc_data(const Drawing& of) {
    const bool panels = of.comparison.panels.size() > 1, levels = of.has_levels();
    Data data{.fields = {{"facet", "forecast of", false}, {"method", "method", false}}, .rows = {}};
    if (levels) data.fields.push_back({"level", of.sweep.axes[0].title, false});
    data.fields = joined(data.fields, interval_fields("pcoc", "PCOC"));
    data.fields.push_back({"logarithm", "log₂ PCOC"});
    for (const auto& [target, estimate] : pcocs)
        for (const Group& group : of.comparison.groups)
            for (const std::string& name : of.methods()) {
                const MethodSummary* method = find_method(group, name);
                if (!method || !(method->*estimate).mean) continue;
                const Estimate& e = method->*estimate;
                std::vector<Json> row = {panels ? fmt::format("{}, {}", target, group.panel) : target, name};
                if (levels) row.emplace_back(of.sweep.axes[0].levels[group.level[0]]);
                row = joined(row, interval_cells(e, 1));
                row.push_back(cell(std::log2(*e.mean), 1, 3));
                data.rows.push_back(std::move(row));
            }
    return data;
}

/// Blue below 1, orange above, as strong to either side for the same factor.
Json diverging_colour(const Data& data) {
    double most = .15;  // a tenth too high is pale at least
    for (const auto& row : data.rows)
        if (row.back().is_number()) most = std::max(most, std::abs(row.back().get<double>()));
    most = std::min(most, 2.0);
    return {{"field", "logarithm"},
            {"type", "quantitative"},
            {"scale", {{"scheme", "blueorange"}, {"domain", {-most, most}}, {"clamp", true}}},
            {"legend",
             {{"title", "PCOC"},
              {"orient", "bottom"},
              {"gradientLength", 180},
              {"values", {-most, -most / 2, 0, most / 2, most}},
              {"labelExpr", "format(pow(2, datum.value), '.2f')"}}}};
}

}  // namespace

std::optional<Chart> pcoc_chart(const Drawing& of) {
    const Data data = pcoc_data(of);
    if (data.rows.empty()) return std::nullopt;
    const std::vector<std::string> facets = distinct(data, "facet");
    const Json y = {{"field", "method"}, {"type", "nominal"}, {"title", nullptr}, {"sort", of.methods()}};
    Json x = {{"field", "level"}, {"type", "ordinal"}, {"axis", {{"labelAngle", -45}, {"labelLimit", 70}}}};
    if (of.has_levels()) x.update({{"sort", of.sweep.axes[0].levels}, {"title", of.sweep.axes[0].title}});
    if (!of.has_levels()) x = {{"value", 40}};
    const Json colour = diverging_colour(data);
    const double most = colour["scale"]["domain"][1];
    // The middle of the colours is near white and their ends are dark, on any page.
    const Json ink = {
        {"condition", {{"test", fmt::format("abs(datum.logarithm) > {}", .6 * most)}, {"value", "white"}}},
        {"value", "black"}};
    Json tile = {{"y", y}, {"color", colour}, {"tooltip", tooltip(data)}};
    if (of.has_levels()) tile["x"] = x;
    Json spec = faceted({{{"mark", "rect"}, {"encoding", tile}},
                         {{"mark", {{"type", "text"}, {"fontSize", 10}}},
                          {"encoding",
                           {{"y", y},
                            {"x", x},
                            {"text", {{"field", "pcoc"}, {"type", "quantitative"}, {"format", ".2f"}}},
                            {"color", ink}}}}},
                        "facet", facets);
    (spec.contains("spec") ? spec["spec"] : spec)["height"] = 24 * static_cast<int>(of.methods().size());
    const std::string caption = fmt::format(
        "PCOC = Σ forecasts / Σ true probabilities by method{}: above 1 forecasts are too high. net_cvr and "
        "cvr over scored "
        "clicks; refund_rate over clicks weighted by their true cvr, so per conversion. Means over seeds; "
        "colours by log "
        "PCOC, so that twice and half are equally strong.",
        along_axis(of));
    return chart("pcoc", "Are the forecasts too high or too low?", caption, data, spec);
}

}  // namespace netcvr
