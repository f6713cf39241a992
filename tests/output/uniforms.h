#pragma once

#include <cstddef>
#include <cstdint>

namespace netcvr {

/// 64-bit mixing of a counter (splitmix64): uniforms on (0, 1) for test data.
struct Uniforms {
    std::uint64_t state;
    double operator()() {
        std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return (static_cast<double>((z ^ (z >> 31)) >> 12) + .5) * 0x1p-52;
    }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>((*this)() * static_cast<double>(n)); }
};

}  // namespace netcvr
