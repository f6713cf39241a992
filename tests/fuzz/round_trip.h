#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "sim/errors.h"
#include "sim/text_import.h"

namespace netcvr {

inline constexpr Time fuzz_origin = 1746028800;

/// The log of a text; nothing if it is refused as data.
inline std::optional<ClickLog> log_of(const TextLayout& layout, std::string_view text) {
    try {
        return read_text_log(TextSource("fuzz", text), layout, fuzz_origin, 1).log;
    } catch (const InputError& error) {
        if (error.exit != Exit::data) std::abort();
        return std::nullopt;
    }
}

inline std::string text_of(const TextLayout& layout, const ClickLog& log) {
    TextExport what{.log = log, .origin = fuzz_origin, .features = {}};
    for (const auto& feature : log.features) what.features.push_back(&feature);
    layout.prepare(layout, what);
    std::string text;
    layout.append(layout, what, 0, log.size(), text);
    return text;
}

/// What was read is written in a form that is read as the same.
inline void expect_round_trip(const TextLayout& layout, std::string_view text) {
    const auto log = log_of(layout, text);
    if (!log) return;
    const std::string written = text_of(layout, *log);
    const auto again = log_of(layout, written);
    if (!again || text_of(layout, *again) != written) std::abort();
}

}  // namespace netcvr
