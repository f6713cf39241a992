#pragma once
// TOML as a tree of values that know their place. Scenario files and sweep files walk it; the parser itself
// is known to toml_document.cpp only.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netcvr {

/// Where something stands in a text; both count from 1.
struct TomlPlace {
    std::uint32_t line = 0, column = 0;
    // clang-tidy 14 takes the 0 that this compares with for a pointer.
    auto operator<=>(const TomlPlace&) const = default;  // NOLINT(modernize-use-nullptr)
};

struct TomlValue {
    enum class Kind : std::uint8_t { whole, number, text, list, table, other };  // other: truth values, dates

    Kind kind = Kind::table;
    TomlPlace at;
    std::string key;   // in the table that holds it
    TomlPlace key_at;  // of the key
    std::int64_t whole = 0;
    double number = 0;
    std::string text;
    std::vector<TomlValue> entries;  // of a list in order, of a table by key

    /// The entry of a table; null if it has none of that name.
    const TomlValue* find(std::string_view name) const;
};

/// The whole text as a table. `source` stands in messages: "source:line:column: …". Throws InputError
/// (scenario) for what is no TOML, or more than the parser is known to bear (toml_guard.h).
TomlValue parse_toml(std::string_view toml, const std::string& source);

/// The bytes of a TOML file of at most 1 MiB. Throws InputError (scenario); `kind` stands in messages:
/// "scenario".
std::string read_toml_file(const std::string& path, std::string_view kind);

/// Throws InputError (scenario): "source:line:column: what".
[[noreturn]] void refuse_toml(const std::string& source, TomlPlace at, const std::string& what);

}  // namespace netcvr
