// Charts of breakdowns (breakdown.h): all are means over the seeds of a group of runs. Methods × targets ×
// groups are many, so only some of a sweep's levels are drawn, the first and the last among them.

#include "output/chart_breakdown.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "output/breakdown.h"
#include "sim/time.h"

namespace netcvr {
namespace {

constexpr std::size_t most_rows = 1600;  // of a chart, so that a page stays under 2 MB
constexpr std::size_t most_cells = 40;   // of a dimension; neighbours are put together

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

/// One group of a dimension, of one method and target, over the seeds.
struct Cell {
    std::string name;
    double weight = 0, forecast = 0, truth = 0;  // Σ over seeds
    std::vector<double> pcoc;                    // of each seed that has some truth there
};

/// One seed's sums, `width` neighbours put together, named by the first of them.
std::vector<Cell> cells_of(const Breakdown& sums, const std::vector<std::string>& names, std::size_t width) {
    std::vector<Cell> cells;
    for (std::size_t g = 0; g < sums.weight.size() && g < names.size(); ++g) {
        if (g % width == 0) cells.push_back({.name = names[g], .pcoc = {}});
        cells.back().weight += sums.weight[g];
        cells.back().forecast += sums.forecast[g];
        cells.back().truth += sums.truth[g];
    }
    for (Cell& cell : cells)
        if (cell.truth > 0) cell.pcoc.push_back(cell.forecast / cell.truth);
    return cells;
}

void add(std::vector<Cell>& all, const std::vector<Cell>& more) {
    for (const Cell& cell : more) {
        auto found = std::ranges::find(all, cell.name, &Cell::name);
        if (found == all.end()) found = all.insert(all.end(), Cell{.name = cell.name, .pcoc = {}});
        found->weight += cell.weight;
        found->forecast += cell.forecast;
        found->truth += cell.truth;
        found->pcoc.insert(found->pcoc.end(), cell.pcoc.begin(), cell.pcoc.end());
    }
}

/// By the name of its group, over the seeds; without groups that no click is in.
std::vector<Cell> cells_of(const Drawing& of,
                           const Group& group,
                           std::string_view method,
                           std::string_view dimension,
                           Target target) {
    std::vector<Cell> all;
    for (const std::size_t r : group.results) {
        const Scores& scores = of.sweep.results[r].scores;
        const auto names = scores.groups.find(std::string(dimension));
        const auto scored = std::ranges::find(scores.methods, method, &MethodScores::method);
        if (names == scores.groups.end() || scored == scores.methods.end()) continue;
        const auto sums = std::ranges::find_if(scored->breakdowns, [&](const Breakdown& breakdown) {
            return breakdown.dimension == dimension && breakdown.target == target;
        });
        if (sums == scored->breakdowns.end()) continue;
        const std::size_t width = (names->second.size() + most_cells - 1) / most_cells;
        add(all, cells_of(*sums, names->second, std::max<std::size_t>(1, width)));
    }
    std::erase_if(all, [](const Cell& cell) { return cell.weight == 0; });
    return all;
}

/// `count` of the groups, the first and the last of them among them, spread evenly.
std::vector<const Group*> some_groups(const Drawing& of, std::size_t count) {
    const std::vector<Group>& groups = of.comparison.groups;
    std::vector<const Group*> some;
    count = std::min(count, groups.size());
    for (std::size_t k = 0; k < count; ++k)
        some.push_back(&groups[count == 1 ? 0 : k * (groups.size() - 1) / (count - 1)]);
    return some;
}

/// As many groups as have no more rows than a chart may have, at most three.
std::vector<const Group*> shown_groups(const Drawing& of,
                                       std::string_view dimension,
                                       const std::vector<Target>& targets) {
    std::size_t rows = 0;
    for (const Target target : targets)
        for (const std::string& method : of.methods())
            rows += cells_of(of, of.comparison.groups.front(), method, dimension, target).size();
    return some_groups(of, rows == 0 ? 0 : std::clamp<std::size_t>(most_rows / rows, 1, 3));
}

std::string facet_of(const Drawing& of, const Group& group, Target target) {
    std::string facet(target_name(target));
    if (of.has_levels()) facet += fmt::format(" at {}", of.sweep.axes[0].levels[group.level[0]]);
    return of.comparison.panels.size() > 1 ? fmt::format("{}, {}", facet, group.panel) : facet;
}

std::string which_levels(const Drawing& of, std::size_t shown) {
    return shown == of.comparison.groups.size() ? ""
                                                : fmt::format(" {} of {} combinations of levels are shown.",
                                                              shown, of.comparison.groups.size());
}

/// The layers of one line a method; `x` is its horizontal channel.
std::vector<Json> line_layers(const Drawing& of, const Data& data, const Json& x, const Json& y) {
    const Json colour = colour_of_methods(of);
    return {{{"mark", {{"type", "line"}, {"strokeWidth", 1.5}}},
             {"params", selection()},
             {"encoding",
              {{"x", x},
               {"y", y},
               {"color", colour},
               {"strokeDash", dash_of_methods(of)},
               {"opacity", opacity_of_selection()}}}},
            {{"mark", {{"type", "point"}, {"filled", true}, {"size", 35}}},
             {"encoding",
              {{"x", x},
               {"y", y},
               {"color", colour},
               {"shape", shape_of_methods(of)},
               {"opacity", opacity_of_selection()},
               {"tooltip", tooltip(data)}}}}};
}

Data bias_data(const Drawing& of, const View& view, const std::vector<const Group*>& groups) {
    Data data{.fields = {{"facet", "forecast of", false},
                         {"method", "method", false},
                         {"name", std::string(view.x_title), false}},
              .rows = {}};
    if (view.is_time) data.fields.push_back({"days", "days"});
    data.fields = joined(data.fields, interval_fields("pcoc", "PCOC"));
    for (const Target target : view.targets)
        for (const Group* group : groups)
            for (const std::string& method : of.methods())
                for (const Cell& c : cells_of(of, *group, method, view.dimension, target)) {
                    const Estimate e = estimate(c.pcoc);
                    std::vector<Json> row = {facet_of(of, *group, target), method, c.name};
                    if (view.is_time)
                        row.push_back(cell(static_cast<double>(parse_duration(c.name).value_or(0)) /
                                           static_cast<double>(day)));
                    if (e.mean) data.rows.push_back(joined(row, interval_cells(e, 1)));
                }
    return data;
}

std::optional<Chart> bias_chart(const Drawing& of, const View& view) {
    const std::vector<const Group*> groups = shown_groups(of, view.dimension, view.targets);
    const Data data = bias_data(of, view, groups);
    if (data.rows.empty()) return std::nullopt;
    const std::string title(view.x_title);
    const Json x = view.is_time
                       ? quantity("days", title, {{"scale", {{"zero", false}, {"nice", false}}}})
                       : Json{{"field", "name"},
                              {"type", "ordinal"},
                              {"sort", distinct(data, 2)},
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
                            {"color", colour_of_methods(of)},
                            {"opacity", opacity_of_selection()}}}});
    for (Json& layer : line_layers(of, data, x, y)) layers.push_back(std::move(layer));
    Json spec = faceted(layers, "facet", distinct(data, 0));
    if (spec.contains("spec")) spec["resolve"] = {{"scale", {{"y", "independent"}}}};
    const std::string caption = fmt::format(
        "PCOC = Σ forecasts / Σ true probabilities by {}: 1 is unbiased, above it forecasts are too high. "
        "net_cvr over "
        "scored clicks; refund_rate over clicks weighted by their true cvr, so per conversion. Means over "
        "seeds{}.{}",
        std::ranges::find(dimensions(), view.dimension, &Dimension::name)->title,
        view.is_time ? "; intervals are in the table" : " with 95 % Student-t intervals",
        which_levels(of, groups.size()));
    return chart(std::string(view.chart), std::string(view.title), caption, data, spec);
}

