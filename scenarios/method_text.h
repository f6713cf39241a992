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

/// What a learner's rule sends of each of the seven trajectories to one of its towers, label@when, asked of
/// the rule itself.
std::string delivery_table(const Learner& learner, std::size_t tower = 0);

/// Name, claim, optima, delivery, mathematics, source.
std::string method_text(const Method& method);

/// Name, default, range and unit, help.
std::string field_text(const Field& field, const std::string& default_value);

}  // namespace netcvr
