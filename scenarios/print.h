#pragma once

#include <string_view>

namespace netcvr {

/// Writes a result to stdout. Throws InputError (system) if it does not arrive.
void print(std::string_view text);

}  // namespace netcvr
