#pragma once
// What the tables of all forms of a report have in common.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "output/compare.h"
#include "output/report.h"

namespace netcvr {

/// A column of the table of a group. `always` shows the interval on narrow pages too.
struct ReportColumn {
    std::string_view above, below;  // the two lines of its header
    Estimate MethodSummary::*estimate;
    double scale;
    int digits;
    bool always;
    std::string_view quantity, ceiling;  // name in CSV and JSON; what the truth itself has
};
std::span<const ReportColumn> report_columns();

/// What the truth itself would have in a column; "" if nothing is to be said.
std::string ceiling_of(const Group& group, const ReportColumn& column);
/// "cascade", "direct", "undecided", or "".
std::string_view better_name(Verdict verdict);

/// "5 seeds (1, 2, 3, 4, 5), 320,029 scored clicks and 10,313 refunds of their conversions a log".
std::string subtitle_of(const Group& group);
/// A sentence for every method that was not scored on every seed of the group: its means are over other logs.
std::vector<std::string> gaps_of(const Group& group);
/// What failed and what is missing, a sentence or a reason each; empty for a sweep that is whole.
std::vector<std::string> state_of_runs(const ReportInput& input);
/// "refunds = 0.1, windows = 3d, seed 2".
std::string run_name(const Failure& failure);

/// Fixed digits; "–" for none.
std::string fixed_number(const std::optional<double>& value, double scale, int digits);
/// Nine digits: more than any interval here supports, few enough to be the same on every machine.
std::string significant(const std::optional<double>& value);

}  // namespace netcvr
