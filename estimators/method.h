#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "estimators/copies.h"
#include "estimators/correction.h"
#include "estimators/frozen.h"
#include "estimators/history.h"
#include "estimators/loss.h"
#include "estimators/shape.h"
#include "estimators/stage.h"
#include "sim/trajectory.h"

namespace netcvr {

/// Appends the copies a rule sends for every click, in any order of time.
using Delivery = std::function<void(const Outcomes& outcomes, StageKind kind, Copies& copies)>;

/// The law of a click given x, as far as optima depend on it.
struct CellLaw {
    Trajectories mass{};  // P(trajectory | x), with the stream's windows
    /// P(event of the stage at most `age` after its start | it starts, x).
    std::function<double(StageKind stage, Time age)> event_by = {};
    Time segment = 0;  // from the click to the end of its segment

    double early() const { return mass[a0] + mass[a1] + mass[a2]; }
    double late() const { return mass[b0] + mass[b1] + mass[b2]; }
    double cvr() const { return early() + late(); }
    double net() const { return mass[a0] + mass[b0]; }
};
/// P(event of the stage | it starts, x) and P(event later than the observation window | …), the latter of
/// conversions and refunds. The event of the net stage is a kept conversion.
double event_probability(const CellLaw& law, StageKind stage);
double late_probability(const CellLaw& law, StageKind stage);

/// Where a stage's prediction settles with one free logit per x and head, exact frozen heads and a world that
/// stands still.
using Optimum = std::function<double(const CellLaw& law, StageKind stage)>;

/// The optimum of every consistent learner.
inline double true_probability(const CellLaw& law, StageKind stage) {
    return event_probability(law, stage);
}

enum class Claim : std::uint8_t {
    consistent,  // its optimum is the true probability
    biased,      // its optimum is another, stated, closed form
    parametric,  // consistent if delays or values follow the family it assumes
    as_coded,    // biased by an error of public code, reproduced; in no default set
    privileged,  // uses labels nobody has yet: a reference, not a method
    fixed,       // never trains on the stream
};
/// In words, after the method's name.
std::string_view claim_text(Claim claim);

/// One probability that a learner predicts.
struct Output {
    StageKind stage = StageKind::conversion;  // cvr, refund rate or net CVR
    Optimum optimum = nullptr;                // none: no closed form
    std::string_view optimum_text = {};       // in words: "p / (1 + d)"
    Probability probability = sigmoid_of_first;
    bool of_value =
        false;  // not the probability of the event but what it is worth on average: the order value
                // of a conversion, the share that a refund pays back, of net the money kept per click

    /// Whether it settles at the true probability.
    bool consistent() const {
        const auto* where = optimum.target<double (*)(const CellLaw&, StageKind)>();
        return where && *where == true_probability;
    }
};

/// One network: what reaches it, what it minimises, how its logits become probabilities.
struct Learner {
    StageKind stage = StageKind::conversion;  // whose start its clock counts from
    Delivery delivery = nullptr;              // none: stays as pretrained
    Loss loss = nullptr;
    std::vector<Frozen> frozen = {};
    std::vector<StageKind> clocks = {};  // by part, where its parts run by different clocks
    std::size_t heads = 1;
    std::vector<StageKind> towers = {};  // the stage that each tower of its network predicts, which takes
                                         // equal shares of the heads and trains on the copies of that stage's
                                         // clock; empty: one tower, which reads all
    Sharing sharing = Sharing::separate;  // of the towers' embeddings
    bool own_start = false;  // its logits are not those of the event: it starts from the copies that its rule
                             // would have sent of the pretrain period, not from the common start
    bool reads_delay = false;  // its loss reads Batch::delay, which otherwise stays empty
    bool reads_value = false;  // its loss reads Batch::value
    bool draws = false;        // its loss draws random numbers addressed by Batch::draw
    Time collected = 0;  // copies wait for the end of such a period and come in no order; 0: they do not
    std::vector<Output> outputs = {};

    /// The stages that its network predicts, each by a tower if there are several.
    std::vector<StageKind> stages() const { return towers.empty() ? std::vector{stage} : towers; }
    /// Of a copy of this part.
    StageKind clock(std::size_t part) const { return clocks.empty() ? stage : clocks[part]; }
    /// The tower that a copy of this part trains.
    std::size_t tower(std::size_t part) const {
        const auto place = std::ranges::find(towers, clock(part));
        return towers.empty() ? 0 : static_cast<std::size_t>(place - towers.begin());
    }
    /// About which the head asks.
    StageKind stage_of(const Frozen& head) const { return head.of.value_or(stage); }
};

/// What a method without networks predicts of each stratum at time t, from clicks and events before t. Asked
/// at the start of each segment.
struct Counted {
    std::function<StratumRates(const History& history, Time t)> rates = nullptr;  // none: it does not count
    std::vector<Output> outputs = {};  // cvr and refund rate, with their optima given the stratum
};

/// One row: an estimator of cvr, refund rate and net CVR (their product: a cascade), of cvr and net CVR, of
/// net CVR alone, or of cvr alone.
struct Method {
    std::string_view name, title, source, math;
    Claim claim = Claim::consistent;
    std::vector<Learner> learners;
    int version = 1;  // raised when a change alters its predictions, so that stored results are not reused
    std::vector<Correction> corrections = {};  // of its predictions, in the order in which they are applied

    Counted counted = {};  // instead of learners

    /// Of all learners, in order, and of what it counts.
    std::vector<Output> outputs() const;
};

/// All methods, sorted by name.
const std::vector<Method>& methods();
/// The method of that name; with `:refund=R1` behind it, or other modifiers (modifier.h), the method that
/// they make of it. Throws InputError (usage) with the nearest name.
const Method& find_method(std::string_view name);
/// The same, or nothing: a name that stands in somebody's file.
const Method* known_method(std::string_view name);

/// The method of that name; of the name `all`, every row of the table but errors of public code and
/// what needs a log with money.
std::vector<const Method*> methods_called(std::string_view name);

/// Put one at namespace scope in the method's file; the table is the sum of those files.
struct Registered {
    explicit Registered(Method method);
};

}  // namespace netcvr
