#include "scenarios/commands.h"
#include "scenarios/print.h"
#include "scenarios/scenario_file.h"

namespace netcvr {

void run(const ShowArguments& arguments) {
    print(resolved_toml(load_settings(arguments.scenario, arguments.sets)));
}

}  // namespace netcvr
