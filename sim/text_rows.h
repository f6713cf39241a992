#pragma once
// Lines of fields separated by tabs: cutting them, reading their values, saying what is wrong with one, and
// writing them. What the fields mean is a layout's business (text_layout.h).

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/time.h"

namespace netcvr {

/// Why a line is refused.
struct TextFault {
    std::size_t line = 0;  // 0-based, within its piece
    std::string what;      // "column 3: '…' is no time"
};

/// Whole lines cut at tabs. A last line may lack its end; lines may end in CR LF.
class TextFields {
public:
    /// Rows end before the first line at fault: bytes that are no UTF-8, NUL, or not `columns` fields.
    TextFields(std::string_view text, std::size_t columns, std::string_view layout);

    std::size_t rows() const { return rows_; }
    std::string_view operator()(std::size_t row, std::size_t column) const {
        const std::uint32_t* start = start_.data() + row * (columns_ + 1) + column;
        return text_.substr(start[0], start[1] - start[0] - 1);
    }
    const std::optional<TextFault>& fault() const { return fault_; }
    std::size_t lines() const { return lines_; }  // of the text, whatever is in them

private:
    void cut_line(std::size_t begin, std::size_t end, std::string_view layout);

    std::string_view text_;
    std::size_t columns_, rows_ = 0, lines_ = 0;
    std::vector<std::uint32_t> start_;  // of each field, and where one more would start; per row columns + 1
    std::optional<TextFault> fault_;
};

/// A field as a message shows it: in quotes, at most 40 bytes, what cannot be printed escaped.
std::string shown(std::string_view field);
/// TextFault of a field: "column 3: '…' is no time"; column is 0-based.
TextFault field_fault(std::size_t line, std::size_t column, std::string_view field, std::string_view what);

/// The first byte of a line that is no UTF-8, or NUL; nothing if there is none.
std::optional<TextFault> byte_fault(std::size_t line, std::string_view text);

/// Digits alone, of a number up to `most`; nothing if the field is something else.
inline std::optional<std::int64_t> whole_number(std::string_view field, std::int64_t most) {
    constexpr std::size_t most_digits = 18;  // no overflow
    if (field.empty() || field.size() > most_digits) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : field) {
        if (c < '0' || c > '9') return std::nullopt;
        value = 10 * value + (c - '0');
    }
    return value > most ? std::nullopt : std::optional(value);
}

/// No time in a file is later: seconds of 400 years.
inline constexpr Time latest_time = Time{400} * 366 * day;

template <class Number>
void append_number(std::string& to, Number value) {
    char digits[32];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// Writes rows [0, rows) as text that appears whole or not at all; append(begin, end, text) is called from
/// `threads` threads for runs of rows. `head` comes first.
void write_rows(const std::string& path,
                bool force,
                int threads,
                std::string_view head,
                std::size_t rows,
                const std::function<void(std::size_t begin, std::size_t end, std::string& text)>& append);

}  // namespace netcvr
