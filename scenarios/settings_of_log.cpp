#include "scenarios/settings_of_log.h"

#include "scenarios/scenario_file.h"
#include "sim/errors.h"

namespace netcvr {

Settings settings_of(const LogFile& file, const std::string& path) {
    try {
        return parse_scenario(file.header.scenario_toml, path + ": /: scenario_toml");
    } catch (const InputError& error) {
        throw InputError(Exit::data, error.what());
    }
}

bool states_world(const LogHeader& header) {
    return header.origin == "simulated" && header.withheld.empty();
}

bool states_refunds(const LogHeader& header) {
    return header.origin.find("simulated") != std::string::npos && header.withheld.empty();
}

}  // namespace netcvr
