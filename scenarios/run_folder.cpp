#include "scenarios/run_folder.h"

#include <filesystem>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "estimators/train.h"
#include "scenarios/version.h"
#include "sim/artifact.h"
#include "sim/digest.h"
#include "sim/errors.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

namespace fs = std::filesystem;

/// What stands before the rest of a result's JSON object: who it is, and what the rest must be.
std::string opening(const SweepRun& run, std::string_view rest) {
    const Digest digest = digest_of(rest.data(), rest.size());
    return fmt::format("{{\n \"address\": \"{}\",\n \"digest\": \"{:016x}{:016x}\",", run.address,
                       digest.high, digest.low);
}

Result stored_result(const SweepRun& run, const std::string& text, const std::string& path) {
    const std::size_t size = opening(run, "").size();
    const std::string_view rest = std::string_view(text).substr(std::min(size, text.size()));
    if (!text.starts_with(opening(run, rest))) throw InputError(Exit::data, path + ": not as it was written");
    return parse_results_json("{" + std::string(rest), path);
}

/// True if the file says the same plan, if only in a person's words.
bool holds(const std::string& path, const SweepPlan& plan) {
    if (read_text(path) == plan.toml) return true;
    try {
        return load_sweep(path, {}).toml == plan.toml;
    } catch (const InputError&) {
        return false;
    }
}

bool is_temporary(const fs::path& path) {
    const std::string name = path.filename().string();
    for (const char* ending : {".json.tmp.", ".toml.tmp."})
        if (name.find(ending) != std::string::npos) return true;
    return false;
}

}  // namespace

void RunFolder::create() const {
    std::error_code error;
    fs::create_directories(path_ + "/runs", error);
    if (error) throw_write_error(path_ + "/runs", error.value());
}

void RunFolder::check_plan(const SweepPlan& plan, bool force) const {
    if (!force && fs::exists(plan_path()) && !holds(plan_path(), plan))
        throw InputError(Exit::exists,
                         fmt::format("'{}' holds another plan; -o names another folder, --force replaces the "
                                     "plan and keeps the results that fit",
                                     path_));
}

void RunFolder::begin(const SweepPlan& plan, bool force) const {
    check_plan(plan, force);
    create();
    if (!holds(plan_path(), plan)) write_text(plan_path(), plan.toml, true);
}

RunState RunFolder::state(const SweepRun& run) const {
    if (read(run)) return RunState::done;
    return read_failure(run) ? RunState::failed : RunState::missing;
}

std::optional<Result> RunFolder::read(const SweepRun& run, std::string* damage) const {
    const auto text = read_text(result_path(run));
    if (!text) return std::nullopt;
    try {
        Result result = stored_result(run, *text, result_path(run));
        result.labels = run.labels;  // of this plan: another may call the same run otherwise
        return result;
    } catch (const InputError& error) {
        if (damage != nullptr) *damage = error.what();
        return std::nullopt;
    }
}

std::optional<RunCost> RunFolder::read_cost(const SweepRun& run) const {
    const auto text = read_text(cost_path(run));
    if (!text) return std::nullopt;
    try {
        return parse_cost(*text, cost_path(run));
    } catch (const InputError&) {
        return std::nullopt;
    }
}

std::optional<Failure> RunFolder::read_failure(const SweepRun& run) const {
    const auto text = read_text(failure_path(run));
    if (!text) return std::nullopt;
    const auto json = nlohmann::json::parse(*text, nullptr, false);
    if (!json.is_object() || !json.contains("reason") || !json["reason"].is_string()) return std::nullopt;
    return Failure{.labels = run.labels, .seed = run.seed, .reason = json["reason"].get<std::string>()};
}

void RunFolder::write(const SweepRun& run, const Result& result, const RunCost& cost) const {
    // The result last: where it is, all is.
    write_text(cost_path(run), cost_json(cost), true);
    const std::string rest = results_json(result).substr(1);
    write_text(result_path(run), opening(run, rest) + rest, true);
    std::error_code ignored;  // a result outranks a failure
    fs::remove(failure_path(run), ignored);
}

void RunFolder::write_failure(const SweepRun& run, const std::string& reason) const {
    const nlohmann::ordered_json json = {
        {"address", run.address}, {"labels", run.labels}, {"seed", run.seed}, {"reason", reason}};
    // A reason may quote bytes that are no text.
    const auto replace = nlohmann::ordered_json::error_handler_t::replace;
    write_text(failure_path(run), json.dump(1, ' ', false, replace) + "\n", true);
}

std::vector<std::string> RunFolder::temporaries() const {
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& folder : {path_, path_ + "/runs"})
        for (const auto& entry : fs::directory_iterator(folder, error))
            if (is_temporary(entry.path())) found.push_back(entry.path().string());
    return found;
}

void RunFolder::remove_temporaries(const SweepRun& run, pid_t process) const {
    std::error_code ignored;  // most were never there
    for (const auto& path : {result_path(run), cost_path(run), failure_path(run)})
        fs::remove(temporary_of(path, process), ignored);
}

Gathered gather(const SweepPlan& plan, const RunFolder& folder) {
    Gathered all;
    SweepResults& sweep = all.results;
    sweep.name = plan.name;
    sweep.question = plan.question;
    sweep.scenario = plan.scenario;
    sweep.axes = plan.axes;
    for (const Method* method : plan.methods) sweep.methods.emplace_back(method->name);
    sweep.seeds = plan.seeds;
    sweep.planned = plan.runs.size();
    sweep.sweep_toml = plan.toml;
    sweep.created_by = program_version();
    sweep.stream_version = stream_version;
    sweep.training_version = training_version;
    for (const SweepRun& run : plan.runs) {
        std::string damage;
        if (auto result = folder.read(run, &damage)) {
            sweep.results.push_back(*std::move(result));
            all.costs.push_back(folder.read_cost(run));
            continue;
        }
        if (!damage.empty()) all.damaged.push_back(damage);
        if (auto failure = folder.read_failure(run))
            sweep.failures.push_back(*std::move(failure));
        else
            ++all.missing;
    }
    return all;
}

}  // namespace netcvr
