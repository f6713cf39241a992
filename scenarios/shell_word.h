#pragma once

#include <string>

namespace netcvr {

/// One word of a shell's command line; quoted if the shell would read it otherwise.
std::string shell_word(const std::string& text);

}  // namespace netcvr
