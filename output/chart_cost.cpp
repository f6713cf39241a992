#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "output/chart_methods.h"

namespace netcvr {
std::optional<Chart> cost_chart(const Drawing& of) {
    Data data{.fields = {{"facet", "quantity", false},
                         {"method", "method", false},
                         {"value", "mean"},
                         {"low", "least of a group"},
                         {"high", "most of a group"}},
              .rows = {}};
    const std::array<std::tuple<const char*, Estimate MethodSummary::*, double>, 2> costs = {
        std::tuple{"copies trained on, 10⁶", &MethodSummary::copies, 1e-6},
        {"seconds", &MethodSummary::seconds, 1.0}};
    for (const auto& [quantity_name, estimate, scale] : costs)
        for (const std::string& name : of.methods()) {
            std::vector<double> means;
            for (const Group& group : of.comparison.groups) {
                const MethodSummary* method = find_method(group, name);
                if (method && (method->*estimate).mean) means.push_back(*(method->*estimate).mean);
            }
            if (means.empty()) continue;
            data.rows.push_back({quantity_name, name, cell(netcvr::estimate(means).mean, scale),
                                 cell(std::ranges::min(means), scale), cell(std::ranges::max(means), scale)});
        }
    if (data.rows.empty()) return std::nullopt;
    Json colour = colour_of_methods(of, data);
    colour["legend"] = nullptr;
    const Json y = {{"field", "method"}, {"type", "nominal"}, {"title", nullptr}, {"sort", of.methods()}};
    Json spec = faceted(
        {{{"mark", "bar"},
          {"encoding",
           {{"y", y},
            {"x", quantity("value", "mean of a run")},
            {"color", colour},
            {"tooltip", tooltip(data)}}}},
         {{"mark", "rule"},
          {"encoding", {{"y", y}, {"x", quantity("low", "mean of a run")}, {"x2", {{"field", "high"}}}}}}},
        "facet", distinct(data, "facet"));
    if (spec.contains("spec")) spec["resolve"] = {{"scale", {{"x", "independent"}}}};
    (spec.contains("spec") ? spec["spec"] : spec)["height"] = 24 * static_cast<int>(of.methods().size());
    std::vector<double> memory;
    for (const Group& group : of.comparison.groups)
        if (group.peak_memory.mean) memory.push_back(*group.peak_memory.mean);
    const std::string peak =
        memory.empty() ? ""
                       : fmt::format(" Peak memory of a run's process, all its methods: {:.0f} MiB.",
                                     std::ranges::max(memory) / 1048576);
    return chart("cost", "What the methods cost",
                 "Labelled copies that a method trains on in the stream of one run, and wall-clock seconds "
                 "of its streams: means over "
                 "all runs; lines from the least to the most of a group's means. Seconds are this machine's "
                 "and no part of the results." +
                     peak,
                 data, spec);
}

}  // namespace netcvr
