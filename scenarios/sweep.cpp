#include "scenarios/sweep.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "estimators/train.h"
#include "output/results.h"
#include "scenarios/field_value.h"
#include "scenarios/sweep_file.h"
#include "sim/digest.h"
#include "sim/errors.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

constexpr std::size_t most_runs = 100000;

/// A value as people read it: TOML without the quotes.
std::string bare(const std::string& toml) {
    return toml.starts_with('"') ? toml.substr(1, toml.size() - 2) : toml;
}

/// A field's value at a level, as a number; empty where it is none.
std::optional<double> number_in(const SettingsField& field, Settings& settings) {
    const Slot slot = field->slot(field.in(settings));
    switch (field->kind) {
        case Kind::number:
            return *std::get<double*>(slot);
        case Kind::integer:
        case Kind::duration:
            return static_cast<double>(*std::get<std::int64_t*>(slot));
        default:
            return {};
    }
}

void apply(const WrittenAxis& axis, std::size_t level, Settings& settings) {
    for (std::size_t f = 0; f < axis.fields.size(); ++f) {
        const auto& field = *axis.fields[f];
        assign(*field, field.in(settings), axis.given[f][level]);
    }
}

Axis axis_of(const WrittenAxis& written) {
    Axis axis;
    for (const auto* field : written.fields) axis.keys.emplace_back((*field)->name);
    axis.title = written.title.empty() ? fmt::format("{}", fmt::join(axis.keys, " & ")) : written.title;
    for (std::size_t level = 0; level < written.given[0].size(); ++level) {
        Settings settings;
        apply(written, level, settings);
        std::vector<std::string> values;
        auto& labels = axis.labels.emplace_back();
        for (const auto* field : written.fields) {
            const std::string value = to_toml(**field, field->in(settings));
            labels[std::string((*field)->name)] = value;
            values.push_back(bare(value));
        }
        axis.levels.push_back(written.names.empty() ? fmt::format("{}", fmt::join(values, " & "))
                                                    : written.names[level]);
        if (written.fields.size() == 1 && written.names.empty())
            if (const auto number = number_in(*written.fields[0], settings)) axis.numbers.push_back(*number);
    }
    return axis;
}

/// The mixed-radix number `combination`, its last digit fastest: the level of every axis.
std::vector<std::size_t> levels_of(std::size_t combination, const std::vector<Axis>& axes) {
    std::vector<std::size_t> levels(axes.size());
    for (std::size_t a = axes.size(); a-- > 0;) {
        levels[a] = combination % axes[a].levels.size();
        combination /= axes[a].levels.size();
    }
    return levels;
}

/// What training would refuse only after the log has been drawn.
void check_trainable(const Settings& settings) {
    const auto& log = settings.scenario.log;
    const auto& protocol = settings.scenario.protocol;
    if (log.duration <= protocol.stream_start())
        throw InputError(
            Exit::scenario,
            fmt::format("log.duration = {} leaves no stream, which starts at {} (protocol.pretrain + "
                        "protocol.gap)",
                        format_duration(log.duration), format_duration(protocol.stream_start())));
    if (settings.training.network == "cells")
        throw InputError(Exit::scenario,
                         "training.network = \"cells\" needs --fields, which a sweep has not");
}

void check_combination(const Settings& settings,
                       const std::map<std::string, std::string>& labels,
                       const std::string& source) {
    try {
        check(settings.scenario);
        check_trainable(settings);
    } catch (const InputError& error) {
        std::string where;
        for (const auto& [key, value] : labels)
            where += fmt::format("{}{} = {}", where.empty() ? "" : ", ", key, value);
        throw InputError(error.exit,
                         fmt::format("{}: {}{}{}", source, where, where.empty() ? "" : ": ", error.what()));
    }
}

/// Everything that decides what a result file holds, one a line. The scenario's name is in it because the
/// result is: labels are not, they belong to the plan and are put there when results are gathered.
std::string canonical(const SweepPlan& plan, const Settings& settings) {
    std::string text =
        fmt::format("stream_version {}\ntraining_version {}\nresults_version {}\nbootstrap {}\n",
                    stream_version, training_version, results_version, plan.bootstrap);
    for (const auto* method : plan.methods)
        text += fmt::format("method {} {}\n", method->name, method->version);
    for (const auto& row : settings_fields())
        text += fmt::format("{} = {}\n", row->name, to_toml(*row, row.in(settings)));
    for (const auto& feature : settings.scenario.features)
        for (const auto& field : feature_fields())
            text += fmt::format("feature.{} = {}\n", field.name, to_toml(field, &feature));
    return text;
}

std::string address_of(const SweepPlan& plan, const Settings& settings) {
    const std::string text = canonical(plan, settings);
    const Digest digest = digest_of(text.data(), text.size());
    return fmt::format("{:016x}{:016x}", digest.high, digest.low);
}

