#include "output/chart_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "sim/time.h"

namespace netcvr {
namespace {

/// Okabe and Ito's colours without black, which a dark page swallows; told apart with any colour vision.
constexpr std::array colours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#B8A800"};
constexpr std::array greys = {"#8A8A8A", "#B0A08A"};  // of references, on light and dark pages
constexpr std::array shapes = {"circle", "square", "triangle-up", "diamond", "triangle-down", "cross"};

/// One value a method of the whole report: of references in turn from `reference`, of the others from `own`.
template <class Own, class Reference>
Json scale_of_methods(const Drawing& of, Own own, Reference reference) {
    Json range = Json::array();
    std::size_t owns = 0, references = 0;
    const std::vector<std::string> methods = of.methods();
    for (const std::string& method : methods)
        range.push_back(of.is_reference(method) ? reference(references++) : own(owns++));
    return {{"domain", methods}, {"range", range}};
}

/// The legend names the methods that the data have.
Json channel_of_methods(const Json& scale, const Data& data) {
    return {{"field", "method"},
            {"type", "nominal"},
            {"scale", scale},
            {"legend",
             {{"title", nullptr},
              {"orient", "bottom"},
              {"columns", 4},
              {"symbolOpacity", 1},
              {"symbolLimit", 0},
              {"values", distinct(data, "method")}}}};
}

std::string table_cell(const Json& cell) {
    if (cell.is_null()) return "–";
    return cell.is_string() ? cell.get<std::string>() : fmt::format("{}", cell.get<double>());
}

/// A list as a Vega expression. JSON's texts and numbers are expressions that mean themselves.
std::string expression(const Json& list) {
    return list.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

bool Drawing::has_levels() const {
    std::set<std::vector<std::size_t>> first;
    for (const Group& group : comparison.groups)
        if (!group.level.empty()) first.insert({group.level[0]});
    return first.size() > 1;
}

bool Drawing::numeric() const {
    return has_levels() && !sweep.axes[0].numbers.empty();
}

std::vector<std::string> Drawing::methods() const {
    std::vector<std::string> names;
    for (const std::string& method : sweep.methods)
        if (std::ranges::any_of(comparison.groups, [&](const Group& g) { return find_method(g, method); }))
            names.push_back(method);
    return names;
}

bool Drawing::is_reference(std::string_view method) const {
    return std::ranges::any_of(comparison.groups, [&](const Group& group) {
        const MethodSummary* summary = find_method(group, method);
        return summary && summary->reference;
    });
}

Json cell(const std::optional<double>& value, double scale, int digits) {
    if (!value) return nullptr;
    if (std::isinf(*value)) return *value > 0 ? "inf" : "-inf";
    return std::stod(fmt::format("{:.{}g}", *value * scale, digits));
}

Json low_of(const Estimate& estimate, double scale, int digits) {
    return estimate.half_width ? cell(*estimate.mean - *estimate.half_width, scale, digits) : nullptr;
}

Json high_of(const Estimate& estimate, double scale, int digits) {
    return estimate.half_width ? cell(*estimate.mean + *estimate.half_width, scale, digits) : nullptr;
}

std::vector<Json> interval_cells(const Estimate& estimate, double scale) {
    return {cell(estimate.mean, scale), low_of(estimate, scale), high_of(estimate, scale), estimate.n};
}

std::vector<ChartField> interval_fields(const std::string& name, const std::string& title) {
    return {{name, title}, {"low", "95 % low"}, {"high", "95 % high"}, {"seeds", "seeds"}};
}

std::string along_axis(const Drawing& of) {
    return of.has_levels() ? fmt::format(" at each level of {}", of.sweep.axes[0].title) : "";
}

std::vector<std::string> distinct(const Data& data, std::string_view field) {
    const auto column = static_cast<std::size_t>(std::ranges::find(data.fields, field, &ChartField::name) -
                                                 data.fields.begin());
    std::vector<std::string> texts;
    for (const auto& row : data.rows)
        if (const auto text = row.at(column).get<std::string>(); std::ranges::count(texts, text) == 0)
            texts.push_back(text);
    return texts;
}

std::vector<ChartField> group_fields(const Drawing& of) {
    std::vector<ChartField> fields;
    if (of.comparison.panels.size() > 1) fields.push_back({"panel", "panel", false});
    if (of.has_levels()) fields.push_back({"level", of.sweep.axes[0].title, false});
    if (of.numeric()) fields.push_back({"x", of.sweep.axes[0].title + " (number)"});
    return fields;
}

std::vector<Json> group_cells(const Drawing& of, const Group& group) {
    std::vector<Json> cells;
    if (of.comparison.panels.size() > 1) cells.emplace_back(group.panel);
    if (of.has_levels()) cells.emplace_back(of.sweep.axes[0].levels[group.level[0]]);
    if (of.numeric()) cells.push_back(cell(of.sweep.axes[0].numbers[group.level[0]]));
    return cells;
}

std::vector<Json> joined(std::vector<Json> cells, const std::vector<Json>& more) {
    cells.insert(cells.end(), more.begin(), more.end());
    return cells;
}

std::vector<ChartField> joined(std::vector<ChartField> fields, const std::vector<ChartField>& more) {
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
}

Json x_of_levels(const Drawing& of) {
    const Axis& axis = of.sweep.axes[0];
    if (!of.numeric())
        return {{"field", "level"},
                {"type", "ordinal"},
                {"sort", axis.levels},
                {"title", axis.title},
                {"axis", {{"labelAngle", -30}, {"labelLimit", 90}}}};
    Json numbers = Json::array();
    for (const double number : axis.numbers) numbers.push_back(cell(number));
    const auto [least, most] = std::ranges::minmax(axis.numbers);
    const bool logarithmic = least > 0 && most / least > std::pow(10, 1.5);
    Json scale = {{"type", logarithmic ? "log" : "linear"}, {"nice", false}, {"padding", 12}};
    if (!logarithmic) scale["zero"] = false;
    // Ticks stand at the levels and are named as the sweep names them: "3d", not 259200.
    return {{"field", "x"},
            {"type", "quantitative"},
            {"title", axis.title},
            {"scale", scale},
            {"axis",
             {{"values", numbers},
              {"grid", false},
              {"labelOverlap", "greedy"},
              {"labelExpr",
               fmt::format("{}[indexof({}, datum.value)]", expression(axis.levels), expression(numbers))}}}};
}

Json colour_of_methods(const Drawing& of, const Data& data) {
    return channel_of_methods(scale_of_methods(
                                  of, [](std::size_t k) { return colours[k % colours.size()]; },
                                  [](std::size_t k) { return greys[k % greys.size()]; }),
                              data);
}

Json dash_of_methods(const Drawing& of, const Data& data) {
    return channel_of_methods(scale_of_methods(
                                  of,
                                  [](std::size_t k) {
                                      return k < colours.size() ? Json{1, 0} : Json{8, 2};
                                  },
                                  [](std::size_t k) {
                                      return k == 0 ? Json{4, 3} : Json{1, 3};
                                  }),
                              data);
}

Json shape_of_methods(const Drawing& of, const Data& data) {
    const auto shape = [](std::size_t k) { return shapes[k % shapes.size()]; };
    return channel_of_methods(
        scale_of_methods(of, shape,
                         [](std::size_t k) { return k == 0 ? "triangle-left" : "triangle-right"; }),
        data);
}

Json opacity_of_selection() {
    return {{"condition", {{"param", "shown"}, {"value", 1}}}, {"value", .08}};
}

Json selection(std::string_view field) {
    return {{{"name", "shown"}, {"select", {{"type", "point"}, {"fields", {field}}}}, {"bind", "legend"}}};
}

Json quantity(std::string_view field, const std::string& title, const Json& more) {
    Json channel = {{"field", field}, {"type", "quantitative"}, {"title", title}};
    channel.update(more);
    return channel;
}

Json tooltip(const Data& data) {
    Json fields = Json::array();
    for (const ChartField& field : data.fields)
        fields.push_back({{"field", field.name},
                          {"type", field.number ? "quantitative" : "nominal"},
                          {"title", field.title}});
    for (Json& field : fields)
        if (field["type"] == "quantitative") field["format"] = ".4~g";
    return fields;
}

Json faceted(const std::vector<Json>& layers,
             std::string_view field,
             const std::vector<std::string>& values,
             int height) {
    if (values.size() < 2) return {{"width", "container"}, {"height", height}, {"layer", layers}};
    return {{"facet",
             {{"field", field},
              {"type", "nominal"},
              {"title", nullptr},
              {"sort", values},
              {"header", {{"labelLimit", 260}}}}},
            {"columns", values.size() == 2 || values.size() == 4 ? 2 : 3},
            {"spec", {{"width", 240}, {"height", 200}, {"layer", layers}}}};
}

Chart chart(
    std::string name, std::string title, std::string caption, const Data& data, const Json& specification) {
    Json values = Json::array();
    Table table;
    for (const ChartField& field : data.fields) table.header.push_back(field.title);
    for (const std::vector<Json>& row : data.rows) {
        Json object = Json::object();
        std::vector<std::string> cells;
        for (std::size_t f = 0; f < data.fields.size(); ++f) {
            if (row[f].is_number() || (row[f].is_string() && !data.fields[f].number))
                object[data.fields[f].name] = row[f];
            cells.push_back(table_cell(row[f]));
        }
        values.push_back(std::move(object));
        table.rows.push_back(std::move(cells));
    }
    Json whole = {{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
                  {"description", title},
                  {"data", {{"values", values}}}};
    whole.update(specification);
    return {std::move(name), std::move(title), std::move(caption),
            whole.dump(-1, ' ', false, Json::error_handler_t::replace), std::move(table)};
}

}  // namespace netcvr
