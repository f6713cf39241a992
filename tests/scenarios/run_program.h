#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/wait.h>

#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {

struct Ran {
    int exit = 0;  // 128 + signal if one ended it
    std::string out, err;
};

/// Runs a shell command in `folder` with the built program found as `netcvr`.
inline Ran run_in(const ScratchFolder& folder, const std::string& command) {
    const ScratchFolder captured;
    const std::string bin = std::filesystem::path(NETCVR_PROGRAM).parent_path().string();
    const std::string line = "cd '" + folder.path.string() + "' && PATH='" + bin + "':\"$PATH\" && { " +
                             command + "\n} > '" + captured.file("out") + "' 2> '" + captured.file("err") +
                             "'";
    const int status = std::system(line.c_str());
    const int exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {exit, bytes_of(captured.file("out")), bytes_of(captured.file("err"))};
}

}  // namespace netcvr
