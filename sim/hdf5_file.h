#pragma once
// The only door to HDF5: files of groups of equally long 1-D columns with attributes, in a form that h5py,
// PyTables, R and Octave read. Nothing in a file depends on when it was written.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace netcvr {

/// Rows per HDF5 chunk and per slice of a content digest.
inline constexpr std::size_t chunk_rows = 65536;

/// What a column's values are. Little-endian in every file.
enum class Cell : std::uint8_t { int8, int32, int64, float32, float64 };

inline std::size_t width(Cell cell) {
    return cell == Cell::int8 ? 1 : cell == Cell::int32 || cell == Cell::float32 ? 4 : 8;
}
std::string_view name(Cell cell);
/// Of the library in use: "1.10.8".
std::string hdf5_version();

template <class T>
constexpr Cell cell_of() {
    if constexpr (std::is_same_v<T, std::int8_t>) return Cell::int8;
    if constexpr (std::is_same_v<T, std::int32_t>) return Cell::int32;
    if constexpr (std::is_same_v<T, std::int64_t>) return Cell::int64;
    if constexpr (std::is_same_v<T, float>) return Cell::float32;
    if constexpr (std::is_same_v<T, double>) return Cell::float64;
}

/// Owns one HDF5 identifier (hid_t).
class Hdf5Handle {
public:
    using Close = int (*)(std::int64_t);
    Hdf5Handle() = default;
    Hdf5Handle(std::int64_t id, Close close) : id_(id), close_(close) {}
    Hdf5Handle(Hdf5Handle&& other) noexcept : id_(other.id_), close_(other.close_) { other.id_ = -1; }
    Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
        reset();
        id_ = other.id_, close_ = other.close_, other.id_ = -1;
        return *this;
    }
    ~Hdf5Handle() { reset(); }

    std::int64_t id() const { return id_; }
    bool valid() const { return id_ >= 0; }
    /// Closes now; false if HDF5 could not.
    bool reset() {
        const bool good = id_ < 0 || close_(id_) >= 0;
        id_ = -1;
        return good;
    }

private:
    std::int64_t id_ = -1;
    Close close_ = nullptr;
};

/// A new file. Objects are named by absolute paths, "/" is the root. Failures are InputErrors (system) that
/// name `shown`, the path the user asked for, and the system's reason.
class Hdf5Writer {
public:
    /// Creates or truncates `path`; `shown` stands in messages for it.
    Hdf5Writer(const std::string& path, std::string shown);

    void group(const std::string& group);  // its parents exist
    void text(const std::string& object, const std::string& attribute, std::string_view value);
    void texts(const std::string& object,
               const std::string& attribute,
               const std::vector<std::string>& values);
    void integer(const std::string& object, const std::string& attribute, std::int64_t value);
    void number(const std::string& object, const std::string& attribute, double value);

    /// An empty column in chunks of chunk_rows, which write_chunk makes longer. compress 1 … 9 declares
    /// shuffle + deflate(compress) + fletcher32, compress 0 no filters.
    void add_column(const std::string& column, Cell cell, int compress);
    /// Chunk number `chunk` as it lies in the file: chunk_rows values, filtered as declared (chunk_filter.h).
    /// The column then ends after the first `rows` of them.
    void write_chunk(const std::string& column,
                     std::size_t chunk,
                     std::size_t rows,
                     std::span<const unsigned char> bytes);

    /// A whole column at once.
    template <class T>
    void column(const std::string& column, std::span<const T> values, int compress) {
        add_column(column, cell_of<T>(), compress);
        write_column(column, values.data(), sizeof(T), values.size(), compress);
    }

    /// Everything is with the operating system after this. Without it the file is worthless.
    void close();

private:
    void write_column(
        const std::string& column, const void* values, std::size_t width, std::size_t rows, int compress);
    void attribute(const std::string& object,
                   const std::string& attribute,
                   std::int64_t type,
                   std::int64_t space,
                   const void* value);
    [[noreturn]] void fail() const;

    std::string shown_;
    Hdf5Handle file_;
    std::map<std::string, Hdf5Handle> columns_;
};

/// An existing file, read-only and without locks. Failures are InputErrors (data) naming file and object.
class Hdf5Reader {
public:
    explicit Hdf5Reader(const std::string& path);
    ~Hdf5Reader();

    const std::string& path() const { return path_; }
    bool has_group(const std::string& group) const { return has_object(group, true); }
    bool has_column(const std::string& column) const { return has_object(column, false); }
    bool has_attribute(const std::string& object, const std::string& attribute) const;
    std::string text(const std::string& object, const std::string& attribute) const;
    std::vector<std::string> texts(const std::string& object, const std::string& attribute) const;
    std::int64_t integer(const std::string& object, const std::string& attribute) const;
    double number(const std::string& object, const std::string& attribute) const;

    /// Names of the groups within a group, in alphabetical order.
    std::vector<std::string> groups(const std::string& group) const { return names(group, true); }
    /// Names of the columns of a group: as its attribute column_order says, else in alphabetical order.
    std::vector<std::string> columns(const std::string& group) const;

    std::size_t rows(const std::string& column) const;
    Cell cell(const std::string& column) const;
    /// Rows [begin, begin + count) of a column that must hold exactly T.
    template <class T>
    std::vector<T> read(const std::string& column, std::size_t begin, std::size_t count) const {
        std::vector<T> values(check_read(column, cell_of<T>(), begin, count));
        read_into(column, cell_of<T>(), begin, count, values.data());
        return values;
    }
    template <class T>
    std::vector<T> read(const std::string& column) const {
        return read<T>(column, 0, rows(column));
    }

    /// Chunk number `chunk` of a column as it lies in the file, as Hdf5Writer::write_chunk takes it. Which
    /// filters it went through is the caller's to know. The capacity of `bytes` is reused.
    void read_chunk(const std::string& column, std::size_t chunk, std::vector<unsigned char>& bytes) const;

    /// InputError (data): "log.h5: /log/user_id: …".
    [[noreturn]] void fail(const std::string& object, const std::string& what) const;

private:
    bool has_object(const std::string& path, bool group) const;
    void read_scalar(const std::string& object, const std::string& attribute, Cell memory, void* out) const;
    std::vector<std::string> names(const std::string& group, bool groups) const;
    Hdf5Handle open_attribute(const std::string& object, const std::string& attribute) const;
    Hdf5Handle open_column(const std::string& column) const;
    std::size_t check_read(const std::string& column, Cell cell, std::size_t begin, std::size_t count) const;
    void read_into(
        const std::string& column, Cell cell, std::size_t begin, std::size_t count, void* out) const;

    std::string path_;
    std::uint64_t bytes_ = 0;
    Hdf5Handle file_;
};

}  // namespace netcvr
