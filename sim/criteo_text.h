#pragma once
// Criteo's conversion logs of 2014, and the same with refunds. A category is written as c0 and six
// hexadecimal digits: eight digits that no reader takes for a number, and that are read back as the same
// category. A column in which another text occurs is numbered in order of first appearance instead.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/text_layout.h"

namespace netcvr {

/// integer_1 … integer_8, category_1 … category_9.
std::vector<FeatureColumn> criteo_features();

void read_criteo(const TextFields& fields, Time origin, TextRows& rows);
void read_criteo_refund(const TextFields& fields, Time origin, TextRows& rows);
void prepare_criteo(const TextLayout& layout, TextExport& what);
void append_criteo(
    const TextLayout& layout, const TextExport& what, std::size_t begin, std::size_t end, std::string& text);

/// "c000001f" is 31; nothing for another text.
std::optional<std::int32_t> category_of_code(std::string_view code);
void append_code(std::string& text, std::int32_t category);

}  // namespace netcvr
