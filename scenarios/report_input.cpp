#include "scenarios/report_input.h"

#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/run_folder.h"
#include "scenarios/sweep.h"
#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

std::string text_of(const std::string& path) {
    std::optional<std::string> text = read_text(path);
    if (!text)
        throw InputError(Exit::data, path +
                                         ": cannot be read; results are the folder of a sweep, or a file "
                                         "that sweep merge or score --json wrote");
    return *std::move(text);
}

/// True if the text is what `sweep merge` writes; parsing tells everything else.
bool is_sweep(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    return json.is_object() && json.value("format", "") == "netcvr-sweep-results";
}

ReportInput of_folder(const std::string& path) {
    const RunFolder folder(path);
    if (!std::filesystem::exists(folder.plan_path()))
        throw InputError(Exit::data,
                         fmt::format("'{}' is not the folder of a sweep: it has no sweep.toml", path));
    Gathered gathered = gather(load_sweep(folder.plan_path(), {}), folder);
    for (const std::string& damage : gathered.damaged)
        fmt::print(stderr, "report: {}; counts as missing\n", damage);
    ReportInput input;
    input.sweep = std::move(gathered.results);
    input.costs = std::move(gathered.costs);
    input.missing = gathered.missing;
    return input;
}

ReportInput of_merged(const std::string& text, const std::string& path) {
    ReportInput input;
    input.sweep = parse_sweep_results(text, path);
    const std::size_t known = input.sweep.results.size() + input.sweep.failures.size();
    if (known > input.sweep.planned)
        throw InputError(Exit::data,
                         fmt::format("{}: {} runs of {} planned", path, known, input.sweep.planned));
    input.missing = input.sweep.planned - known;
    return input;
}

void must_stand_alone(const std::vector<std::string>& paths, const std::string& path) {
    if (paths.size() > 1)
        throw InputError(Exit::usage, fmt::format("report: '{}' is a whole sweep and stands alone", path));
}

}  // namespace

ReportInput read_report_input(const std::vector<std::string>& paths) {
    std::vector<Result> loose;
    for (const std::string& path : paths) {
        if (std::filesystem::is_directory(path)) {
            must_stand_alone(paths, path);
            return of_folder(path);
        }
        const std::string text = text_of(path);
        if (is_sweep(text)) {
            must_stand_alone(paths, path);
            return of_merged(text, path);
        }
        loose.push_back(parse_results_json(text, path));
    }
    ReportInput input;
    input.sweep = loose_results(std::move(loose));
    return input;
}

}  // namespace netcvr
