#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace netcvr {

inline std::string golden_path(const std::string& name) {
    return SOURCE_DIR "/tests/output/golden/" + name;
}

inline std::string golden_text(const std::string& name) {
    std::ifstream file(golden_path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Compares whole files. On a difference the new text is put beside the old one.
inline void expect_golden(const std::string& name, const std::string& text) {
    if (text == golden_text(name)) return;
    const std::string fresh = golden_path(name) + ".new";
    std::ofstream(fresh, std::ios::binary) << text;
    ADD_FAILURE() << "differs from the golden file; compare\n  " << golden_path(name) << "\n  " << fresh
                  << "\n"
                  << text;
}

}  // namespace netcvr
