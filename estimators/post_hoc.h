#pragma once
// Corrections after the fact as modifiers: rows of the table of modifiers (modifier.h). They act on any
// method, on what it predicts itself.

#include <vector>

#include "estimators/modifier.h"

namespace netcvr {

std::vector<Modifier> post_hoc_corrections();

}  // namespace netcvr
