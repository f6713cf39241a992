#include "scenarios/plan_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "output/table.h"

namespace netcvr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t shown_runs = 20;

std::string_view name_of(RunState state) {
    constexpr std::string_view names[] = {"missing", "done", "failed"};
    return names[static_cast<std::size_t>(state)];
}

std::size_t count(const std::vector<RunState>& states, RunState state) {
    return static_cast<std::size_t>(std::ranges::count(states, state));
}

/// "40 s", "12 min", "3.5 h": two digits are what an estimate is worth.
std::string span_text(double seconds) {
    const auto rounded = [](double value) { return fmt::format("{:.{}f}", value, value < 9.95 ? 1 : 0); };
    if (seconds < 100) return rounded(seconds) + " s";
    if (seconds < 100 * 60) return rounded(seconds / 60) + " min";
    if (seconds < 72 * 3600) return rounded(seconds / 3600) + " h";
    return rounded(seconds / 86400) + " d";
}

std::string size_text(double bytes) {
    std::string_view unit = "kB";
    bytes /= 1e3;
    for (const std::string_view larger : {"MB", "GB", "TB"})
        if (bytes >= 1000) bytes /= 1e3, unit = larger;
    return fmt::format("{:.{}f} {}", bytes, bytes < 10 ? 1 : 0, unit);
}

/// What the runs still to be made are expected to take.
struct Bill {
    double seconds = 0, wall = 0, run_memory = 0, memory = 0, bytes = 0;
};

/// Runs are started in order on whichever of `jobs` processors is free; at worst the largest run side by
/// side.
Bill bill_of(const SweepPlan& plan, const std::vector<RunState>& states, int jobs) {
    Bill bill;
    std::vector<double> busy(static_cast<std::size_t>(std::max(jobs, 1)), 0.0);
    std::size_t open = 0;
    for (std::size_t k = 0; k < plan.runs.size(); ++k) {
        if (!states.empty() && states[k] == RunState::done) continue;
        const RunEstimate one = estimate(plan.runs[k], plan.methods);
        *std::ranges::min_element(busy) += one.seconds;
        bill.seconds += one.seconds;
        bill.run_memory = std::max(bill.run_memory, static_cast<double>(one.memory));
        bill.bytes += static_cast<double>(one.bytes);
        ++open;
    }
    bill.wall = *std::ranges::max_element(busy);
    bill.memory = bill.run_memory * static_cast<double>(std::min(open, busy.size()));
    return bill;
}

std::string methods_text(const SweepPlan& plan) {
    std::vector<std::string_view> names;
    for (const auto* method : plan.methods) names.push_back(method->name);
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string counts_text(const std::vector<RunState>& states) {
    return fmt::format("{} done, {} failed, {} missing", count(states, RunState::done),
                       count(states, RunState::failed), count(states, RunState::missing));
}

/// The level of an axis that the run stands at.
const std::string& level_of(const Axis& axis, const SweepRun& run) {
    const auto holds = [&](const std::map<std::string, std::string>& labels) {
        return std::ranges::all_of(
            labels, [&](const auto& label) { return run.labels.at(label.first) == label.second; });
    };
    const auto at = std::ranges::find_if(axis.labels, holds) - axis.labels.begin();
    return axis.levels[static_cast<std::size_t>(at)];
}

/// A zip without a title would be too wide for a column.
std::string heading(const Axis& axis) {
    return axis.title.size() > 40 ? axis.keys[0] + " & …" : axis.title;
}

/// The plan's runs, the middle left out of a long one.
std::string runs_text(const SweepPlan& plan, const std::vector<RunState>& states) {
    Table table{.header = {"run"}, .rows = {}};
    for (const auto& axis : plan.axes) table.header.push_back(heading(axis));
    table.header.insert(table.header.end(), {"seed", "address"});
    if (!states.empty()) table.header.emplace_back("state");
    const std::size_t runs = plan.runs.size(), first = runs > shown_runs ? shown_runs - 3 : runs;
    for (std::size_t k = 0; k < runs; ++k) {
        if (k >= first && k + 2 < runs) {
            if (k == first) table.rows.push_back({"…"});
            continue;
        }
        std::vector<std::string> row = {std::to_string(k + 1)};
        for (const auto& axis : plan.axes) row.push_back(level_of(axis, plan.runs[k]));
        row.insert(row.end(), {std::to_string(plan.runs[k].seed), plan.runs[k].address.substr(0, 12)});
        if (!states.empty()) row.emplace_back(name_of(states[k]));
        table.rows.push_back(row);
    }
    return text_table(table);
}

Json json_of(const Axis& axis) {
    return {{"title", axis.title}, {"keys", axis.keys}, {"levels", axis.levels}};
}

Json json_of(const std::vector<RunState>& states) {
    return {{"done", count(states, RunState::done)},
            {"failed", count(states, RunState::failed)},
            {"missing", count(states, RunState::missing)}};
}

/// What one run took, all its parts; 0 if none has been kept.
double mean_seconds(const std::vector<RunCost>& costs) {
    double sum = 0;
    for (const auto& cost : costs) sum += cost.simulate_seconds + cost.train_seconds + cost.score_seconds;
    return costs.empty() ? 0 : sum / static_cast<double>(costs.size());
}

std::string where(const Failure& failure) {
    std::string text;
    for (const auto& [key, value] : failure.labels) text += fmt::format("{} = {}, ", key, value);
    return text + fmt::format("seed {}", failure.seed);
}

}  // namespace

