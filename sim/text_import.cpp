#include "sim/text_import.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

#include "sim/criteo_text.h"
#include "sim/errors.h"
#include "sim/log_columns.h"
#include "sim/parallel.h"

namespace netcvr {
namespace {

/// Gives the texts of a column numbers: those they spell while all are codes, else in order of appearance.
class Categories {
public:
    /// Appends the values of a piece, which are codes or places in `words`.
    void append(const std::vector<std::int32_t>& values,
                const std::vector<std::string_view>& words,
                std::vector<std::int32_t>& column) {
        if (!words.empty() && !numbered_) {
            numbered_ = true;
            for (auto& value : column) value = number_of_code(value);
        }
        std::vector<std::int32_t> number;
        number.reserve(words.size());
        for (const std::string_view word : words) number.push_back(number_of(std::string(word)));
        for (const std::int32_t value : values)
            column.push_back(!numbered_ || value < 0 ? value
                             : words.empty()         ? number_of_code(value)
                                                     : number[static_cast<std::size_t>(value)]);
    }

private:
    std::int32_t number_of_code(std::int32_t value) {
        if (value < 0) return value;
        std::string code;
        append_code(code, value);
        return number_of(code);
    }
    std::int32_t number_of(const std::string& text) {
        return number_.try_emplace(text, static_cast<std::int32_t>(number_.size())).first->second;
    }

    bool numbered_ = false;
    std::unordered_map<std::string, std::int32_t> number_;
};

/// A piece of text as one thread reads it.
struct Piece {
    std::string text = {};
    TextRows rows = {};
    std::size_t lines = 0;
    bool overlong = false;

    void read(const TextSource& source, const TextLayout& layout, Time origin, std::size_t k) {
        overlong = !source.read_piece(k, text);
        const TextFields fields(text, layout.columns(), layout.name);
        rows = {};
        rows.log.features = layout.features;
        rows.words.resize(layout.features.size());
        layout.read(fields, origin, rows);
        if (!rows.fault) rows.fault = fields.fault();
        lines = fields.lines();
        if (!rows.fault && overlong)
            rows.fault =
                TextFault{lines, fmt::format("the line is longer than {} bytes", TextSource::longest_line)};
    }
};

/// All pieces so far, in order.
struct Whole {
    ClickLog log;
    std::vector<Categories> categories;
    std::size_t lines = 0, dropped_refunds = 0;

    void append(const TextSource& source, const Piece& piece) {
        const TextRows& rows = piece.rows;
        if (rows.fault)
            throw InputError(Exit::data, fmt::format("{}:{}: {}", source.name(), lines + rows.fault->line + 1,
                                                     rows.fault->what));
        lines += piece.lines;
        dropped_refunds += rows.dropped_refunds;
        const auto first = static_cast<std::int64_t>(log.size());
        const std::size_t purchases = log.purchases.size();
        append_purchases(rows.log.purchases, log.purchases);
        for (std::size_t p = purchases; p < log.purchases.size(); ++p) log.purchases.row[p] += first;
        const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
        append(log.click_time, rows.log.click_time);
        append(log.conversion_time, rows.log.conversion_time);
        append(log.refund_time, rows.log.refund_time);
        for (std::size_t f = 0; f < log.features.size(); ++f)
            categories[f].append(rows.log.features[f].value, rows.words[f], log.features[f].value);
    }
};

template <class T>
void arrange(std::vector<T>& column, const std::vector<std::uint32_t>& order) {
    std::vector<T> arranged;
    arranged.reserve(column.size());
    for (const std::uint32_t i : order) arranged.push_back(column[i]);
    column = std::move(arranged);
}

template <class Key>
std::vector<std::uint32_t> stable_order(const std::vector<Key>& key) {
    std::vector<std::uint32_t> order(key.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return key[i]; });
    return order;
}

/// Clicks of one time stay in the order of the file.
void sort_by_time(ClickLog& log) {
    if (std::ranges::is_sorted(log.click_time)) return;
    const auto order = stable_order(log.click_time);
    std::vector<std::int64_t> place(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) place[order[k]] = static_cast<std::int64_t>(k);
    for (auto& row : log.purchases.row) row = place[static_cast<std::size_t>(row)];
    for (auto* times : {&log.click_time, &log.conversion_time, &log.refund_time}) arrange(*times, order);
    for (auto& feature : log.features) arrange(feature.value, order);
    Purchases& p = log.purchases;
    const auto by_row = stable_order(p.row);
    arrange(p.row, by_row);
    arrange(p.ordinal, by_row);
    arrange(p.purchase_time, by_row);
    arrange(p.refund_time, by_row);
}

/// A table of purchases is there for repeats.
void keep_repeats(ClickLog& log) {
    log.has_purchases = std::ranges::any_of(log.purchases.ordinal, [](std::int32_t k) { return k > 0; });
    if (!log.has_purchases) log.purchases = {};
}

Time last_of(const std::vector<Time>& times) {
    Time last = 0;
    for (const Time time : times)
        if (time != never) last = std::max(last, time);
    return last;
}

}  // namespace

TextImport read_text_log(const TextSource& source,
                         const TextLayout& layout,
                         Time origin,
                         int threads,
                         const std::function<void(std::size_t, std::size_t)>& progress) {
    const std::size_t window = 2 * static_cast<std::size_t>(thread_count(threads)) + 1;
    std::vector<Piece> pieces(window);
    Whole whole{.log = {}, .categories = std::vector<Categories>(layout.features.size())};
    whole.log.has_ids = false;
    whole.log.has_refunds = layout.times > 2;
    whole.log.features = layout.features;
    ordered_pipeline(
        source.pieces(), thread_count(threads), window,
        [&](std::size_t k, std::size_t slot) { pieces[slot].read(source, layout, origin, k); },
        [&](std::size_t k, std::size_t slot) {
            whole.append(source, pieces[slot]);
            if (progress)
                progress(std::min((k + 1) * TextSource::piece_bytes, source.bytes()), source.bytes());
        });
    ClickLog& log = whole.log;
    if (log.size() == 0) throw InputError(Exit::data, fmt::format("'{}' is empty: no clicks", source.name()));
    if (log.size() > std::numeric_limits<std::uint32_t>::max())
        throw InputError(Exit::data, fmt::format("'{}' has more than 4294967295 clicks", source.name()));
    sort_by_time(log);
    Purchases& p = log.purchases;
    Time last = 0;
    for (const auto* times :
         {&log.click_time, &log.conversion_time, &log.refund_time, &p.purchase_time, &p.refund_time})
        last = std::max(last, last_of(*times));
    keep_repeats(log);
    for (auto& feature : log.features)
        if (feature.cardinality == 0) feature.cardinality = std::max(std::ranges::max(feature.value), 0) + 1;
    return {std::move(log), last, whole.dropped_refunds};
}

}  // namespace netcvr
