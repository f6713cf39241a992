#include "sim/log_shard.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>

#include "sim/chunk_filter.h"
#include "sim/errors.h"
#include "sim/log_columns.h"

namespace netcvr {
namespace {

std::size_t chunks_of(std::size_t rows) {
    return (rows + chunk_rows - 1) / chunk_rows;
}

Shard read_shard(const Hdf5Reader& file) {
    constexpr std::int64_t most = std::int64_t{1} << 40;
    const auto number = [&](const char* name, std::int64_t low) {
        const std::int64_t value = file.integer("/", name);
        if (value < low || value > most)
            file.fail("/", fmt::format("attribute '{}' = {} is no number of rows or shards", name, value));
        return static_cast<std::size_t>(value);
    };
    return {.index = number("shard.index", 1) - 1,
            .count = number("shard.count", 1),
            .first_row = number("shard.first_row", 0),
            .rows = number("rows", 0),
            .total_rows = number("shard.total_rows", 0)};
}

LogHeader read_shard_header(const Hdf5Reader& file) {
    LogHeader header = read_header(file, shard_format);
    header.shard = read_shard(file);
    return header;
}

/// A column of rows as a shard must have it.
struct RowColumn {
    std::string path;
    Cell cell;
};

std::vector<RowColumn> row_columns(const LogHeader& header) {
    std::vector<RowColumn> columns;
    const auto add = [&]<class T>(const LogColumn& column, const std::vector<T>&) {
        columns.push_back({column.path(), cell_of<T>()});
    };
    const Truth truth = empty_truth(header.truth);
    for_each_log_column(header.schema, add);
    for_each_truth_column(truth, header.truth, add);
    return columns;
}

std::int64_t compression(const Hdf5Reader& file) {
    const std::int64_t level = file.integer("/", "shard.compress");
    if (level < 0 || level > 9) file.fail("/", fmt::format("shard.compress = {} is no level", level));
    return level;
}

/// What all shards of a log have in common, by the name a message gives it.
std::vector<std::pair<std::string, std::string>> identity(const Hdf5Reader& file, const LogHeader& header) {
    std::string columns;
    for (const auto& column : row_columns(header)) columns += column.path + " ";
    columns += header.schema.has_purchases ? "/purchases" : "";
    std::vector<std::pair<std::string, std::string>> values = {
        {"stream version", std::to_string(header.stream_version)},
        {"seed", std::to_string(header.seed)},
        {"scenario", header.scenario_toml},
        {"columns", columns},
        {"number of shards", std::to_string(header.shard->count)},
        {"number of rows", std::to_string(header.shard->total_rows)},
        {"compression level", std::to_string(compression(file))},
        {"origin", header.origin},
        {"time origin", header.time_origin},
        {"program", header.created_by},
    };
    return values;
}

/// The first line in which two texts differ, as "'a' … 'b'"; short texts are one line.
std::string difference(const std::string& a, const std::string& b) {
    std::istringstream lines_a(a), lines_b(b);
    std::string line_a, line_b;
    do {
        line_a.clear(), line_b.clear();
        std::getline(lines_a, line_a), std::getline(lines_b, line_b);
    } while (line_a == line_b && (lines_a || lines_b));
    return fmt::format("'{}', not '{}'", line_a, line_b);
}

/// Hands out a shard's rows chunk by chunk, as RowEncoder would have made them.
class ShardReader {
public:
    explicit ShardReader(const std::string& path)
        : file_(path), header_(read_shard_header(file_)), columns_(row_columns(header_)) {
        waiting_.log.has_money = header_.schema.has_money;
        waiting_.log.has_purchases = header_.schema.has_purchases;
        check();
    }

    const Hdf5Reader& file() const { return file_; }
    const LogHeader& header() const { return header_; }

    void read(std::size_t chunk, EncodedRows& out) {
        const std::size_t begin = chunk * chunk_rows;
        out.rows = std::min(chunk_rows, header_.shard->rows - begin);
        out.columns.resize(columns_.size());
        const auto low = file_.read<std::int64_t>("/shard/digest_low", chunk * columns_.size(),
                                                  columns_.size()),
                   high = file_.read<std::int64_t>("/shard/digest_high", chunk * columns_.size(),
                                                   columns_.size());
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            EncodedRows::Column& column = out.columns[c];
            file_.read_chunk(columns_[c].path, chunk, column.bytes);
            column.digest = {static_cast<std::uint64_t>(low[c]), static_cast<std::uint64_t>(high[c])};
            if (!intact(column, columns_[c], out.rows))
                file_.fail(columns_[c].path, fmt::format("damaged: rows {} … {} are not what was written",
                                                         begin, begin + out.rows - 1));
        }
        take_purchases(begin, begin + out.rows, out.purchases);
    }

