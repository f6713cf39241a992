#pragma once
// From delivered copies to what a loss sees of them.

#include <cstdint>
#include <vector>

#include "estimators/copies.h"
#include "estimators/method.h"

namespace netcvr {

/// Frozen answers of one head: [clicks × questions], one question or one for each age.
struct AnswerTable {
    std::size_t questions = 1;
    std::vector<float> probability = {};
};

double days(Time span);

/// Days from the start of the stage to the event, where the copy is positive, else to the copy.
double delay_of(const Stage& stage, std::size_t click, Time at, bool positive);

/// Batches of one learner's copies, in buffers of its own.
class Batches {
public:
    /// answers[h]: of the learner's frozen head h. All are referred to.
    Batches(const Learner& learner, const Outcomes& all, std::vector<const AnswerTable*> answers)
        : learner_(learner), all_(all), answers_(std::move(answers)) {}

    /// Copies [begin, begin + n). Valid until the next call.
    Batch of(const Copies& copies, std::size_t begin, std::size_t n);

private:
    const Learner& learner_;
    const Outcomes& all_;
    std::vector<const AnswerTable*> answers_;
    std::vector<double> frozen_, delay_, value_;
    std::vector<std::uint8_t> towers_;
};

}  // namespace netcvr
