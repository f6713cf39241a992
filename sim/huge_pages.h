#pragma once
// Memory for tables that are read at random, and for large columns that come and go: in pages of 2 MiB where
// the system has them, because a page walk costs more than the cache miss it comes before, and the first
// touch of a page more than what is written there.

#include <cstddef>
#include <cstdlib>
#include <new>
#include <sys/mman.h>
#include <vector>

namespace netcvr {

template <class T>
struct HugePages {
    using value_type = T;
    static constexpr std::size_t page = std::size_t{1} << 21;

    HugePages() = default;
    template <class U>
    HugePages(const HugePages<U>& /*other*/) {}

    T* allocate(std::size_t n) {
        const std::size_t alignment = n * sizeof(T) < page ? 64 : page;
        const std::size_t bytes = (n * sizeof(T) + alignment - 1) / alignment * alignment;
        void* memory = std::aligned_alloc(alignment, bytes);
        if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
        if (alignment == page) madvise(memory, bytes, MADV_HUGEPAGE);  // advice: nothing depends on it
#endif
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t /*n*/) {
        std::free(memory);
    }
    bool operator==(const HugePages&) const = default;
};

/// Asks for a cache line into the second level: more of these can be under way than into the first.
inline void fetch_ahead(const void* memory) {
    __builtin_prefetch(memory, 0, 2);
}

template <class T>
using HugeVector = std::vector<T, HugePages<T>>;

}  // namespace netcvr
