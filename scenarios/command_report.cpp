#include <filesystem>

#include <fmt/format.h>

#include "output/page.h"
#include "output/report.h"
#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/report_input.h"
#include "scenarios/shell_word.h"
#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

struct ReportFile {
    std::string path, text;
};

std::vector<ReportFile> figures(const std::string& folder, const std::vector<Chart>& charts) {
    std::vector<ReportFile> files;
    for (const Chart& chart : charts) {
        files.push_back({fmt::format("{}/{}.vl.json", folder, chart.name), chart.spec + "\n"});
        files.push_back({fmt::format("{}/{}.csv", folder, chart.name), csv_table(chart.table)});
    }
    return files;
}

[[noreturn]] void throw_no_folder(const std::string& path, const std::string& why) {
    throw InputError(Exit::system, fmt::format("cannot make the folder '{}': {}", path, why));
}

/// Throws what can be known before the folder is made: files in one that is not there are in nobody's way.
void check_figures(const std::vector<ReportFile>& files, const ReportArguments& arguments) {
    const std::string& folder = arguments.figures;
    std::error_code error;
    const auto there = std::filesystem::status(folder, error);
    if (!std::filesystem::exists(there)) return;
    if (!std::filesystem::is_directory(there)) throw_no_folder(folder, "there is a file of this name");
    for (const ReportFile& file : files) check_can_write(file.path, arguments.force, arguments.results);
}

void make_folder(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) throw_no_folder(path, error.message());
}

/// What would be typed again.
std::string command_of(const ReportArguments& arguments) {
    std::string command = "netcvr report";
    for (const std::string& results : arguments.results) command += " " + shell_word(results);
    if (!arguments.output.empty()) command += " -o " + shell_word(arguments.output);
    if (!arguments.format.empty()) command += " --format " + shell_word(arguments.format);
    if (!arguments.figures.empty()) command += " --figures " + shell_word(arguments.figures);
    return command;
}

}  // namespace

void add_options(Options& add, ReportArguments& to) {
    add.required(
        "RESULTS", to.results, "DIR|FILE…",
        "The folder of a sweep, or what `sweep merge` and `score --json` wrote; seeds give intervals");
    add.optional("-o,--output", to.output, "FILE",
                 "Where to; the ending chooses the form [default stdout, as text]");
    add.choice("--format", to.format, {"html", "text", "md", "tex", "csv", "json"},
               "Form of the report; default by the output's ending, else text");
    add.optional("--figures", to.figures, "DIR",
                 "Also write every chart there: .vl.json and .csv [default none]");
    add.force(to.force);
}

void run(const ReportArguments& arguments) {
    const ReportFormat format = choose_report_format(arguments.format, arguments.output);
    if (!arguments.output.empty()) check_can_write(arguments.output, arguments.force, arguments.results);
    ReportInput input = read_report_input(arguments.results);
    input.command = command_of(arguments);
    const Comparison comparison = compare(input.sweep, input.costs);
    const bool page = format == ReportFormat::html, draws = page || !arguments.figures.empty();
    const std::vector<Chart> drawn = draws ? charts(input.sweep, comparison) : std::vector<Chart>{};
    const std::string text = page ? report_page(input, comparison, drawn) : report(input, comparison, format);
    std::vector<ReportFile> files;
    if (!arguments.figures.empty()) {
        files = figures(arguments.figures, drawn);
        check_figures(files, arguments);
        make_folder(arguments.figures);
    }
    if (!arguments.output.empty()) files.push_back({arguments.output, text});
    for (const ReportFile& file : files) write_text(file.path, file.text, arguments.force);
    if (arguments.output.empty()) return print(text);
    print(fmt::format("{}: {} bytes{}\n", arguments.output, text.size(),
                      page ? fmt::format(", {} charts", drawn.size()) : ""));
}

}  // namespace netcvr
