#pragma once
// Metrics against labels. Each is a function of a curve (labels along a ranking) or of sums over rows. Both
// can be made again for rows that are there several times or not at all, so that a metric and the resamples
// behind its interval (bootstrap.h) come from one formula.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "output/metrics.h"

namespace netcvr {

/// Labels along a ranking, highest score first: all that a ranking metric needs.
struct Curve {
    struct Step {                       // a run of equal scores that has a positive
        std::uint32_t positives, rows;  // in the run
        std::uint32_t seen;             // rows up to and with the run
    };
    std::vector<Step> steps;
    std::uint32_t positives = 0, rows = 0;  // of the whole curve
};

/// Rows in the order in which curves are made: by group, then by descending score.
struct RankedLabels {
    struct Run {
        std::uint32_t first, end;  // places of equal scores, at least one of them positive
    };
    struct Group {
        std::uint32_t row_end, run_end;  // rows and runs up to and with the group
    };
    std::vector<std::uint32_t> row;
    std::vector<std::uint8_t> label;  // of row[k]
    std::vector<Run> run;             // runs end where their group does
    std::vector<Group> group;
};
RankedLabels ranked_labels(std::span<const std::uint8_t> y, const Ranking& s);
/// group[i] < groups.
RankedLabels ranked_labels(std::span<const std::uint8_t> y,
                           const Ranking& s,
                           std::span<const std::uint32_t> group,
                           std::size_t groups);

/// Curves of group g for several resamples at once; times(k)[lane] says how often row[k] is there.
template <std::size_t lanes, class Times>
void walk(const RankedLabels& ranked, std::size_t g, const Times& times, std::array<Curve, lanes>& curves) {
    using Counts = std::array<std::uint32_t, lanes>;
    const RankedLabels::Group before = g == 0 ? RankedLabels::Group{0, 0} : ranked.group[g - 1],
                              here = ranked.group[g];
    const auto count = [&](std::uint32_t first, std::uint32_t end) {
        Counts rows{};
        for (std::uint32_t k = first; k < end; ++k) {
            const auto* there = times(k);
            for (std::size_t lane = 0; lane < lanes; ++lane) rows[lane] += there[lane];
        }
        return rows;
    };
    Counts seen{}, all_positives{};
    for (Curve& curve : curves) curve.steps.clear();
    std::uint32_t k = before.row_end;
    for (std::uint32_t r = before.run_end; r < here.run_end; ++r) {
        const RankedLabels::Run run = ranked.run[r];
        const Counts above = count(k, run.first), rows = count(run.first, run.end);
        Counts positives{};
        for (k = run.first; k < run.end; ++k) {
            const auto* there = times(k);
            for (std::size_t lane = 0; lane < lanes; ++lane) positives[lane] += there[lane] * ranked.label[k];
        }
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            seen[lane] += above[lane] + rows[lane];
            all_positives[lane] += positives[lane];
        }
        for (std::size_t lane = 0; lane < lanes; ++lane)
            if (positives[lane] > 0) curves[lane].steps.push_back({positives[lane], rows[lane], seen[lane]});
    }
    const Counts below = count(k, here.row_end);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        curves[lane].rows = seen[lane] + below[lane];
        curves[lane].positives = all_positives[lane];
    }
}

/// The curve of group g with every row there once.
Curve curve(const RankedLabels& ranked, std::size_t g = 0);
Curve curve(std::span<const std::uint8_t> y, const Ranking& s);

/// [Σ_{y=1} rank(s) − N₁(N₁ + 1)/2] / (N₁ N₀) with mid-ranks for ties; exact up to the last division.
Value auc(const Curve& curve);
/// Average precision: Σ_k (recall_k − recall_{k−1}) precision_k over runs of equal scores, descending.
Value average_precision(const Curve& curve);
/// Area under straight lines between the points of the precision–recall curve, one a run of equal scores, and
/// (recall 0, precision 1): Σ_k (recall_k − recall_{k−1}) (precision_k + precision_{k−1}) / 2. Optimistic
/// where ties are many.
Value pr_auc_trapezoid(const Curve& curve);
/// Unweighted mean of the values there are; the others are counted as skipped.
Value mean_of(std::span<const Value> values);

/// Numerator and denominator of every row, in cells that are summed apart.
struct Terms {
    std::vector<double> numerator, denominator;
    std::vector<std::uint32_t> cell;  // cell[i] < cells; empty: all rows are in cell 0
    std::size_t cells = 1;
    std::size_t skipped = 0;  // groups of rows that have no value and no part in the sums
};
/// Terms summed over the rows of each cell, pairwise.
struct Sums {
    std::vector<double> numerator, denominator;
    std::size_t infinite = 0, skipped = 0;
};
Sums sums(const Terms& terms);

/// −log of the probability given to what happened, over 1.
Terms nll_terms(std::span<const std::uint8_t> y, std::span<const float> f);
/// f over y.
Terms pcoc_terms(std::span<const std::uint8_t> y, std::span<const float> f);
/// f − y over 1, a cell for each of ten bins of equal mass along the ranking.
Terms ece_terms(std::span<const std::uint8_t> y, std::span<const float> f, const Ranking& s);
/// A user's AUC over 1 for each of the user's rows; users with one class are skipped.
Terms gauc_terms(std::span<const std::uint8_t> y,
                 const Ranking& s,
                 std::span<const std::uint32_t> user,
                 std::size_t users);

/// Σ numerator / Σ denominator. Of nll_terms: −mean[y log f + (1 − y) log(1 − f)], nats per row; of
/// pcoc_terms: Σ f / Σ y; of gauc_terms: Σ_u ω_u AUC_u / Σ_u ω_u with ω_u = rows of u.
Value ratio(const Sums& sums);
/// Σ_cells |Σ numerator| / Σ denominator: of ece_terms Σ_b (n_b / N) |mean f in b − mean y in b|.
Value absolute_ratio(const Sums& sums);
/// Unweighted mean over cells of their ratio; cells without one are skipped.
Value mean_of_ratios(const Sums& sums);

}  // namespace netcvr
