// Axes of results that no sweep holds together.

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "output/compare.h"
#include "sim/time.h"

namespace netcvr {
namespace {

constexpr const char* scenario_key = "scenario";

std::string value_of(const Result& result, const std::string& key) {
    const auto found = result.labels.find(key);
    return found == result.labels.end() ? "(none)" : found->second;
}

/// partition[i]: the number, in order of first appearance, of result i's value of the key.
std::vector<std::size_t> partition_by(const std::vector<Result>& results, const std::string& key) {
    std::map<std::string, std::size_t> number;
    std::vector<std::size_t> partition;
    partition.reserve(results.size());
    for (const Result& result : results)
        partition.push_back(number.try_emplace(value_of(result, key), number.size()).first->second);
    return partition;
}

std::optional<double> number_of(const std::string& text) {
    if (const auto duration = parse_duration(text)) return static_cast<double>(*duration);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::vector<double> numbers_of(const std::vector<std::string>& levels) {
    std::vector<double> numbers;
    for (const std::string& level : levels)
        if (const auto number = number_of(level)) numbers.push_back(*number);
    return numbers.size() == levels.size() ? numbers : std::vector<double>{};
}

Axis axis_of(const std::vector<Result>& results,
             const std::vector<std::string>& keys,
             const std::vector<std::size_t>& partition) {
    Axis axis;
    axis.title = fmt::format("{}", fmt::join(keys, " & "));
    axis.keys = keys;
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (partition[i] < axis.levels.size()) continue;  // numbered in order of first appearance
        std::vector<std::string> values;
        values.reserve(keys.size());
        for (const std::string& key : keys) values.push_back(value_of(results[i], key));
        axis.levels.push_back(fmt::format("{}", fmt::join(values, ", ")));
        axis.labels.emplace_back();
        for (const std::string& key : keys)
            if (results[i].labels.contains(key)) axis.labels.back()[key] = results[i].labels.at(key);
    }
    if (keys.size() == 1) axis.numbers = numbers_of(axis.levels);
    return axis;
}

std::vector<Axis> axes_of(const std::vector<Result>& results) {
    std::set<std::string> keys;
    for (const Result& result : results)
        for (const auto& [key, value] : result.labels) keys.insert(key);
    std::vector<std::pair<std::vector<std::size_t>, std::vector<std::string>>> by_partition;
    for (const std::string& key : keys) {
        const std::vector<std::size_t> partition = partition_by(results, key);
        if (std::ranges::count(partition, 0) == std::ssize(partition)) continue;  // the same everywhere
        const auto same =
            std::ranges::find(by_partition, partition, [](const auto& entry) { return entry.first; });
        if (same == by_partition.end())
            by_partition.push_back({partition, {key}});
        else
            same->second.push_back(key);
    }
    std::vector<Axis> axes;
    axes.reserve(by_partition.size());
    for (const auto& [partition, shared] : by_partition) axes.push_back(axis_of(results, shared, partition));
    return axes;
}

}  // namespace

SweepResults loose_results(std::vector<Result> results) {
    SweepResults sweep;
    std::set<std::string> scenarios, methods;
    std::set<std::int64_t> seeds;
    for (const Result& result : results) {
        scenarios.insert(result.scenario);
        seeds.insert(result.seed);
        for (const MethodScores& method : result.scores.methods)
            if (methods.insert(method.method).second) sweep.methods.push_back(method.method);
    }
    if (scenarios.size() > 1)
        for (Result& result : results) result.labels[scenario_key] = result.scenario;
    sweep.scenario = scenarios.empty() ? "" : fmt::format("{}", fmt::join(scenarios, ", "));
    sweep.seeds.assign(seeds.begin(), seeds.end());
    sweep.axes = axes_of(results);
    sweep.planned = results.size();
    sweep.results = std::move(results);
    return sweep;
}

}  // namespace netcvr
