#include "output/predictions_file.h"
#include "scenarios/commands.h"
#include "scenarios/print.h"
#include "scenarios/run_result.h"
#include "scenarios/settings_of_log.h"

namespace netcvr {

void run(const ScoreArguments& arguments) {
    const LogFile file = read_log(arguments.log);
    const auto predictions = read_predictions(arguments.predictions, file.log, file.digest_log);
    const Result result = result_of(file, settings_of(file, arguments.log), predictions, arguments.bootstrap);
    print(arguments.json ? results_json(result) : arguments.csv ? results_csv(result) : results_text(result));
}

}  // namespace netcvr
