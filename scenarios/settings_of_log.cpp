#include "scenarios/settings_of_log.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

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

bool names_log(const std::string& name) {
    constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
    if (name.ends_with(".h5") || name.ends_with(".hdf5")) return true;
    if (!std::filesystem::is_regular_file(name)) return false;  // a FIFO would wait for its writer
    std::array<char, signature.size()> start{};
    std::ifstream file(name, std::ios::binary);
    return file.read(start.data(), start.size()) && std::string_view(start.data(), start.size()) == signature;
}

bool states_world(const LogHeader& header) {
    return header.origin == "simulated" && header.withheld.empty();
}

bool states_refunds(const LogHeader& header) {
    return header.origin.find("simulated") != std::string::npos && header.withheld.empty();
}

}  // namespace netcvr
