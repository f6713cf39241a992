#include "output/table.h"

#include <algorithm>

#include <fmt/format.h>

namespace netcvr {
namespace {

std::vector<std::size_t> column_widths(const std::vector<Table>& tables) {
    std::vector<std::size_t> widths;
    const auto widen = [&](const std::vector<std::string>& cells) {
        widths.resize(std::max(widths.size(), cells.size()));
        for (std::size_t c = 0; c < cells.size(); ++c)
            widths[c] = std::max(widths[c], display_width(cells[c]));
    };
    for (const Table& table : tables) {
        widen(table.header);
        for (const auto& row : table.rows) widen(row);
    }
    return widths;
}

std::string text_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c) {
        const std::string padding(widths[c] - display_width(cells[c]), ' ');
        line += c == 0 ? cells[c] + padding : "  " + padding + cells[c];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::string csv_row(const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c) {
        if (c > 0) line += ',';
        if (cells[c].find_first_of(",\"\r\n") == std::string::npos) {
            line += cells[c];
            continue;
        }
        line += '"';
        for (const char letter : cells[c])
            line += letter == '"' ? std::string("\"\"") : std::string(1, letter);
        line += '"';
    }
    return line + "\n";
}

}  // namespace

std::string text_table(const Table& table) {
    return text_tables({table}).front();
}

std::vector<std::string> text_tables(const std::vector<Table>& tables) {
    const std::vector<std::size_t> widths = column_widths(tables);
    std::vector<std::string> texts;
    for (const Table& table : tables) {
        std::string text = text_row(table.header, widths);
        for (const auto& row : table.rows) text += text_row(row, widths);
        texts.push_back(std::move(text));
    }
    return texts;
}

std::string md_table(const Table& table) {
    std::string text = fmt::format("| {} |\n|", fmt::join(table.header, " | "));
    for (std::size_t c = 0; c < table.header.size(); ++c) text += c == 0 ? ":--|" : "--:|";
    text += "\n";
    for (const auto& row : table.rows) text += fmt::format("| {} |\n", fmt::join(row, " | "));
    return text;
}

std::string csv_table(const Table& table) {
    std::string text = csv_row(table.header);
    for (const auto& row : table.rows) text += csv_row(row);
    return text;
}

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string wrapped(std::string_view text, std::size_t indent) {
    std::string result;
    std::size_t column = 0;
    while (!text.empty()) {
        const std::size_t space = text.find(' ', text.find_first_not_of(' '));
        const std::string_view word = text.substr(0, space);  // with the spaces before it
        text.remove_prefix(word.size());
        if (column > 0 && column + display_width(word) > page_width) {
            const std::string_view bare = word.substr(word.find_first_not_of(' '));
            result += "\n" + std::string(indent, ' ') + std::string(bare);
            column = indent + display_width(bare);
        } else {
            result += word;
            column += display_width(word);
        }
    }
    return result + "\n";
}

std::string grouped(std::size_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

std::string exact(const std::optional<double>& number) {
    return number ? fmt::format("{}", *number) : "";
}

}  // namespace netcvr
