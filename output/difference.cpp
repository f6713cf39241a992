#include "output/difference.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "sim/hdf5_file.h"
#include "sim/log_columns.h"

namespace netcvr {
namespace {

void add_columns(const Hdf5Reader& file, const std::string& group, std::vector<std::string>& paths) {
    for (const auto& column : file.columns(group)) paths.push_back(fmt::format("{}/{}", group, column));
    for (const auto& inner : file.groups(group)) add_columns(file, fmt::format("{}/{}", group, inner), paths);
}

std::vector<std::string> columns_of(const Hdf5Reader& file) {
    std::vector<std::string> paths;
    for (const auto& group : file.groups("/")) add_columns(file, "/" + group, paths);
    return paths;
}

template <class T>
bool same_bits(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
        return a == b ? std::signbit(a) == std::signbit(b) : std::isnan(a) && std::isnan(b);
    else
        return a == b;
}

template <class T>
ColumnDifference compare(const Hdf5Reader& a, const Hdf5Reader& b, const std::string& path) {
    ColumnDifference found{.path = path, .rows = a.rows(path), .a = {}, .b = {}};
    for (std::size_t begin = 0; begin < found.rows; begin += chunk_rows) {
        const std::size_t count = std::min(chunk_rows, found.rows - begin);
        const auto x = a.read<T>(path, begin, count), y = b.read<T>(path, begin, count);
        for (std::size_t i = 0; i < count; ++i) {
            if (same_bits(x[i], y[i]) || found.differing++ > 0) continue;
            found.first_row = begin + i;
            found.a = fmt::format("{}", x[i]), found.b = fmt::format("{}", y[i]);
        }
    }
    return found;
}

ColumnDifference compare(const Hdf5Reader& a, const Hdf5Reader& b, const std::string& path) {
    switch (a.cell(path)) {
        case Cell::int8:
            return compare<std::int8_t>(a, b, path);
        case Cell::int32:
            return compare<std::int32_t>(a, b, path);
        case Cell::int64:
            return compare<std::int64_t>(a, b, path);
        case Cell::float32:
            return compare<float>(a, b, path);
        case Cell::float64:
            return compare<double>(a, b, path);
    }
    return {};
}

void add_attributes(const Hdf5Reader& a, const Hdf5Reader& b, std::vector<ValueDifference>& values) {
    const auto add = [&](const std::string& name, auto read) {
        const auto value = [&](const Hdf5Reader& file) {
            return file.has_attribute("/", name) ? read(file, name) : std::string("–");
        };
        const std::string in_a = value(a), in_b = value(b);
        if (in_a != in_b) values.push_back({name, in_a, in_b});
    };
    for (const char* name : {"format", "origin", "time_origin"})
        add(name, [](const Hdf5Reader& file, const std::string& key) { return file.text("/", key); });
    std::vector<std::string> integers = {"format_version", "stream_version", "seed", "rows"};
    const ClickLog any;
    for_each_time(any, [&](const std::string& name, Time) { integers.push_back(name); });
    for (const std::string& name : integers)
        add(name, [](const Hdf5Reader& file, const std::string& key) {
            return std::to_string(file.integer("/", key));
        });
}

std::string shape(const Hdf5Reader& file, const std::string& path) {
    return fmt::format("{} rows of {}", file.rows(path), name(file.cell(path)));
}

}  // namespace

Difference difference(const std::string& path_a,
                      const std::string& path_b,
                      std::vector<ValueDifference> values,
                      bool compare_rows) {
    const Hdf5Reader a(path_a), b(path_b);
    Difference found;
    found.values = std::move(values);
    add_attributes(a, b, found.values);
    const auto in_a = columns_of(a), in_b = columns_of(b);
    const std::set<std::string> set_a(in_a.begin(), in_a.end()), set_b(in_b.begin(), in_b.end());
    for (const auto& path : in_b)
        if (!set_a.contains(path)) found.only_b.push_back(path);
    if (!compare_rows) found.rows_unread = "their seeds differ, so no row of one is a row of the other";
    for (const auto& path : in_a) {
        if (!set_b.contains(path)) {
            found.only_a.push_back(path);
        } else if (a.cell(path) != b.cell(path) || (a.rows(path) != b.rows(path) && compare_rows)) {
            found.shapes.push_back({path, shape(a, path), shape(b, path)});
        } else if (compare_rows) {
            ColumnDifference column = compare(a, b, path);
            if (column.differing > 0)
                found.columns.push_back(std::move(column));
            else
                ++found.equal;
        }
    }
    return found;
}

}  // namespace netcvr
