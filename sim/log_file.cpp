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

/// Turns columns into chunks.
class Encoder {
public:
    explicit Encoder(int compress) {
        if (compress > 0) filter_.emplace(compress);
    }

    template <class T>
    EncodedRows::Column operator()(const std::vector<T>& values) {
        constexpr bool is_time = std::is_same_v<T, Time>;
        std::vector<T> changed;  // only where the file differs from memory: `never`, and after the last row
        if (is_time || values.size() < chunk_rows) {
            changed = std::vector<T>(chunk_rows);
            std::copy(values.begin(), values.end(), changed.begin());
        }
        if constexpr (is_time)
            for (auto& value : changed) value = value == never ? -1 : value;
        const std::vector<T>& chunk = changed.empty() ? values : changed;
        const auto* bytes = reinterpret_cast<const unsigned char*>(chunk.data());
        const std::size_t size = chunk_rows * sizeof(T);
        EncodedRows::Column column;
        column.digest = digest_of(bytes, values.size() * sizeof(T));
        if (filter_)
            column.bytes = (*filter_)({bytes, size}, sizeof(T));
        else
            column.bytes.assign(bytes, bytes + size);
        return column;
    }

private:
    std::optional<ChunkFilter> filter_;
};

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

EncodedRows encode_rows(const LogRows& rows, const LogHeader& header, int compress) {
    EncodedRows encoded{.rows = rows.log.size(), .columns = {}};
    assert(encoded.rows <= chunk_rows);
    Encoder encode(compress);
    const auto add = [&](const LogColumn&, const auto& values) {
        if (values.size() != encoded.rows) throw std::logic_error("columns of unequal length");
        encoded.columns.push_back(encode(values));
    };
    for_each_log_column(rows.log, add);
    for_each_truth_column(rows.truth, header.full_truth, add);
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
