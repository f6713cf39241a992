#include "output/results.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/errors.h"

namespace netcvr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format_name = "netcvr-results";

/// JSON has no infinity: it is the string "inf" here. A missing value is null.
Json json_of(const std::optional<double>& value) {
    if (!value) return nullptr;
    if (std::isinf(*value)) return *value > 0 ? "inf" : "-inf";
    return *value;
}

std::optional<double> number_from(const Json& json) {
    if (json.is_null()) return std::nullopt;
    if (json == "inf") return std::numeric_limits<double>::infinity();
    if (json == "-inf") return -std::numeric_limits<double>::infinity();
    return json.get<double>();
}

Json json_of(const std::vector<Score>& scores) {
    Json list = Json::array();
    for (const Score& score : scores)
        list.push_back({{"target", target_name(score.target)},
                        {"metric", score.metric},
                        {"value", json_of(score.value)},
                        {"ceiling", json_of(score.ceiling)},
                        {"low", json_of(score.low)},
                        {"high", json_of(score.high)},
                        {"count", score.count},
                        {"infinite", score.infinite},
                        {"skipped", score.skipped}});
    return list;
}

Json json_of(const std::vector<double>& column) {
    Json list = Json::array();
    for (const double value : column) list.push_back(json_of(std::optional(value)));
    return list;
}

Json json_of(const Breakdown& sums) {
    return {{"dimension", sums.dimension},    {"target", target_name(sums.target)},
            {"weight", json_of(sums.weight)}, {"forecast", json_of(sums.forecast)},
            {"truth", json_of(sums.truth)},   {"excess", json_of(sums.excess)}};
}

Json json_of(const RelativeImprovement& improvement) {
    return {{"target", target_name(improvement.target)}, {"metric", improvement.metric},
            {"value", json_of(improvement.value)},       {"low", json_of(improvement.low)},
            {"high", json_of(improvement.high)},         {"refused", improvement.refused}};
}

Json json_of(const Incidents& weights) {
    return {{"above_20", weights.large}, {"below_0", weights.negative}, {"clipped", weights.clipped}};
}

Json json_of(const MethodScores& method) {
    Json json = {{"method", method.method},
                 {"reference", method.reference},
                 {"cascade", method.cascade},
                 {"net_derived", method.net_derived},
                 {"copies", method.copies},
                 {"learning_rate", method.learning_rate},
                 {"weights", json_of(method.incidents)},
                 {"scores", json_of(method.scores)},
                 {"improvements", Json::array()},
                 {"breakdowns", Json::array()}};
    for (const auto& improvement : method.improvements) json["improvements"].push_back(json_of(improvement));
    for (const Breakdown& sums : method.breakdowns) json["breakdowns"].push_back(json_of(sums));
    return json;
}

Json json_of(const LogShape& shape) {
    Json trajectory = Json::object();
    for (std::size_t k = 0; k < shape.trajectory.size(); ++k)
        trajectory[std::string(LogShape::trajectory_names[k])] = shape.trajectory[k];
    return {{"trajectory", trajectory},
            {"delay", shape.delay},
            {"conversions_within", shape.conversions_within},
            {"refunds_within", shape.refunds_within}};
}

Target target_from(const std::string& name) {
    for (const Target target : all_targets)
        if (target_name(target) == name) return target;
    for (const Target target : money_targets)
        if (target_name(target) == name) return target;
    throw InputError(Exit::data, "unknown target '" + name + "'");
}

std::vector<Score> scores_from(const Json& list) {
    std::vector<Score> scores;
    for (const Json& json : list) {
        Score score;
        score.target = target_from(json.at("target").get<std::string>());
        score.metric = find_metric(json.at("metric").get<std::string>()).name;
        score.value = number_from(json.at("value"));
        score.ceiling = number_from(json.at("ceiling"));
        score.count = json.at("count").get<std::size_t>();
        score.low = number_from(json.at("low"));
        score.high = number_from(json.at("high"));
        score.infinite = json.at("infinite").get<std::size_t>();
        score.skipped = json.at("skipped").get<std::size_t>();
        scores.push_back(score);
    }
    return scores;
}

std::vector<double> column_from(const Json& list) {
    std::vector<double> column;
    for (const Json& value : list) column.push_back(number_from(value).value());
    return column;
}

Breakdown breakdown_from(const Json& json, const Scores& scores) {
    Breakdown sums{.dimension = json.at("dimension").get<std::string>(),
                   .target = target_from(json.at("target").get<std::string>()),
                   .weight = column_from(json.at("weight")),
                   .forecast = column_from(json.at("forecast")),
                   .truth = column_from(json.at("truth")),
                   .excess = column_from(json.at("excess"))};
    const auto names = scores.groups.find(sums.dimension);
    for (const auto* column : {&sums.weight, &sums.forecast, &sums.truth, &sums.excess})
        if (names == scores.groups.end() || column->size() != names->second.size())
            throw InputError(Exit::data,
                             fmt::format("a breakdown by '{}' does not fit its groups", sums.dimension));
    return sums;
}

RelativeImprovement improvement_from(const Json& json) {
    return {.target = target_from(json.at("target").get<std::string>()),
            .metric = std::string(find_metric(json.at("metric").get<std::string>()).name),
            .value = number_from(json.at("value")),
            .low = number_from(json.at("low")),
            .high = number_from(json.at("high")),
            .refused = json.at("refused").get<std::string>()};
}

