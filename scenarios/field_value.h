#pragma once
// One value of one row of a field table: from a file or an argument into its struct, and back to text. The
// checks of types, units and ranges are here, once for TOML and for --set.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/fields.h"

namespace netcvr {

/// A value as somebody wrote it, before any field has judged it.
struct Given {
    std::variant<std::int64_t, double, std::string, std::vector<Given>> value;
};

/// What an argument says: "[1, 2]" is a list, "3" a whole number, "0.5" a number, all else a text.
Given parse_given(std::string_view text);

/// "0.25" or "1/41"; nothing if it is no number.
std::optional<double> parse_number(std::string_view text);

/// "0.05", "5%" or "1/20"; nothing if it is no share.
std::optional<double> parse_share(std::string_view text);

/// Checks `given` and stores it. Throws InputError (scenario): "targets.cvr = 1.5 is outside …", without a
/// place.
void assign(const Field& field, void* settings, const Given& given);

/// A text in quotes, as TOML that reads back exactly.
std::string toml_text(std::string_view text);
/// The value of a field as TOML that reads back exactly.
std::string to_toml(const Field& field, const void* settings);
/// "0 … 1", "1s … 366d", "mlp, cells"; "" where anything goes.
std::string range_text(const Field& field);
/// Equality of one field in two settings.
bool same_value(const Field& field, const void* a, const void* b);

}  // namespace netcvr
