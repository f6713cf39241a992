#include "output/results.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/errors.h"

namespace netcvr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format_name = "netcvr-results";
constexpr int format_version = 1;

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
                        {"count", score.count},
                        {"infinite", score.infinite}});
    return list;
}

Target target_from(const std::string& name) {
    const auto found = std::ranges::find(all_targets, name, target_name);
    if (found == all_targets.end()) throw InputError(Exit::data, "unknown target '" + name + "'");
    return *found;
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
        score.infinite = json.at("infinite").get<std::size_t>();
        scores.push_back(score);
    }
    return scores;
}

Result result_from(const Json& json) {
    Result result;
    result.scenario = json.at("scenario").get<std::string>();
    result.seed = json.at("seed").get<std::int64_t>();
    result.log_digest = json.at("log_digest").get<std::string>();
    result.labels = json.at("labels").get<std::map<std::string, std::string>>();
    Scores& scores = result.scores;
    const Json& scored = json.at("scored");
    scores.clicks = scored.at("clicks").get<std::size_t>();
    scores.conversions = scored.at("conversions").get<std::size_t>();
    scores.refunds = scored.at("refunds").get<std::size_t>();
    scores.no_truth = json.at("no_truth").get<std::string>();
    scores.no_labels = json.at("no_labels").get<std::string>();
    scores.world = scores_from(json.at("world"));
    for (const Json& method : json.at("methods"))
        scores.methods.push_back({.method = method.at("method").get<std::string>(),
                                  .reference = method.at("reference").get<bool>(),
                                  .cascade = method.at("cascade").get<bool>(),
                                  .scores = scores_from(method.at("scores"))});
    return result;
}

}  // namespace

std::string results_json(const Result& result) {
    const Scores& scores = result.scores;
    Json json = {
        {"format", format_name},
        {"format_version", format_version},
        {"scenario", result.scenario},
        {"seed", result.seed},
        {"log_digest", result.log_digest},
        {"labels", result.labels},
        {"scored",
         {{"clicks", scores.clicks}, {"conversions", scores.conversions}, {"refunds", scores.refunds}}},
        {"no_truth", scores.no_truth},
        {"no_labels", scores.no_labels},
        {"world", json_of(scores.world)},
        {"methods", Json::array()}};
    for (const MethodScores& method : scores.methods)
        json["methods"].push_back({{"method", method.method},
                                   {"reference", method.reference},
                                   {"cascade", method.cascade},
                                   {"scores", json_of(method.scores)}});
    return json.dump(1) + "\n";
}

Result parse_results_json(const std::string& text, const std::string& source) {
    try {
        const Json json = Json::parse(text);
        if (!json.is_object() || json.value("format", "") != format_name)
            throw InputError(Exit::data, "not a results file of `netcvr score --json`");
        if (json.at("format_version") != format_version)
            throw InputError(Exit::data, fmt::format("format_version = {}; this program reads {}",
                                                     json.at("format_version").dump(), format_version));
        return result_from(json);
    } catch (const InputError& error) {
        throw InputError(Exit::data, source + ": " + error.what());
    } catch (const Json::exception& error) {
        throw InputError(Exit::data, source + ": " + error.what());
    }
}

Result read_results(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in || std::filesystem::is_directory(path))
        throw InputError(Exit::data, path + ": cannot be read; results are a file written by score --json");
    return parse_results_json({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}, path);
}

}  // namespace netcvr
