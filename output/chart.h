#pragma once
// The charts of a report: each is a Vega-Lite specification with its data inside, and the table behind it.

#include <string>
#include <vector>

#include "output/compare.h"
#include "output/sweep_results.h"
#include "output/table.h"

namespace netcvr {

struct Chart {
    std::string name;     // file stem: "excess"
    std::string title;    // plain text
    std::string caption;  // plain text: what is drawn, its unit and denominator, what a band is
    std::string
        spec;  // Vega-Lite, JSON, data included; no colours of text or background: the page's theme has them
    Table table;  // the numbers drawn
};

/// In the order of the page. A chart whose data are not there (no truth, one level only) is left out.
std::vector<Chart> charts(const SweepResults& sweep, const Comparison& comparison);

}  // namespace netcvr
