#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace netcvr {

/// Storage that starts at a multiple of 64 bytes. Where a vectorised sum begins its first full step depends
/// on the address, and with it the rounding; aligned, the same numbers give the same bits wherever they
/// happen to live.
template <class T>
struct Aligned {
    using value_type = T;
    static constexpr std::align_val_t boundary{64};

    Aligned() = default;
    template <class U>
    explicit Aligned(const Aligned<U>& /*other*/) {}
    T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), boundary)); }
    void deallocate(T* memory, std::size_t /*n*/) { ::operator delete(memory, boundary); }
    bool operator==(const Aligned& /*other*/) const { return true; }
};

using Floats = std::vector<float, Aligned<float>>;

/// The next offset whose address is aligned as well.
constexpr std::size_t aligned_offset(std::size_t floats) {
    return (floats + 15) / 16 * 16;
}

}  // namespace netcvr