    /// After the last chunk: the purchases were those that were written.
    void finish() {
        if (!header_.schema.has_purchases) return;
        if (waiting_.log.purchases.size() > 0 || purchases_read_ < file_.rows("/purchases/row"))
            file_.fail("/purchases/row", "names rows that the shard has not");
        for_each_purchase_column(waiting_.log, [&](const LogColumn& column, const auto&) {
            if (purchases_read_ == 0) purchase_digests_.push_back({column.path(), {}});
        });
        if (file_.text("/purchases", "content_digest") != combined(purchase_digests_))
            file_.fail("/purchases", "damaged: its values are not what was written");
    }

private:
    /// The columns have as many rows as stated, the digests kept for merging are those of the groups.
    void check() const {
        const Shard& s = *header_.shard;
        if (s.index >= s.count || s != make_shard(s.total_rows, s.index, s.count))
            file_.fail("/", fmt::format("{} rows from row {} are not shard {} of {} of {} rows", s.rows,
                                        s.first_row, s.index + 1, s.count, s.total_rows));
        for (const auto& column : columns_)
            if (file_.rows(column.path) != s.rows || file_.cell(column.path) != column.cell)
                file_.fail(column.path, fmt::format("is not {} rows of {}", s.rows, name(column.cell)));
        const std::size_t slices = chunks_of(s.rows) * columns_.size();
        std::vector<ColumnDigest> digests;
        for (const auto& column : columns_) digests.push_back({column.path, {}});
        for (const char* half : {"/shard/digest_low", "/shard/digest_high"})
            if (file_.rows(half) != slices) file_.fail(half, fmt::format("has not {} rows", slices));
        const auto low = file_.read<std::int64_t>("/shard/digest_low"),
                   high = file_.read<std::int64_t>("/shard/digest_high");
        for (std::size_t k = 0; k < slices; ++k)
            digests[k % columns_.size()].slices.push_back(
                {static_cast<std::uint64_t>(low[k]), static_cast<std::uint64_t>(high[k])});
        for (const auto& [group, digest] : LogDigests(digests).group)
            if (file_.text(group, "content_digest") != digest)
                file_.fail(group, "its content digest is not that of its chunks: the file was changed");
    }

    bool intact(const EncodedRows::Column& column, const RowColumn& of, std::size_t rows) const {
        const std::span<const unsigned char> bytes(column.bytes);
        const std::size_t size = width(of.cell);
        if (compression(file_) > 0) return checksum_holds(bytes);
        return bytes.size() == chunk_rows * size && digest_of(bytes.data(), rows * size) == column.digest;
    }

    /// The purchases of rows [begin, end), which follow those already taken.
    void take_purchases(std::size_t begin, std::size_t end, Purchases& out) {
        out = {};
        if (!header_.schema.has_purchases) return;
        const auto first = static_cast<std::int64_t>(begin), last = static_cast<std::int64_t>(end);
        Purchases& p = waiting_.log.purchases;
        const std::size_t rows = file_.rows("/purchases/row");
        while (purchases_read_ < rows && (p.row.empty() || p.row.back() < last)) read_purchases(rows);
        const auto count = std::lower_bound(p.row.begin(), p.row.end(), last) - p.row.begin();
        if (count > 0 && p.row.front() < first) file_.fail("/purchases/row", "not in order of rows");
        LogRows taken;
        taken.log.has_money = waiting_.log.has_money, taken.log.has_purchases = true;
        std::vector<void*> targets;
        for_each_purchase_column(taken.log, [&](const LogColumn&, auto& to) { targets.push_back(&to); });
        std::size_t next = 0;
        for_each_purchase_column(waiting_.log, [&]<class T>(const LogColumn&, std::vector<T>& from) {
            static_cast<std::vector<T>*>(targets[next++])->assign(from.begin(), from.begin() + count);
            from.erase(from.begin(), from.begin() + count);
        });
        out = std::move(taken.log.purchases);
        for (auto& row : out.row) row -= first;
    }

