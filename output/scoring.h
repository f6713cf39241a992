#pragma once
// One method's forecasts under every metric and over every group.

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "output/breakdown.h"
#include "output/improvement.h"
#include "output/score.h"
#include "output/scored_rows.h"

namespace netcvr {

inline std::size_t place(Target target) {
    return static_cast<std::size_t>(target);
}

/// A method's columns and what is made of them.
struct Scoring {
    Columns forecast;
    std::array<Ranking, all_targets.size()> ranking;
    std::vector<Score> scores;
    std::vector<Resampled> on_labels;
};

/// Everything that does not change from method to method.
struct Material {
    ScoredRows rows;
    Columns oracle;
    std::array<Resamples, all_targets.size()> resamples;  // of the users of rows.by_labels
    std::optional<Scored> scored;                         // with truth
    std::vector<Cut> cuts;
};

/// None of a score without a value, or where percentile_interval has none.
void add_interval(Score& score, const Draws& draws);
/// world: the scores of the truth, null while it is they that are made.
Scoring scoring_of(const Columns& forecast, const Material& material, const std::vector<Score>* world);
/// Sums over the groups of every dimension: by dimension, then target.
std::vector<Breakdown> break_down(const Scoring& scoring, const Material& material);

}  // namespace netcvr
