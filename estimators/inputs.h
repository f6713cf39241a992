#pragma once
// What a network reads of a click: one row number of its embedding table per field.
//
// Raw values go up to 655,360 a field, of which a log shows a part. Only values that occur get a row, so that
// tables, their copies and the optimiser's state stay small. This looks at the whole log, but nothing that is
// predicted can depend on it: a row's number means nothing, and its initial weights are addressed by (seed,
// field, value).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "estimators/training.h"
#include "sim/click_log.h"
#include "sim/errors.h"

namespace netcvr {

struct Inputs {
    std::size_t fields = 0;
    std::vector<std::uint32_t> row;        // [clicks × fields], row-major; rows of all fields count through
    std::vector<std::uint32_t> row_field;  // row_field[r]: the field of row r
    std::vector<std::int32_t> row_value;   // row_value[r]: the value it stands for; −1 = missing
    std::vector<std::int32_t> row_cell = {};  // of combined_inputs: [rows × features], the values combined

    std::size_t rows() const { return row_value.size(); }
    std::span<const std::uint32_t> of(std::size_t click) const { return {&row[click * fields], fields}; }
};

/// One field per feature named; all features if none is. Throws InputError: usage for an unknown name, data
/// for a value outside its range.
Inputs separate_inputs(const ClickLog& log, const std::vector<std::string>& fields);

/// Which combination of some features each click shows, numbered by first occurrence.
struct Cells {
    std::vector<std::uint32_t> of;  // [clicks]
    std::size_t count = 0;
};

/// Who asks for features, for messages: `key` names the option, `user` what it is for.
struct Asking {
    Exit exit = Exit::usage;
    std::string key = "--fields", user = "network cells";
};
/// Throws InputError (`asking.exit`) for an unknown name or more than 10^5 combinations, (data) for a value
/// outside its range. All clicks are one cell if no feature is named.
Cells cells_of(const ClickLog& log, const std::vector<std::string>& features, const Asking& asking);

/// One field in all: the combination of the features named, of which at least one must be. row_value is the
/// order of first occurrence. Throws InputError (usage) also where more than 10^5 combinations occur.
Inputs combined_inputs(const ClickLog& log, const std::vector<std::string>& fields);

/// The first with `training.fields`, for network cells the second.
Inputs inputs_of(const ClickLog& log, const Training& training);

/// What rows stand for, in a form that holds in every log.
struct RowKeys {
    std::size_t width = 2;
    std::vector<std::int32_t> part = {};  // [rows × width]: field and value; of a combination, its values

    std::size_t rows() const { return part.size() / width; }
    std::span<const std::int32_t> of(std::size_t row) const { return {&part[row * width], width}; }
};
RowKeys keys_of(const Inputs& inputs);

/// Gives the inputs a row for each of the keys that no click of theirs has, behind their own; all of them
/// must differ. where[k]: the row of key k.
std::vector<std::uint32_t> adopt(Inputs& inputs, const RowKeys& keys);

}  // namespace netcvr
