#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <sys/wait.h>

#include <gtest/gtest.h>

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

/// Name and size of every file.
inline std::map<std::string, std::uintmax_t> files_of(const ScratchFolder& folder) {
    std::map<std::string, std::uintmax_t> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path))
        all[entry.path().string()] = entry.is_regular_file() ? entry.file_size() : 0;
    return all;
}

/// The program refuses `command` with this exit code and one line that says this, and leaves every file as it
/// was.
inline void expect_refused(const ScratchFolder& folder,
                           const std::string& command,
                           int exit,
                           const std::string& says) {
    const auto before = files_of(folder);
    const Ran ran = run_in(folder, "netcvr " + command);
    EXPECT_EQ(ran.exit, exit) << command << "\n" << ran.err;
    EXPECT_TRUE(ran.err.starts_with("netcvr: ")) << command << "\n" << ran.err;
    EXPECT_NE(ran.err.find(says), std::string::npos) << command << "\n" << ran.err << "wanted: " << says;
    EXPECT_EQ(ran.err.find('\n'), ran.err.size() - 1) << "more than one line: " << ran.err;
    EXPECT_EQ(ran.out, "") << command;
    EXPECT_EQ(files_of(folder), before) << command;
}

}  // namespace netcvr
