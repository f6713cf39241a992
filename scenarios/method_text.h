#pragma once

#include <string>

#include "estimators/method.h"
#include "sim/fields.h"

namespace netcvr {

/// Name, what it estimates, where it settles, source: a few lines.
std::string method_summary(const Method& method);
/// The summary and the method's mathematics.
std::string method_text(const Method& method);
/// Name, default, range and unit, help.
std::string field_text(const Field& field, const std::string& default_value);

}  // namespace netcvr
