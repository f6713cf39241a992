#pragma once

#include <array>
#include <string>

#include "estimators/method.h"
#include "sim/fields.h"

namespace netcvr {

/// One line of the table of methods: name, what it predicts, claim and where it settles, source.
std::array<std::string, 4> method_row(const Method& method);
/// All methods, errors of public code apart, in tables that are Markdown as well.
std::string methods_table();

/// Name, claim, optima, delivery, mathematics, source.
std::string method_text(const Method& method);

/// Name, default, range and unit, help.
std::string field_text(const Field& field, const std::string& default_value);

}  // namespace netcvr
