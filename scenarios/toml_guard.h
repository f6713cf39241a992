#pragma once

#include <string>
#include <string_view>

namespace netcvr {

/// `toml` as the bytes the parser is known to bear: what is not ASCII is allowed in comments only, and
/// blanked there; control characters are refused. Throws InputError (scenario) with source:line:column.
std::string guard_toml(std::string_view toml, const std::string& source);

}  // namespace netcvr