void add_runs(const SweepFile& file, const std::string& source, SweepPlan& plan) {
    double combinations = 1;
    for (const auto& axis : plan.axes) combinations *= static_cast<double>(axis.levels.size());
    if (combinations * static_cast<double>(plan.seeds.size()) > most_runs)
        throw InputError(Exit::scenario, fmt::format("{}: {} combinations × {} seeds are more than {} runs",
                                                     source, combinations, plan.seeds.size(), most_runs));
    for (std::size_t c = 0; c < static_cast<std::size_t>(combinations); ++c) {
        SweepRun run;
        run.settings = file.common;
        const auto levels = levels_of(c, plan.axes);
        for (std::size_t a = 0; a < levels.size(); ++a) {
            apply(file.axes[a], levels[a], run.settings);
            run.labels.insert(plan.axes[a].labels[levels[a]].begin(), plan.axes[a].labels[levels[a]].end());
        }
        check_combination(run.settings, run.labels, source);
        for (const std::int64_t seed : plan.seeds) {
            run.seed = run.settings.scenario.seed = seed;
            run.address = address_of(plan, run.settings);
            plan.runs.push_back(run);
        }
    }
}

std::string axes_toml(const SweepFile& file, const std::vector<Axis>& axes, bool zip) {
    std::string text;
    for (std::size_t a = 0; a < axes.size(); ++a) {
        if (file.axes[a].zip != zip) continue;
        for (const auto& key : axes[a].keys) {
            std::vector<std::string> values;
            for (const auto& labels : axes[a].labels) values.push_back(labels.at(key));
            text += fmt::format("{} = [{}]\n", key, fmt::join(values, ", "));
        }
        if (!file.axes[a].title.empty()) text += fmt::format("title = {}\n", toml_text(file.axes[a].title));
        if (file.axes[a].names.empty()) continue;
        std::vector<std::string> names;
        for (const auto& name : file.axes[a].names) names.push_back(toml_text(name));
        text += fmt::format("label = [{}]\n", fmt::join(names, ", "));
    }
    return text.empty() ? "" : fmt::format("\n[{}]\n{}", zip ? "zip" : "grid", text);
}

/// The plan in one file that needs no other: the scenario stands in it as [base].
std::string plan_toml(const SweepFile& file, const SweepPlan& plan) {
    std::string text;
    for (std::size_t at = 0; at < plan.question.size();) {
        const std::size_t end = std::min(plan.question.find('\n', at), plan.question.size());
        const std::string line = plan.question.substr(at, end - at);
        text += line.empty() ? "#\n" : "# " + line + "\n";
        at = end + 1;
    }
    std::vector<std::string> methods;
    for (const auto* method : plan.methods) methods.push_back(toml_text(method->name));
    text += fmt::format(
        "\n# The plan whole: [base] is the scenario as it was when the sweep was planned.\n"
        "name = {}\nscenario = {}\nmethods = [{}]\nseeds = [{}]\nbootstrap = {}\n",
        toml_text(plan.name), toml_text(plan.scenario), fmt::join(methods, ", "), fmt::join(plan.seeds, ", "),
        plan.bootstrap);
    if (!file.set.empty()) text += "\n[set]\n";
    for (const auto* field : file.set)
        text += fmt::format("{} = {}\n", (*field)->name, to_toml(**field, field->in(file.common)));
    const bool zip_first = !file.axes.empty() && file.axes[0].zip;
    text += axes_toml(file, plan.axes, zip_first) + axes_toml(file, plan.axes, !zip_first);
    return text + "\n" + resolved_toml(file.base, "base");
}

}  // namespace

SweepPlan parse_sweep(std::string_view toml,
                      const std::string& source,
                      const std::string& folder,
                      const std::vector<std::string>& sets) {
    const SweepFile file = read_sweep_file(toml, source, folder, sets);
    SweepPlan plan;
    plan.name = file.name;
    plan.question = file.question;
    plan.scenario = file.scenario;
    plan.methods = file.methods;
    plan.seeds = file.seeds;
    plan.bootstrap = file.bootstrap;
    for (const auto& axis : file.axes) plan.axes.push_back(axis_of(axis));
    add_runs(file, source, plan);
    plan.toml = plan_toml(file, plan);
    return plan;
}

SweepPlan load_sweep(const std::string& path, const std::vector<std::string>& sets) {
    return parse_sweep(read_toml_file(path, "sweep"), path,
                       std::filesystem::path(path).parent_path().string(), sets);
}

std::vector<std::size_t> shard(const SweepPlan& plan, std::size_t index, std::size_t count) {
    std::vector<std::size_t> part;
    for (std::size_t run = index; run < plan.runs.size(); run += count) part.push_back(run);
    return part;
}

}  // namespace netcvr
