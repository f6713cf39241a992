#pragma once
// Refund towers to choose from. A cascade brings its own; any cascade of two towers can be given one of these
// instead, by name: `es-dfm:refund=R1`. So what a published comparison did to refunds can be told from what
// it did to conversions.

#include <string_view>
#include <vector>

#include "estimators/method.h"

namespace netcvr {

/// One way to lift a method from cvr to net cvr.
struct Lifting {
    std::string_view name, title, math;
    bool biased = false;
    Learner (*refunds)(const Learner& conversions) = nullptr;  // the refund tower for this conversion tower
};
const std::vector<Lifting>& liftings();

/// The learners of `method` with another refund tower. Throws InputError (usage) if it is no cascade of two
/// towers.
std::vector<Learner> lifted(const Method& method, const Lifting& lifting);

}  // namespace netcvr
