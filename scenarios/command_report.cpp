#include "output/report.h"
#include "scenarios/commands.h"
#include "scenarios/print.h"

namespace netcvr {

void run(const ReportArguments& arguments) {
    const ReportFormat format = parse_report_format(arguments.format);
    std::vector<Result> results;
    for (const auto& path : arguments.results) results.push_back(read_results(path));
    print(report(compare(loose_results(results)), format));
}

}  // namespace netcvr
