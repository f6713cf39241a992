#pragma once

#include <string>
#include <vector>

#include "output/chart.h"
#include "output/page_assets.h"
#include "output/report.h"

namespace netcvr {

/// The report as one offline page: data, charts, scripts, styles and licences inside, nothing fetched (its
/// content security policy forbids it), tables readable without scripts.
std::string report_page(const ReportInput& input,
                        const Comparison& comparison,
                        const std::vector<Chart>& charts,
                        const PageAssets& assets = page_assets());

}  // namespace netcvr
