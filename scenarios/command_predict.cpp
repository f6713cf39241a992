#include <fmt/format.h>

#include "estimators/model.h"
#include "output/model_file.h"
#include "output/predictions_file.h"
#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/train_request.h"
#include "sim/artifact.h"

namespace netcvr {

void add_options(Options& add, PredictArguments& to) {
    add.required("LOG", to.log, "FILE", "A log; its outcomes are not read");
    add.required("--model", to.model, "FILE", "The model, which `train --save` wrote [required]");
    add.names("-m,--methods", to.methods, "Methods of the model, separated by commas [default all of them]");
    add.required("-o,--output", to.output, "FILE",
                 "The predictions to write, of every click of the streamed period, HDF5 [required]");
    add.threads(to.threads);
    add.force(to.force);
}

void run(const PredictArguments& arguments) {
    const bool all = names_all(arguments.methods);
    auto chosen = all ? std::vector<const Method*>{} : choose(arguments.methods);
    check_can_write(arguments.output, arguments.force, {arguments.log, arguments.model});
    const Model model = read_model(arguments.model);
    if (all) chosen = methods_of(model);
    const LogFile file = read_log(arguments.log);
    const auto predictions = predict(model, file.log, chosen, arguments.threads);
    write_predictions(arguments.output, predictions_header(file, model.training), predictions,
                      arguments.force);
    print(fmt::format("{}: {} methods, {} clicks each\n", arguments.output, predictions.size(),
                      predictions.front().row.size()));
}

}  // namespace netcvr
