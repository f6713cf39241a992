#include <fmt/format.h>

#include "output/label_file.h"
#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/settings_of_log.h"
#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

Time duration_of(const std::string& option, const std::string& text, Time least) {
    const auto duration = parse_duration(text);
    if (!duration || *duration < least)
        throw InputError(Exit::usage,
                         fmt::format("label: {} {}: a duration of at least {} s with one unit of "
                                     "s m h d w is meant, as in 15m",
                                     option, text, least));
    return *duration;
}

/// "10d" since the origin, or "2025-05-10T16:00:00Z".
Time time_of(const std::string& text, const std::string& origin) {
    if (const auto instant = parse_utc(text)) return *instant - parse_utc(origin).value_or(0);
    if (const auto duration = parse_duration(text)) return *duration;
    throw InputError(Exit::usage,
                     fmt::format("label: --at {}: a duration since the time origin like 10d, or a UTC "
                                 "instant like 2025-05-10T16:00:00Z, is meant",
                                 text));
}

void set_windows(const LabelArguments& arguments, Windows& windows) {
    const auto set = [](const char* option, const std::string& text, Time least, Time& window) {
        if (!text.empty()) window = duration_of(option, text, least);
    };
    set("--conversion-attribution", arguments.conversion_attribution, 1, windows.conversion_attribution);
    set("--refund-attribution", arguments.refund_attribution, 1, windows.refund_attribution);
    set("--conversion-observation", arguments.conversion_observation, 0, windows.conversion_observation);
    set("--refund-observation", arguments.refund_observation, 0, windows.refund_observation);
}

}  // namespace

void add_options(Options& add, LabelArguments& to) {
    add.required("LOG", to.log, "FILE", "A log, simulated or imported");
    add.required("--at", to.at, "T",
                 "When: since the log's time origin, as in 10d or 36h, or a UTC instant like "
                 "2025-05-10T16:00:00Z [required]");
    add.optional("--every", to.every, "DURATION",
                 "Also every so much later until the record ends; what changes is written [default only T]");
    add.required("-o,--output", to.output, "FILE", "The labels to write, HDF5 [required]");
    const auto window = [&](const std::string& name, std::string& value, const std::string& help) {
        add.optional(name, value, "T", help + " [default the log's]");
    };
    window("--conversion-attribution", to.conversion_attribution,
           "W_A, a duration: a conversion counts iff sooner");
    window("--refund-attribution", to.refund_attribution, "W_R, a duration: a refund counts iff sooner");
    window("--conversion-observation", to.conversion_observation,
           "w_c, a duration: early conversions of /trajectories");
    window("--refund-observation", to.refund_observation, "w_r, a duration: early refunds of /trajectories");
    add.flag("--trajectories", to.trajectories,
             "Demand /trajectories [default: written if the log has a full truth]");
    add.force(to.force);
}

void run(const LabelArguments& arguments) {
    check_can_write(arguments.output, arguments.force, {arguments.log});
    LogFile log = read_log(arguments.log);
    set_windows(arguments, log.log.windows);
    const LabelGrid grid = {
        .first = time_of(arguments.at, log.header.time_origin),
        .every = arguments.every.empty() ? 0 : duration_of("--every", arguments.every, 1)};
    const bool full = log.truth && log.header.truth.full;
    if (arguments.trajectories && !full)
        throw InputError(
            Exit::data,
            arguments.log +
                (log.truth_before_selection
                     ? ": /truth_before_selection: is no law of these clicks, and trajectories need one"
                     : ": /truth: has no parameters; trajectories need a log of `netcvr simulate "
                       "--truth full`"));
    const Scenario scenario = full ? settings_of(log, arguments.log).scenario : Scenario{};
    const LabelSummary summary = write_labels(arguments.output, log, scenario, grid, arguments.force);
    std::string text =
        fmt::format("{}: {} labels at {} {} of {} clicks{}\n", arguments.output, summary.entries,
                    summary.times, summary.times == 1 ? "time" : "times", summary.clicks,
                    summary.trajectories ? ", and their trajectories" : ", no trajectories (no full truth)");
    if (summary.immature > 0)
        text += fmt::format("  /oracle: {} clicks have no final label, for the log's record ends before\n",
                            summary.immature);
    if (!log.log.has_refunds) text += "  no refund and net labels: refunds were not recorded\n";
    print(text);
}

}  // namespace netcvr
