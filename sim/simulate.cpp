#include "sim/simulate.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/block.h"
#include "sim/log_columns.h"
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

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

/// visit(column of a, column of b) for every column of two logs of one scenario.
template <class Visit>
void for_each_pair(LogRows& a, const LogRows& b, Visit visit) {
    visit(a.log.click_time, b.log.click_time);
    visit(a.log.conversion_time, b.log.conversion_time);
    visit(a.log.refund_time, b.log.refund_time);
    visit(a.log.user_id, b.log.user_id);
    visit(a.log.item_id, b.log.item_id);
    for (std::size_t f = 0; f < b.log.features.size(); ++f)
        visit(a.log.features[f].value, b.log.features[f].value);
    visit(a.truth.cvr, b.truth.cvr);
    visit(a.truth.refund_rate, b.truth.refund_rate);
    visit(a.truth.net_cvr, b.truth.net_cvr);
    visit(a.truth.conversion_time, b.truth.conversion_time);
    visit(a.truth.refund_time, b.truth.refund_time);
    if (a.truth.law.empty())
        for (const auto& column : b.truth.law) a.truth.law.push_back({column.name, column.description, {}});
    for (std::size_t c = 0; c < b.truth.law.size(); ++c) visit(a.truth.law[c].value, b.truth.law[c].value);
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

LogFile simulate_in_memory(const World& world, const LogHeader& header, int threads) {
    const std::size_t rows = row_count(world);
    const std::size_t chunks = (rows + chunk_rows - 1) / chunk_rows;
    const std::size_t window = 2 * static_cast<std::size_t>(thread_count(threads)) + 1;
    struct Work {
        LogRows rows;
        BlockBuffers buffers = {};
        RowEncoder encoder;  // for its digests alone
        EncodedRows encoded = {};
    };
    std::vector<Work> slots;
    for (std::size_t s = 0; s < window; ++s)
        slots.push_back({.rows = {empty_log(world.scenario), {}}, .encoder = RowEncoder(header, 0)});

    LogRows whole{empty_log(world.scenario), {}};
    for_each_pair(whole, slots[0].rows, [&](auto& column, const auto&) { column.reserve(rows); });
    std::vector<ColumnDigest> digests;
    const auto list = [&](const LogColumn& column, const auto&) { digests.push_back({column.path(), {}}); };
    for_each_log_column(header.schema, list);
    const Truth law{.cvr = {},
                    .refund_rate = {},
                    .net_cvr = {},
                    .conversion_time = {},
                    .refund_time = {},
                    .law = header.law};
    for_each_truth_column(law, header.full_truth, list);
    ordered_pipeline(
        chunks, thread_count(threads), window,
        [&](std::size_t k, std::size_t s) {
            Work& slot = slots[s];
            clear_rows(slot.rows);
            draw_rows_into(world, k * chunk_rows, std::min(chunk_rows, rows - k * chunk_rows),
                           header.full_truth, slot.buffers, slot.rows);
            slot.encoder.encode(slot.rows, slot.encoded);
        },
        [&](std::size_t, std::size_t s) {
            for_each_pair(whole, slots[s].rows, [](auto& to, const auto& from) { append(to, from); });
            for (std::size_t c = 0; c < digests.size(); ++c)
                digests[c].slices.push_back(slots[s].encoded.columns[c].digest);
        });
    const LogDigests combined(digests);
    return {.header = header,
            .log = std::move(whole.log),
            .truth = std::move(whole.truth),
            .digest_log = combined.log_and_features,
            .digest_truth = combined.group.at("/truth")};
}

}  // namespace netcvr
