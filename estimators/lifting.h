#pragma once
// Refund towers to choose from. A cascade brings its own; any cascade of two towers can be given one of these
// instead, by name: `es-dfm:refund=R1`. So what a published comparison did to refunds can be told from what
// it did to conversions.

#include <vector>

#include "estimators/modifier.h"

namespace netcvr {

/// The rows of the table of modifiers that exchange the refund tower.
std::vector<Modifier> liftings();

}  // namespace netcvr
