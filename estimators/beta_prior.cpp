#include "estimators/beta_prior.h"

#include <algorithm>

namespace netcvr {

double prior_size(std::span<const StratumCount> strata) {
    double excess = 0, pairs = 0;
    for (const StratumCount& s : strata) {
        if (s.n < 2) continue;
        const double apart = s.events - s.expected, f = s.mean_expected();
        excess += apart * apart - s.variance;
        pairs += s.n * (s.n - 1) * f * (1 - f);
    }
    if (!(excess > 0) || !(pairs > 0)) return all_alike;
    return std::max(1.0, pairs / excess - 1);
}

double posterior_mean(const StratumCount& stratum, double m) {
    if (m == all_alike) return stratum.mean_expected();
    return (m * stratum.mean_expected() + stratum.events) / (m + stratum.n);
}

}  // namespace netcvr
