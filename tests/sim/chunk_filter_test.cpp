#include "sim/chunk_filter.h"

#include <cstring>
#include <numeric>
#include <string_view>

#include <gtest/gtest.h>
#include <hdf5.h>

#include "sim/hdf5_file.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

std::vector<unsigned char> noise(std::size_t size) {
    std::vector<unsigned char> bytes(size);
    std::uint32_t state = 1;
    for (auto& byte : bytes)
        byte = static_cast<unsigned char>((state = state * 1664525u + 1013904223u) >> 24);
    return bytes;
}

/// What HDF5's own pipeline leaves in the file for one chunk of `width`-byte integers, byte for byte.
std::vector<unsigned char> stock_chunk(const std::string& path,
                                       std::span<const unsigned char> values,
                                       std::size_t width,
                                       bool deflate,
                                       bool shuffle) {
    const hid_t type = width == 1 ? H5T_STD_I8LE : width == 4 ? H5T_STD_I32LE : H5T_STD_I64LE;
    const hsize_t rows = values.size() / width, origin = 0;
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &rows, nullptr);
    H5Pset_chunk(creation, 1, &rows);
    if (shuffle) H5Pset_shuffle(creation);
    if (deflate) H5Pset_deflate(creation, 1);
    H5Pset_fletcher32(creation);
    const hid_t column = H5Dcreate2(file, "x", type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Dwrite(column, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Fflush(file, H5F_SCOPE_LOCAL);
    hsize_t size = 0;
    H5Dget_chunk_storage_size(column, &origin, &size);
    std::vector<unsigned char> bytes(size);
    std::uint32_t mask = 0;
    H5Dread_chunk(column, H5P_DEFAULT, &origin, &mask, bytes.data());
    H5Dclose(column), H5Sclose(space), H5Pclose(creation);
    H5Fclose(file);
    return bytes;
}

TEST(Fletcher32, is_the_checksum_hdf5_appends) {
    const ScratchFolder folder;
    for (const std::size_t size : {1, 2, 3, 719, 720, 721, 722, 5000, 100001}) {
        // Ones make the sums as large as they get.
        for (const auto& values : {noise(size), std::vector<unsigned char>(size, 0xff)}) {
            const auto stored = stock_chunk(folder.file("stock.h5"), values, 1, false, false);
            ASSERT_EQ(stored.size(), size + 4);
            std::uint32_t checksum = 0;
            std::memcpy(&checksum, stored.data() + size, 4);
            EXPECT_EQ(fletcher32(values), checksum) << size;
        }
    }
}

TEST(ShuffleBytes, orders_bytes_as_hdf5_does) {
    const ScratchFolder folder;
    for (const std::size_t width : {1, 4, 8}) {
        const auto values = noise(width * 1001);
        std::vector<unsigned char> shuffled(values.size());
        shuffle_bytes(values, width, shuffled);
        auto stored = stock_chunk(folder.file("stock.h5"), values, width, false, true);
        stored.resize(values.size());
        EXPECT_EQ(shuffled, stored) << width;
    }
}

template <class T>
void reads_back(int level, std::size_t rows) {
    const ScratchFolder folder;
    const auto path = folder.file("ours.h5");
    std::vector<T> values(rows);
    std::iota(values.begin(), values.end(), T{0});
    Hdf5Writer writer(path, path);
    writer.column<T>("/x", values, level);
    writer.close();

    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t column = H5Dopen2(file, "x", H5P_DEFAULT), creation = H5Dget_create_plist(column);
    EXPECT_EQ(H5Pget_nfilters(creation), level == 0 ? 0 : 3);
    std::vector<T> back(rows);
    const hid_t type = H5Dget_type(column);
    EXPECT_GE(H5Dread(column, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, back.data()), 0);
    EXPECT_EQ(back, values);
    H5Tclose(type), H5Pclose(creation), H5Dclose(column), H5Fclose(file);
}

TEST(ChunkFilter, is_undone_by_the_stock_filters) {
    for (const int level : {0, 1, 6, 9}) {
        reads_back<std::int64_t>(level, 2 * chunk_rows + 5);
        reads_back<std::int32_t>(level, chunk_rows);
        reads_back<float>(level, 3);
        reads_back<std::int8_t>(level, 100);
    }
}

TEST(ChunkFilter, lets_a_flipped_bit_be_noticed) {
    const ScratchFolder folder;
    const auto path = folder.file("ours.h5");
    const std::vector<std::int64_t> values(1000, 7);
    Hdf5Writer writer(path, path);
    writer.add_column("/x", Cell::int64, 1);
    std::vector<unsigned char> chunk(chunk_rows * 8);
    std::memcpy(chunk.data(), values.data(), 8 * values.size());
    auto bytes = ChunkFilter(1)(chunk, 8);
    bytes[bytes.size() / 2] ^= 1;
    writer.write_chunk("/x", 0, values.size(), bytes);
    writer.close();
    EXPECT_ANY_THROW(Hdf5Reader(path).read<std::int64_t>("/x"));
}

}  // namespace
}  // namespace netcvr
