#include "output/predictions_file.h"
#include "output/results.h"
#include "scenarios/commands.h"
#include "scenarios/field_value.h"
#include "scenarios/print.h"
#include "scenarios/scenario_file.h"
#include "scenarios/settings_of_log.h"

namespace netcvr {
namespace {

/// What sets one group of replicates apart from another: every field but the seed and what was solved for it.
std::map<std::string, std::string> labels_of(const Settings& settings) {
    std::map<std::string, std::string> labels;
    for (const auto& row : settings_fields()) {
        if (row.training || row->name == "seed" || row->name == "name" || row->name.starts_with("solved."))
            continue;
        labels[std::string(row->name)] = to_toml(*row, row.in(settings));
    }
    return labels;
}

}  // namespace

void run(const ScoreArguments& arguments) {
    const LogFile file = read_log(arguments.log);
    const auto predictions = read_predictions(arguments.predictions, file.log, file.digest_log);
    const Result result{.scenario = file.header.scenario_name,
                        .seed = file.header.seed,
                        .log_digest = file.digest_log,
                        .labels = labels_of(settings_of(file, arguments.log)),
                        .scores = score(file.log, file.truth, predictions)};
    print(arguments.json ? results_json(result) : arguments.csv ? results_csv(result) : results_text(result));
}

}  // namespace netcvr
