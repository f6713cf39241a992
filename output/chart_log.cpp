#include "output/chart_log.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "output/chart_cells.h"
#include "sim/time.h"

namespace netcvr {
namespace {

constexpr std::array trajectory_meanings = {
    "T0 no conversion", "A0 early, kept",          "A1 early, refunded early", "A2 early, refunded late",
    "B0 late, kept",    "B1 late, refunded early", "B2 late, refunded late"};
/// Okabe and Ito's: blues are kept, reds and oranges refunded.
constexpr std::array trajectory_colours = {"#0072B2", "#D55E00", "#E69F00", "#56B4E9", "#CC79A7", "#B8A800"};

/// Mean over the seeds of a group of what `of_shape` says; those without are left out.
template <class OfShape>
std::optional<double> mean_over_seeds(const Drawing& of, const Group& group, OfShape of_shape) {
    std::vector<double> values;
    for (const std::size_t r : group.results)
        if (const std::optional<double> value = of_shape(of.sweep.results[r].shape)) values.push_back(*value);
    return estimate(values).mean;
}

std::optional<double> share(const LogShape& shape, std::size_t trajectory, std::size_t from) {
    double all = 0;
    for (std::size_t k = from; k < shape.trajectory.size(); ++k)
        all += static_cast<double>(shape.trajectory[k]);
    return all > 0 ? std::optional(static_cast<double>(shape.trajectory[trajectory]) / all) : std::nullopt;
}

Data trajectory_data(const Drawing& of) {
    Data data{.fields = joined(group_fields(of), {{"trajectory", "trajectory", false},
                                                  {"place", "place"},
                                                  {"converted", "share of converting clicks"},
                                                  {"clicks", "share of clicks"}}),
              .rows = {}};
    for (const Group& group : of.comparison.groups)
        for (std::size_t k = 0; k < trajectory_meanings.size(); ++k) {
            const auto of_clicks =
                mean_over_seeds(of, group, [&](const LogShape& s) { return share(s, k, 0); });
            const auto of_converted =
                k == 0 ? std::nullopt
                       : mean_over_seeds(of, group, [&](const LogShape& s) { return share(s, k, 1); });
            if (of_clicks)
                data.rows.push_back(joined(group_cells(of, group),
                                           {trajectory_meanings[k], k, cell(of_converted), cell(of_clicks)}));
        }
    return data;
}

/// Delays as a person says them, on an axis of seconds.
Json delay_axis() {
    constexpr std::array<Time, 9> ticks = {10,  minute,  10 * minute, hour,    6 * hour,
                                           day, 3 * day, 10 * day,    30 * day};
    std::string names, seconds;
    for (const Time tick : ticks) {
        names += fmt::format("{}'{}'", names.empty() ? "" : ",", format_duration(tick));
        seconds += fmt::format("{}{}", seconds.empty() ? "" : ",", tick);
    }
    return {{"values", ticks},
            {"labelOverlap", "greedy"},
            {"labelExpr", fmt::format("[{}][indexof([{}], datum.value)]", names, seconds)}};
}

std::optional<double> at(const std::vector<double>& shares, std::size_t k) {
    return k < shares.size() ? std::optional(shares[k]) : std::nullopt;
}

Data delay_data(const Drawing& of, const std::vector<const Group*>& groups) {
    Data data{.fields = {{"facet", "log", false},
                         {"event", "event", false},
                         {"seconds", "delay at most, seconds"},
                         {"share", "share of events"}},
              .rows = {}};
    for (const Group* group : groups) {
        const LogShape& first = of.sweep.results[group->results.front()].shape;
        for (const bool refund : {false, true})
            for (std::size_t k = 0; k < first.delay.size(); ++k) {
                const auto mean = mean_over_seeds(of, *group, [&](const LogShape& shape) {
                    return at(refund ? shape.refunds_within : shape.conversions_within, k);
                });
                if (mean)
                    data.rows.push_back(
                        {group->title, refund ? "refunds" : "conversions", first.delay[k], cell(mean)});
            }
    }
    return data;
}

}  // namespace

std::optional<Chart> trajectories_chart(const Drawing& of) {
    const Data data = trajectory_data(of);
    if (data.rows.empty()) return std::nullopt;
    const std::vector<std::string> converting(trajectory_meanings.begin() + 1, trajectory_meanings.end());
    Json encoding = {
        {"x", quantity("converted", "share of converting clicks",
                       {{"stack", "zero"}, {"axis", {{"format", "%"}}}, {"scale", {{"domain", {0, 1}}}}})},
        {"order", {{"field", "place"}, {"type", "quantitative"}}},
        {"color",
         {{"field", "trajectory"},
          {"type", "nominal"},
          {"scale", {{"domain", converting}, {"range", trajectory_colours}}},
          {"legend", {{"title", nullptr}, {"orient", "bottom"}, {"columns", 2}, {"labelLimit", 200}}}}},
        {"opacity", opacity_of_selection()},
        {"tooltip", tooltip(data)}};
    if (of.has_levels())
        encoding["y"] = {{"field", "level"},
                         {"type", "ordinal"},
                         {"sort", of.sweep.axes[0].levels},
                         {"title", of.sweep.axes[0].title}};
    const Json layer = {{"mark", "bar"},
                        {"params", selection("trajectory")},
                        {"transform", {{{"filter", "datum.place > 0"}}}},
                        {"encoding", encoding}};
    const int rows = of.has_levels() ? static_cast<int>(of.sweep.axes[0].levels.size()) : 1;
    Json spec = faceted({layer}, "panel", of.comparison.panels, 30 + 28 * rows);
    if (spec.contains("spec")) spec["spec"]["height"] = 30 + 28 * rows;
    return chart(
        "trajectories", "What becomes of converting clicks",
        fmt::format(
            "Composition of the scored clicks that convert within the attribution window, by what came early "
            "(within the "
            "observation window) and what late{}; means over seeds. The table also has T0, clicks without "
            "conversion, and shares of all scored clicks.",
            along_axis(of)),
        data, spec);
}

std::optional<Chart> delays_chart(const Drawing& of) {
    const std::vector<const Group*> groups = some_groups(of, 3);
    const Data data = delay_data(of, groups);
    if (data.rows.empty()) return std::nullopt;
    const Json colour = {
        {"field", "event"},
        {"type", "nominal"},
        {"scale", {{"domain", {"conversions", "refunds"}}, {"range", {"#0072B2", "#D55E00"}}}},
        {"legend", {{"title", nullptr}, {"orient", "bottom"}, {"symbolOpacity", 1}}}};
    const Json layer = {
        {"mark", {{"type", "line"}, {"strokeWidth", 2}, {"point", true}}},
        {"params", selection("event")},
        {"encoding",
         {{"x", quantity("seconds", "delay",
                         {{"scale", {{"type", "log"}, {"nice", false}}}, {"axis", delay_axis()}})},
          {"y", quantity("share", "share of attributed events",
                         {{"axis", {{"format", "%"}}}, {"scale", {{"domain", {0, 1}}}}})},
          {"color", colour},
          {"strokeDash",
           {{"field", "event"},
            {"type", "nominal"},
            {"scale", {{"domain", {"conversions", "refunds"}}, {"range", {{1, 0}, {6, 2}}}}},
            {"legend", {{"title", nullptr}, {"orient", "bottom"}, {"symbolOpacity", 1}}}}},
          {"opacity", opacity_of_selection()},
          {"tooltip", tooltip(data)}}}};
    return chart(
        "delays", "How late the labels are",
        "Share of the attributed conversions that came within a delay of their click, and of the attributed "
        "refunds "
        "within a delay of their conversion (per attributed event; scored clicks; means over seeds)." +
            which_groups(of, groups.size()),
        data, faceted({layer}, "facet", distinct(data, "facet")));
}

}  // namespace netcvr
