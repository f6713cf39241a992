#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "estimators/model.h"
#include "output/model_file.h"
#include "output/predictions_file.h"
#include "scenarios/commands.h"
#include "scenarios/masses_of_log.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/progress.h"
#include "scenarios/settings_of_log.h"
#include "scenarios/train_request.h"
#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

/// Before the work of which the outputs are the result.
void check_outputs(const TrainArguments& arguments) {
    std::vector<std::string> inputs = {arguments.log};
    if (!arguments.from.empty()) inputs.push_back(arguments.from);
    check_can_write(arguments.output, arguments.force, inputs);
    if (arguments.save.empty()) return;
    check_can_write(arguments.save, arguments.force, inputs);
    if (std::filesystem::weakly_canonical(arguments.save) ==
        std::filesystem::weakly_canonical(arguments.output))
        throw InputError(Exit::usage,
                         fmt::format("--save and -o are both '{}': write two files", arguments.save));
}

/// Frozen heads that learn daily cannot.
bool can_go_on(const Model& model) {
    return model.training.frozen != "daily" || std::ranges::all_of(model.methods, [](const auto& each) {
               return std::ranges::all_of(each.method->learners,
                                          [](const Learner& l) { return l.frozen.empty(); });
           });
}

}  // namespace

void add_options(Options& add, TrainArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.names("-m,--methods", to.methods,
              "Methods (`netcvr list methods`), separated by commas, or all: with --from those of the model, "
              "with --save those with networks [required without --from; default with it all]");
    add.required("-o,--output", to.output, "FILE", "The predictions to write, HDF5 [required]");
    add.choice("--network", to.network, {"mlp", "logistic", "cells"},
               "Kind of network; default as the scenario says");
    add.names("--fields", to.fields, "Features to read, separated by commas [default all]");
    add.repeated("--set", to.sets, "KEY=VALUE",
                 "Set a field under training. (`netcvr list fields`); may be repeated [default none]");
    add.optional("--save", to.save, "FILE",
                 "Write the model as it stands at the end of the stream, HDF5 [default none]");
    add.optional("--from", to.from, "FILE",
                 "Go on from a model that --save wrote: pretrain nothing, stream this log's streamed period "
                 "[default pretrain]");
    add.threads(to.threads);
    add.force(to.force);
}

void run(const TrainArguments& arguments) {
    if (arguments.methods.empty() && arguments.from.empty())
        throw InputError(Exit::usage, "train: --methods is required; see netcvr train --help");
    const bool all = names_all(arguments.methods), of_model = all && !arguments.from.empty();
    auto chosen = of_model ? std::vector<const Method*>{} : choose(arguments.methods);
    if (all && !arguments.save.empty())
        std::erase_if(chosen, [](const Method* method) { return method->learners.empty(); });
    if (!arguments.save.empty()) check_savable(chosen);
    check_outputs(arguments);
    std::optional<Model> from;
    if (!arguments.from.empty()) from = read_model(arguments.from);
    if (of_model) chosen = methods_of(*from);
    const LogFile file = read_log(arguments.log);
    warn_without_refunds("train", arguments.log, file.log);
    const Training training = from ? training_of(*from, arguments) : training_of(file, arguments);
    Model saved;
    std::vector<Predictions> predictions;
    {
        ProgressLine line("train", "copies");
        const auto show = [&](const Progress& progress) {
            line.show(progress.copies_done, progress.copies_total);
        };
        predictions =
            train(file.log, chosen, training, arguments.threads, show,
                  {.masses = masses_of(file, settings_of(file, arguments.log).scenario)},
                  {.from = from ? &*from : nullptr, .save = arguments.save.empty() ? nullptr : &saved});
    }
    write_predictions(arguments.output, predictions_header(file, training), predictions, arguments.force);
    if (!arguments.save.empty()) write_model(arguments.save, saved, arguments.force);
    print(fmt::format("{}: {} methods, {} clicks each\n", arguments.output, predictions.size(),
                      predictions.empty() ? 0 : predictions.front().row.size()));
    for (const Predictions& each : predictions)
        if (const auto& [large, negative, clipped] = each.incidents; large + negative + clipped > 0)
            print(fmt::format("{}: {} weights above 20, {} below 0, {} clipped by its own rule\n",
                              each.method, large, negative, clipped));
    if (!arguments.save.empty())
        print(fmt::format("{}: {} methods, for {}predict --model\n", arguments.save, saved.methods.size(),
                          can_go_on(saved) ? "train --from and " : ""));
}

}  // namespace netcvr
