#pragma once
// A sweep's file as a tree of values that are asked for one by one; what is wrong is told with its place.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario_file.h"

namespace netcvr {

inline constexpr std::string_view seeds_hint = "'seed' is no axis: write replicates and first_seed, or seeds";

/// The file being read. Everything throws InputError (scenario) that names the source, line and column.
struct SweepReader {
    using Kind = TomlValue::Kind;
    /// One key = value somewhere below [set], [grid] or [zip].
    struct Leaf {
        std::string name;  // dotted, "targets.cvr"
        const TomlValue* value = nullptr;
    };

    const std::string& source;
    const TomlValue& file;

    [[noreturn]] void refuse(TomlPlace at, const std::string& what) const { refuse_toml(source, at, what); }
    const TomlValue* find(std::string_view key) const { return file.find(key); }
    /// Throws for another kind of value; null if the key is absent.
    const TomlValue* find(std::string_view key, Kind kind, std::string_view what) const;
    const TomlValue& require(std::string_view key, Kind kind, std::string_view what) const;
    std::int64_t whole(std::string_view key,
                       std::int64_t fallback,
                       std::int64_t low,
                       std::int64_t high) const;
    std::string printable(const TomlValue& value, std::string_view what) const;
    /// The section's values in the order of the file.
    std::vector<Leaf> leaves(std::string_view section) const;
    /// The field that the leaf names.
    const SettingsField* field_at(const Leaf& leaf) const;
};

}  // namespace netcvr
