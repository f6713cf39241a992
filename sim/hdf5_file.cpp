#include "sim/hdf5_file.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <hdf5.h>

#include "sim/artifact.h"
#include "sim/chunk_filter.h"
#include "sim/errors.h"
#include "sim/read_guard.h"

namespace netcvr {
namespace {

static_assert(std::is_same_v<hid_t, std::int64_t> && std::is_same_v<herr_t, int>);

/// HDF5 neither prints its error stack (a setting of each thread) nor cleans up at exit, where after a full
/// disk it would try to write once more.
void quiet() {
    static const bool library = H5dont_atexit() >= 0;
    thread_local const bool thread = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
    static_cast<void>(library), static_cast<void>(thread);
}

herr_t find_errno(unsigned /*n*/, const H5E_error2_t* error, void* found) {
    constexpr std::string_view key = "errno = ";
    const std::string_view text = error->desc == nullptr ? "" : error->desc;
    const std::size_t at = text.find(key);
    if (at != std::string_view::npos)
        std::from_chars(text.data() + at + key.size(), text.data() + text.size(), *static_cast<int*>(found));
    return 0;
}

/// The system's error number behind HDF5's last failure; 0 if it names none.
int system_error_number() {
    int found = 0;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_errno, &found);
    return found;
}

hid_t memory_type(Cell cell) {
    switch (cell) {
        case Cell::int8:
            return H5T_NATIVE_INT8;
        case Cell::int32:
            return H5T_NATIVE_INT32;
        case Cell::int64:
            return H5T_NATIVE_INT64;
        case Cell::float32:
            return H5T_NATIVE_FLOAT;
        case Cell::float64:
            return H5T_NATIVE_DOUBLE;
    }
    return H5I_INVALID_HID;
}

hid_t file_type(Cell cell) {
    switch (cell) {
        case Cell::int8:
            return H5T_STD_I8LE;
        case Cell::int32:
            return H5T_STD_I32LE;
        case Cell::int64:
            return H5T_STD_I64LE;
        case Cell::float32:
            return H5T_IEEE_F32LE;
        case Cell::float64:
            return H5T_IEEE_F64LE;
    }
    return H5I_INVALID_HID;
}

Hdf5Handle utf8_type() {
    Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), H5T_VARIABLE);
    H5Tset_cset(type.id(), H5T_CSET_UTF8);
    return type;
}

/// A list of properties without the times of creation, so that equal content gives equal bytes.
Hdf5Handle timeless(hid_t list_class) {
    Hdf5Handle list(H5Pcreate(list_class), H5Pclose);
    H5Pset_obj_track_times(list.id(), false);
    return list;
}

}  // namespace

std::string_view name(Cell cell) {
    switch (cell) {
        case Cell::int8:
            return "int8";
        case Cell::int32:
            return "int32";
        case Cell::int64:
            return "int64";
        case Cell::float32:
            return "float32";
        case Cell::float64:
            return "float64";
    }
    return "";
}

std::string hdf5_version() {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    return fmt::format("{}.{}.{}", major, minor, release);
}

void Hdf5Writer::fail() const {
    const int error = system_error_number();
    if (error != 0) throw_write_error(shown_, error);
    throw InputError(Exit::system, fmt::format("cannot write '{}': HDF5 refused", shown_));
}

Hdf5Writer::Hdf5Writer(const std::string& path, std::string shown) : shown_(std::move(shown)) {
    quiet();
    const Hdf5Handle creation = timeless(H5P_FILE_CREATE), access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V110);
    file_ = Hdf5Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose);
    if (!file_.valid()) fail();
}

void Hdf5Writer::group(const std::string& group) {
    const Hdf5Handle creation = timeless(H5P_GROUP_CREATE);
    const Hdf5Handle made(H5Gcreate2(file_.id(), group.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT),
                          H5Gclose);
    if (!made.valid()) fail();
}

