#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "estimators/train.h"

namespace netcvr {

struct CsvPredictions {
    Predictions predictions;        // in the order of the file
    std::vector<std::size_t> line;  // line[k]: 1-based line of entry k
};

/// Reads `row` and any of cvr, refund_rate, net_cvr, gmv, net_gmv; the method is the file's stem. LF or CRLF;
/// a last line without an end is a line. Throws InputError (data) naming file and line; ranges and rows are
/// checked by the caller.
CsvPredictions read_predictions_csv(const std::string& path);

}  // namespace netcvr
