#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "estimators/copies.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/stage.h"

namespace netcvr {

/// Appends the copies a rule sends for every click, in any order of time.
using Delivery = void (*)(const Outcomes& outcomes, StageKind kind, Copies& copies);

/// Masses per click that enters a stage: P(event), P(event later than the observation window), given x. The
/// event of the net stage is a kept conversion.
struct StageMasses {
    double event = 0, late = 0;
};
/// Where the learner settles with one free logit per x, exact frozen heads and a world that stands still.
using Optimum = double (*)(const StageMasses& masses);

/// The optimum of every consistent learner.
inline double true_probability(const StageMasses& masses) {
    return masses.event;
}

enum class Claim : std::uint8_t {
    consistent,  // its optimum is the true probability
    biased,      // its optimum is another, stated, closed form
    privileged,  // uses labels nobody has yet: a reference, not a method
    fixed,       // never trains on the stream
};
/// In words, after the method's name.
std::string_view claim_text(Claim claim);

/// One stage's tower: what reaches it, what it minimises, how its logits become a probability.
struct Learner {
    StageKind stage = StageKind::conversion;
    Delivery delivery = nullptr;  // none: stays as pretrained
    Loss loss = nullptr;
    std::vector<Frozen> frozen = {};
    std::size_t heads = 1;
    Probability probability = sigmoid_of_first;
    Optimum optimum = nullptr;
    std::string_view optimum_text = {};  // the closed form in words: "p / (1 + d)"
};

/// One row: an estimator of cvr, refund rate and net CVR (a conversion and a refund learner), or of net CVR
/// alone.
struct Method {
    std::string_view name, title, source, math;
    Claim claim = Claim::consistent;
    std::vector<Learner> learners;
    int version = 1;  // raised when a change alters its predictions, so that stored results are not reused
};

/// All methods, sorted by name.
const std::vector<Method>& methods();
/// Throws InputError (usage) with the nearest name.
const Method& find_method(std::string_view name);

/// Put one at namespace scope in the method's file; the table is the sum of those files.
struct Registered {
    explicit Registered(Method method);
};

}  // namespace netcvr
