#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "sim/log_file.h"
#include "sim/world.h"

namespace netcvr {

struct SimulateOptions {
    std::string path;
    int threads = 1;
    int compress = 1;    // 0 = chunked without filters; 1 … 9 = shuffle + deflate + fletcher32
    bool force = false;  // overwrite
    std::function<void(std::size_t done, std::size_t total)> progress = {};  // rows
};

struct SimulateSummary {
    std::size_t rows = 0;
    std::string digest_log;  // as LogFile's
};

/// What the file says about itself; scenario_toml is the resolved scenario (world.scenario dumped).
LogHeader header_of(const World& world, const std::string& scenario_toml, bool full_truth);

/// Number of clicks of the whole log. Known before any of them is drawn.
std::size_t row_count(const World& world);

/// Rows [first, first + count) of the log and their truth; any rows, in any order, from any thread.
LogRows draw_rows(const World& world, std::size_t first, std::size_t count, bool full_truth);

/// take(rows, rows of the log so far)
using TakeRows = std::function<void(const LogRows& rows, std::size_t done)>;
/// Draws the whole log chunk by chunk on `threads` threads and hands the chunks over in time order, on this
/// one.
void visit_rows(const World& world, bool full_truth, int threads, const TakeRows& take);

/// Draws the whole log, or the shard of it that the header says, chunk by chunk in parallel, into one file in
/// time order. Memory does not grow with clicks.
SimulateSummary simulate(const World& world, const LogHeader& header, const SimulateOptions& options);

/// The whole log in memory, equal to what reading the file of simulate() gives, digests included.
LogFile simulate_in_memory(const World& world, const LogHeader& header, int threads);

}  // namespace netcvr
