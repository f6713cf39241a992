// The writing half; log_reader.cpp reads.
#include "sim/log_file.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "sim/artifact.h"
#include "sim/chunk_filter.h"
#include "sim/log_columns.h"
#include "sim/log_users.h"

namespace netcvr {
namespace {

void write_root(Hdf5Writer& file, const LogHeader& header) {
    file.text("/", "format", header.shard ? shard_format : log_format);
    file.integer("/", "format_version", log_format_version);
    file.integer("/", "stream_version", header.stream_version);
    file.integer("/", "seed", header.seed);
    file.text("/", "origin", header.origin);
    if (!header.withheld.empty()) file.text("/", "withheld", header.withheld);
    if (!header.schema.has_refunds) file.text("/", "refunds", refunds_not_recorded);
    if (header.truth.given_inclusion) file.text("/", "selection.truth", truth_given_inclusion);
    file.text("/", "scenario_name", header.scenario_name);
    file.text("/", "scenario_toml", header.scenario_toml);
    file.text("/", "time_origin", header.time_origin);
    file.text("/", "created_by", header.created_by);
    for_each_time(header.schema,
                  [&](const std::string& name, Time value) { file.integer("/", name, value); });
}

/// What merge must know of a shard.
void write_shard(Hdf5Writer& file, const Shard& shard, int compress) {
    const auto number = [&](const char* name, std::size_t value) {
        file.integer("/", name, static_cast<std::int64_t>(value));
    };
    number("shard.index", shard.index + 1);
    number("shard.count", shard.count);
    number("shard.first_row", shard.first_row);
    number("shard.total_rows", shard.total_rows);
    number("shard.compress", static_cast<std::size_t>(compress));
}

/// The digests of a shard's chunks, so that merge need not undo their filters: of every column of the first
/// chunk, then of the second. Both halves of a digest are columns.
void write_slices(Hdf5Writer& file, std::span<const ColumnDigest> columns, int compress) {
    std::vector<std::int64_t> low, high;
    for (std::size_t slice = 0; !columns.empty() && slice < columns[0].slices.size(); ++slice)
        for (const auto& column : columns) {
            low.push_back(static_cast<std::int64_t>(column.slices[slice].low));
            high.push_back(static_cast<std::int64_t>(column.slices[slice].high));
        }
    file.group("/shard");
    for (const auto& [name, values] : {std::pair{"low", &low}, {"high", &high}}) {
        const std::string path = std::string("/shard/digest_") + name;
        file.column(path, std::span<const std::int64_t>(*values), compress);
        file.text(path, "units", "1");
        file.text(path, "description",
                  std::string(name) + " 64 bits of the digest of every column of a chunk, chunk by chunk");
    }
}

/// Turns a column of up to chunk_rows values into a chunk as it lies in the file.
struct ColumnEncoder {
    std::optional<ChunkFilter> filter = {};
    std::vector<unsigned char> changed = {};  // the chunk before the filter, where memory has another

    /// Values as the file has them: `never` is -1, and 0 follows the last row.
    template <class T>
    static void change(std::span<const T> values, std::vector<unsigned char>& bytes) {
        bytes.resize(chunk_rows * sizeof(T));
        T* const out = reinterpret_cast<T*>(bytes.data());
        for (std::size_t i = 0; i < values.size(); ++i)
            out[i] = std::is_same_v<T, Time> && values[i] == static_cast<T>(never) ? T{-1} : values[i];
        std::fill(out + values.size(), out + chunk_rows, T{0});
    }

    /// Without a filter, columns that lie in memory as in the file may be borrowed, not copied.
    template <class T>
    void encode(std::span<const T> values, bool borrow, EncodedRows::Column& out) {
        const bool same = !std::is_same_v<T, Time> && values.size() == chunk_rows;
        const std::span<const unsigned char> memory(reinterpret_cast<const unsigned char*>(values.data()),
                                                    values.size() * sizeof(T));
        out.borrowed = {};
        std::vector<unsigned char>& bytes = filter ? changed : out.bytes;
        if (!same) change(values, bytes);
        const std::span<const unsigned char> chunk = same ? memory : bytes;
        out.digest = digest_of(chunk.data(), memory.size());
        if (filter)
            (*filter)(chunk, sizeof(T), out.bytes);
        else if (same && borrow)
            out.borrowed = chunk;
        else if (same)
            out.bytes.assign(chunk.begin(), chunk.end());
    }
};

}  // namespace

struct RowEncoder::State {
    TruthSchema truth = {};
    ColumnEncoder column = {};
};

RowEncoder::RowEncoder(const LogHeader& header, int compress) : state_(std::make_unique<State>()) {
    state_->truth = header.truth;
    if (compress > 0) state_->column.filter.emplace(compress);
}
RowEncoder::~RowEncoder() = default;
RowEncoder::RowEncoder(RowEncoder&&) noexcept = default;

void RowEncoder::encode(const LogRows& rows, bool borrow, EncodedRows& out) {
    out.rows = rows.log.size();
    assert(out.rows <= chunk_rows);
    std::size_t column = 0;
    const auto add = [&](const LogColumn&, const auto& values) {
        if (values.size() != out.rows) throw std::logic_error("columns of unequal length");
        if (column == out.columns.size()) out.columns.emplace_back();
        state_->column.encode(std::span(values), borrow, out.columns[column++]);
    };
    for_each_log_column(rows.log, add);
    for_each_truth_column(rows.truth, state_->truth, add);
    out.purchases = rows.log.purchases;
}

LogRows empty_rows(const LogHeader& header) {
    return {header.schema, empty_truth(header.truth)};
}

EncodedRows encode_rows(const LogRows& rows, const LogHeader& header, int compress) {
    EncodedRows encoded;
    RowEncoder(header, compress).encode(rows, false, encoded);
    return encoded;
}

struct LogWriter::State {
    State(const std::string& path, bool shard, int level, bool force)
        : artifact(path, force), file(artifact.temporary(), path), is_shard(shard), compress(level) {}

