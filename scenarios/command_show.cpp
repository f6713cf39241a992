#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/scenario_file.h"

namespace netcvr {

void add_options(Options& add, ShowArguments& to) {
    add.required("SCENARIO", to.scenario, "PRESET|FILE.toml", scenario_help);
    add.sets(to.sets);
}

void run(const ShowArguments& arguments) {
    print(resolved_toml(load_settings(arguments.scenario, arguments.sets)));
}

}  // namespace netcvr
