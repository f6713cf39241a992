#pragma once
// Remedies for sparse refunds that change what a tower trains on or by: rows of the table of modifiers. They
// act on the refund tower, or on the net head of a method that has only that.

#include <vector>

#include "estimators/modifier.h"

namespace netcvr {

std::vector<Modifier> training_remedies();

/// Whether the loss of these learners is a weighted cross entropy, A log(1 + e^{−z}) + B log(1 + e^{z}) for
/// each copy with A and B that do not depend on z; asked of the loss itself, on copies with random answers.
bool is_cross_entropy(const Learner& learner);
/// … in which copies with label 1 have no B and copies with label 0 no A.
bool labels_alone_decide(const Learner& learner);

}  // namespace netcvr
