#include "output/inspect.h"
#include "scenarios/commands.h"
#include "scenarios/print.h"
#include "scenarios/settings_of_log.h"

namespace netcvr {

void run(const InspectArguments& arguments) {
    const LogFile file = read_log(arguments.log);
    const Scenario::Targets targets = settings_of(file, arguments.log).scenario.targets;
    const Inspection inspection =
        inspect(file, {{"conversions_per_click", targets.cvr},
                       {"refunds_per_conversion", targets.refunds_per_conversion},
                       {"conversion_delay_median", static_cast<double>(targets.conversion_delay_median)},
                       {"refund_delay_median", static_cast<double>(targets.refund_delay_median)}});
    print(arguments.json ? inspect_json(file, inspection) : inspect_text(file, inspection));
}

}  // namespace netcvr
