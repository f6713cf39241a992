#include "output/chart_methods.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include <fmt/format.h>

namespace netcvr {
namespace {

constexpr const char* interval = "Intervals are 95 % Student-t intervals of the mean over seeds";

/// A row for every group and method that `cells` has something for.
Data by_method(const Drawing& of,
               const std::vector<ChartField>& fields,
               const std::function<std::vector<Json>(const Group&, const MethodSummary&)>& cells) {
    Data data{.fields = joined(joined(group_fields(of), {{"method", "method", false}}), fields), .rows = {}};
    for (const Group& group : of.comparison.groups)
        for (const std::string& name : of.methods()) {
            const MethodSummary* method = find_method(group, name);
            const std::vector<Json> own = method ? cells(group, *method) : std::vector<Json>{};
            if (!own.empty()) data.rows.push_back(joined(joined(group_cells(of, group), {name}), own));
        }
    return data;
}

/// Dots with intervals, methods one below another: what is left of a curve with one level.
std::vector<Json> dot_layers(const Drawing& of,
                             const Data& data,
                             const std::string& field,
                             const std::string& title) {
    const Json y = {{"field", "method"}, {"type", "nominal"}, {"title", nullptr}, {"sort", of.methods()}};
    Json colour = colour_of_methods(of, data);
    colour["legend"] = nullptr;
    const Json zero = {{"scale", {{"zero", false}}}};
    return {
        {{"mark", {{"type", "rule"}, {"strokeWidth", 2}}},
         {"encoding",
          {{"y", y}, {"x", quantity("low", title, zero)}, {"x2", {{"field", "high"}}}, {"color", colour}}}},
        {{"mark", {{"type", "point"}, {"filled", true}, {"size", 80}, {"opacity", 1}}},
         {"encoding",
          {{"y", y}, {"x", quantity(field, title, zero)}, {"color", colour}, {"tooltip", tooltip(data)}}}}};
}

/// A curve a method over numeric levels, its interval as a band or as bars.
std::vector<Json> curve_layers(const Drawing& of,
                               const Data& data,
                               const std::string& field,
                               const std::string& title,
                               const Json& more) {
    const Json x = x_of_levels(of), colour = colour_of_methods(of, data);
    const Json band = {{"condition", {{"param", "shown"}, {"value", .14}}}, {"value", .01}};
    return {{{"mark", {{"type", "area"}}},
             {"params", selection()},
             {"encoding",
              {{"x", x},
               {"y", quantity("low", title, more)},
               {"y2", {{"field", "high"}}},
               {"color", colour},
               {"opacity", band}}}},
            {{"mark", {{"type", "line"}, {"strokeWidth", 2}}},
             {"encoding",
              {{"x", x},
               {"y", quantity(field, title, more)},
               {"color", colour},
               {"strokeDash", dash_of_methods(of, data)},
               {"opacity", opacity_of_selection()}}}},
            {{"mark", {{"type", "point"}, {"filled", true}, {"size", 55}}},
             {"encoding",
              {{"x", x},
               {"y", quantity(field, title, more)},
               {"color", colour},
               {"shape", shape_of_methods(of, data)},
               {"opacity", opacity_of_selection()},
               {"tooltip", tooltip(data)}}}}};
}

/// Methods side by side on each level that is a name.
std::vector<Json> named_layers(const Drawing& of,
                               const Data& data,
                               const std::string& field,
                               const std::string& title,
                               const Json& more) {
    const Json x = x_of_levels(of), colour = colour_of_methods(of, data);
    const Json offset = {{"field", "method"}, {"sort", of.methods()}};
    return {{{"mark", {{"type", "rule"}, {"strokeWidth", 2}}},
             {"params", selection()},
             {"encoding",
              {{"x", x},
               {"xOffset", offset},
               {"y", quantity("low", title, more)},
               {"y2", {{"field", "high"}}},
               {"color", colour},
               {"opacity", opacity_of_selection()}}}},
            {{"mark", {{"type", "point"}, {"filled", true}, {"size", 55}}},
             {"encoding",
              {{"x", x},
               {"xOffset", offset},
               {"y", quantity(field, title, more)},
               {"color", colour},
               {"shape", shape_of_methods(of, data)},
               {"opacity", opacity_of_selection()},
               {"tooltip", tooltip(data)}}}}};
}

/// The form that fits the levels; `reference` is a value to draw a line at.
Json levels_chart(const Drawing& of,
                  const Data& data,
                  const std::string& field,
                  const std::string& title,
                  const std::optional<double>& reference,
                  const Json& more = {{"scale", {{"zero", false}}}}) {
    std::vector<Json> layers;
    const char* along = of.has_levels() ? "y" : "x";
    if (reference)
        layers.push_back({{"mark", {{"type", "rule"}, {"strokeDash", {2, 2}}, {"color", "#888888"}}},
                          {"encoding", {{along, {{"datum", *reference}, {"type", "quantitative"}}}}}});
    const std::vector<Json> drawn = !of.has_levels() ? dot_layers(of, data, field, title)
                                    : of.numeric()   ? curve_layers(of, data, field, title, more)
                                                     : named_layers(of, data, field, title, more);
    layers.insert(layers.end(), drawn.begin(), drawn.end());
    return faceted(layers, "panel", of.comparison.panels,
                   of.has_levels() ? 300 : 40 + 24 * static_cast<int>(of.methods().size()));
}

}  // namespace

std::optional<Chart> excess_chart(const Drawing& of) {
    const Data data =
        by_method(of, interval_fields("excess", "excess log loss of net_cvr, 10⁻³ nats per click"),
                  [](const Group&, const MethodSummary& method) {
                      return method.excess.mean ? interval_cells(method.excess, 1e3) : std::vector<Json>{};
                  });
    if (data.rows.empty()) return std::nullopt;
    const std::string caption = fmt::format(
        "Excess log loss of net_cvr by method{}: mean over scored clicks of KL(true net_cvr ‖ forecast), in "
        "10⁻³ nats per "
        "click; 0 is the truth itself, lower is better. {}. Grey and dashed: references.",
        along_axis(of), interval);
    return chart("excess", "Net excess log loss by method", caption, data,
                 levels_chart(of, data, "excess", "net excess log loss, 10⁻³ nats/click", std::nullopt));
}

std::optional<Chart> difference_chart(const Drawing& of) {
    const Data data = by_method(
        of,
        joined(
            interval_fields("difference", "excess log loss of net_cvr minus direct's, 10⁻³ nats per click"),
            {{"p", "p (Holm)"}, {"verdict", "verdict", false}}),
        [](const Group&, const MethodSummary& method) {
            const bool shown = method.cascade && !method.reference && method.over_direct.mean;
            return shown ? joined(interval_cells(method.over_direct, 1e3),
                                  {cell(method.p_value), verdict_name(method.verdict)})
                         : std::vector<Json>{};
        });
    if (data.rows.empty()) return std::nullopt;
    const std::string caption = fmt::format(
        "Net excess log loss of each cascade minus that of direct on the same log{}, in 10⁻³ nats per click: "
        "below 0 the "
        "cascade is better. {} of differences paired by seed; p and verdict of a paired t test, Holm over "
        "all {} "
        "comparisons.",
        along_axis(of), interval, of.comparison.comparisons);
    return chart("difference", "Cascade minus direct", caption, data,
                 levels_chart(of, data, "difference", "cascade − direct, 10⁻³ nats/click", 0));
}

std::optional<Chart> recovery_chart(const Drawing& of) {
    const Data data =
        by_method(of,
                  {{"recovered", "share of pretrained's net excess log loss recovered"},
                   {"low", "95 % low"},
                   {"high", "95 % high"},
                   {"seeds", "seeds"},
                   {"refused", "why not", false}},
                  [](const Group&, const MethodSummary& method) {
                      const Improvement* i = find_improvement(method, Target::net_cvr, "excess_log_loss");
                      return i ? std::vector<Json>{cell(i->ratio.value), cell(i->ratio.low),
                                                   cell(i->ratio.high), i->ratio.n, i->ratio.refused}
                               : std::vector<Json>{};
                  });
    if (std::ranges::none_of(data.rows, [&](const auto& row) { return row[row.size() - 5].is_number(); }))
        return std::nullopt;
    const std::string caption = fmt::format(
        "Recovery{}: (pretrained − method) / (pretrained − oracle) in excess log loss of net_cvr; 0 is the "
        "model that "
        "never trains on the stream, 1 the oracle. Ratio of means over seeds; the band is Fieller's 95 % "
        "interval, paired by "
        "seed. Left out where oracle is not significantly better than pretrained.",
        along_axis(of));
    return chart("recovery", "How much of what can be recovered is recovered", caption, data,
                 levels_chart(of, data, "recovered", "share of excess recovered", 1,
                              {{"scale", {{"zero", false}}}, {"axis", {{"format", "%"}}}}));
}

std::optional<Chart> ceilings_chart(const Drawing& of) {
    const Data data = by_method(
        of, joined(interval_fields("auc", "expected AUC of net_cvr"), {{"ceiling", "world ceiling"}}),
        [](const Group& group, const MethodSummary& method) {
            return method.auc.mean ? joined(interval_cells(method.auc, 1), {cell(group.auc_ceiling.mean)})
                                   : std::vector<Json>{};
        });
    if (data.rows.empty()) return std::nullopt;
    const std::string caption = fmt::format(
        "Expected AUC of net_cvr under the truth{}: the chance that a click that converts and keeps ranks "
        "above one that "
        "does not. Long grey dashes: the world ceiling, what ranking by the true net_cvr reaches. {}.",
        along_axis(of), interval);
    Json spec = levels_chart(of, data, "auc", "expected AUC of net_cvr", std::nullopt);
    const Json ceiling = {
        {"aggregate", "mean"}, {"field", "ceiling"}, {"type", "quantitative"}, {"scale", {{"zero", false}}}};
    Json& layers = spec.contains("spec") ? spec["spec"]["layer"] : spec["layer"];
    if (of.has_levels())
        layers.push_back(
            {{"mark", {{"type", "line"}, {"strokeDash", {12, 4}}, {"color", "#888888"}, {"strokeWidth", 2}}},
             {"encoding", {{"x", x_of_levels(of)}, {"y", ceiling}}}});
    else
        layers.push_back(
            {{"mark", {{"type", "rule"}, {"strokeDash", {12, 4}}, {"color", "#888888"}, {"strokeWidth", 2}}},
             {"encoding", {{"x", ceiling}}}});
    return chart("ceilings", "Ranking, beside the world's ceiling", caption, data, spec);
}

}  // namespace netcvr
