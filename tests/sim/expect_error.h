#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "sim/errors.h"

namespace netcvr {

inline std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

/// The message of the InputError that `action` throws.
template <class Action>
std::string message(Exit code, Action action) {
    try {
        action();
    } catch (const InputError& error) {
        EXPECT_EQ(error.exit, code) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
}

}  // namespace netcvr
