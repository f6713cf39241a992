#include "estimators/inputs.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

namespace netcvr {
namespace {

constexpr std::size_t most_cells = 100'000;
constexpr std::uint32_t no_row = std::numeric_limits<std::uint32_t>::max();

const FeatureColumn& find_feature(const ClickLog& log, const std::string& name, const Asking& asking) {
    std::vector<std::string> valid;
    valid.reserve(log.features.size());
    for (const auto& column : log.features) {
        if (column.name == name) return column;
        valid.push_back(column.name);
    }
    throw InputError(asking.exit,
                     asking.key + ": no feature '" + name + "' in the log" + suggestion(name, valid));
}

std::vector<const FeatureColumn*> find_features(const ClickLog& log, const std::vector<std::string>& fields) {
    std::vector<const FeatureColumn*> columns;
    columns.reserve(log.features.size());
    for (const auto& name : fields) columns.push_back(&find_feature(log, name, {}));
    if (fields.empty())
        for (const auto& column : log.features) columns.push_back(&column);
    if (columns.empty()) throw InputError(Exit::data, "the log has no features to learn from");
    return columns;
}

/// 0 for missing, 1 + value otherwise.
std::size_t code_of(const FeatureColumn& column, std::size_t click) {
    const std::int32_t value = column.value[click];
    if (value < -1 || value >= column.cardinality)
        throw InputError(Exit::data, "feature '" + column.name + "', row " + std::to_string(click) +
                                         ": value " + std::to_string(value) + " is outside -1 ... " +
                                         std::to_string(column.cardinality - 1));
    return static_cast<std::size_t>(value) + 1;
}

void add_row(Inputs& inputs, std::uint32_t field, std::int32_t value) {
    inputs.row_field.push_back(field);
    inputs.row_value.push_back(value);
}

}  // namespace

Inputs separate_inputs(const ClickLog& log, const std::vector<std::string>& fields) {
    const auto columns = find_features(log, fields);
    Inputs inputs;
    inputs.fields = columns.size();
    inputs.row.resize(log.size() * inputs.fields);
    for (std::size_t f = 0; f < columns.size(); ++f) {
        const FeatureColumn& column = *columns[f];
        std::vector<std::uint32_t> row_of(static_cast<std::size_t>(column.cardinality) + 1, no_row);
        for (std::size_t i = 0; i < log.size(); ++i) {
            std::uint32_t& row = row_of[code_of(column, i)];
            if (row == no_row) {
                row = static_cast<std::uint32_t>(inputs.rows());
                add_row(inputs, static_cast<std::uint32_t>(f), column.value[i]);
            }
            inputs.row[i * inputs.fields + f] = row;
        }
    }
    return inputs;
}

Cells cells_of(const ClickLog& log, const std::vector<std::string>& features, const Asking& asking) {
    Cells cells{.of = std::vector<std::uint32_t>(log.size(), 0), .count = 1};
    // One feature at a time: the pair (combination so far, value) gets a number when it first occurs.
    for (const std::string& name : features) {
        const FeatureColumn& column = find_feature(log, name, asking);
        const std::size_t codes = static_cast<std::size_t>(column.cardinality) + 1;
        std::unordered_map<std::size_t, std::uint32_t> number;
        for (std::size_t i = 0; i < log.size(); ++i) {
            const auto next = static_cast<std::uint32_t>(number.size());
            cells.of[i] = number.try_emplace(cells.of[i] * codes + code_of(column, i), next).first->second;
            if (number.size() > most_cells)
                throw InputError(asking.exit, "more than 100000 combinations of " + asking.key +
                                                  " occur (at '" + column.name + "'); " + asking.user +
                                                  " needs fewer or coarser fields");
        }
        cells.count = number.size();
    }
    return cells;
}

Inputs combined_inputs(const ClickLog& log, const std::vector<std::string>& fields) {
    if (fields.empty())
        throw InputError(Exit::usage,
                         "network cells has one logit per combination of features; name them with --fields");
    const auto columns = find_features(log, fields);
    Inputs inputs;
    inputs.fields = 1;
    inputs.row = cells_of(log, fields, {}).of;
    for (std::size_t i = 0; i < log.size(); ++i)
        if (inputs.row[i] == inputs.rows()) {  // occurs first here
            for (const FeatureColumn* column : columns) inputs.row_cell.push_back(column->value[i]);
            add_row(inputs, 0, static_cast<std::int32_t>(inputs.rows()));
        }
    return inputs;
}

Inputs inputs_of(const ClickLog& log, const Training& training) {
    return training.network == "cells" ? combined_inputs(log, training.fields)
                                       : separate_inputs(log, training.fields);
}

RowKeys keys_of(const Inputs& inputs) {
    if (!inputs.row_cell.empty())
        return {.width = inputs.row_cell.size() / inputs.rows(), .part = inputs.row_cell};
    RowKeys keys;
    for (std::size_t r = 0; r < inputs.rows(); ++r) {
        keys.part.push_back(static_cast<std::int32_t>(inputs.row_field[r]));
        keys.part.push_back(inputs.row_value[r]);
    }
    return keys;
}

std::vector<std::uint32_t> adopt(Inputs& inputs, const RowKeys& keys) {
    const RowKeys own = keys_of(inputs);
    std::vector<std::uint32_t> by_key(own.rows());
    std::iota(by_key.begin(), by_key.end(), 0U);
    using Key = std::span<const std::int32_t>;
    const auto key = [&](std::uint32_t row) { return own.of(row); };
    const auto less = [](Key a, Key b) { return std::ranges::lexicographical_compare(a, b); };
    std::ranges::sort(by_key, less, key);
    std::vector<std::uint32_t> where;
    for (std::size_t k = 0; k < keys.rows(); ++k) {
        const Key wanted = keys.of(k);
        const auto place = std::ranges::lower_bound(by_key, wanted, less, key);
        const bool found = place != by_key.end() && std::ranges::equal(key(*place), wanted);
        where.push_back(found ? *place : static_cast<std::uint32_t>(inputs.rows()));
        if (found) continue;
        if (inputs.row_cell.empty()) {
            add_row(inputs, static_cast<std::uint32_t>(wanted[0]), wanted[1]);
        } else {
            inputs.row_cell.insert(inputs.row_cell.end(), wanted.begin(), wanted.end());
            add_row(inputs, 0, static_cast<std::int32_t>(inputs.rows()));
        }
    }
    return where;
}

}  // namespace netcvr
