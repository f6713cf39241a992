#include "output/sweep_results.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/errors.h"

namespace netcvr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format_name = "netcvr-sweep-results";
constexpr int format_version = 2;

/// A reason may quote bytes that are no text.
std::string dumped(const Json& json) {
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// from(json), with every complaint as one InputError (data) that names `source`.
template <class From>
auto parsed(const std::string& text, const std::string& source, From from) {
    try {
        return from(Json::parse(text));
    } catch (const InputError& error) {
        throw InputError(Exit::data, source + ": " + error.what());
    } catch (const Json::exception& error) {
        throw InputError(Exit::data, source + ": " + error.what());
    }
}

Json json_of(const Axis& axis) {
    return {{"title", axis.title},
            {"keys", axis.keys},
            {"levels", axis.levels},
            {"labels", axis.labels},
            {"numbers", axis.numbers}};
}

Axis axis_from(const Json& json) {
    Axis axis;
    axis.title = json.at("title").get<std::string>();
    axis.keys = json.at("keys").get<std::vector<std::string>>();
    axis.levels = json.at("levels").get<std::vector<std::string>>();
    axis.labels = json.at("labels").get<std::vector<std::map<std::string, std::string>>>();
    axis.numbers = json.at("numbers").get<std::vector<double>>();
    if (axis.labels.size() != axis.levels.size() ||
        (!axis.numbers.empty() && axis.numbers.size() != axis.levels.size()))
        throw InputError(Exit::data,
                         fmt::format("axis '{}': levels, labels and numbers differ in number", axis.title));
    return axis;
}

Json json_of(const Failure& failure) {
    return {{"labels", failure.labels}, {"seed", failure.seed}, {"reason", failure.reason}};
}

Failure failure_from(const Json& json) {
    Failure failure;
    failure.labels = json.at("labels").get<std::map<std::string, std::string>>();
    failure.seed = json.at("seed").get<std::int64_t>();
    failure.reason = json.at("reason").get<std::string>();
    return failure;
}

SweepResults sweep_from(const Json& json) {
    if (!json.is_object() || json.value("format", "") != format_name)
        throw InputError(Exit::data, "not a results file of `netcvr sweep merge`");
    if (json.at("format_version") != format_version)
        throw InputError(Exit::data, fmt::format("format_version = {}; this program reads {}",
                                                 json.at("format_version").dump(), format_version));
    SweepResults sweep;
    sweep.name = json.at("name").get<std::string>();
    sweep.question = json.at("question").get<std::string>();
    sweep.scenario = json.at("scenario").get<std::string>();
    for (const Json& axis : json.at("axes")) sweep.axes.push_back(axis_from(axis));
    sweep.methods = json.at("methods").get<std::vector<std::string>>();
    sweep.seeds = json.at("seeds").get<std::vector<std::int64_t>>();
    sweep.planned = json.at("planned").get<std::size_t>();
    for (const Json& result : json.at("results"))
        sweep.results.push_back(
            parse_results_json(result.dump(), fmt::format("result {}", sweep.results.size() + 1)));
    for (const Json& failure : json.at("failures")) sweep.failures.push_back(failure_from(failure));
    sweep.sweep_toml = json.at("sweep_toml").get<std::string>();
    sweep.created_by = json.at("created_by").get<std::string>();
    sweep.stream_version = json.at("stream_version").get<std::int64_t>();
    sweep.training_version = json.at("training_version").get<std::int64_t>();
    return sweep;
}

RunCost cost_from(const Json& json) {
    RunCost cost;
    cost.simulate_seconds = json.at("simulate_seconds").get<double>();
    cost.train_seconds = json.at("train_seconds").get<double>();
    cost.score_seconds = json.at("score_seconds").get<double>();
    cost.peak_memory = json.at("peak_memory").get<std::size_t>();
    cost.method_seconds = json.at("method_seconds").get<std::map<std::string, double>>();
    return cost;
}

}  // namespace

std::string sweep_results_json(const SweepResults& sweep) {
    Json json = {{"format", format_name},
                 {"format_version", format_version},
                 {"name", sweep.name},
                 {"question", sweep.question},
                 {"scenario", sweep.scenario},
                 {"created_by", sweep.created_by},
                 {"stream_version", sweep.stream_version},
                 {"training_version", sweep.training_version},
                 {"planned", sweep.planned},
                 {"complete", sweep.results.size() == sweep.planned},
                 {"methods", sweep.methods},
                 {"seeds", sweep.seeds},
                 {"axes", Json::array()},
                 {"failures", Json::array()},
                 {"results", Json::array()},
                 {"sweep_toml", sweep.sweep_toml}};
    for (const Axis& axis : sweep.axes) json["axes"].push_back(json_of(axis));
    for (const Failure& failure : sweep.failures) json["failures"].push_back(json_of(failure));
    for (const Result& result : sweep.results) json["results"].push_back(Json::parse(results_json(result)));
    return dumped(json);
}

SweepResults parse_sweep_results(const std::string& text, const std::string& source) {
    return parsed(text, source, sweep_from);
}

std::string cost_json(const RunCost& cost) {
    return dumped({{"simulate_seconds", cost.simulate_seconds},
                   {"train_seconds", cost.train_seconds},
                   {"score_seconds", cost.score_seconds},
                   {"peak_memory", cost.peak_memory},
                   {"method_seconds", cost.method_seconds}});
}

RunCost parse_cost(const std::string& text, const std::string& source) {
    return parsed(text, source, cost_from);
}

}  // namespace netcvr
