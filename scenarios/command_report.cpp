#include <filesystem>

#include <fmt/format.h>

#include "output/page.h"
#include "output/report.h"
#include "scenarios/commands.h"
#include "scenarios/print.h"
#include "scenarios/report_input.h"
#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

struct Output {
    std::string path, text;
};

std::vector<Output> figures(const std::string& folder, const std::vector<Chart>& charts) {
    std::vector<Output> files;
    for (const Chart& chart : charts) {
        files.push_back({fmt::format("{}/{}.vl.json", folder, chart.name), chart.spec + "\n"});
        files.push_back({fmt::format("{}/{}.csv", folder, chart.name), csv_table(chart.table)});
    }
    return files;
}

void make_folder(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error || !std::filesystem::is_directory(path))
        throw InputError(Exit::system, fmt::format("cannot make the folder '{}': {}", path,
                                                   error ? error.message() : "there is a file of this name"));
}

/// What would be typed again.
std::string command_of(const ReportArguments& arguments) {
    std::string command = fmt::format("netcvr report {}", fmt::join(arguments.results, " "));
    if (!arguments.output.empty()) command += " -o " + arguments.output;
    if (!arguments.format.empty()) command += " --format " + arguments.format;
    if (!arguments.figures.empty()) command += " --figures " + arguments.figures;
    return command;
}

}  // namespace

void run(const ReportArguments& arguments) {
    const ReportFormat format = choose_report_format(arguments.format, arguments.output);
    if (!arguments.output.empty()) check_can_write(arguments.output, arguments.force);
    ReportInput input = read_report_input(arguments.results);
    input.command = command_of(arguments);
    const Comparison comparison = compare(input.sweep, input.costs);
    const bool page = format == ReportFormat::html, draws = page || !arguments.figures.empty();
    const std::vector<Chart> drawn = draws ? charts(input.sweep, comparison) : std::vector<Chart>{};
    const std::string text = page ? report_page(input, comparison, drawn) : report(input, comparison, format);
    std::vector<Output> files;
    if (!arguments.figures.empty()) {
        make_folder(arguments.figures);
        files = figures(arguments.figures, drawn);
    }
    if (!arguments.output.empty()) files.push_back({arguments.output, text});
    for (const Output& file : files) check_can_write(file.path, arguments.force);
    for (const Output& file : files) write_text(file.path, file.text, arguments.force);
    if (arguments.output.empty()) return print(text);
    print(fmt::format("{}: {} bytes{}\n", arguments.output, text.size(),
                      page ? fmt::format(", {} charts", drawn.size()) : ""));
}

}  // namespace netcvr
