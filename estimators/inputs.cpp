#include "estimators/inputs.h"

#include <limits>
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
                inputs.row_field.push_back(static_cast<std::uint32_t>(f));
                inputs.row_value.push_back(column.value[i]);
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
    Cells cells = cells_of(log, fields, {});
    Inputs inputs;
    inputs.fields = 1;
    inputs.row = std::move(cells.of);
    inputs.row_field.assign(cells.count, 0);
    for (std::size_t r = 0; r < cells.count; ++r) inputs.row_value.push_back(static_cast<std::int32_t>(r));
    return inputs;
}

}  // namespace netcvr
