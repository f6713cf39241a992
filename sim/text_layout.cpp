#include "sim/text_layout.h"

#include <algorithm>

#include "sim/cascade_text.h"
#include "sim/criteo_text.h"

namespace netcvr {

const std::vector<TextLayout>& text_layouts() {
    static const std::vector<TextLayout> table = {
        {.name = "criteo",
         .origin = "criteo",
         .help = "Criteo 2014 conversion logs: 2 times, 8 whole numbers, 9 hashed categories; no refunds",
         .times = 2,
         .features = criteo_features(),
         .read = read_criteo,
         .prepare = prepare_criteo,
         .append = append_criteo},
        {.name = "criteo-refund",
         .origin = "criteo",
         .help = "the same with the refund as a third time",
         .times = 3,
         .features = criteo_features(),
         .read = read_criteo_refund,
         .prepare = prepare_criteo,
         .append = append_criteo},
        {.name = "cascade-raw",
         .origin = "cascade",
         .help = "CASCADE as published: seconds since 1970, lists of purchases and refunds, 22 categories",
         .times = 3,
         .features = cascade_features(),
         .read = read_cascade_raw,
         .prepare = prepare_cascade_raw,
         .append = append_cascade_raw},
        {.name = "cascade",
         .origin = "cascade",
         .help = "CASCADE as its public script processes it: 25 whole numbers, -1 = none",
         .times = 3,
         .features = cascade_features(),
         .read = read_cascade,
         .prepare = prepare_cascade,
         .append = append_cascade},
    };
    return table;
}

const TextLayout* find_text_layout(std::string_view name) {
    const auto& table = text_layouts();
    const auto found = std::ranges::find(table, name, &TextLayout::name);
    return found == table.end() ? nullptr : &*found;
}

bool add_click(const TextFields& fields, Time click, Time conversion, Time refund, TextRows& rows) {
    const std::size_t row = rows.log.size();
    const auto refuse = [&](std::size_t column, std::string_view why) {
        rows.fault = field_fault(row, column, fields(row, column), why);
        return false;
    };
    if (conversion < click) return refuse(1, "is before the click");
    if (refund != never && conversion == never) return refuse(2, "is a refund without a conversion");
    if (refund < conversion) return refuse(2, "is before the conversion");
    rows.log.click_time.push_back(click);
    rows.log.conversion_time.push_back(conversion);
    rows.log.refund_time.push_back(refund);
    return true;
}

}  // namespace netcvr