/// Results of before they were counted have none.
Incidents incidents_from(const Json& method) {
    if (!method.contains("weights")) return {};
    const auto count = [&](const char* key) { return method.at("weights").at(key).get<std::size_t>(); };
    return {.large = count("above_20"), .negative = count("below_0"), .clipped = count("clipped")};
}

MethodScores method_from(const Json& json, const Scores& scores) {
    MethodScores method{.method = json.at("method").get<std::string>(),
                        .reference = json.at("reference").get<bool>(),
                        .cascade = json.at("cascade").get<bool>(),
                        .net_derived = json.at("net_derived").get<bool>(),
                        .copies = json.at("copies").get<std::size_t>(),
                        .learning_rate = json.value("learning_rate", 0.0),  // results of before have none
                        .incidents = incidents_from(json),
                        .scores = scores_from(json.at("scores"))};
    for (const Json& one : json.at("improvements")) method.improvements.push_back(improvement_from(one));
    for (const Json& one : json.at("breakdowns")) method.breakdowns.push_back(breakdown_from(one, scores));
    return method;
}

LogShape shape_from(const Json& json) {
    LogShape shape;
    for (std::size_t k = 0; k < shape.trajectory.size(); ++k)
        shape.trajectory[k] =
            json.at("trajectory").at(std::string(LogShape::trajectory_names[k])).get<std::size_t>();
    shape.delay = json.at("delay").get<std::vector<Time>>();
    shape.conversions_within = column_from(json.at("conversions_within"));
    shape.refunds_within = column_from(json.at("refunds_within"));
    return shape;
}

Scores all_scores_from(const Json& json) {
    Scores scores;
    const Json& scored = json.at("scored");
    scores.clicks = scored.at("clicks").get<std::size_t>();
    scores.conversions = scored.at("conversions").get<std::size_t>();
    scores.refunds = scored.at("refunds").get<std::size_t>();
    scores.no_truth = json.at("no_truth").get<std::string>();
    scores.no_labels = json.at("no_labels").get<std::string>();
    scores.bootstrap = json.at("bootstrap").get<int>();
    scores.resampled = json.value("resampled", scores.resampled);
    scores.groups = json.at("groups").get<std::map<std::string, std::vector<std::string>>>();
    scores.world = scores_from(json.at("world"));
    for (const Json& method : json.at("methods")) scores.methods.push_back(method_from(method, scores));
    return scores;
}

Result result_from(const Json& json) {
    return {.scenario = json.at("scenario").get<std::string>(),
            .seed = json.at("seed").get<std::int64_t>(),
            .log_digest = json.at("log_digest").get<std::string>(),
            .labels = json.at("labels").get<std::map<std::string, std::string>>(),
            .scenario_toml = json.at("scenario_toml").get<std::string>(),
            .shape = shape_from(json.at("shape")),
            .scores = all_scores_from(json)};
}

/// What holds only numbers and texts is one line: a score, a column of a breakdown.
std::string text_of(const Json& json, std::size_t depth) {
    if (std::ranges::none_of(json, [](const Json& part) { return part.is_structured(); })) return json.dump();
    const std::string indent(depth + 1, ' ');
    std::string text;
    for (const auto& [key, part] : json.items())
        text += fmt::format("{}\n{}{}{}", text.empty() ? "" : ",", indent,
                            json.is_object() ? Json(key).dump() + ": " : "", text_of(part, depth + 1));
    return fmt::format("{}{}\n{}{}", json.is_object() ? '{' : '[', text, std::string(depth, ' '),
                       json.is_object() ? '}' : ']');
}

}  // namespace

std::string results_json(const Result& result) {
    const Scores& scores = result.scores;
    Json json = {
        {"format", format_name},
        {"format_version", results_version},
        {"scenario", result.scenario},
        {"seed", result.seed},
        {"log_digest", result.log_digest},
        {"labels", result.labels},
        {"scenario_toml", result.scenario_toml},
        {"shape", json_of(result.shape)},
        {"scored",
         {{"clicks", scores.clicks}, {"conversions", scores.conversions}, {"refunds", scores.refunds}}},
        {"no_truth", scores.no_truth},
        {"no_labels", scores.no_labels},
        {"bootstrap", scores.bootstrap},
        {"resampled", scores.resampled},
        {"groups", scores.groups},
        {"world", json_of(scores.world)},
        {"methods", Json::array()}};
    for (const MethodScores& method : scores.methods) json["methods"].push_back(json_of(method));
    return text_of(json, 0) + "\n";
}

Result parse_results_json(const std::string& text, const std::string& source) {
    try {
        const Json json = Json::parse(text);
        if (!json.is_object() || json.value("format", "") != format_name)
            throw InputError(Exit::data, "not a results file of `netcvr score --json`");
        if (json.at("format_version") != results_version)
            throw InputError(Exit::data, fmt::format("format_version = {}; this program reads {}",
                                                     json.at("format_version").dump(), results_version));
        return result_from(json);
    } catch (const InputError& error) {
        throw InputError(Exit::data, source + ": " + error.what());
    } catch (const Json::parse_error& error) {
        throw InputError(Exit::data,
                         fmt::format("{}: not a results file of `netcvr score --json` (no JSON from "
                                     "byte {} on)",
                                     source, error.byte));
    } catch (const Json::exception& error) {
        throw InputError(Exit::data, source + ": " + error.what());
    }
}

}  // namespace netcvr
