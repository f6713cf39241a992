#pragma once
// How two of our files differ: logs, or anything else in groups of columns.

#include <cstddef>
#include <string>
#include <vector>

namespace netcvr {

/// A value that the two files do not share.
struct ValueDifference {
    std::string name, a, b;
    bool operator==(const ValueDifference&) const = default;
};

/// A column of both whose values are not the same, bit for bit.
struct ColumnDifference {
    std::string path;
    std::size_t differing = 0, rows = 0;
    std::size_t first_row = 0;  // the first that differs
    std::string a, b;           // its values
    bool operator==(const ColumnDifference&) const = default;
};

struct Difference {
    std::vector<ValueDifference> values;      // of the scenario and the root's attributes
    std::vector<std::string> only_a, only_b;  // columns
    std::vector<ValueDifference> shapes;      // columns of another length or type
    std::vector<ColumnDifference> columns;
    std::size_t equal = 0;         // columns that are the same
    std::string rows_unread = {};  // why values were not compared; "" if they were

    bool same() const {
        return values.empty() && only_a.empty() && only_b.empty() && shapes.empty() && columns.empty();
    }
};

/// `values`: what the files' scenarios differ in. Two seeds share no row, so `compare_rows` is then false.
/// Memory does not grow with the files. Throws InputError (data) for a file that cannot be read.
Difference difference(const std::string& a,
                      const std::string& b,
                      std::vector<ValueDifference> values,
                      bool compare_rows);

std::string difference_text(const Difference& difference, const std::string& a, const std::string& b);
std::string difference_json(const Difference& difference, const std::string& a, const std::string& b);

}  // namespace netcvr
