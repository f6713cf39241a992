#include "estimators/examples.h"

#include <algorithm>

#include "estimators/loss.h"

namespace netcvr {

double Examples::base_logit() const {
    const auto yes = static_cast<double>(std::ranges::count(label, 1));
    return logit((yes + 0.5) / (static_cast<double>(size()) + 1));
}

}  // namespace netcvr
