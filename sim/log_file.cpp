// The writing half; log_reader.cpp reads.
#include "sim/log_file.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>

#include "sim/artifact.h"
#include "sim/chunk_filter.h"
#include "sim/log_columns.h"

namespace netcvr {
namespace {

void write_root(Hdf5Writer& file, const LogHeader& header, std::size_t rows) {
    file.text("/", "format", "netcvr-log");
    file.integer("/", "format_version", log_format_version);
    file.integer("/", "stream_version", header.stream_version);
    file.integer("/", "seed", header.seed);
    file.integer("/", "rows", static_cast<std::int64_t>(rows));
    file.text("/", "scenario_name", header.scenario_name);
    file.text("/", "scenario_toml", header.scenario_toml);
    file.text("/", "time_origin", header.time_origin);
    file.text("/", "created_by", header.created_by);
    for_each_time(header.schema,
                  [&](const std::string& name, Time value) { file.integer("/", name, value); });
}

}  // namespace

struct RowEncoder::State {
    bool full_truth = false;
    std::optional<ChunkFilter> filter = {};
    std::vector<Time> times = {};  // as the file has them, where that differs from memory: `never`, …
    std::vector<std::int32_t> ints = {};  // … and after the last row
    std::vector<float> floats = {};

    std::vector<Time>& changed(Time) { return times; }
    std::vector<std::int32_t>& changed(std::int32_t) { return ints; }
    std::vector<float>& changed(float) { return floats; }

    template <class T>
    void encode(const std::vector<T>& values, EncodedRows::Column& out) {
        const T* chunk = values.data();
        if (std::is_same_v<T, Time> || values.size() < chunk_rows) {
            std::vector<T>& copy = changed(T{});
            copy.assign(values.begin(), values.end());
            copy.resize(chunk_rows);
            if constexpr (std::is_same_v<T, Time>)
                for (auto& value : copy) value = value == never ? -1 : value;
            chunk = copy.data();
        }
        const auto* bytes = reinterpret_cast<const unsigned char*>(chunk);
        const std::size_t size = chunk_rows * sizeof(T);
        out.digest = digest_of(bytes, values.size() * sizeof(T));
        if (filter)
            (*filter)({bytes, size}, sizeof(T), out.bytes);
        else
            out.bytes.assign(bytes, bytes + size);
    }
};

RowEncoder::RowEncoder(const LogHeader& header, int compress) : state_(std::make_unique<State>()) {
    state_->full_truth = header.full_truth;
    if (compress > 0) state_->filter.emplace(compress);
}
RowEncoder::~RowEncoder() = default;
RowEncoder::RowEncoder(RowEncoder&&) noexcept = default;

void RowEncoder::encode(const LogRows& rows, EncodedRows& out) {
    out.rows = rows.log.size();
    assert(out.rows <= chunk_rows);
    std::size_t column = 0;
    const auto add = [&](const LogColumn&, const auto& values) {
        if (values.size() != out.rows) throw std::logic_error("columns of unequal length");
        if (column == out.columns.size()) out.columns.emplace_back();
        state_->encode(values, out.columns[column++]);
    };
    for_each_log_column(rows.log, add);
    for_each_truth_column(rows.truth, state_->full_truth, add);
}

EncodedRows encode_rows(const LogRows& rows, const LogHeader& header, int compress) {
    EncodedRows encoded;
    RowEncoder(header, compress).encode(rows, encoded);
    return encoded;
}

struct LogWriter::State {
    State(const std::string& path, bool force) : artifact(path, force), file(artifact.temporary(), path) {}

    Artifact artifact;
    Hdf5Writer file;
    std::vector<std::string> paths;                         // of the columns, in the order of EncodedRows
    std::vector<ColumnDigest> digests;                      // in the same order
    std::map<std::string, std::vector<std::string>> order;  // group → names
    std::size_t rows = 0, written = 0;
    std::string digest_log, digest_truth;
};

LogWriter::LogWriter(
    const std::string& path, const LogHeader& header, std::size_t rows, int compress, bool force)
    : state_(std::make_unique<State>(path, force)) {
    Hdf5Writer& file = state_->file;
    state_->rows = rows;
    write_root(file, header, rows);
    for (const char* group : {"/log", "/features", "/truth"}) {
        file.group(group);
        state_->order[group] = {};
    }
    const auto add = [&]<class T>(const LogColumn& column, const std::vector<T>&) {
        file.add_column(column.path(), cell_of<T>(), rows, compress);
        file.text(column.path(), "units", column.units);
        file.text(column.path(), "description", column.description);
        if (!column.denominator.empty()) file.text(column.path(), "denominator", column.denominator);
        if (column.cardinality > 0) file.integer(column.path(), "cardinality", column.cardinality);
        state_->paths.push_back(column.path());
        state_->digests.push_back({column.path(), {}});
        state_->order[column.group].push_back(column.name);
    };
    for_each_log_column(header.schema, add);
    const Truth truth{.cvr = {},
                      .refund_rate = {},
                      .net_cvr = {},
                      .conversion_time = {},
                      .refund_time = {},
                      .law = header.law};
    for_each_truth_column(truth, header.full_truth, add);
    for (const auto& [group, names] : state_->order) file.texts(group, "column_order", names);
}

LogWriter::~LogWriter() = default;

void LogWriter::append(const EncodedRows& rows) {
    State& state = *state_;
    if (rows.columns.size() != state.paths.size() || state.written % chunk_rows != 0 ||
        rows.rows > state.rows - state.written)
        throw std::logic_error("rows that do not belong here");
    for (std::size_t k = 0; k < rows.columns.size(); ++k) {
        state.file.write_chunk(state.paths[k], state.written / chunk_rows, rows.columns[k].bytes);
        state.digests[k].slices.push_back(rows.columns[k].digest);
    }
    state.written += rows.rows;
}

void LogWriter::finish() {
    State& state = *state_;
    if (state.written != state.rows) throw std::logic_error("rows are missing");
    const LogDigests digests(state.digests);
    for (const auto& [group, digest] : digests.group) state.file.text(group, "content_digest", digest);
    state.file.text("/", "content_digest", digests.log_and_features);
    state.digest_log = digests.log_and_features;
    state.digest_truth = digests.group.at("/truth");
    state.file.close();
    state.artifact.commit();
}

std::string LogWriter::digest_log() const {
    return state_->digest_log;
}
std::string LogWriter::digest_truth() const {
    return state_->digest_truth;
}

}  // namespace netcvr