void Hdf5Writer::attribute(const std::string& object,
                           const std::string& attribute,
                           std::int64_t type,
                           std::int64_t space,
                           const void* value) {
    const Hdf5Handle made(H5Acreate_by_name(file_.id(), object.c_str(), attribute.c_str(), type, space,
                                            H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                          H5Aclose);
    if (!made.valid() || H5Awrite(made.id(), type, value) < 0) fail();
}

void Hdf5Writer::text(const std::string& object, const std::string& attribute, std::string_view value) {
    const Hdf5Handle type = utf8_type(), space(H5Screate(H5S_SCALAR), H5Sclose);
    const std::string owned(value);
    const char* pointer = owned.c_str();
    this->attribute(object, attribute, type.id(), space.id(), &pointer);
}

void Hdf5Writer::texts(const std::string& object,
                       const std::string& attribute,
                       const std::vector<std::string>& values) {
    const hsize_t count = values.size();
    const Hdf5Handle type = utf8_type(), space(H5Screate_simple(1, &count, nullptr), H5Sclose);
    std::vector<const char*> pointers;
    pointers.reserve(values.size() + 1);
    for (const auto& value : values) pointers.push_back(value.c_str());
    pointers.push_back(nullptr);  // an empty list has a place too, or HDF5 refuses it
    this->attribute(object, attribute, type.id(), space.id(), pointers.data());
}

void Hdf5Writer::integer(const std::string& object, const std::string& attribute, std::int64_t value) {
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    this->attribute(object, attribute, H5T_STD_I64LE, space.id(), &value);
}

void Hdf5Writer::number(const std::string& object, const std::string& attribute, double value) {
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    this->attribute(object, attribute, H5T_IEEE_F64LE, space.id(), &value);
}

void Hdf5Writer::add_column(const std::string& column, Cell cell, int compress) {
    const Hdf5Handle creation = timeless(H5P_DATASET_CREATE);
    const hsize_t chunk = chunk_rows, size = 0, unlimited = H5S_UNLIMITED;
    const Hdf5Handle space(H5Screate_simple(1, &size, &unlimited), H5Sclose);
    bool good = H5Pset_chunk(creation.id(), 1, &chunk) >= 0 &&
                H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER) >= 0;
    if (compress > 0)
        good = good && H5Pset_shuffle(creation.id()) >= 0 &&
               H5Pset_deflate(creation.id(), static_cast<unsigned>(compress)) >= 0 &&
               H5Pset_fletcher32(creation.id()) >= 0;
    Hdf5Handle made(H5Dcreate2(file_.id(), column.c_str(), file_type(cell), space.id(), H5P_DEFAULT,
                               creation.id(), H5P_DEFAULT),
                    H5Dclose);
    if (!good || !made.valid()) fail();
    columns_[column] = std::move(made);
}

void Hdf5Writer::write_chunk(const std::string& column,
                             std::size_t chunk,
                             std::size_t rows,
                             std::span<const unsigned char> bytes) {
    quiet();
    const hid_t id = columns_.at(column).id();
    const hsize_t offset = chunk * chunk_rows, size = offset + rows;
    if (H5Dset_extent(id, &size) < 0 ||
        H5Dwrite_chunk(id, H5P_DEFAULT, 0, &offset, bytes.size(), bytes.data()) < 0)
        fail();
}

void Hdf5Writer::write_column(
    const std::string& column, const void* values, std::size_t width, std::size_t rows, int compress) {
    std::vector<unsigned char> chunk;
    for (std::size_t begin = 0; begin < rows; begin += chunk_rows) {
        const std::size_t count = std::min(chunk_rows, rows - begin);
        chunk.assign(chunk_rows * width, 0);
        std::memcpy(chunk.data(), static_cast<const unsigned char*>(values) + begin * width, count * width);
        if (compress > 0) chunk = ChunkFilter(compress)(chunk, width);
        write_chunk(column, begin / chunk_rows, count, chunk);
    }
}

void Hdf5Writer::close() {
    for (auto& [column, handle] : columns_)
        if (!handle.reset()) fail();
    columns_.clear();
    if (H5Fflush(file_.id(), H5F_SCOPE_LOCAL) < 0 || !file_.reset()) fail();
}

Hdf5Reader::Hdf5Reader(const std::string& path) : path_(path) {
    quiet();
    const ReadGuard guard(path_);
    std::error_code error;
    bytes_ = std::filesystem::file_size(path, error);
    if (error) throw InputError(Exit::data, fmt::format("cannot read '{}': {}", path, error.message()));
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_file_locking(access.id(), false, true);
    file_ = Hdf5Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
    if (!file_.valid())
        throw InputError(Exit::data, fmt::format("cannot read '{}': not an HDF5 file, or cut short", path));
}

Hdf5Reader::~Hdf5Reader() {
    const ReadGuard guard(path_);
    file_.reset();
}

void Hdf5Reader::fail(const std::string& object, const std::string& what) const {
    throw InputError(Exit::data, fmt::format("{}: {}: {}", path_, object, what));
}

