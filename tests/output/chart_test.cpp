#include "output/chart.h"

#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/output/made_up_sweep.h"

namespace netcvr {
namespace {

using Json = nlohmann::json;

std::vector<Chart> drawn(const SweepResults& sweep) {
    return charts(sweep, compare(sweep, made_up_costs(sweep)));
}

/// Sweeps of every form: two panels, one, one level only, levels that are names.
std::vector<SweepResults> forms() {
    std::vector<SweepResults> all = {made_up_sweep(), made_up_sweep({"0.54", "0.01"}, {"3d"}),
                                     made_up_sweep({"0.1"}, {"3d"}), made_up_sweep()};
    all.back().axes[0].numbers.clear();
    return all;
}

/// Every "field" anywhere under an "encoding" or "facet".
void collect_fields(const Json& spec, bool inside, std::set<std::string>& fields) {
    if (spec.is_array())
        for (const Json& element : spec) collect_fields(element, inside, fields);
    if (!spec.is_object()) return;
    for (const auto& [key, value] : spec.items()) {
        if (key == "data") continue;
        if (inside && key == "field") fields.insert(value.get<std::string>());
        if (key == "sort") continue;
        collect_fields(value, inside || key == "encoding" || key == "facet", fields);
    }
}

std::set<std::string> names_of(const std::vector<Chart>& all) {
    std::set<std::string> names;
    for (const Chart& chart : all) names.insert(chart.name);
    return names;
}

TEST(Charts, are_all_there_where_their_data_are) {
    EXPECT_EQ(names_of(drawn(made_up_sweep())),
              (std::set<std::string>{"excess", "difference", "recovery", "pcoc", "calibration",
                                     "bias-over-time", "bias-by-hour", "bias-by-stratum", "bias-by-category",
                                     "bias-by-refund-decile", "trajectories", "delays", "ceilings", "cost"}));
}

TEST(Charts, are_json_whose_encodings_name_fields_of_the_data) {
    for (const SweepResults& sweep : forms())
        for (const Chart& chart : drawn(sweep)) {
            const Json spec = Json::parse(chart.spec);
            EXPECT_EQ(spec.at("$schema"), "https://vega.github.io/schema/vega-lite/v6.json");
            std::set<std::string> wanted, there;
            collect_fields(spec, false, wanted);
            for (const Json& row : spec.at("data").at("values"))
                for (const auto& [key, value] : row.items()) there.insert(key);
            EXPECT_FALSE(wanted.empty()) << chart.name;
            for (const std::string& field : wanted) {
                EXPECT_TRUE(there.contains(field) || field == "refused") << chart.name << " lacks " << field;
                EXPECT_EQ(field.find_first_of(".[]\\'\""), std::string::npos) << field;
            }
        }
}

TEST(Charts, have_a_row_of_the_table_for_every_row_of_data_and_say_what_it_is) {
    for (const SweepResults& sweep : forms())
        for (const Chart& chart : drawn(sweep)) {
            EXPECT_EQ(Json::parse(chart.spec).at("data").at("values").size(), chart.table.rows.size());
            EXPECT_FALSE(chart.table.rows.empty()) << chart.name;
            EXPECT_FALSE(chart.title.empty());
            EXPECT_GT(chart.caption.size(), 80U) << chart.name;
            for (const auto& row : chart.table.rows)
                EXPECT_EQ(row.size(), chart.table.header.size()) << chart.name;
        }
}

TEST(Charts, draw_no_infinite_number_but_show_it_in_the_table) {
    SweepResults sweep = made_up_sweep({"0.54", "0.01"}, {"3d"});
    for (MethodScores& method : sweep.results[0].scores.methods)
        method.scores[0].value = std::numeric_limits<double>::infinity();
    const std::vector<Chart> all = drawn(sweep);
    for (const Chart& chart : all) {
        const Json spec = Json::parse(chart.spec);
        for (const Json& row : spec.at("data").at("values"))
            for (const auto& [key, value] : row.items())
                EXPECT_FALSE(value.is_null() || value == "inf" || value == "nan") << chart.name << " " << key;
    }
    EXPECT_NE(csv_table(all[0].table).find("inf"), std::string::npos);
}

TEST(Charts, keep_any_name_as_text) {
    const std::string hostile = "</script><b>\"'\\ a.b[0] \n{{x}}";
    SweepResults sweep = made_up_sweep();
    for (Result& result : sweep.results) {
        result.scores.methods[3].method = hostile;
        result.labels["windows.refund_attribution"] = hostile + result.labels["windows.refund_attribution"];
    }
    sweep.methods[3] = hostile;
    for (auto& [key, value] : sweep.axes[1].labels[0]) value = hostile + value;
    for (auto& [key, value] : sweep.axes[1].labels[1]) value = hostile + value;
    sweep.axes[1].levels = {hostile + "1d", hostile + "3d"};
    for (const Chart& chart : drawn(sweep)) {
        const Json spec = Json::parse(chart.spec);
        bool found = chart.name == "trajectories" || chart.name == "delays";
        for (const Json& row : spec.at("data").at("values"))
            found = found || row.value("method", "") == hostile;
        EXPECT_TRUE(found) << chart.name;
        EXPECT_EQ(chart.caption.find("</script>"), std::string::npos) << chart.name;
    }
}

TEST(Charts, give_a_method_one_colour_everywhere) {
    std::set<std::string> scales;
    for (const Chart& chart : drawn(made_up_sweep())) {
        const std::string key = "\"color\":{\"field\":\"method\",\"type\":\"nominal\",\"scale\":";
        for (std::size_t at = chart.spec.find(key); at != std::string::npos;
             at = chart.spec.find(key, at + 1)) {
            const std::size_t begin = at + key.size();
            scales.insert(chart.spec.substr(begin, chart.spec.find('}', begin) - begin));
        }
    }
    EXPECT_EQ(scales.size(), 1U);
}

/// Every list of a legend of methods anywhere in a specification.
void collect_legends(const Json& spec, std::vector<std::set<std::string>>& legends) {
    if (spec.is_object() && spec.contains("legend") && spec.contains("field") && spec["field"] == "method" &&
        spec["legend"].is_object())
        legends.push_back(spec["legend"].at("values").get<std::set<std::string>>());
    for (const Json& child : spec)
        if (child.is_structured()) collect_legends(child, legends);
}

TEST(Charts, name_in_a_legend_the_methods_they_draw_and_no_other) {
    std::size_t found = 0;
    for (const Chart& chart : drawn(made_up_sweep())) {
        const Json spec = Json::parse(chart.spec);
        std::vector<std::set<std::string>> legends;
        collect_legends(spec, legends);
        std::set<std::string> there;
        for (const Json& row : spec.at("data").at("values"))
            if (row.contains("method")) there.insert(row["method"].get<std::string>());
        for (const auto& legend : legends) EXPECT_EQ(legend, there) << chart.name;
        found += legends.size();
    }
    EXPECT_GT(found, 10U);
}

TEST(Charts, use_a_logarithmic_axis_where_levels_span_one_and_a_half_decades) {
    const auto type = [](const std::vector<std::string>& refunds) {
        const Json spec = Json::parse(drawn(made_up_sweep(refunds, {"3d"})).at(0).spec);
        return spec.at("layer").at(0).at("encoding").at("x").at("scale").at("type").get<std::string>();
    };
    EXPECT_EQ(type({"0.5", "0.01"}), "log");
    EXPECT_EQ(type({"0.5", "0.1"}), "linear");
}

TEST(Charts, leave_out_what_has_no_data) {
    SweepResults sweep = loose_results({made_up("a", 1, "", {{"fnw", .001}})});
    EXPECT_EQ(names_of(charts(sweep, compare(sweep))), (std::set<std::string>{"excess", "pcoc", "ceilings"}));
    EXPECT_TRUE(charts({}, compare({})).empty());
}

TEST(Charts, show_pcoc_as_the_mean_over_seeds_of_forecast_over_truth) {
    // made_up_breakdown: forecast / truth = 1 + tilt (u + ½), u = −1 in the first decile; pretrained's tilt
    // is .03 + .004 · seed, on average .038.
    for (const Chart& chart : drawn(made_up_sweep({"0.1"}, {"3d"}))) {
        if (chart.name != "bias-by-refund-decile") continue;
        const Json row = Json::parse(chart.spec).at("data").at("values").at(0);
        EXPECT_EQ(row.at("method"), "pretrained");
        EXPECT_NEAR(row.at("pcoc").get<double>(), 1 - .038 / 2, 5e-5);
        return;
    }
    FAIL() << "no such chart";
}

TEST(Charts, of_a_large_sweep_are_small) {
    std::vector<std::string> refunds = {"0.54", "0.3", "0.1", "0.05", "0.03", "0.01", "0.003", "0.001"};
    SweepResults sweep = made_up_sweep(refunds);
    for (Result& result : sweep.results)
        for (const char* name : {"a", "b", "c"}) {
            result.scores.methods.push_back(result.scores.methods[3]);
            result.scores.methods.back().method = name;
        }
    sweep.methods.insert(sweep.methods.end(), {"a", "b", "c"});
    std::size_t bytes = 0;
    for (const Chart& chart : drawn(sweep)) bytes += chart.spec.size() + csv_table(chart.table).size();
    EXPECT_LT(bytes, 850000U);
}

}  // namespace
}  // namespace netcvr