    Artifact artifact;
    Hdf5Writer file;
    bool is_shard;
    int compress;
    std::vector<ColumnDigest> digests;  // of the columns, in the order of EncodedRows; then of /purchases
    std::size_t written = 0;

    // The table of purchases has rows of its own: they are kept until a chunk of them is full.
    LogRows waiting = {};
    std::size_t purchases_written = 0, purchase_columns = 0;
    ColumnEncoder encoder = {};
    std::vector<ColumnDigest> users = {};  // of the table of a sample's users

    void add_purchases(const Purchases& more);
    void write_purchases(std::size_t count);
    std::string digest_log = {}, digest_truth = {};
};

LogWriter::LogWriter(const std::string& path, const LogHeader& header, int compress, bool force)
    : state_(std::make_unique<State>(path, header.shard.has_value(), compress, force)) {
    Hdf5Writer& file = state_->file;
    if (compress > 0) state_->encoder.filter.emplace(compress);
    state_->waiting.log = header.schema;
    write_root(file, header);
    if (header.shard) write_shard(file, *header.shard, compress);
    std::map<std::string, std::vector<std::string>> order = {{"/log", {}}, {"/features", {}}};
    for (const auto& [group, names] : order) file.group(group);
    const auto add = [&]<class T>(const LogColumn& column, const std::vector<T>&) {
        if (order.try_emplace(column.group).second) file.group(column.group);
        file.add_column(column.path(), cell_of<T>(), compress);
        file.text(column.path(), "units", column.units);
        file.text(column.path(), "description", column.description);
        if (!column.denominator.empty()) file.text(column.path(), "denominator", column.denominator);
        if (column.has_missing)
            file.number(column.path(), "missing_value", std::numeric_limits<double>::quiet_NaN());
        if (column.cardinality > 0) file.integer(column.path(), "cardinality", column.cardinality);
        state_->digests.push_back({column.path(), {}});
        order[column.group].push_back(column.name);
    };
    for_each_log_column(header.schema, add);
    const Truth truth = empty_truth(header.truth);
    for_each_truth_column(truth, header.truth, add);
    const std::size_t columns = state_->digests.size();
    for_each_purchase_column(header.schema, add);
    state_->purchase_columns = state_->digests.size() - columns;
    if (header.selection) state_->users = write_selection(file, *header.selection, compress);
    for (const auto& [group, names] : order) file.texts(group, "column_order", names);
}

LogWriter::~LogWriter() = default;

void LogWriter::append(const EncodedRows& rows) {
    State& state = *state_;
    if (rows.columns.size() + state.purchase_columns != state.digests.size() ||
        state.written % chunk_rows != 0)
        throw std::logic_error("rows that do not belong here");
    for (std::size_t k = 0; k < rows.columns.size(); ++k) {
        state.file.write_chunk(state.digests[k].path, state.written / chunk_rows, rows.rows,
                               rows.columns[k].chunk());
        state.digests[k].slices.push_back(rows.columns[k].digest);
    }
    state.add_purchases(rows.purchases);
    state.written += rows.rows;
}

void LogWriter::State::add_purchases(const Purchases& more) {
    Purchases& kept = waiting.log.purchases;
    const std::size_t first = kept.size();
    append_purchases(more, kept);
    for (std::size_t p = first; p < kept.size(); ++p) kept.row[p] += static_cast<std::int64_t>(written);
    while (kept.size() >= chunk_rows) write_purchases(chunk_rows);
}

/// Writes the first `count` purchases that wait, as one chunk.
void LogWriter::State::write_purchases(std::size_t count) {
    std::size_t k = digests.size() - purchase_columns;
    for_each_purchase_column(waiting.log, [&]<class T>(const LogColumn& column, std::vector<T>& values) {
        EncodedRows::Column encoded;
        encoder.encode(std::span<const T>(values).first(count), true, encoded);
        file.write_chunk(column.path(), purchases_written / chunk_rows, count, encoded.chunk());
        digests[k++].slices.push_back(encoded.digest);
        values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
    });
    purchases_written += count;
}

void LogWriter::finish() {
    State& state = *state_;
    if (state.waiting.log.purchases.size() > 0) state.write_purchases(state.waiting.log.purchases.size());
    state.file.integer("/", "rows", static_cast<std::int64_t>(state.written));
    if (state.is_shard)
        write_slices(state.file,
                     std::span(state.digests).first(state.digests.size() - state.purchase_columns),
                     state.compress);
    auto columns = state.digests;
    columns.insert(columns.end(), state.users.begin(), state.users.end());
    const LogDigests digests(columns);
    for (const auto& [group, digest] : digests.group) state.file.text(group, "content_digest", digest);
    state.file.text("/", "content_digest", digests.log_and_features);
    state.digest_log = digests.log_and_features;
    if (digests.group.contains("/truth")) state.digest_truth = digests.group.at("/truth");
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
