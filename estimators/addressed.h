#pragma once
// Random numbers of training: functions of an address, never of an order of drawing.

#include <algorithm>
#include <cstdint>

namespace netcvr {

/// Steele, Lea and Flood's SplitMix64 finaliser: a good hash of 64 bits.
constexpr std::uint64_t mixed(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/// Uniform in (0, 1) addressed by (seed, part, index, coordinate).
constexpr double uniform_at(std::uint64_t seed,
                            std::uint64_t part,
                            std::uint64_t where,
                            std::uint64_t coordinate) {
    const std::uint64_t bits = mixed(mixed(mixed(mixed(seed) ^ part) ^ where) ^ coordinate);
    // The last of them would round to 1.
    return std::min((static_cast<double>(static_cast<std::int64_t>(bits >> 11)) + 0.5) * 0x1p-53,
                    1 - 0x1p-53);
}

}  // namespace netcvr
