#pragma once
// Labels as they are visible at a time T, on disk: plain HDF5 like log.h5. Whoever trains at T may know
// these and nothing else. Clicks at T or before; events at T or before; the windows are the caller's.
//
//   /labels/t=SECONDS/     of every click until T = SECONDS since the log's time_origin
//       row               int64
//       state             int8   0 no conversion seen, 1 conversion seen, 2 its refund seen too
//       conversion_label  int8   1 = a conversion within W_A has been seen
//       refund_label      int8   1 = its refund within W_R has been seen; −1 = no conversion has
//       net_label         int8   1 = a conversion has been seen and no refund of it
//       matured           int8   1 = the windows have closed: what comes later cannot change the labels
//                         Without refunds on record (ClickLog::has_refunds): no refund_label, no net_label.
//   /labels/changes/       instead, for a grid of times: `time` and the columns above, in order of time and
//                         row, only where a click is new or its state or maturity differs from the grid time
//                         before. The labels at T are the last entry of every row up to T. A click has at
//                         most four entries, so that the file does not grow with the grid.
//   /oracle/               of every click of the log: the labels when all is known; matured = 0 where the
//                         log ends before that
//   /trajectories/         with a full truth: float64 T0, A0, A1, A2, B0, B1, B2 and cvr, refund_rate,
//                         net_cvr at these windows, of every click of the log (sim/trajectories.h)

#include <string>

#include "sim/log_file.h"
#include "sim/scenario.h"

namespace netcvr {

inline constexpr int label_format_version = 1;

struct LabelGrid {
    Time first = 0;  // since time_origin
    Time every = 0;  // 0 = only the first; else first, first + every, … while the record lasts
};

struct LabelSummary {
    std::size_t times = 0, entries = 0, clicks = 0;
    std::size_t immature = 0;  // clicks whose labels may still change when the log's record ends
    bool trajectories = false;
};

/// `log.log.windows` are the windows meant. `scenario`: of the log, for the truth. Appears whole or not at
/// all. Throws InputError: exists if `path` exists and !force; usage for a time outside the log's record.
LabelSummary write_labels(
    const std::string& path, const LogFile& log, const Scenario& scenario, const LabelGrid& grid, bool force);

/// What is visible of a click at one time.
struct Label {
    std::int8_t state = 0;
    bool matured = false;
    bool operator==(const Label&) const = default;
};
/// conversion, refund: those within the attribution windows; never = none.
Label visible_label(Time click, Time conversion, Time refund, const Windows& windows, Time at);

}  // namespace netcvr
