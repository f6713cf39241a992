#pragma once
// Remedies for sparse refunds that change what a tower trains on or by: rows of the table of modifiers. They
// act on the refund tower, also where it shares a network with another, or on the net head of a method that
// has only that.

#include <vector>

#include "estimators/modifier.h"

namespace netcvr {

std::vector<Modifier> training_remedies();

}  // namespace netcvr
