#include "sim/write_log.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/log_columns.h"
#include "sim/parallel.h"

namespace netcvr {
namespace {

/// Replaces `to` by rows [begin, end) of a column.
template <class T>
void slice(const std::vector<T>& from, std::size_t begin, std::size_t end, std::vector<T>& to) {
    to.assign(from.begin() + static_cast<std::ptrdiff_t>(begin),
              from.begin() + static_cast<std::ptrdiff_t>(end));
}

/// Columns come in one order, so those of a whole log are listed once and looked up by place.
struct Listed {
    std::vector<const void*> columns, purchases;

    Listed(const ClickLog& log, const Truth& truth, const TruthSchema& schema) {
        const auto list = [&](const LogColumn&, const auto& column) { columns.push_back(&column); };
        for_each_log_column(log, list);
        for_each_truth_column(truth, schema, list);
        for_each_purchase_column(log,
                                 [&](const LogColumn&, const auto& column) { purchases.push_back(&column); });
    }
};

void slice_rows(const Listed& whole,
                const ClickLog& log,
                const TruthSchema& schema,
                std::size_t begin,
                std::size_t end,
                LogRows& rows) {
    std::size_t next = 0;
    const auto take = [&]<class T>(const LogColumn&, std::vector<T>& column) {
        slice(*static_cast<const std::vector<T>*>(whole.columns[next++]), begin, end, column);
    };
    for_each_log_column(rows.log, take);
    for_each_truth_column(rows.truth, schema, take);
    const auto place = [&](std::size_t row) {
        return static_cast<std::size_t>(
            std::ranges::lower_bound(log.purchases.row, static_cast<std::int64_t>(row)) -
            log.purchases.row.begin());
    };
    const std::size_t first = place(begin), last = place(end);
    next = 0;
    for_each_purchase_column(rows.log, [&]<class T>(const LogColumn&, std::vector<T>& column) {
        slice(*static_cast<const std::vector<T>*>(whole.purchases[next++]), first, last, column);
    });
    for (auto& row : rows.log.purchases.row) row -= static_cast<std::int64_t>(begin);
}

}  // namespace

std::string write_log(const std::string& path,
                      const LogHeader& header,
                      const ClickLog& log,
                      const Truth& truth,
                      int compress,
                      int threads,
                      bool force) {
    const Listed whole(log, truth, header.truth);
    struct Work {
        LogRows rows;
        RowEncoder encoder;
        EncodedRows encoded = {};
    };
    const std::size_t window = 2 * static_cast<std::size_t>(thread_count(threads)) + 1;
    std::vector<Work> slots;
    for (std::size_t s = 0; s < window; ++s)
        slots.push_back({empty_rows(header), RowEncoder(header, compress)});
    LogWriter writer(path, header, compress, force);
    ordered_pipeline((log.size() + chunk_rows - 1) / chunk_rows, thread_count(threads), window,
                     [&](std::size_t k, std::size_t s) {
                         const std::size_t begin = k * chunk_rows,
                                           end = std::min(log.size(), begin + chunk_rows);
                         slice_rows(whole, log, header.truth, begin, end, slots[s].rows);
                         slots[s].encoder.encode(slots[s].rows, true, slots[s].encoded);
                     },
                     [&](std::size_t, std::size_t s) { writer.append(slots[s].encoded); });
    writer.finish();
    return writer.digest_log();
}

}  // namespace netcvr
