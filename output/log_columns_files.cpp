#include "output/log_columns_files.h"

#include <cstring>
#include <functional>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/artifact.h"
#include "sim/errors.h"
#include "sim/log_columns.h"
#include "sim/text_rows.h"

namespace netcvr {
namespace {

using Json = nlohmann::ordered_json;

/// /truth and /purchases have names that /log has too; a truth before selection says that it is one.
std::string name_of(const LogColumn& column) {
    const bool plain = column.group == "/log" || column.group == "/features";
    return plain ? column.name : column.group.substr(1) + "_" + column.name;
}

/// Names become headers and files: each once, and none that leads elsewhere.
class Names {
public:
    std::string add(const LogColumn& column) {
        std::string name = name_of(column);
        if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos)
            throw InputError(Exit::data,
                             fmt::format("column {}: '{}' is no name for a file", column.path(), name));
        if (!seen_.insert(name).second)
            throw InputError(Exit::data, fmt::format("column {}: '{}' is there twice", column.path(), name));
        return name;
    }

private:
    std::set<std::string> seen_;
};

template <class Visit>
void for_each_row_column(const LogFile& file, Visit visit) {
    for_each_log_column(file.log, [&](const LogColumn& column, const auto& values) {
        if (file.log.has_refunds || column.path() != "/log/refund_time") visit(column, values);
    });
    if (const Truth* truth = file.stated_truth()) for_each_truth_column(*truth, file.header.truth, visit);
}

template <class T>
T as_in_file(T value) {
    if constexpr (std::is_same_v<T, Time>) return value == never ? -1 : value;
    return value;
}

std::string quoted(const std::string& name) {
    if (name.find_first_of(",\"\r\n") == std::string::npos) return name;
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + "\"";
}

template <class T>
const char* numpy_type() {
    return std::is_same_v<T, std::int64_t> ? "<i8" : std::is_same_v<T, std::int32_t> ? "<i4" : "<f4";
}

std::string npy_head(const char* type, std::size_t rows) {
    constexpr std::size_t fixed = 10, alignment = 64;
    std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({},), }}", type, rows);
    text.append(alignment - 1 - (fixed + text.size()) % alignment, ' ');
    text += '\n';
    const std::string magic("\x93NUMPY\x01\x00", 8);
    return magic + static_cast<char>(text.size() % 256) + static_cast<char>(text.size() / 256) + text;
}

}  // namespace

void write_csv(const std::string& path, const LogFile& file, int threads, bool force) {
    std::vector<std::function<void(std::size_t, std::string&)>> append;
    std::string head;
    Names names;
    for_each_row_column(file, [&]<class T>(const LogColumn& column, const std::vector<T>& values) {
        head += (head.empty() ? "" : ",") + quoted(names.add(column));
        append.emplace_back(
            [&values](std::size_t row, std::string& text) { append_number(text, as_in_file(values[row])); });
    });
    write_rows(path, force, threads, head + "\n", file.log.size(),
               [&](std::size_t begin, std::size_t end, std::string& text) {
                   for (std::size_t row = begin; row < end; ++row)
                       for (std::size_t c = 0; c < append.size(); ++c) {
                           append[c](row, text);
                           text += c + 1 == append.size() ? '\n' : ',';
                       }
               });
}

void write_npy(const std::string& path, const LogFile& file, bool force) {
    FolderArtifact folder(path, "columns.json", force);
    Json columns = Json::array();
    Names names;
    const auto add = [&]<class T>(const LogColumn& column, const std::vector<T>& values) {
        const std::string name = names.add(column);
        std::vector<T> copy;
        copy.reserve(values.size());
        for (const T value : values) copy.push_back(as_in_file(value));
        folder.write(name + ".npy", npy_head(numpy_type<T>(), copy.size()),
                     {reinterpret_cast<const char*>(copy.data()), copy.size() * sizeof(T)});
        Json row = {{"file", name + ".npy"}, {"column", column.path()}, {"dtype", numpy_type<T>()},
                    {"rows", copy.size()},   {"units", column.units},   {"description", column.description}};
        if (!column.denominator.empty()) row["denominator"] = column.denominator;
        if (column.cardinality > 0) row["cardinality"] = column.cardinality;
        columns.push_back(std::move(row));
    };
    for_each_row_column(file, add);
    for_each_purchase_column(file.log, add);
    const Json json = {{"format", "netcvr-columns"},
                       {"format_version", 1},
                       {"time_origin", file.header.time_origin},
                       {"log_digest", file.digest_log},
                       {"columns", columns}};
    folder.write("columns.json", "", json.dump(1) + "\n");
    folder.commit();
}

}  // namespace netcvr
