#pragma once
// Optima by enumeration: every copy that a rule sends of every way a cell can go, as often as its mass.

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "estimators/ages.h"
#include "estimators/batches.h"
#include "estimators/method.h"
#include "tests/estimators/cells.h"

namespace netcvr {

/// Masses of a cell's ways as one learner sees them: given that its stage was entered.
inline std::vector<double> masses_in(const cells::Cell& cell, const Stage& stage) {
    std::vector<double> mass;
    double total = 0;
    for (std::size_t i = 0; i < cell.ways.size(); ++i) {
        mass.push_back(stage.entered(i) ? cell.ways[i].mass : 0.0);
        total += mass.back();
    }
    for (auto& m : mass) m /= total;
    return mass;
}

inline double exact_answer(const Learner& learner,
                           const Frozen& head,
                           const cells::Cell& cell,
                           std::size_t part) {
    const StageKind stage = learner.stage_of(head);
    const Windows windows =
        head.by_age ? windows_at_age(cell.windows, stage, head.age.value_or(part)) : cell.windows;
    return answer(head.question(stage), cells::trajectories_of(cell, windows));
}

/// The copies of a cell that a loss can tell apart, with their masses.
struct Enumerated {
    Copies copies;  // click: index of the mass
    std::vector<double> mass, frozen, delay;
};

/// The copies of `cell`, with frozen answers that are exact in the world `fitted`.
inline Enumerated enumerated(const Learner& learner, const cells::Cell& cell, const cells::Cell& fitted) {
    const Outcomes world = cells::outcomes_of(cell);
    const std::vector<double> mass = masses_in(cell, world.stage(learner.stage));
    Copies copies;
    learner.delivery(world, learner.stage, copies);
    std::map<std::tuple<bool, std::size_t, double>, double> mass_of;
    for (std::size_t k = 0; k < copies.size(); ++k) {
        const bool positive = copies.label[k] != 0;
        const Stage& stage = world.stage(learner.clock(copies.part[k]));
        const double delay =
            learner.reads_delay ? delay_of(stage, copies.click[k], copies.at[k], positive) : 0.0;
        mass_of[{positive, copies.part[k], delay}] += mass[copies.click[k]];
    }
    Enumerated all;
    for (const auto& [copy, m] : mass_of) {
        const auto& [positive, part, delay] = copy;
        all.copies.add(all.mass.size(), 0, positive, part);
        all.mass.push_back(m);
        all.delay.push_back(delay);
        for (const Frozen& head : learner.frozen)
            all.frozen.push_back(exact_answer(learner, head, fitted, part));
    }
    return all;
}

inline Enumerated enumerated(const Learner& learner, const cells::Cell& cell) {
    return enumerated(learner, cell, cell);
}

/// Full-batch descent on one free logit per head, over every copy that the rule sends, as often as its mass:
/// steps down the gradient, halved where it changes sign (Riedmiller and Braun 1993).
inline std::vector<double> solved(const Learner& learner,
                                  const Enumerated& all,
                                  double attribution_days,
                                  int rounds = 400) {
    const std::size_t n = all.mass.size(), heads = learner.heads;
    const Batch batch{.label = all.copies.label,
                      .frozen = all.frozen,
                      .heads = heads,
                      .part = all.copies.part,
                      .delay = all.delay,
                      .weight = all.mass,
                      .attribution = attribution_days};
    std::vector<double> logits(heads, -1.0), z(n * heads), dz(n * heads), step(heads, 0.5),
        before(heads, 0.0);
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t j = 0; j < z.size(); ++j) z[j] = logits[j % heads];
        std::ranges::fill(dz, 0.0);
        learner.loss(batch, z, dz);
        for (std::size_t h = 0; h < heads; ++h) {
            double gradient = 0;
            for (std::size_t j = h; j < dz.size(); j += heads) gradient += dz[j];
            step[h] = std::min(1.0, step[h] * (gradient * before[h] < 0 ? 0.5 : 1.15));
            before[h] = gradient;
            // Where an event has no mass its logit has no end.
            if (gradient != 0)
                logits[h] = std::clamp(logits[h] - std::copysign(step[h], gradient), -40.0, 40.0);
        }
        if (*std::ranges::max_element(step) < 1e-13) break;
    }
    return logits;
}

/// The same of copies enumerated from this cell.
inline std::vector<double> solved(const Learner& learner, const cells::Cell& cell, const Enumerated& all) {
    const Outcomes world = cells::outcomes_of(cell);
    const Stage& stage = world.stage(learner.stage);
    return solved(learner, all, days(stage.attribution));
}

inline std::vector<double> solved(const Learner& learner, const cells::Cell& cell) {
    return solved(learner, cell, enumerated(learner, cell));
}

}  // namespace netcvr
