#pragma once
// What a loss is, asked of the loss itself: remedies act on losses that they did not write.

#include <cstddef>
#include <span>
#include <vector>

#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {

/// A and B of each copy in a cross entropy of one head, A log(1 + e^−z) + B log(1 + e^z), over the count of
/// the batch.
struct LossTerms {
    std::vector<double> positive, negative;  // [n]
};
/// Its slopes at the two ends of the head's logit. z: the other heads' [n × heads]; held: weights are
/// evaluated there.
LossTerms terms_of(
    const Loss& loss, Batch batch, std::span<const double> z, std::span<const double> held, std::size_t head);

/// Whether each copy adds A log(1 + e^−z) + B log(1 + e^z) to the head's loss, with A and B that do not
/// depend on z: asked on copies with random answers.
bool is_cross_entropy(const Learner& learner, const Loss& loss, std::size_t head);
/// … of which copies of label 1 have no B and copies of label 0 no A.
bool labels_alone_decide(const Learner& learner, const Loss& loss, std::size_t head);

}  // namespace netcvr
