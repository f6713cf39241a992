#include "sim/simulate.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/block.h"
#include "sim/log_columns.h"
#include "sim/log_rows.h"
#include "sim/parallel.h"
#include "sim/rng.h"
#include "sim/statements.h"

namespace netcvr {
namespace {

/// Columns of `count` rows, whatever is in them, and no purchases.
void resize_rows(LogRows& rows, const TruthSchema& schema, std::size_t count) {
    const auto visit = [&](const LogColumn&, auto& column) { column.resize(count); };
    for_each_log_column(rows.log, visit);
    for_each_truth_column(rows.truth, schema, visit);
    Purchases& p = rows.log.purchases;
    p.row.clear(), p.ordinal.clear(), p.purchase_time.clear(), p.refund_time.clear();
    p.order_value.clear(), p.refund_value.clear();
}

ClickLog empty_log(const Scenario& s) {
    ClickLog log;
    for (const auto& f : s.features)
        log.features.push_back({f.name, static_cast<std::int32_t>(f.cardinality), {}});
    log.has_money = s.has_money();
    log.has_purchases = s.has_repeats();
    log.windows = s.windows;
    log.protocol = s.protocol;
    log.duration = s.log.duration;
    log.follow_up = s.log.follow_up;
    return log;
}

TruthSchema truth_schema(const Scenario& s, bool full_truth) {
    TruthSchema schema{.more = statements(s), .full = full_truth, .law = {}};
    if (full_truth) schema.law = law_columns(s);
    return schema;
}

/// Draws rows and keeps what it needs from one time to the next.
class RowMaker {
public:
    RowMaker(const World& world, bool full_truth)
        : world_(world), schema_(truth_schema(world.scenario, full_truth)) {
        rows.log = empty_log(world.scenario);
        rows.truth = empty_truth(schema_);
    }

    /// A chunk is made from the blocks that overlap it. Of a block on the edge of two chunks each draws its
    /// own part: only the clicks' times are drawn twice, and nothing is handed over between threads.
    void draw(std::size_t first, std::size_t count) {
        const Arrivals& a = world_.arrivals;
        resize_rows(rows, schema_, count);
        std::size_t low = 0, high = a.blocks();
        while (high - low > 1) {  // the last block that begins at or before `first`
            const std::size_t middle = (low + high) / 2;
            (a.first_row(middle) <= first ? low : high) = middle;
        }
        for (std::size_t b = low; b < a.blocks() && a.first_row(b) < first + count; ++b) {
            const std::size_t begin = std::max(first, a.first_row(b)),
                              end = std::min(first + count, a.first_row(b + 1));
            const BlockPart part{b, begin - a.first_row(b), end - a.first_row(b), begin - first};
            if (begin < end) draw_block(world_, part, schema_.full, buffers_, rows);
        }
    }

    LogRows rows;

private:
    const World& world_;
    TruthSchema schema_;
    BlockBuffers buffers_;
};

/// Draws and encodes the log, or the shard of it that the header says, chunk by chunk on `threads` threads;
/// take(rows, encoded, rows so far) gets them in order.
template <class Take>
void for_each_chunk(const World& world, const LogHeader& header, int compress, int threads, Take take) {
    const std::size_t first = header.shard ? header.shard->first_row : 0,
                      rows = header.shard ? header.shard->rows : row_count(world);
    const std::size_t chunks = (rows + chunk_rows - 1) / chunk_rows;
    const std::size_t window = 2 * static_cast<std::size_t>(thread_count(threads)) + 1;
    struct Work {
        RowMaker maker;
        RowEncoder encoder;
        EncodedRows encoded = {};
    };
    std::vector<Work> slots;
    for (std::size_t s = 0; s < window; ++s)
        slots.push_back({RowMaker(world, header.truth.full), RowEncoder(header, compress)});
    ordered_pipeline(
        chunks, thread_count(threads), window,
        [&](std::size_t k, std::size_t s) {
            Work& slot = slots[s];
            slot.maker.draw(first + k * chunk_rows, std::min(chunk_rows, rows - k * chunk_rows));
            slot.encoder.encode(slot.maker.rows, true, slot.encoded);
        },
        [&](std::size_t k, std::size_t s) {
            take(slots[s].maker.rows, slots[s].encoded, std::min(rows, (k + 1) * chunk_rows));
        });
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
    header.truth = truth_schema(s, full_truth);
    return header;
}

std::size_t row_count(const World& world) {
    return world.arrivals.first_row(world.arrivals.blocks());
}

void visit_rows(const World& world, bool full_truth, int threads, const TakeRows& take) {
    const std::size_t rows = row_count(world), chunks = (rows + chunk_rows - 1) / chunk_rows;
    const std::size_t window = 2 * static_cast<std::size_t>(thread_count(threads)) + 1;
    std::vector<RowMaker> slots;
    for (std::size_t s = 0; s < window; ++s) slots.emplace_back(world, full_truth);
    ordered_pipeline(
        chunks, thread_count(threads), window,
        [&](std::size_t k, std::size_t s) {
            slots[s].draw(k * chunk_rows, std::min(chunk_rows, rows - k * chunk_rows));
        },
        [&](std::size_t k, std::size_t s) { take(slots[s].rows, std::min(rows, (k + 1) * chunk_rows)); });
}

LogRows draw_rows(const World& world, std::size_t first, std::size_t count, bool full_truth) {
    RowMaker maker(world, full_truth);
    if (count > 0) maker.draw(first, count);
    return std::move(maker.rows);
}

SimulateSummary simulate(const World& world, const LogHeader& header, const SimulateOptions& options) {
    const std::size_t rows = header.shard ? header.shard->rows : row_count(world);
    LogWriter writer(options.path, header, options.compress, options.force);
    for_each_chunk(world, header, options.compress, options.threads,
                   [&](const LogRows&, const EncodedRows& encoded, std::size_t done) {
                       writer.append(encoded);
                       if (options.progress) options.progress(done, rows);
                   });
    writer.finish();
    return {rows, writer.digest_log()};
}

LogFile simulate_in_memory(const World& world, const LogHeader& header, int threads) {
    LogRows whole = empty_rows(header);
    std::vector<ColumnDigest> digests;
    const auto begin = [&](const LogColumn& column, auto& values) {
        digests.push_back({column.path(), {}});
        values.reserve(row_count(world));
    };
    for_each_log_column(whole.log, begin);
    for_each_truth_column(whole.truth, header.truth, begin);
    for_each_chunk(world, header, 0, threads,
                   [&](const LogRows& rows, const EncodedRows& encoded, std::size_t) {
                       append_rows(rows, header.truth, whole);
                       for (std::size_t c = 0; c < digests.size(); ++c)
                           digests[c].slices.push_back(encoded.columns[c].digest);
                   });
    const LogDigests combined(digests);
    return {.header = header,
            .log = std::move(whole.log),
            .truth = std::move(whole.truth),
            .digest_log = combined.log_and_features,
            .digest_truth = combined.group.at("/truth")};
}

}  // namespace netcvr
