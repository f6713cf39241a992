#pragma once
// Strata of clicks: what shrinkage and methods without networks count by (training.strata).

#include <string>

#include "estimators/inputs.h"
#include "sim/click_log.h"

namespace netcvr {

/// The combination of the features that `named` lists, separated by commas, which each click shows; of none,
/// of the feature with the most categories among those with at most 256, the first of several, or all clicks
/// in one where there is no such feature. Throws InputError (scenario) for an unknown name, with the nearest,
/// and more than 10^5 combinations.
Cells strata_of(const ClickLog& log, const std::string& named);

}  // namespace netcvr
