#include "output/report.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "output/report_forms.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

struct Form {
    const char* name;
    const char* ending;
    std::string (*write)(const ReportInput& input, const Comparison& comparison);
};
// In the order of ReportFormat.
constexpr std::array forms = {Form{"html", ".html", nullptr},  Form{"text", ".txt", text_report},
                              Form{"md", ".md", md_report},    Form{"tex", ".tex", tex_report},
                              Form{"csv", ".csv", csv_report}, Form{"json", ".json", json_report}};

/// -1 if nothing ends so.
std::ptrdiff_t form_of_ending(const std::string& output) {
    const std::string ending = std::filesystem::path(output).extension().string();
    const auto found =
        std::ranges::find(forms, ending, [](const Form& form) { return std::string(form.ending); });
    return found == forms.end() ? -1 : found - forms.begin();
}

std::string all_endings() {
    std::vector<std::string> endings;
    endings.reserve(forms.size());
    for (const Form& form : forms) endings.emplace_back(form.ending);
    return fmt::format("{}", fmt::join(endings, ", "));
}

}  // namespace

const std::vector<std::string>& report_formats() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        all.reserve(forms.size());
        for (const Form& form : forms) all.emplace_back(form.name);
        return all;
    }();
    return names;
}

ReportFormat parse_report_format(std::string_view name) {
    const auto found = std::ranges::find(report_formats(), name);
    if (found == report_formats().end())
        throw InputError(Exit::usage,
                         fmt::format("unknown format '{}'{}", name, suggestion(name, report_formats())));
    return static_cast<ReportFormat>(found - report_formats().begin());
}

ReportFormat choose_report_format(const std::string& named, const std::string& output) {
    const std::ptrdiff_t ending = output.empty() ? -1 : form_of_ending(output);
    if (named.empty() && !output.empty() && ending < 0)
        throw InputError(Exit::usage,
                         fmt::format("report: the ending of '{}' says no format; one of {}, or --format",
                                     output, all_endings()));
    const ReportFormat format = !named.empty()   ? parse_report_format(named)
                                : output.empty() ? ReportFormat::text
                                                 : static_cast<ReportFormat>(ending);
    if (ending >= 0 && format != static_cast<ReportFormat>(ending))
        throw InputError(Exit::usage,
                         fmt::format("report: --format {} and the ending of '{}' contradict each other; "
                                     "endings are {}",
                                     named, output, all_endings()));
    if (format == ReportFormat::html && output.empty())
        throw InputError(Exit::usage, "report: --format html needs a file: -o report.html");
    return format;
}

std::string report(const ReportInput& input, const Comparison& comparison, ReportFormat format) {
    const Form& form = forms.at(static_cast<std::size_t>(format));
    if (!form.write) throw std::logic_error("html is report_page()");
    return form.write(input, comparison);
}

}  // namespace netcvr
