#pragma once

#include <string>

#include <gtest/gtest.h>

#include "tests/sim/expect_error.h"

namespace netcvr {

inline std::string golden_path(const std::string& name) {
    return SOURCE_DIR "/tests/output/golden/" + name;
}

inline std::string golden_text(const std::string& name) {
    return bytes_of(golden_path(name));
}

/// Compares whole files. On a difference the new text is put beside the old one.
inline void expect_golden(const std::string& name, const std::string& text) {
    if (text == golden_text(name)) return;
    const std::string fresh = golden_path(name) + ".new";
    write_bytes(fresh, text);
    ADD_FAILURE() << "differs from the golden file; compare\n  " << golden_path(name) << "\n  " << fresh
                  << "\n"
                  << text;
}

}  // namespace netcvr
