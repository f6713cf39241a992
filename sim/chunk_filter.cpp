#include "sim/chunk_filter.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <libdeflate.h>
#include <new>
#include <utility>

namespace netcvr {
namespace {

constexpr std::size_t checksum_size = 4;

/// All planes in one pass, so that the compiler turns the strided loads into shuffles of registers.
template <std::size_t... K>
void shuffle_planes(const unsigned char* __restrict in,
                    unsigned char* __restrict out,
                    std::size_t n,
                    std::index_sequence<K...>) {
    for (std::size_t i = 0; i < n; ++i) ((out[K * n + i] = in[i * sizeof...(K) + K]), ...);
}

std::uint32_t folded(std::uint32_t sum) {
    return (sum & 0xffff) + (sum >> 16);
}

}  // namespace

void shuffle_bytes(std::span<const unsigned char> in, std::size_t width, std::span<unsigned char> out) {
    assert(in.size() == out.size() && in.size() % width == 0);
    const std::size_t n = in.size() / width;
    if (width == 8) return shuffle_planes(in.data(), out.data(), n, std::make_index_sequence<8>());
    if (width == 4) return shuffle_planes(in.data(), out.data(), n, std::make_index_sequence<4>());
    for (std::size_t k = 0; k < width; ++k)
        for (std::size_t i = 0; i < n; ++i) out[k * n + i] = in[i * width + k];
}

std::uint32_t fletcher32(std::span<const unsigned char> bytes) {
    constexpr std::size_t words_before_overflow = 360;
    std::uint32_t sum = 0, sum_of_sums = 0;
    std::size_t at = 0;
    const auto add = [&](unsigned high, unsigned low) {
        sum += high << 8 | low;
        sum_of_sums += sum;
    };
    while (at + 1 < bytes.size()) {
        const std::size_t end = at + 2 * std::min(words_before_overflow, (bytes.size() - at) / 2);
        for (; at < end; at += 2) add(bytes[at], bytes[at + 1]);
        sum = folded(sum);
        sum_of_sums = folded(sum_of_sums);
    }
    if (at < bytes.size()) {
        add(bytes[at], 0);
        sum = folded(sum);
        sum_of_sums = folded(sum_of_sums);
    }
    return folded(sum_of_sums) << 16 | folded(sum);
}

bool checksum_holds(std::span<const unsigned char> bytes) {
    if (bytes.size() < checksum_size) return false;
    const std::uint32_t sum = fletcher32(bytes.first(bytes.size() - checksum_size));
    for (std::size_t k = 0; k < checksum_size; ++k)
        if (bytes[bytes.size() - checksum_size + k] != static_cast<unsigned char>(sum >> 8 * k)) return false;
    return true;
}

ChunkFilter::ChunkFilter(int level) : compressor_(libdeflate_alloc_compressor(level)) {
    if (compressor_ == nullptr) throw std::bad_alloc();
}

ChunkFilter::~ChunkFilter() {
    libdeflate_free_compressor(compressor_);
}

void ChunkFilter::operator()(std::span<const unsigned char> chunk,
                             std::size_t width,
                             std::vector<unsigned char>& out) {
    shuffled_.resize(chunk.size());
    shuffle_bytes(chunk, width, shuffled_);
    out.resize(libdeflate_zlib_compress_bound(compressor_, chunk.size()) + checksum_size);
    const std::size_t size =
        libdeflate_zlib_compress(compressor_, shuffled_.data(), shuffled_.size(), out.data(), out.size());
    assert(size > 0);
    const std::uint32_t checksum = fletcher32({out.data(), size});
    for (std::size_t k = 0; k < checksum_size; ++k)
        out[size + k] = static_cast<unsigned char>(checksum >> 8 * k);
    out.resize(size + checksum_size);
}

}  // namespace netcvr
