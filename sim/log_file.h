#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/click_log.h"
#include "sim/digest.h"
#include "sim/hdf5_file.h"
#include "sim/selection.h"
#include "sim/truth.h"

namespace netcvr {

inline constexpr std::int64_t log_format_version = 2;

/// The rows a file has of a log of `total_rows`, as one of `count` shards (log_shard.h).
struct Shard {
    std::size_t index = 0, count = 1;  // 0-based
    std::size_t first_row = 0, rows = 0, total_rows = 0;
    bool operator==(const Shard&) const = default;
};

/// What log.h5 says about itself besides its columns; log columns of `schema` are empty, its names and
/// windows count.
struct LogHeader {
    std::string scenario_toml;  // resolved
    std::string scenario_name;
    std::int64_t seed = 0;
    std::int64_t stream_version = 0;
    std::string time_origin;  // "2025-04-30T16:00:00Z"
    std::string created_by;   // "netcvr 0.1.0"
    ClickLog schema;  // features (name, cardinality), windows, protocol, duration, follow_up, which columns
    TruthSchema truth;
    std::string origin = "simulated";         // what the clicks and outcomes are
    std::optional<Shard> shard = {};          // a part of a log, which only merge reads
    std::optional<Selection> selection = {};  // of a sample's users
    std::string withheld = {};                // what somebody left out of this file; "" = nothing
};

/// Rows of a log; purchases[p].row counts from the first of them.
struct LogRows {
    ClickLog log;
    Truth truth;
};
/// Rows without rows, with the columns that `header` says.
LogRows empty_rows(const LogHeader& header);

/// Columns of up to chunk_rows rows, filtered and hashed, ready to be written. Made by any thread.
struct EncodedRows {
    std::size_t rows = 0;
    struct Column {
        std::vector<unsigned char> bytes;              // a whole chunk as it lies in the file
        std::span<const unsigned char> borrowed = {};  // or where it lies in memory, unless that is empty
        Digest digest = {};                            // of the rows alone
        std::span<const unsigned char> chunk() const { return borrowed.empty() ? bytes : borrowed; }
    };
    std::vector<Column> columns;  // in the order of the file's columns
    Purchases purchases;          // as they are; their table has rows of its own
};

/// One thread's encoder; what it needs in between is kept from chunk to chunk.
class RowEncoder {
public:
    RowEncoder(const LogHeader& header, int compress);
    ~RowEncoder();
    RowEncoder(RowEncoder&&) noexcept;

    /// Equal rows give equal bytes and digests, whatever was encoded before. The capacity of `out` is reused.
    /// `borrow`: columns that need no change point into `rows`, which must stay as they are.
    void encode(const LogRows& rows, bool borrow, EncodedRows& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

EncodedRows encode_rows(const LogRows& rows, const LogHeader& header, int compress);

/// Streams a log to disk; the file appears whole at finish() (temp, fsync, rename) or not at all.
class LogWriter {
public:
    /// compress: 0 none, 1…9 shuffle + deflate + fletcher32. Throws InputError if `path` exists and !force.
    LogWriter(const std::string& path, const LogHeader& header, int compress, bool force);
    ~LogWriter();                          // removes the temporary file unless finished
    void append(const EncodedRows& rows);  // in row order; each but the last of chunk_rows rows
    void finish();
    std::string digest_log() const;  // as LogFile's, after finish()
    std::string digest_truth() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

struct LogFile {
    LogHeader header;
    ClickLog log;
    std::optional<Truth> truth;  // absent if the file has none, or only one before selection
    std::optional<Truth> truth_before_selection = {};  // no law of this log: to be copied, not to be used
    std::string digest_log;                            // of /log and /features, hex
    std::string digest_truth;                          // "" without truth

    /// What the columns of header.truth hold, whichever of the two it is; nullptr without truth.
    const Truth* stated_truth() const {
        return truth ? &*truth : truth_before_selection ? &*truth_before_selection : nullptr;
    }
};

/// Reads and checks a whole log. Throws InputError (data) naming the file and what is wrong with it.
LogFile read_log(const std::string& path);
/// Attributes, column names and digests as stated: the columns themselves stay empty.
LogFile read_log_header(const std::string& path);
/// The header of a file of a format (log_columns.h): a log's, or a shard's but for its `shard`.
LogHeader read_header(const Hdf5Reader& file, std::string_view format);

}  // namespace netcvr
