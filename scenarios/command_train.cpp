#include <algorithm>

#include <fmt/format.h>

#include "estimators/train.h"
#include "output/predictions_file.h"
#include "scenarios/commands.h"
#include "scenarios/field_value.h"
#include "scenarios/masses_of_log.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/progress.h"
#include "scenarios/scenario_file.h"
#include "scenarios/settings_of_log.h"
#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

std::vector<const Method*> choose(const std::vector<std::string>& names) {
    std::vector<const Method*> chosen;
    for (const auto& name : names)
        for (const Method* method : methods_called(name)) {
            if (std::find(chosen.begin(), chosen.end(), method) != chosen.end())
                throw InputError(Exit::usage, fmt::format("method '{}' is named twice", method->name));
            chosen.push_back(method);
        }
    return chosen;
}

/// The world of a log is what it is: only how networks learn from it may be set.
Training training_of(const LogFile& file, const TrainArguments& arguments) {
    Settings settings = settings_of(file, arguments.log);
    for (const auto& assignment : arguments.sets) {
        if (!assignment.starts_with("training."))
            throw InputError(
                Exit::usage,
                fmt::format("--set {}: the log's world is fixed; only training.… can be set here",
                            assignment));
        apply_set(settings, assignment);
    }
    if (!arguments.network.empty()) apply_set(settings, "training.network=" + arguments.network);
    settings.training.fields = arguments.fields;
    return settings.training;
}

std::string training_text(const Training& training) {
    std::string text;
    for (const auto& field : training_fields())
        text += fmt::format("{} = {}\n", field.name, to_toml(field, &training));
    return text + fmt::format("fields = {}\n", training.fields.empty()
                                                   ? "all"
                                                   : fmt::format("{}", fmt::join(training.fields, ",")));
}

}  // namespace

void add_options(Options& add, TrainArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.names("-m,--methods", to.methods,
              "Methods (`netcvr list methods`), separated by commas, or all [required]", true);
    add.required("-o,--output", to.output, "FILE", "The predictions to write, HDF5 [required]");
    add.choice("--network", to.network, {"mlp", "logistic", "cells"},
               "Kind of network; default as the scenario says");
    add.names("--fields", to.fields, "Features to read, separated by commas [default all]");
    add.repeated("--set", to.sets, "KEY=VALUE",
                 "Set a field under training. (`netcvr list fields`); may be repeated [default none]");
    add.threads(to.threads);
    add.force(to.force);
}

void run(const TrainArguments& arguments) {
    const auto chosen = choose(arguments.methods);
    check_can_write(arguments.output, arguments.force, {arguments.log});
    const LogFile file = read_log(arguments.log);
    const Training training = training_of(file, arguments);
    std::vector<Predictions> predictions;
    {
        ProgressLine line("train", "copies");
        const auto show = [&](const Progress& progress) {
            line.show(progress.copies_done, progress.copies_total);
        };
        predictions = train(file.log, chosen, training, arguments.threads, show,
                            {.masses = masses_of(file, settings_of(file, arguments.log).scenario)});
    }
    write_predictions(arguments.output,
                      {.log_digest = file.digest_log,
                       .stream_version = file.header.stream_version,
                       .training = training_text(training)},
                      predictions, arguments.force);
    print(fmt::format("{}: {} methods, {} clicks each\n", arguments.output, predictions.size(),
                      predictions.empty() ? 0 : predictions.front().row.size()));
    for (const Predictions& each : predictions)
        if (const auto& [large, negative, clipped] = each.incidents; large + negative + clipped > 0)
            print(fmt::format("{}: {} weights above 20, {} below 0, {} clipped by its own rule\n",
                              each.method, large, negative, clipped));
}

}  // namespace netcvr
