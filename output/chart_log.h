#pragma once

#include <optional>

#include "output/chart_parts.h"

namespace netcvr {

/// Charts of the logs themselves, not of methods (LogShape).
std::optional<Chart> trajectories_chart(const Drawing& of);
std::optional<Chart> delays_chart(const Drawing& of);

}  // namespace netcvr
