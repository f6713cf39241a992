#include "output/html.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace netcvr {
namespace {

/// "0.12 ± 0.03", "−1", "12,345", "1e-05", "–" and nothing: what is read by its digits, not by its letters.
bool is_number(std::string_view cell) {
    if (cell.empty() || cell == "–") return true;
    return cell.find_first_of("0123456789") != std::string_view::npos &&
           std::ranges::none_of(
               cell, [](char c) { return (c >= 'a' && c <= 'z' && c != 'e') || (c >= 'A' && c <= 'Z'); });
}

std::vector<bool> number_columns(const Table& table) {
    std::vector<bool> numbers(table.header.size(), !table.rows.empty());
    for (const auto& row : table.rows)
        for (std::size_t c = 0; c < std::min(row.size(), numbers.size()); ++c)
            numbers[c] = numbers[c] && is_number(row[c]);
    return numbers;
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                result += c;
        }
    return result;
}

std::string json_in_script(std::string_view json) {
    std::string result;
    for (const char c : json) {
        if (c == '<')
            result += "\\u003c";
        else
            result += c;
    }
    return result;
}

// Large tables are most of a page, so end tags that HTML lets out are left out, and numbers, which are most
// cells, need no class.
std::string html_table(const Table& table, std::string_view label, std::string_view css_class) {
    const std::vector<bool> numbers = number_columns(table);
    const auto css = [&](std::size_t c) { return c < numbers.size() && numbers[c] ? "" : " class=t"; };
    std::string html = fmt::format(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table{}>\n<thead><tr>",
        escaped(label), css_class.empty() ? "" : fmt::format(" class=\"{}\"", css_class));
    for (std::size_t c = 0; c < table.header.size(); ++c)
        html += fmt::format("<th scope=\"col\"{}>{}", css(c), escaped(table.header[c]));
    html += "\n<tbody>\n";
    for (const auto& row : table.rows) {
        html += "<tr>";
        for (std::size_t c = 0; c < row.size(); ++c)
            html += fmt::format("<{}{}>{}", c == 0 ? "th" : "td", css(c), escaped(row[c]));
        html += '\n';
    }
    return html + "</table></div>\n";
}

std::string element(std::string_view tag, std::string_view text) {
    return fmt::format("<{0}>{1}</{0}>\n", tag, escaped(text));
}

std::string policy_hash(std::string_view hexadecimal) {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::string_view base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text = "'sha256-";
    // Three hexadecimal digits are two of base 64. Of the 64 the last stands alone: one digit and the
    // padding.
    for (std::size_t k = 0; k < hexadecimal.size(); k += 3) {
        std::size_t bits = 0;
        for (std::size_t i = k; i < k + 3; ++i)
            bits = bits * 16 + (i < hexadecimal.size() ? digits.find(hexadecimal[i]) : 0);
        text += base64[bits / 64];
        text += base64[bits % 64];
    }
    text.back() = '=';
    return text + "'";
}

}  // namespace netcvr
