#pragma once
// Predictions on disk. HDF5: /predictions/<method>/{row int64, cvr, refund_rate, net_cvr, gmv, net_gmv
// float32}, with attributes `copies` (trained on in the stream), `learning_rate` (of the stream),
// `weights_above_20`, `weights_below_0`, `weights_clipped` (met there, loss.h; 0 or absent if nobody says).
// CSV: header `row,cvr,refund_rate,net_cvr,gmv,net_gmv` with `row` and at least one of the others, in any
// order; the file's stem names the method. Rows may come in any order, but must be exactly the clicks of the
// streamed period, each once.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "estimators/train.h"
#include "sim/click_log.h"

namespace netcvr {

/// The clicks that are scored: every one of the streamed period, rows [first, first + count) of the log.
struct StreamedRows {
    std::size_t first = 0, count = 0;
};
StreamedRows streamed_rows(const ClickLog& log);

/// What a predictions file says about its origin.
struct PredictionsHeader {
    std::string log_digest;  // LogFile::digest_log of the log predicted; "" = not stated
    std::int64_t stream_version = 0;
    std::string training;  // the training settings as text, one `key = value` a line
};

/// Appears whole or not at all. Throws InputError (exists) if `path` exists and !force.
void write_predictions(const std::string& path,
                       const PredictionsHeader& header,
                       const std::vector<Predictions>& predictions,
                       bool force);

/// Reads one file (CSV if its name ends in .csv, else HDF5) and checks it against the log: every click of the
/// streamed period once, probabilities in [0, 1], money >= 0. Rows come back increasing. Throws InputError
/// (data).
std::vector<Predictions> read_predictions(const std::string& path,
                                          const ClickLog& log,
                                          const std::string& log_digest);
/// The same for several files in order; a method named twice is an InputError (usage).
std::vector<Predictions> read_predictions(const std::vector<std::string>& paths,
                                          const ClickLog& log,
                                          const std::string& log_digest);

}  // namespace netcvr