constexpr std::array calibrated = {Target::net_cvr, Target::refund_rate};

Data calibration_data(const Drawing& of, const std::vector<const Group*>& groups) {
    Data data{.fields = {{"facet", "forecast of", false},
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
                                         cell(c.forecast / c.weight), cell(c.truth / c.weight)});
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
    const std::vector<Target> targets(calibrated.begin(), calibrated.end());
    const std::vector<const Group*> groups = shown_groups(of, "forecast_decile", targets);
    const Data data = calibration_data(of, groups);
    if (data.rows.empty()) return std::nullopt;
    const Json more = probability_scale(data);
    const Json x = quantity("forecast", "mean forecast", more), y = quantity("truth", "mean truth", more);
    // The diagonal runs through the forecasts: truth = forecast.
    std::vector<Json> layers = {{{"mark", {{"type", "line"}, {"strokeDash", {2, 2}}, {"color", "#888888"}}},
                                 {"encoding", {{"x", x}, {"y", quantity("forecast", "mean truth", more)}}}}};
    for (Json& layer : line_layers(of, data, x, y)) layers.push_back(std::move(layer));
    Json spec = faceted(layers, "facet", distinct(data, 0));
    if (spec.contains("spec")) spec["resolve"] = {{"scale", {{"x", "independent"}, {"y", "independent"}}}};
    return chart(
        "calibration", "Calibration against the truth",
        fmt::format("Mean true probability against mean forecast, in tenths of the scored clicks by the "
                    "forecast itself; on "
                    "the dashed line forecasts are right on average, below it too high. net_cvr per click; "
                    "refund_rate "
                    "weighted by the true cvr, so per conversion. Sums over all seeds, no intervals.{}",
                    which_levels(of, groups.size())),
        data, spec);
}

std::vector<Chart> bias_charts(const Drawing& of) {
    std::vector<Chart> all;
    for (const View& view : views())
        if (auto made = bias_chart(of, view)) all.push_back(std::move(*made));
    return all;
}

}  // namespace netcvr
