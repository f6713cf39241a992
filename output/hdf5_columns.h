#pragma once
// Columns of the files we write beside a log: each says what it is, and is hashed slice by slice.

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "sim/digest.h"
#include "sim/hdf5_file.h"

namespace netcvr {

inline constexpr std::string_view since_origin = "s since time_origin";

template <class T>
ColumnDigest column_digest(const std::string& path, const std::vector<T>& values) {
    ColumnDigest digest{path, {}};
    for (std::size_t begin = 0; begin < values.size(); begin += chunk_rows)
        digest.slices.push_back(
            digest_of(&values[begin], std::min(chunk_rows, values.size() - begin) * sizeof(T)));
    return digest;
}

struct HdfColumns {
    static constexpr int compress = 1;

    Hdf5Writer& file;
    std::vector<ColumnDigest> digests = {};

    void group(const std::string& path, const std::vector<std::string>& names) {
        file.group(path);
        file.texts(path, "column_order", names);
    }

    template <class T>
    void add(const std::string& path,
             const std::vector<T>& values,
             std::string_view units,
             std::string_view description) {
        file.column<T>(path, values, compress);
        file.text(path, "units", units);
        file.text(path, "description", description);
        digests.push_back(column_digest(path, values));
    }

    /// A rate, or labels whose mean is one, of what.
    template <class T>
    void rate(const std::string& path,
              const std::vector<T>& values,
              std::string_view description,
              std::string_view denominator) {
        add(path, values, "1", description);
        file.text(path, "denominator", denominator);
    }

    /// Of the columns whose paths begin so.
    std::string digest(const std::string& group) const {
        std::vector<ColumnDigest> some;
        std::ranges::copy_if(digests, std::back_inserter(some),
                             [&](const ColumnDigest& column) { return column.path.starts_with(group); });
        return combined(some);
    }
};

}  // namespace netcvr
