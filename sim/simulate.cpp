#include "sim/simulate.h"

#include <algorithm>
#include <vector>

#include "sim/block.h"
#include "sim/parallel.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

/// Keeps rows [skip, skip + count) of every column.
template <class T>
void keep(std::vector<T>& column, std::size_t skip, std::size_t count) {
    if (column.empty()) return;
    column.erase(column.begin() + static_cast<std::ptrdiff_t>(skip + count), column.end());
    column.erase(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(skip));
}

void keep_rows(LogRows& rows, std::size_t skip, std::size_t count) {
    for (auto* column : {&rows.log.click_time, &rows.log.conversion_time, &rows.log.refund_time,
                         &rows.truth.conversion_time, &rows.truth.refund_time})
        keep(*column, skip, count);
    for (auto* column : {&rows.log.user_id, &rows.log.item_id}) keep(*column, skip, count);
    for (auto& feature : rows.log.features) keep(feature.value, skip, count);
    for (auto* column : {&rows.truth.cvr, &rows.truth.refund_rate, &rows.truth.net_cvr})
        keep(*column, skip, count);
    for (auto& column : rows.truth.law) keep(column.value, skip, count);
}

void clear_rows(LogRows& rows) {
    keep_rows(rows, 0, 0);
}

ClickLog empty_log(const Scenario& s) {
    ClickLog log;
    for (const auto& f : s.features)
        log.features.push_back({f.name, static_cast<std::int32_t>(f.cardinality), {}});
    log.windows = s.windows;
    log.protocol = s.protocol;
    log.duration = s.log.duration;
    log.follow_up = s.log.follow_up;
    return log;
}

/// A chunk is made from the blocks that overlap it; a block on the edge of two chunks is drawn twice, which
/// costs 3 % and saves every hand-over between threads.
void draw_rows_into(const World& world,
                    std::size_t first,
                    std::size_t count,
                    bool full_truth,
                    BlockBuffers& buffers,
                    LogRows& rows) {
    const Arrivals& a = world.arrivals;
    std::size_t low = 0, high = a.blocks();
    while (high - low > 1) {  // the last block that begins at or before `first`
        const std::size_t middle = (low + high) / 2;
        (a.first_row(middle) <= first ? low : high) = middle;
    }
    draw_block(world, low, full_truth, buffers, rows);
    const std::size_t skip = first - a.first_row(low);
    keep_rows(rows, skip, rows.log.size() - skip);  // while there is little to move
    for (std::size_t b = low + 1; b < a.blocks() && a.first_row(b) < first + count; ++b)
        draw_block(world, b, full_truth, buffers, rows);
    keep_rows(rows, 0, count);
}

}  // namespace

LogHeader header_of(const World& world, const std::string& scenario_toml, bool full_truth) {
    const Scenario& s = world.scenario;
    LogHeader header;
    header.scenario_toml = scenario_toml;
    header.scenario_name = s.name;
    header.seed = s.seed;
    header.stream_version = stream_version;
    header.time_origin = s.log.time_origin;
    header.schema = empty_log(s);
    header.full_truth = full_truth;
    if (full_truth) header.law = law_columns();
    return header;
}

std::size_t row_count(const World& world) {
    return world.arrivals.first_row(world.arrivals.blocks());
}

LogRows draw_rows(const World& world, std::size_t first, std::size_t count, bool full_truth) {
    LogRows rows;
    rows.log = empty_log(world.scenario);
    BlockBuffers buffers;
    if (count > 0) draw_rows_into(world, first, count, full_truth, buffers, rows);
    return rows;
}

SimulateSummary simulate(const World& world, const LogHeader& header, const SimulateOptions& options) {
    const std::size_t rows = row_count(world);
    const std::size_t chunks = (rows + chunk_rows - 1) / chunk_rows;
    const int threads = thread_count(options.threads);
    const std::size_t window = 2 * static_cast<std::size_t>(threads) + 1;
    struct Work {
        LogRows rows;
        BlockBuffers buffers;
        RowEncoder encoder;
        EncodedRows encoded = {};
    };
    std::vector<Work> slots;
    for (std::size_t s = 0; s < window; ++s)
        slots.push_back({{empty_log(world.scenario), {}}, {}, RowEncoder(header, options.compress)});

    LogWriter writer(options.path, header, rows, options.compress, options.force);
    ordered_pipeline(
        chunks, threads, window,
        [&](std::size_t k, std::size_t s) {
            Work& slot = slots[s];
            clear_rows(slot.rows);
            draw_rows_into(world, k * chunk_rows, std::min(chunk_rows, rows - k * chunk_rows),
                           options.full_truth, slot.buffers, slot.rows);
            slot.encoder.encode(slot.rows, slot.encoded);
        },
        [&](std::size_t k, std::size_t s) {
            writer.append(slots[s].encoded);
            if (options.progress) options.progress(std::min(rows, (k + 1) * chunk_rows), rows);
        });
    writer.finish();
    return {rows};
}

}  // namespace netcvr
