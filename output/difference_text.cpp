#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "output/difference.h"
#include "output/table.h"

namespace netcvr {
namespace {

using Json = nlohmann::ordered_json;

/// A value that fits a table: lists of 24 numbers do not.
std::string shortened(const std::string& value) {
    constexpr std::size_t most = 32;
    if (value.size() <= most) return value;
    std::size_t end = most - 3;
    while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80) --end;  // not inside a letter
    return value.substr(0, end) + "…";
}

std::string table_of(const std::string& title,
                     const std::vector<ValueDifference>& values,
                     const std::string& a,
                     const std::string& b) {
    if (values.empty()) return "";
    Table table{.header = {title, a, b}, .rows = {}};
    for (const auto& value : values)
        table.rows.push_back({value.name, shortened(value.a), shortened(value.b)});
    return text_table(table) + "\n";
}

std::string columns_table(const Difference& d, const std::string& a, const std::string& b) {
    if (d.columns.empty()) return "";
    Table table{.header = {"column", "rows that differ", "of", "first row", a, b}, .rows = {}};
    for (const auto& c : d.columns)
        table.rows.push_back(
            {c.path, grouped(c.differing), grouped(c.rows), std::to_string(c.first_row), c.a, c.b});
    return text_table(table) + "\n";
}

std::string list_of(const std::string& title, const std::vector<std::string>& columns) {
    return columns.empty()
               ? ""
               : wrapped(fmt::format("only in {}: {}", title, fmt::join(columns, ", ")), 2) + "\n";
}

Json json_of(const std::vector<ValueDifference>& values) {
    Json list = Json::array();
    for (const auto& value : values) list.push_back({{"name", value.name}, {"a", value.a}, {"b", value.b}});
    return list;
}

}  // namespace

std::string difference_text(const Difference& d, const std::string& a, const std::string& b) {
    std::string text = table_of("scenario and attributes", d.values, a, b) +
                       table_of("columns of another shape", d.shapes, a, b) + columns_table(d, a, b) +
                       list_of(a, d.only_a) + list_of(b, d.only_b);
    if (!d.rows_unread.empty()) return text + "Values were not compared: " + d.rows_unread + ".\n";
    return text + fmt::format("{} columns are the same.\n", d.equal);
}

std::string difference_json(const Difference& d, const std::string& a, const std::string& b) {
    Json columns = Json::array();
    for (const auto& c : d.columns)
        columns.push_back({{"column", c.path},
                           {"differing", c.differing},
                           {"rows", c.rows},
                           {"first_row", c.first_row},
                           {"a", c.a},
                           {"b", c.b}});
    const Json json = {{"format", "netcvr-difference"},
                       {"a", a},
                       {"b", b},
                       {"same", d.same()},
                       {"values", json_of(d.values)},
                       {"shapes", json_of(d.shapes)},
                       {"only_a", d.only_a},
                       {"only_b", d.only_b},
                       {"columns", columns},
                       {"equal_columns", d.equal},
                       {"rows_unread", d.rows_unread}};
    return json.dump(2) + "\n";
}

}  // namespace netcvr
