#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netcvr {

/// Width that tables printed on a terminal stay within.
inline constexpr std::size_t page_width = 110;

/// Cells of a table; rows may be shorter than the header.
struct Table {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;
};

/// Aligned columns two spaces apart, the first to the left and the others to the right, no trailing spaces.
std::string text_table(const Table& table);
/// The same for tables of one header that are read together: their columns have the same widths.
std::vector<std::string> text_tables(const std::vector<Table>& tables);
/// GitHub's form.
std::string md_table(const Table& table);
/// RFC 4180: cells with comma, quote or line end are quoted.
std::string csv_table(const Table& table);

/// Columns a UTF-8 text takes (one per code point: we print no wide or combining characters).
std::size_t display_width(std::string_view text);
/// `text` broken at spaces to page_width; lines after the first start with `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent);
/// 1234567 as "1,234,567".
std::string grouped(std::size_t count);
/// The shortest text that reads back as the same number; "" for none.
std::string exact(const std::optional<double>& number);

}  // namespace netcvr
