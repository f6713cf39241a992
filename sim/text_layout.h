#pragma once
// The public text layouts of click logs: lines of tab-separated fields without a header, times first. One
// table, from which import, export and their help come.
//
//   criteo          click, conversion | 8 whole numbers, 9 categories; an empty field = none, missing
//   criteo-refund   click, conversion, refund | the same
//   cascade-raw     click, [purchases], [refunds] in seconds since 1970 | 22 categories, some as [lists]
//   cascade         click, conversion, refund, -1 = none | 22 categories, hashed
//
// Times but the raw ones count from the log's time origin.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/click_log.h"
#include "sim/text_rows.h"

namespace netcvr {

/// Rows of a piece of text, in its order; purchases[p].row counts from the first of them.
struct TextRows {
    ClickLog log;
    /// words[f]: if not empty, values of feature f are places in this list of distinct texts, which lie in
    /// the piece and are in order of appearance.
    std::vector<std::vector<std::string_view>> words;
    std::size_t dropped_refunds = 0;  // of lists that do not say whose they are
    std::optional<TextFault> fault;   // of the line after the rows
};

/// What is written: columns of a log in the order of a layout.
struct TextExport {
    const ClickLog& log;
    Time origin;                                 // seconds since 1970 of the log's second 0
    std::vector<const FeatureColumn*> features;  // as many as the layout has
    int threads = 1;
    /// token[cardinality][c]: cascade-raw's whole number that stands for category c
    std::map<std::int32_t, std::vector<std::uint32_t>> token = {};
};

struct TextLayout {
    std::string_view name, origin;  // origin: what LogHeader::origin says of a log from there
    std::string_view help;
    std::size_t times;                    // columns before the features
    std::vector<FeatureColumn> features;  // names on import; cardinality 0 = as many as the data show

    /// All rows of `fields`, until a fault. origin: seconds since 1970 of second 0.
    void (*read)(const TextFields& fields, Time origin, TextRows& rows);
    /// Refuses values that the layout cannot hold, InputError (data).
    void (*prepare)(const TextLayout& layout, TextExport& what);
    void (*append)(const TextLayout& layout,
                   const TextExport& what,
                   std::size_t begin,
                   std::size_t end,
                   std::string& text);

    std::size_t columns() const { return times + features.size(); }
};

const std::vector<TextLayout>& text_layouts();
/// nullptr if there is none of that name.
const TextLayout* find_text_layout(std::string_view name);

/// Adds a click with its first conversion and refund (columns 0 to 2 of `row`); false, with a fault, if they
/// are out of order.
bool add_click(const TextFields& fields, Time click, Time conversion, Time refund, TextRows& rows);

}  // namespace netcvr
