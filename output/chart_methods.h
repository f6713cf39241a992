#pragma once

#include <optional>

#include "output/chart_parts.h"

namespace netcvr {

/// Charts of what the comparison says of each method. Empty where their data are not there.
std::optional<Chart> excess_chart(const Drawing& of);
std::optional<Chart> difference_chart(const Drawing& of);
std::optional<Chart> recovery_chart(const Drawing& of);
std::optional<Chart> pcoc_chart(const Drawing& of);
std::optional<Chart> ceilings_chart(const Drawing& of);
std::optional<Chart> cost_chart(const Drawing& of);

}  // namespace netcvr
