#include "output/predictions_csv.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

const std::vector<std::string>& known_columns() {
    static const std::vector<std::string> names = {"row", "cvr", "refund_rate", "net_cvr", "gmv", "net_gmv"};
    return names;
}

/// Cuts text up to the next separator and drops both from `rest`.
std::string_view next_piece(std::string_view& rest, char separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return piece;
}

std::string_view next_line(std::string_view& rest) {
    std::string_view line = next_piece(rest, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::vector<std::string_view> cells_of(std::string_view line) {
    std::vector<std::string_view> cells;
    while (true) {
        const bool last = line.find(',') == std::string_view::npos;
        cells.push_back(next_piece(line, ','));
        if (last) return cells;
    }
}

/// The columns of the header line, checked.
std::vector<std::string> header_of(const std::string& path, std::string_view line) {
    std::vector<std::string> names;
    for (const std::string_view cell : cells_of(line)) {
        if (std::ranges::count(known_columns(), cell) == 0)
            throw InputError(Exit::data, fmt::format("{}:1: unknown column '{}'{}", path, cell,
                                                     suggestion(cell, known_columns())));
        if (std::ranges::count(names, cell) > 0)
            throw InputError(Exit::data, fmt::format("{}:1: column '{}' is repeated", path, cell));
        names.emplace_back(cell);
    }
    if (std::ranges::count(names, "row") == 0)
        throw InputError(
            Exit::data,
            path + ":1: column 'row' is missing; header: row,cvr,refund_rate,net_cvr,gmv,net_gmv");
    if (names.size() == 1)
        throw InputError(Exit::data,
                         path + ":1: none of the columns cvr, refund_rate, net_cvr, gmv, net_gmv");
    return names;
}

template <class T>
T number(std::string_view cell, const std::string& path, std::size_t line, const std::string& key) {
    T value{};
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc{} || end != cell.data() + cell.size())
        throw InputError(Exit::data, fmt::format("{}:{}: {} = '{}' is not a {}number", path, line, key, cell,
                                                 std::is_integral_v<T> ? "whole " : ""));
    return value;
}

/// A probability, or an amount of money.
float forecast(std::string_view cell, const std::string& path, std::size_t line, const std::string& key) {
    const auto value = number<double>(cell, path, line, key);
    const bool money = key.ends_with("gmv");
    const double most = money ? std::numeric_limits<float>::max() : 1.0;
    if (!(value >= 0 && value <= most))
        throw InputError(Exit::data, fmt::format("{}:{}: {} = {}; allowed: {}", path, line, key, cell,
                                                 money ? "0 and more" : "0 to 1"));
    return static_cast<float>(value);
}

std::vector<float>& column_of(Predictions& predictions, const std::string& name) {
    if (name == "gmv") return predictions.gmv;
    if (name == "net_gmv") return predictions.net_gmv;
    return name == "cvr"           ? predictions.cvr
           : name == "refund_rate" ? predictions.refund_rate
                                   : predictions.net_cvr;
}

}  // namespace

CsvPredictions read_predictions_csv(const std::string& path) {
    const std::optional<std::string> text = read_text(path);
    if (!text) throw InputError(Exit::data, path + ": cannot be opened for reading");
    std::string_view rest = *text;
    if (rest.starts_with("\xEF\xBB\xBF"))
        rest.remove_prefix(3);  // a byte order mark, as spreadsheets write it
    CsvPredictions csv;
    csv.predictions.method = std::filesystem::path(path).stem().string();
    const std::vector<std::string> names = header_of(path, next_line(rest));
    for (std::size_t line = 2; !rest.empty(); ++line) {
        const std::vector<std::string_view> cells = cells_of(next_line(rest));
        if (cells.size() != names.size())
            throw InputError(Exit::data, fmt::format("{}:{}: {} values, but the header has {} columns", path,
                                                     line, cells.size(), names.size()));
        for (std::size_t c = 0; c < names.size(); ++c) {
            if (names[c] == "row")
                csv.predictions.row.push_back(number<std::int64_t>(cells[c], path, line, names[c]));
            else
                column_of(csv.predictions, names[c]).push_back(forecast(cells[c], path, line, names[c]));
        }
        csv.line.push_back(line);
    }
    return csv;
}

}  // namespace netcvr
