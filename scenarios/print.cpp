#include "scenarios/print.h"

#include <cerrno>
#include <cstdio>

#include "sim/artifact.h"

namespace netcvr {

void print(std::string_view text) {
    const bool good =
        std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (!good) throw_write_error("standard output", errno);
}

}  // namespace netcvr
