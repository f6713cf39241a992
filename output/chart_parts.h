#pragma once
// What charts are drawn with: data whose rows become the table too, one look for a method everywhere, axes of
// levels, facets.
//
// A specification with one panel has width "container". Vega-Lite has no such width for facets, so one with
// several has `spec.width` and `columns` for a wide page, and a page may set both to what fits.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "output/chart.h"

namespace netcvr {

using Json = nlohmann::ordered_json;

/// A column of the data. `name` is a field of the specification: letters only, because Vega-Lite reads dots
/// and brackets as paths.
struct ChartField {
    std::string name, title;
    bool number = true;
};

/// rows[r][f]: text, a finite number, "inf", or null where there is none.
struct Data {
    std::vector<ChartField> fields;
    std::vector<std::vector<Json>> rows;
};

/// What charts are made of.
struct Drawing {
    const SweepResults& sweep;
    const Comparison& comparison;

    bool has_levels() const;                   // some panel has more than one
    bool numeric() const;                      // and they are numbers
    std::vector<std::string> methods() const;  // that were scored somewhere, in the order of the sweep
    bool is_reference(std::string_view method) const;
};

/// `digits` significant digits, times `scale`; "inf" or "-inf" if it is infinite, null if it is not there.
Json cell(const std::optional<double>& value, double scale = 1, int digits = 6);
Json low_of(const Estimate& estimate, double scale = 1, int digits = 6);
Json high_of(const Estimate& estimate, double scale = 1, int digits = 6);

/// Mean, interval and number of seeds.
std::vector<ChartField> interval_fields(const std::string& name, const std::string& title);
std::vector<Json> interval_cells(const Estimate& estimate, double scale);

/// The columns that say which group a row is of, and their cells.
std::vector<ChartField> group_fields(const Drawing& of);
std::vector<Json> group_cells(const Drawing& of, const Group& group);
/// `more` after `cells`.
std::vector<Json> joined(std::vector<Json> cells, const std::vector<Json>& more);
std::vector<ChartField> joined(std::vector<ChartField> fields, const std::vector<ChartField>& more);

/// The texts of a field, each once, in order of first appearance.
std::vector<std::string> distinct(const Data& data, std::string_view field);
/// " at each level of refunds_per_conversion", or nothing.
std::string along_axis(const Drawing& of);

/// Encodings. x of levels; a method's colour, dash and shape, the same in every chart of a report, with a
/// legend of the data's methods; the opacity that the legend's selection sets.
Json x_of_levels(const Drawing& of);
Json colour_of_methods(const Drawing& of, const Data& data);
Json dash_of_methods(const Drawing& of, const Data& data);
Json shape_of_methods(const Drawing& of, const Data& data);
Json opacity_of_selection();
/// A quantitative channel.
Json quantity(std::string_view field, const std::string& title, const Json& more = Json::object());
/// Every field, as a tooltip.
Json tooltip(const Data& data);

/// The parameter behind opacity_of_selection(): belongs into one layer of a chart.
Json selection(std::string_view field = "method");

/// `layers` in one view, or side by side by `field` if it has several of `values`.
Json faceted(const std::vector<Json>& layers,
             std::string_view field,
             const std::vector<std::string>& values,
             int height = 260);

/// Puts data and table to a specification.
Chart chart(
    std::string name, std::string title, std::string caption, const Data& data, const Json& specification);

}  // namespace netcvr
