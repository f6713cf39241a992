#pragma once
// What every method is scored on: the clicks of the streamed period with their truth and their matured
// labels.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "output/metric_table.h"
#include "output/predictions_file.h"
#include "sim/click_log.h"
#include "sim/truth.h"

namespace netcvr {

using Column = std::span<const float>;
using Columns = std::array<Column, all_targets.size()>;  // by Target; empty = not there

/// Values numbered in the order of their first appearance.
struct Numbered {
    std::vector<std::uint32_t> of;    // number of row i's value
    std::vector<std::int64_t> value;  // of each number
};
Numbered numbered(std::span<const std::int64_t> values);

/// The rows on which a target is held against labels.
struct LabelledRows {
    std::vector<std::uint32_t> click;  // the scored click of row k
    std::vector<std::uint8_t> label;
    Numbered user, segment;  // of the stream; only those that have a row
};

struct ScoredRows {
    StreamedRows rows;
    Columns truth;  // [rows.count] each, or empty
    // Where only conversions have a truth (TruthSchema::of_conversions), the scored clicks that have one.
    std::optional<std::vector<std::uint32_t>> stated;
    bool has_labels = false;                                 // matured ones, or as known at a time
    bool final_labels = false;                               // matured
    std::array<LabelledRows, all_targets.size()> by_labels;  // by Target: clicks; conversions of refund_rate

    /// Of rows held against the truth: the true cvr for refund_rate, else all ones.
    Column weight(Target target) const {
        return target == Target::refund_rate ? truth[static_cast<std::size_t>(Target::cvr)] : Column{};
    }
};
/// as_of: labels as known then; only clicks that had been by then have one. Throws InputError (usage) if the
/// log cannot say what was known then.
ScoredRows scored_rows(const ClickLog& log,
                       const std::optional<Truth>& truth,
                       const std::optional<Time>& as_of = std::nullopt);

}  // namespace netcvr
