#include "sim/digest.h"

#include <array>
#include <bit>

#define XXH_INLINE_ALL  // compiled here, for the processor at hand: the library's own is for the oldest
#include <xxhash.h>

#include <fmt/core.h>

namespace netcvr {

static_assert(std::endian::native == std::endian::little, "columns are hashed as they lie in memory");

Digest digest_of(const void* bytes, std::size_t size) {
    const XXH128_hash_t hash = XXH3_128bits(bytes, size);
    return {hash.low64, hash.high64};
}

std::string combined(const std::vector<ColumnDigest>& columns) {
    std::string bytes;
    for (const auto& column : columns) {
        bytes += column.path;
        bytes += '\0';
        for (const auto& slice : column.slices) {
            const auto words = std::bit_cast<std::array<char, sizeof(Digest)>>(slice);
            bytes.append(words.data(), words.size());
        }
    }
    const Digest all = digest_of(bytes.data(), bytes.size());
    return fmt::format("{:016x}{:016x}", all.high, all.low);
}

}  // namespace netcvr
