#pragma once

#include <optional>
#include <vector>

#include "output/chart_parts.h"

namespace netcvr {

/// Mean truth against mean forecast by decile of the forecast.
std::optional<Chart> calibration_chart(const Drawing& of);
/// PCOC by group of every other dimension of dimensions() that the results have.
std::vector<Chart> bias_charts(const Drawing& of);

}  // namespace netcvr
