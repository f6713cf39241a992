// Charts of breakdowns (breakdown.h): all are means over the seeds of a group of runs. Methods × targets ×
// groups are many, so only some of a sweep's levels are drawn, the first and the last among them.

#include "output/chart_breakdown.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "output/breakdown.h"
#include "output/chart_cells.h"
#include "sim/time.h"

namespace netcvr {
namespace {

/// What is drawn of a dimension.
struct View {
    std::string_view dimension, chart, title, x_title;
    std::vector<Target> targets;
    bool is_time = false;  // the groups are named by times since the origin
};

const std::vector<View>& views() {
    using enum Target;
    static const std::vector<View> all = {
        {"segment",
         "bias-over-time",
         "Bias over time",
         "days since the log's time origin",
         {net_cvr, refund_rate},
         true},
        {"hour_of_day", "bias-by-hour", "Bias by hour of the day", "local hour of the click", {net_cvr}},
        {"activity_stratum",
         "bias-by-stratum",
         "Bias by activity of the user",
         "clicks of the user in the log",
         {net_cvr, refund_rate}},
        {"category",
         "bias-by-category",
         "Bias by category of the item",
         "category of the item",
         {net_cvr, refund_rate}},
        {"refund_rate_decile",
         "bias-by-refund-decile",
         "Bias by true refund propensity",
         "decile of the true refund_rate, lowest first",
         {refund_rate, net_cvr}},
    };
    return all;
}

constexpr std::size_t most_rows = 600;  // of a chart, so that a page of a large sweep stays under 2 MB
constexpr std::size_t most_groups = 3;

/// As many groups as have no more rows than a chart may have.
std::vector<const Group*> shown_groups(const Drawing& of, std::size_t rows_of_a_group) {
    const std::size_t count = most_rows / std::max<std::size_t>(1, rows_of_a_group);
    return some_groups(of, std::clamp<std::size_t>(count, 1, most_groups));
}

/// Points in time that leave room for two groups.
std::size_t most_times(const Drawing& of, std::size_t targets) {
    return std::clamp<std::size_t>(most_rows / (2 * targets * of.methods().size()), 20, 60);
}

/// "net_cvr · 0.54 · 1d": the target at a level of each axis.
std::string facet_of(const Drawing& of, const Group& group, Target target) {
    std::string facet(target_name(target));
    for (std::size_t a = 0; a < group.level.size(); ++a)
        facet += fmt::format(" · {}", of.sweep.axes[a].levels[group.level[a]]);
    return facet;
}

std::string facet_title(const Drawing& of) {
    std::string title = "forecast of";
    for (const Axis& axis : of.sweep.axes) title += " · " + axis.title;
    return title;
}

/// The layers of one line a method; `x` is its horizontal channel.
std::vector<Json> line_layers(const Drawing& of, const Data& data, const Json& x, const Json& y) {
    const Json colour = colour_of_methods(of, data);
    return {{{"mark", {{"type", "line"}, {"strokeWidth", 1.5}}},
             {"params", selection()},
             {"encoding",
              {{"x", x},
               {"y", y},
               {"color", colour},
               {"strokeDash", dash_of_methods(of, data)},
               {"opacity", opacity_of_selection()}}}},
            {{"mark", {{"type", "point"}, {"filled", true}, {"size", 35}}},
             {"encoding",
              {{"x", x},
               {"y", y},
               {"color", colour},
               {"shape", shape_of_methods(of, data)},
               {"opacity", opacity_of_selection()},
               {"tooltip", tooltip(data)}}}}};
}

constexpr int digits = 4;  // sums over thousands of clicks have no more to say

/// Over time without intervals: they would be as many numbers again.
Data bias_data(const Drawing& of, const View& view, const std::vector<const Group*>& groups) {
    const std::size_t most = view.is_time ? most_times(of, view.targets.size()) : -1;
    Data data{.fields = {{"facet", facet_title(of), false}, {"method", "method", false}}, .rows = {}};
    if (view.is_time)
        data.fields = joined(data.fields, {{"days", std::string(view.x_title)}, {"pcoc", "PCOC"}});
    else
        data.fields = joined(data.fields, {{"name", std::string(view.x_title), false},
                                           {"pcoc", "PCOC"},
                                           {"low", "95 % low"},
                                           {"high", "95 % high"}});
    for (const Target target : view.targets)
        for (const Group* group : groups)
            for (const std::string& method : of.methods())
                for (const Cell& c : cells_of(of, *group, method, view.dimension, target, most)) {
                    const Estimate e = estimate(c.pcoc);
                    if (!e.mean) continue;
                    const double days =
                        static_cast<double>(parse_duration(c.name).value_or(0)) / static_cast<double>(day);
                    std::vector<Json> row = {facet_of(of, *group, target), method,
                                             view.is_time ? cell(days) : Json(c.name),
                                             cell(e.mean, 1, digits)};
                    if (!view.is_time) row = joined(row, {low_of(e, 1, digits), high_of(e, 1, digits)});
                    data.rows.push_back(std::move(row));
                }
    return data;
}

std::optional<Chart> bias_chart(const Drawing& of, const View& view) {
    const std::size_t rows = bias_data(of, view, some_groups(of, 1)).rows.size();
    const std::vector<const Group*> groups = shown_groups(of, rows);
    const Data data = bias_data(of, view, groups);
    if (data.rows.empty()) return std::nullopt;
    const std::string title(view.x_title);
    const Json x = view.is_time
                       ? quantity("days", title, {{"scale", {{"zero", false}, {"nice", false}}}})
                       : Json{{"field", "name"},
                              {"type", "ordinal"},
                              {"sort", distinct(data, "name")},
                              {"title", title},
                              {"axis", {{"labelAngle", 0}, {"labelOverlap", "greedy"}, {"labelLimit", 60}}}};
    const Json y = quantity("pcoc", "PCOC: forecast / truth", {{"scale", {{"zero", false}}}});
    std::vector<Json> layers = {{{"mark", {{"type", "rule"}, {"strokeDash", {2, 2}}, {"color", "#888888"}}},
                                 {"encoding", {{"y", {{"datum", 1}, {"type", "quantitative"}}}}}}};
    if (!view.is_time)
        layers.push_back({{"mark", {{"type", "rule"}, {"strokeWidth", 1}}},
                          {"encoding",
                           {{"x", x},
                            {"y", quantity("low", "PCOC: forecast / truth", {{"scale", {{"zero", false}}}})},
                            {"y2", {{"field", "high"}}},
                            {"color", colour_of_methods(of, data)},
                            {"opacity", opacity_of_selection()}}}});
    for (Json& layer : line_layers(of, data, x, y)) layers.push_back(std::move(layer));
    Json spec = faceted(layers, "facet", distinct(data, "facet"));
    if (spec.contains("spec")) spec["resolve"] = {{"scale", {{"y", "independent"}}}};
    const std::string caption = fmt::format(
        "PCOC = Σ forecasts / Σ true probabilities by {}: 1 is unbiased, above it forecasts are too high. "
        "net_cvr over "
        "scored clicks; refund_rate over clicks weighted by their true cvr, so per conversion. Means over "
        "seeds{}.{}",
        std::ranges::find(dimensions(), view.dimension, &Dimension::name)->title,
        view.is_time ? "" : " with 95 % Student-t intervals", which_groups(of, groups.size()));
    return chart(std::string(view.chart), std::string(view.title), caption, data, spec);
}

constexpr std::array calibrated = {Target::net_cvr, Target::refund_rate};

Data calibration_data(const Drawing& of, const std::vector<const Group*>& groups) {
    Data data{.fields = {{"facet", facet_title(of), false},
                         {"method", "method", false},
                         {"decile", "decile of the forecast", false},
                         {"forecast", "mean forecast"},
                         {"truth", "mean truth"}},
              .rows = {}};
    for (const Target target : calibrated)
        for (const Group* group : groups)
            for (const std::string& method : of.methods())
                for (const Cell& c : cells_of(of, *group, method, "forecast_decile", target))
                    data.rows.push_back({facet_of(of, *group, target), method, c.name,
                                         cell(c.forecast / c.weight, 1, digits),
                                         cell(c.truth / c.weight, 1, digits)});
    return data;
}

/// A logarithmic scale where all is positive: what is off by a factor is off by a length.
Json probability_scale(const Data& data) {
    const bool positive = std::ranges::all_of(data.rows, [](const std::vector<Json>& row) {
        return row[3].get<double>() > 0 && row[4].get<double>() > 0;
    });
    return {{"scale", positive ? Json{{"type", "log"}, {"nice", false}} : Json{{"zero", false}}},
            {"axis", {{"format", "~g"}, {"tickCount", 4}, {"labelOverlap", "greedy"}}}};
}

}  // namespace

std::optional<Chart> calibration_chart(const Drawing& of) {
    const std::size_t rows = calibration_data(of, some_groups(of, 1)).rows.size();
    const std::vector<const Group*> groups = shown_groups(of, rows);
    const Data data = calibration_data(of, groups);
    if (data.rows.empty()) return std::nullopt;
    const Json more = probability_scale(data);
    const Json x = quantity("forecast", "mean forecast", more), y = quantity("truth", "mean truth", more);
    // The diagonal runs through the forecasts: truth = forecast.
    std::vector<Json> layers = {{{"mark", {{"type", "line"}, {"strokeDash", {2, 2}}, {"color", "#888888"}}},
                                 {"encoding", {{"x", x}, {"y", quantity("forecast", "mean truth", more)}}}}};
    for (Json& layer : line_layers(of, data, x, y)) layers.push_back(std::move(layer));
    Json spec = faceted(layers, "facet", distinct(data, "facet"));
    if (spec.contains("spec")) spec["resolve"] = {{"scale", {{"x", "independent"}, {"y", "independent"}}}};
    return chart(
        "calibration", "Calibration against the truth",
        fmt::format("Mean true probability against mean forecast, in tenths of the scored clicks by the "
                    "forecast itself; on "
                    "the dashed line forecasts are right on average, below it too high. net_cvr per click; "
                    "refund_rate "
                    "weighted by the true cvr, so per conversion. Sums over all seeds, no intervals.{}",
                    which_groups(of, groups.size())),
        data, spec);
}

std::vector<Chart> bias_charts(const Drawing& of) {
    std::vector<Chart> all;
    for (const View& view : views())
        if (auto made = bias_chart(of, view)) all.push_back(std::move(*made));
    return all;
}

}  // namespace netcvr
