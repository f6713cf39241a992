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
    std::vector<std::uint32_t> row;
    std::vector<std::uint8_t> label;       // of row[k]
    std::vector<std::uint32_t> tie_end;    // where runs of equal scores end; a group ends its last run
    std::vector<std::uint32_t> group_end;  // runs up to and with group g
};
RankedLabels ranked_labels(std::span<const std::uint8_t> y, const Ranking& s);
/// group[i] < groups.
RankedLabels ranked_labels(std::span<const std::uint8_t> y,
                           const Ranking& s,
                           std::span<const std::uint32_t> group,
                           std::size_t groups);

/// Curves of runs [first, end) for several resamples at once; times(k)[lane] says how often row[k] is there.
template <std::size_t lanes, class Times>
void walk(const RankedLabels& ranked,
          std::size_t first,
          std::size_t end,
          const Times& times,
          std::array<Curve, lanes>& curves) {
    std::array<std::uint32_t, lanes> seen{}, all_positives{};
    for (Curve& curve : curves) curve.steps.clear();
    std::size_t k = first == 0 ? 0 : ranked.tie_end[first - 1];
    for (std::size_t run = first; run < end; ++run) {
        std::array<std::uint32_t, lanes> rows{}, positives{};
        bool any = false;
        for (; k < ranked.tie_end[run]; ++k) {
            const auto* there = times(k);
            for (std::size_t lane = 0; lane < lanes; ++lane) rows[lane] += there[lane];
            if (ranked.label[k] == 0) continue;
            any = true;
            for (std::size_t lane = 0; lane < lanes; ++lane) positives[lane] += there[lane];
        }
        for (std::size_t lane = 0; lane < lanes; ++lane) seen[lane] += rows[lane];
        if (!any) continue;
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            all_positives[lane] += positives[lane];
            if (positives[lane] > 0) curves[lane].steps.push_back({positives[lane], rows[lane], seen[lane]});
        }
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        curves[lane].rows = seen[lane];
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
