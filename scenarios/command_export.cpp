#include <fmt/core.h>

#include "output/log_columns_files.h"
#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "sim/artifact.h"
#include "sim/errors.h"
#include "sim/text_export.h"
#include "sim/write_log.h"

namespace netcvr {
namespace {

/// Without what gives the solution away: truth, and from what scenario and seed it could be drawn again.
void hide_truth(LogFile& file) {
    file.truth.reset(), file.truth_before_selection.reset();
    LogHeader& header = file.header;
    header.truth = {.cvr = false, .refund_rate = false, .net_cvr = false, .more = {}, .law = {}};
    header.scenario_toml = header.scenario_name = "";
    header.seed = 0;
    header.withheld = "/truth, scenario_toml, scenario_name, seed";
}

void write_hdf5(const ExportArguments& arguments, const LogFile& file) {
    const Truth none, *truth = file.stated_truth();
    write_log(arguments.output, file.header, file.log, truth != nullptr ? *truth : none, 1, arguments.threads,
              arguments.force);
}

void check(const ExportArguments& arguments) {
    const TextLayout* text = find_text_layout(arguments.layout);
    if (text != nullptr && arguments.hide_truth)
        throw InputError(Exit::usage,
                         fmt::format("--hide-truth: layout {} has no place for truth", arguments.layout));
    if (text == nullptr && !arguments.columns.empty())
        throw InputError(Exit::usage,
                         fmt::format("--columns: layout {} has all columns of the log", arguments.layout));
    if (arguments.layout == "npy")
        check_is_no_input(arguments.output, {arguments.log});
    else
        check_can_write(arguments.output, arguments.force, {arguments.log});
}

}  // namespace

const std::vector<std::string>& export_layouts() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& layout : text_layouts()) all.emplace_back(layout.name);
        all.insert(all.end(), {"csv", "npy", "hdf5"});
        return all;
    }();
    return names;
}

void add_options(Options& add, ExportArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.required("-o,--output", to.output, "PATH", "The file to write; with npy a folder [required]");
    add.choice("--layout", to.layout, export_layouts(), "Layout of the output [required]", true);
    add.names(
        "--columns", to.columns,
        "Features that fill a public layout, in its order, separated by commas [default the log's first]");
    add.flag("--hide-truth", to.hide_truth,
             "csv, npy, hdf5: leave out /truth, and in hdf5 scenario and seed [default off]");
    add.threads(to.threads);
    add.force(to.force);
}

void run(const ExportArguments& arguments) {
    check(arguments);
    LogFile file = read_log(arguments.log);
    if (arguments.hide_truth) hide_truth(file);
    if (const TextLayout* layout = find_text_layout(arguments.layout)) {
        const auto origin = parse_utc(file.header.time_origin);
        if (!origin)
            throw InputError(Exit::data, fmt::format("{}: /: time_origin '{}' is no UTC instant",
                                                     arguments.log, file.header.time_origin));
        write_text_log(arguments.output, file.log, *layout, arguments.columns, *origin, arguments.threads,
                       arguments.force);
    } else if (arguments.layout == "csv") {
        write_csv(arguments.output, file, arguments.threads, arguments.force);
    } else if (arguments.layout == "npy") {
        write_npy(arguments.output, file, arguments.force);
    } else {
        write_hdf5(arguments, file);
    }
    print(fmt::format("{}: {} clicks as {}\n", arguments.output, file.log.size(), arguments.layout));
}

}  // namespace netcvr
