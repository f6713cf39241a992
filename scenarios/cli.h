#pragma once

#include <string_view>
#include <vector>

namespace netcvr {

/// Runs `netcvr VERB …`. Throws InputError; usage mistakes name the nearest verb or flag.
void run_command_line(int argc, const char* const* argv);

/// The command at the end of a verb's --help. In the order given they run one after another in a folder that
/// holds scenarios/ and nothing else.
struct Example {
    std::string_view verb, command;
};
std::vector<Example> examples();

}  // namespace netcvr
