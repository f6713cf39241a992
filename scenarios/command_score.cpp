#include "output/predictions_file.h"
#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/run_result.h"
#include "scenarios/settings_of_log.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

std::optional<Time> time_of(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto time = parse_duration(text);
    if (!time)
        throw InputError(Exit::usage, "--as-of " + text + " is no duration; write for instance 8d or 192h");
    return time;
}

void check(const ScoreArguments& arguments) {
    if (arguments.json && arguments.csv)
        throw InputError(Exit::usage, "score: --json and --csv exclude each other");
}

}  // namespace

void add_options(Options& add, ScoreArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.required("PREDICTIONS", to.predictions, "FILE…",
                 "Predictions of `train`, HDF5, or CSV: row,cvr,refund_rate,net_cvr");
    add.integer("--bootstrap", to.bootstrap, 0, most_resamples, " resamples of users, 0 = no intervals",
                "Bootstrap by user for the metrics against labels");
    add.optional(
        "--as-of", to.as_of, "T",
        "Hold forecasts against labels as they were known T after the time origin, as in 8d: only the "
        "clicks and events up to then. The metrics against the truth stay [default matured labels]");
    add.flag("--json", to.json, "Print JSON, which `report` reads [default: text]");
    add.flag("--csv", to.csv, "Print CSV, one line a number [default: text]");
}

void run(const ScoreArguments& arguments) {
    check(arguments);
    const LogFile file = read_log(arguments.log);
    if (file.header.truth.before_selection)
        throw InputError(Exit::data,
                         arguments.log +
                             ": its users were chosen by its own outcomes, so /truth_before_selection "
                             "is not its law; write the sample with --truth given-inclusion, or with "
                             "--truth none to score against labels alone");
    const auto predictions = read_predictions(arguments.predictions, file.log, file.digest_log);
    const Result result = result_of(file, settings_of(file, arguments.log), predictions, arguments.bootstrap,
                                    time_of(arguments.as_of));
    print(arguments.json ? results_json(result) : arguments.csv ? results_csv(result) : results_text(result));
}

}  // namespace netcvr
