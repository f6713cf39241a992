#pragma once

#include <optional>
#include <vector>

#include "output/bootstrap.h"
#include "output/score.h"

namespace netcvr {

/// A metric against labels and what it was on every resample.
struct Resampled {
    const Metric* metric = nullptr;
    Target target = Target::cvr;
    std::optional<double> value;
    Draws draws;  // none without a bootstrap
};

/// RI-auc, RI-average_precision and RI-nll of the targets that all three have. Resamples are the same for all
/// methods, so an interval is that of the ratio itself.
std::vector<RelativeImprovement> relative_improvements(const std::vector<Resampled>& method,
                                                       const std::vector<Resampled>& pretrained,
                                                       const std::vector<Resampled>& oracle);

}  // namespace netcvr
