#pragma once

#include <string_view>
#include <vector>

namespace netcvr {

struct Preset {
    std::string_view name, toml;
};

/// The scenarios of scenarios/catalogue/, compiled in, sorted by name.
const std::vector<Preset>& presets();

}  // namespace netcvr
