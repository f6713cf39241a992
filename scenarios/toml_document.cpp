#include "scenarios/toml_document.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "scenarios/toml_guard.h"
#include "sim/artifact.h"
#include "sim/errors.h"

// toml++ 3.3 asserts where malformed input should be an error; without its assertions it reports one.
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>

namespace netcvr {
namespace {

using Kind = TomlValue::Kind;

TomlPlace begin_of(const toml::source_region& region) {
    return {region.begin.line, region.begin.column};
}

TomlValue value_of(const toml::node& node) {
    TomlValue value;
    value.kind = Kind::other;
    value.at = begin_of(node.source());
    if (const auto* whole = node.as_integer()) {
        value.kind = Kind::whole, value.whole = whole->get();
    } else if (const auto* number = node.as_floating_point()) {
        value.kind = Kind::number, value.number = number->get();
    } else if (const auto* text = node.as_string()) {
        value.kind = Kind::text, value.text = text->get();
    } else if (const auto* list = node.as_array()) {
        value.kind = Kind::list;
        for (const auto& entry : *list) value.entries.push_back(value_of(entry));
    } else if (const auto* table = node.as_table()) {
        value.kind = Kind::table;
        for (const auto& [key, entry] : *table) {
            value.entries.push_back(value_of(entry));
            value.entries.back().key = key.str();
            value.entries.back().key_at = begin_of(key.source());
        }
    }
    return value;
}

}  // namespace

const TomlValue* TomlValue::find(std::string_view name) const {
    const auto found = std::ranges::find(entries, name, &TomlValue::key);
    return found == entries.end() ? nullptr : &*found;
}

TomlValue parse_toml(std::string_view toml, const std::string& source) {
    const std::string ascii = guard_toml(toml, source);
    try {
        return value_of(toml::parse(ascii, source));
    } catch (const toml::parse_error& error) {
        refuse_toml(source, begin_of(error.source()), std::string(error.description()));
    }
}

std::string read_toml_file(const std::string& path, std::string_view kind) {
    constexpr std::uintmax_t most = 1 << 20;
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) throw InputError(Exit::scenario, fmt::format("cannot read '{}': {}", path, error.message()));
    if (size > most)
        throw InputError(Exit::scenario, fmt::format("'{}' is larger than 1 MiB: no {}", path, kind));
    std::optional<std::string> text = read_text(path);
    if (!text) throw InputError(Exit::scenario, fmt::format("cannot read '{}'", path));
    return *std::move(text);
}

void refuse_toml(const std::string& source, TomlPlace at, const std::string& what) {
    throw InputError(Exit::scenario, fmt::format("{}:{}:{}: {}", source, at.line, at.column, what));
}

}  // namespace netcvr
