#pragma once
// Content digests: XXH3-128 of every slice of chunk_rows rows of every column, combined in order with the
// columns' names. They depend on values only: not on threads, compression or the HDF5 library.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace netcvr {

struct Digest {
    std::uint64_t low = 0, high = 0;
    bool operator==(const Digest&) const = default;
};

/// Of `size` bytes; columns are hashed as they lie in the file, little-endian.
Digest digest_of(const void* bytes, std::size_t size);

struct ColumnDigest {
    std::string path;            // "/log/click_time"
    std::vector<Digest> slices;  // slices[k]: of rows [k·chunk_rows, (k + 1)·chunk_rows)
};

/// 32 hexadecimal digits that stand for some columns in their order.
std::string combined(const std::vector<ColumnDigest>& columns);

}  // namespace netcvr
