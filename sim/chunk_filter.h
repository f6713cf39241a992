#pragma once
// HDF5's stock filters shuffle → deflate → fletcher32, computed here so that any thread can prepare a chunk
// that H5Dwrite_chunk then only copies to the file. Every HDF5 reader undoes them with its own filters.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct libdeflate_compressor;

namespace netcvr {

/// Byte k of every value, then byte k + 1 of every value: out[k·n + i] = in[i·width + k]. Sizes are equal.
void shuffle_bytes(std::span<const unsigned char> in, std::size_t width, std::span<unsigned char> out);

/// The checksum HDF5 appends (little-endian) to a chunk: Fletcher's over big-endian 16-bit words.
std::uint32_t fletcher32(std::span<const unsigned char> bytes);

/// Whether a chunk as it lies in the file ends in the checksum of what is before.
bool checksum_holds(std::span<const unsigned char> bytes);

/// One thread's compressor. Equal input gives equal bytes.
class ChunkFilter {
public:
    /// level: deflate's, 1 … 9.
    explicit ChunkFilter(int level);
    ~ChunkFilter();
    ChunkFilter(const ChunkFilter&) = delete;
    ChunkFilter& operator=(const ChunkFilter&) = delete;

    /// out: a whole chunk of values of `width` bytes as it lies in the file. Its capacity is reused.
    void operator()(std::span<const unsigned char> chunk, std::size_t width, std::vector<unsigned char>& out);
    std::vector<unsigned char> operator()(std::span<const unsigned char> chunk, std::size_t width) {
        std::vector<unsigned char> out;
        (*this)(chunk, width, out);
        return out;
    }

private:
    libdeflate_compressor* compressor_;
    std::vector<unsigned char> shuffled_;
};

}  // namespace netcvr