    /// Reads one more chunk of purchases.
    void read_purchases(std::size_t rows) {
        const std::size_t count = std::min(chunk_rows, rows - purchases_read_);
        std::size_t c = 0;
        for_each_purchase_column(waiting_.log, [&]<class T>(const LogColumn& column, std::vector<T>& to) {
            auto more = file_.read<T>(column.path(), purchases_read_, count);
            if (c == purchase_digests_.size()) purchase_digests_.push_back({column.path(), {}});
            purchase_digests_[c++].slices.push_back(digest_of(more.data(), count * sizeof(T)));
            if constexpr (std::is_same_v<T, Time>)
                for (auto& value : more) value = value == -1 ? never : value;
            to.insert(to.end(), more.begin(), more.end());
        });
        purchases_read_ += count;
    }

    Hdf5Reader file_;
    LogHeader header_;
    std::vector<RowColumn> columns_;
    LogRows waiting_;  // purchases of rows to come
    std::size_t purchases_read_ = 0;
    std::vector<ColumnDigest> purchase_digests_;  // of what was read
};

ShardFile manifest_line(const ShardReader& reader) {
    const std::string& path = reader.file().path();
    return {.path = path,
            .shard = *reader.header().shard,
            .bytes = std::filesystem::file_size(path),
            .digest_log = reader.file().text("/", "content_digest")};
}

void check_complete(const std::vector<ShardFile>& shards) {
    const std::size_t count = shards[0].shard.count;
    for (std::size_t k = 1; k < shards.size(); ++k)
        if (shards[k].shard.index == shards[k - 1].shard.index)
            throw InputError(Exit::data, fmt::format("{} and {} are both shard {} of {}", shards[k - 1].path,
                                                     shards[k].path, shards[k].shard.index + 1, count));
    for (std::size_t k = 0; k < count; ++k)
        if (k >= shards.size() || shards[k].shard.index != k)
            throw InputError(Exit::data, fmt::format("shard {} of {} is missing", k + 1, count));
}

}  // namespace

Shard make_shard(std::size_t total_rows, std::size_t index, std::size_t count) {
    const std::size_t chunks = chunks_of(total_rows);
    const auto row = [&](std::size_t k) { return std::min(total_rows, chunks * k / count * chunk_rows); };
    return {index, count, row(index), row(index + 1) - row(index), total_rows};
}

std::vector<ShardFile> check_shards(const std::vector<std::string>& paths) {
    std::vector<ShardFile> shards;
    std::vector<std::pair<std::string, std::string>> first;
    for (const auto& path : paths) {
        const ShardReader reader(path);
        const auto own = identity(reader.file(), reader.header());
        if (first.empty()) first = own;
        for (std::size_t k = 0; k < own.size(); ++k)
            if (own[k].second != first[k].second)
                throw InputError(Exit::data, fmt::format("{} belongs to another log than {}: its {} has {}",
                                                         path, paths[0], own[k].first,
                                                         difference(own[k].second, first[k].second)));
        shards.push_back(manifest_line(reader));
    }
    std::ranges::stable_sort(shards, {}, [](const ShardFile& s) { return s.shard.index; });
    if (!shards.empty()) check_complete(shards);
    return shards;
}

void verify_shards(const std::vector<ShardFile>& shards,
                   const std::function<void(std::size_t, std::size_t)>& progress) {
    EncodedRows rows;
    for (const auto& shard : shards) {
        ShardReader reader(shard.path);
        for (std::size_t chunk = 0; chunk < chunks_of(reader.header().shard->rows); ++chunk) {
            reader.read(chunk, rows);
            if (progress)
                progress(shard.shard.first_row + chunk * chunk_rows + rows.rows, shard.shard.total_rows);
        }
        reader.finish();
    }
}

std::string merge_shards(const std::vector<ShardFile>& shards,
                         const std::string& output,
                         bool force,
                         const std::function<void(std::size_t, std::size_t)>& progress) {
    std::optional<LogWriter> writer;
    EncodedRows rows;
    for (const auto& shard : shards) {
        ShardReader reader(shard.path);
        if (!writer) {
            LogHeader header = reader.header();
            header.shard.reset();
            writer.emplace(output, header, static_cast<int>(compression(reader.file())), force);
        }
        for (std::size_t chunk = 0; chunk < chunks_of(reader.header().shard->rows); ++chunk) {
            reader.read(chunk, rows);
            writer->append(rows);
            if (progress)
                progress(shard.shard.first_row + chunk * chunk_rows + rows.rows, shard.shard.total_rows);
        }
        reader.finish();
    }
    if (!writer) throw std::logic_error("no shards");
    writer->finish();
    return writer->digest_log();
}

}  // namespace netcvr
