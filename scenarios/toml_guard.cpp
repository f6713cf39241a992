#include "scenarios/toml_guard.h"

#include <fmt/core.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

/// Where the scan is: outside, in a comment, or in a string that ends at `close`.
struct State {
    bool comment = false;
    std::string_view close = {};  // """, ''', " or '; empty outside a string
};

/// Moves over the character(s) at `at` and says how many they were.
std::size_t step(std::string_view toml, std::size_t at, State& state) {
    const std::string_view rest = toml.substr(at);
    if (toml[at] == '\n') {
        state.comment = false;
        if (state.close.size() == 1) state.close = {};
        return 1;
    }
    if (state.comment) return 1;
    if (!state.close.empty()) {
        if (state.close[0] == '"' && toml[at] == '\\' && rest.size() > 1 && rest[1] >= ' ') return 2;
        if (!rest.starts_with(state.close)) return 1;
        const std::size_t length = state.close.size();
        state.close = {};
        return length;
    }
    state.comment = toml[at] == '#';
    for (const std::string_view quote : {"\"\"\"", "'''", "\"", "'"})
        if (rest.starts_with(quote)) {
            state.close = quote;
            return quote.size();
        }
    return 1;
}

}  // namespace

std::string guard_toml(std::string_view toml, const std::string& source) {
    std::string ascii(toml);
    State state;
    std::size_t line = 1, line_begin = 0, until = 0;
    for (std::size_t at = 0; at < ascii.size(); ++at) {
        if (at >= until) until = at + step(toml, at, state);
        const auto byte = static_cast<unsigned char>(ascii[at]);
        const bool control = (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
        if (byte > 0x7f && state.comment) ascii[at] = '?';
        if (control || (byte > 0x7f && !state.comment))
            throw InputError(
                Exit::scenario,
                fmt::format("{}:{}:{}: byte 0x{:02x} {}", source, line, at - line_begin + 1, byte,
                            control ? "is a control character" : "is not ASCII (allowed in comments only)"));
        if (byte == '\n') ++line, line_begin = at + 1;
    }
    return ascii;
}

}  // namespace netcvr