std::string plan_text(const SweepPlan& plan, const std::vector<RunState>& states, int jobs) {
    std::string text = plan.question.empty() ? "" : plan.question + "\n\n";
    text += wrapped(fmt::format("sweep {} of scenario {}", plan.name, plan.scenario), 9);
    for (const auto& axis : plan.axes)
        text += wrapped(fmt::format("axis     {}: {}", axis.title, fmt::join(axis.levels, ", ")), 9);
    text += wrapped("methods  " + methods_text(plan), 9);
    text += wrapped(fmt::format("seeds    {}", fmt::join(plan.seeds, ", ")), 9);
    text +=
        fmt::format("runs     {}{}\n", plan.runs.size(), states.empty() ? "" : ": " + counts_text(states));
    const Bill bill = bill_of(plan, states, jobs);
    text += fmt::format(
        "expected {} on one processor, {} with -j {}; memory {} a run, {} with -j {}; files {}\n\n",
        span_text(bill.seconds), span_text(bill.wall), jobs, size_text(bill.run_memory),
        size_text(bill.memory), jobs, size_text(bill.bytes));
    return text + runs_text(plan, states);
}

std::string plan_json(const SweepPlan& plan, const std::vector<RunState>& states, int jobs) {
    const Bill bill = bill_of(plan, states, jobs);
    Json json = {{"name", plan.name}, {"question", plan.question}, {"scenario", plan.scenario}};
    json["axes"] = Json::array();
    for (const auto& axis : plan.axes) json["axes"].push_back(json_of(axis));
    json["methods"] = Json::array();
    for (const auto* method : plan.methods) json["methods"].push_back(method->name);
    json["seeds"] = plan.seeds;
    json["jobs"] = jobs;
    json["expected"] = {{"seconds", bill.seconds},
                        {"wall_seconds", bill.wall},
                        {"run_memory_bytes", bill.run_memory},
                        {"memory_bytes", bill.memory},
                        {"result_bytes", bill.bytes}};
    if (!states.empty()) json["states"] = json_of(states);
    json["runs"] = Json::array();
    for (std::size_t k = 0; k < plan.runs.size(); ++k) {
        const SweepRun& run = plan.runs[k];
        json["runs"].push_back({{"address", run.address}, {"labels", run.labels}, {"seed", run.seed}});
        if (!states.empty()) json["runs"].back()["state"] = name_of(states[k]);
    }
    return json.dump(1) + "\n";
}

std::string status_text(const SweepPlan& plan, const Standing& standing) {
    std::string text =
        fmt::format("sweep {}: {} of {} runs\n", plan.name, counts_text(standing.states), plan.runs.size());
    if (!standing.costs.empty())
        text += fmt::format("a run took {} on average\n", span_text(mean_seconds(standing.costs)));
    for (const auto& failure : standing.failures)
        text += wrapped(fmt::format("failed: {}: {}", where(failure), failure.reason), 8);
    for (const auto& path : standing.stale) text += fmt::format("left over: {}\n", path);
    return text;
}

std::string status_json(const SweepPlan& plan, const Standing& standing) {
    Json json = {{"name", plan.name}, {"runs", plan.runs.size()}, {"states", json_of(standing.states)}};
    json["mean_seconds"] = standing.costs.empty() ? Json(nullptr) : Json(mean_seconds(standing.costs));
    json["failures"] = Json::array();
    for (const auto& failure : standing.failures)
        json["failures"].push_back(
            {{"labels", failure.labels}, {"seed", failure.seed}, {"reason", failure.reason}});
    json["stale"] = standing.stale;
    return json.dump(1) + "\n";
}

}  // namespace netcvr