bool Hdf5Reader::has_object(const std::string& path, bool group) const {
    const ReadGuard guard(path_);
    quiet();
    for (std::size_t end = path.find('/', 1); path != "/"; end = path.find('/', end + 1)) {
        if (H5Lexists(file_.id(), path.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
        if (end == std::string::npos) break;
    }
    const Hdf5Handle object(H5Oopen(file_.id(), path.c_str(), H5P_DEFAULT), H5Oclose);
    return object.valid() && H5Iget_type(object.id()) == (group ? H5I_GROUP : H5I_DATASET);
}

bool Hdf5Reader::has_attribute(const std::string& object, const std::string& attribute) const {
    const ReadGuard guard(path_);
    quiet();
    return H5Aexists_by_name(file_.id(), object.c_str(), attribute.c_str(), H5P_DEFAULT) > 0;
}

Hdf5Handle Hdf5Reader::open_attribute(const std::string& object, const std::string& attribute) const {
    quiet();
    Hdf5Handle opened(
        H5Aopen_by_name(file_.id(), object.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    if (!opened.valid()) fail(object, fmt::format("no attribute '{}'", attribute));
    return opened;
}

std::vector<std::string> Hdf5Reader::texts(const std::string& object, const std::string& attribute) const {
    const ReadGuard guard(path_);
    constexpr hssize_t most = 100000;
    const Hdf5Handle opened = open_attribute(object, attribute);
    const Hdf5Handle type(H5Aget_type(opened.id()), H5Tclose), space(H5Aget_space(opened.id()), H5Sclose);
    const hssize_t count = H5Sget_simple_extent_npoints(space.id());
    if (H5Tget_class(type.id()) != H5T_STRING || count < 0 || count > most)
        fail(object, fmt::format("attribute '{}' is not text", attribute));
    std::vector<std::string> values;
    if (count == 0) return values;
    if (H5Tis_variable_str(type.id()) > 0) {
        std::vector<char*> pointers(static_cast<std::size_t>(count), nullptr);
        if (H5Aread(opened.id(), type.id(), pointers.data()) < 0)
            fail(object, fmt::format("cannot read '{}'", attribute));
        for (const char* pointer : pointers) values.emplace_back(pointer == nullptr ? "" : pointer);
        H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, pointers.data());
        return values;
    }
    const std::size_t size = H5Tget_size(type.id());
    if (size > bytes_) fail(object, fmt::format("attribute '{}' is longer than the file", attribute));
    std::vector<char> characters(static_cast<std::size_t>(count) * size);
    if (H5Aread(opened.id(), type.id(), characters.data()) < 0)
        fail(object, fmt::format("cannot read '{}'", attribute));
    for (std::size_t at = 0; at < characters.size(); at += size)
        values.emplace_back(&characters[at], ::strnlen(&characters[at], size));
    return values;
}

std::string Hdf5Reader::text(const std::string& object, const std::string& attribute) const {
    const auto values = texts(object, attribute);
    if (values.size() != 1) fail(object, fmt::format("attribute '{}' is not one text", attribute));
    return values[0];
}

/// One number of class `type_class`, converted to `memory`.
void Hdf5Reader::read_scalar(const std::string& object,
                             const std::string& attribute,
                             Cell memory,
                             void* out) const {
    const ReadGuard guard(path_);
    const Hdf5Handle opened = open_attribute(object, attribute);
    const Hdf5Handle type(H5Aget_type(opened.id()), H5Tclose), space(H5Aget_space(opened.id()), H5Sclose);
    const bool whole = H5Tget_class(type.id()) == H5T_INTEGER;
    if ((!whole && (memory == Cell::int64 || H5Tget_class(type.id()) != H5T_FLOAT)) ||
        H5Sget_simple_extent_npoints(space.id()) != 1 || H5Aread(opened.id(), memory_type(memory), out) < 0)
        fail(object, fmt::format("attribute '{}' is not {}", attribute,
                                 memory == Cell::int64 ? "an integer" : "a number"));
}

std::int64_t Hdf5Reader::integer(const std::string& object, const std::string& attribute) const {
    std::int64_t value = 0;
    read_scalar(object, attribute, Cell::int64, &value);
    return value;
}

double Hdf5Reader::number(const std::string& object, const std::string& attribute) const {
    double value = 0;
    read_scalar(object, attribute, Cell::float64, &value);
    return value;
}

std::vector<std::string> Hdf5Reader::names(const std::string& group, bool groups) const {
    const ReadGuard guard(path_);
    if (!has_object(group, true)) fail(group, "no such group");
    const Hdf5Handle opened(H5Gopen2(file_.id(), group.c_str(), H5P_DEFAULT), H5Gclose);
    std::vector<std::string> found;
    const auto add = [](hid_t, const char* link, const H5L_info_t*, void* list) -> herr_t {
        static_cast<std::vector<std::string>*>(list)->emplace_back(link);
        return 0;
    };
    if (!opened.valid() || H5Literate(opened.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &found) < 0)
        fail(group, "cannot be listed");
    const std::string prefix = group == "/" ? "/" : group + "/";
    std::erase_if(found, [&](const std::string& link) { return !has_object(prefix + link, groups); });
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::string> Hdf5Reader::columns(const std::string& group) const {
    auto found = names(group, false);
    if (!has_attribute(group, "column_order")) return found;
    auto order = texts(group, "column_order");
    auto sorted = order;
    std::sort(sorted.begin(), sorted.end());
    if (sorted != found) fail(group, "attribute 'column_order' does not list exactly the group's columns");
    return order;
}

Hdf5Handle Hdf5Reader::open_column(const std::string& column) const {
    if (!has_object(column, false)) fail(column, "no such column");
    Hdf5Handle opened(H5Dopen2(file_.id(), column.c_str(), H5P_DEFAULT), H5Dclose);
    if (!opened.valid()) fail(column, "cannot be opened");
    return opened;
}

std::size_t Hdf5Reader::rows(const std::string& column) const {
    const ReadGuard guard(path_);
    const Hdf5Handle opened = open_column(column);
    const Hdf5Handle space(H5Dget_space(opened.id()), H5Sclose);
    if (H5Sget_simple_extent_ndims(space.id()) != 1) fail(column, "not one-dimensional");
    hsize_t size = 0;
    H5Sget_simple_extent_dims(space.id(), &size, nullptr);
    return size;
}

Cell Hdf5Reader::cell(const std::string& column) const {
    const ReadGuard guard(path_);
    const Hdf5Handle opened = open_column(column);
    const Hdf5Handle type(H5Dget_type(opened.id()), H5Tclose);
    for (const Cell cell : {Cell::int8, Cell::int32, Cell::int64, Cell::float32, Cell::float64})
        if (H5Tequal(type.id(), file_type(cell)) > 0) return cell;
    fail(column, "neither int8, int32, int64, float32 nor float64 (little-endian)");
}

std::size_t Hdf5Reader::check_read(const std::string& column,
                                   Cell cell,
                                   std::size_t begin,
                                   std::size_t count) const {
    constexpr std::uint64_t best_ratio =
        1100;  // deflate cannot compress better: memory is asked for by honest files only
    const Cell held = this->cell(column);
    if (held != cell) fail(column, fmt::format("holds {}, not {}", name(held), name(cell)));
    const std::size_t total = rows(column);
    if (begin > total || count > total - begin)
        fail(column, fmt::format("has {} rows, not {} from row {}", total, count, begin));
    if (count / best_ratio > bytes_ || count * width(cell) > best_ratio * bytes_ + chunk_rows)
        fail(column, fmt::format("claims {} rows, more than a file of {} bytes can hold", total, bytes_));
    return count;
}

void Hdf5Reader::read_into(
    const std::string& column, Cell cell, std::size_t begin, std::size_t count, void* out) const {
    const ReadGuard guard(path_);
    if (count == 0) return;
    const Hdf5Handle opened = open_column(column);
    const Hdf5Handle space(H5Dget_space(opened.id()), H5Sclose);
    const hsize_t first = begin, size = count;
    const Hdf5Handle memory(H5Screate_simple(1, &size, nullptr), H5Sclose);
    if (H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &first, nullptr, &size, nullptr) < 0 ||
        H5Dread(opened.id(), memory_type(cell), memory.id(), space.id(), H5P_DEFAULT, out) < 0)
        fail(column, "damaged: its bytes cannot be decoded");
}

void Hdf5Reader::read_chunk(const std::string& column,
                            std::size_t chunk,
                            std::vector<unsigned char>& bytes) const {
    const ReadGuard guard(path_);
    const Hdf5Handle opened = open_column(column);
    const Hdf5Handle creation(H5Dget_create_plist(opened.id()), H5Pclose);
    hsize_t length = 0, size = 0;
    if (H5Pget_layout(creation.id()) != H5D_CHUNKED || H5Pget_chunk(creation.id(), 1, &length) != 1 ||
        length != chunk_rows)
        fail(column, fmt::format("not in chunks of {} rows", chunk_rows));
    const hsize_t offset = chunk * chunk_rows;
    if (H5Dget_chunk_storage_size(opened.id(), &offset, &size) < 0 || size == 0 || size > bytes_)
        fail(column, fmt::format("damaged: chunk {} is not there", chunk));
    bytes.resize(size);
    std::uint32_t skipped_filters = 0;
    if (H5Dread_chunk(opened.id(), H5P_DEFAULT, &offset, &skipped_filters, bytes.data()) < 0 ||
        skipped_filters != 0)
        fail(column, fmt::format("damaged: chunk {} cannot be read", chunk));
}

}  // namespace netcvr
