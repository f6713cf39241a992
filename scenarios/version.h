#pragma once

#include <string>

namespace netcvr {

/// "netcvr 0.1.0"
std::string program_version();
/// The program, its compiler and libraries, and the version of its random streams; one a line.
std::string version_text();

}  // namespace netcvr
