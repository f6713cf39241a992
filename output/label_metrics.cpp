#include "output/label_metrics.h"

#include <cassert>
#include <cmath>
#include <numeric>

namespace netcvr {
namespace {

constexpr std::size_t ece_bins = 10;

constexpr std::uint8_t once[] = {1};
const std::uint8_t* every_row_once(std::size_t) {
    return once;
}

Value divided(double numerator, double denominator) {
    if (denominator == 0) return {};
    return {.value = numerator / denominator};
}

/// −log of the probability given to what happened.
double surprise(bool happened, double f) {
    return happened ? -std::log(f) : -std::log1p(-f);
}

Terms over_one(std::vector<double> numerator) {
    Terms terms;
    terms.denominator.assign(numerator.size(), 1);
    terms.numerator = std::move(numerator);
    return terms;
}

/// Rows by cell, in their order within.
std::vector<std::vector<std::uint32_t>> rows_by_cell(const Terms& terms) {
    std::vector<std::vector<std::uint32_t>> rows(terms.cells);
    for (std::size_t i = 0; i < terms.numerator.size(); ++i)
        rows[terms.cell.empty() ? 0 : terms.cell[i]].push_back(static_cast<std::uint32_t>(i));
    return rows;
}

/// Adds the group of the places up to `end` with its runs of ties that have a positive.
void add_group(RankedLabels& ranked, const std::vector<std::uint32_t>& tie, std::uint32_t end) {
    std::uint32_t first = ranked.group.empty() ? 0 : ranked.group.back().row_end;
    bool positive = false;
    for (std::uint32_t k = first; k < end; ++k) {
        positive = positive || ranked.label[k] != 0;
        if (k + 1 < end && tie[k] == tie[k + 1]) continue;
        if (positive) ranked.run.push_back({first, k + 1});
        first = k + 1;
        positive = false;
    }
    ranked.group.push_back({end, static_cast<std::uint32_t>(ranked.run.size())});
}

}  // namespace

RankedLabels ranked_labels(std::span<const std::uint8_t> y, const Ranking& s) {
    return ranked_labels(y, s, std::vector<std::uint32_t>(y.size(), 0), 1);
}

RankedLabels ranked_labels(std::span<const std::uint8_t> y,
                           const Ranking& s,
                           std::span<const std::uint32_t> group,
                           std::size_t groups) {
    assert(y.size() == s.row.size() && group.size() == y.size());
    std::vector<std::uint32_t> next(groups + 1, 0);
    for (const std::uint32_t g : group) ++next[g + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    RankedLabels ranked;
    ranked.row.resize(y.size());
    ranked.label.resize(y.size());
    std::vector<std::uint32_t> tie(y.size());  // run of equal scores in s, by place in `ranked`
    std::uint32_t k = 0;
    for (std::uint32_t t = 0; t < s.tie_end.size(); ++t)
        for (; k < s.tie_end[t]; ++k) {
            const std::uint32_t place = next[group[s.row[k]]]++;
            ranked.row[place] = s.row[k];
            ranked.label[place] = y[s.row[k]];
            tie[place] = t;
        }
    for (std::size_t g = 0; g < groups; ++g) add_group(ranked, tie, next[g]);
    return ranked;
}

Curve curve(const RankedLabels& ranked, std::size_t g) {
    std::array<Curve, 1> curves;
    walk(ranked, g, every_row_once, curves);
    return std::move(curves[0]);
}

Curve curve(std::span<const std::uint8_t> y, const Ranking& s) {
    return curve(ranked_labels(y, s));
}

Value auc(const Curve& curve) {
    const std::uint64_t all_negatives = curve.rows - curve.positives;
    std::uint64_t positives = 0, twice_concordant = 0;  // twice: a tie counts ½
    for (const Curve::Step& step : curve.steps) {
        positives += step.positives;
        const std::uint64_t tied = step.rows - step.positives,
                            below = all_negatives - (step.seen - positives);
        twice_concordant += step.positives * (2 * below + tied);
    }
    return divided(static_cast<double>(twice_concordant) / 2,
                   static_cast<double>(positives) * static_cast<double>(all_negatives));
}

Value average_precision(const Curve& curve) {
    std::uint64_t positives = 0;
    CompensatedSum sum;
    for (const Curve::Step& step : curve.steps) {
        positives += step.positives;
        sum.add(step.positives * (static_cast<double>(positives) / step.seen));
    }
    return divided(sum.value(), static_cast<double>(positives));
}

Value pr_auc_trapezoid(const Curve& curve) {
    std::uint64_t positives = 0;
    CompensatedSum twice;
    for (const Curve::Step& step : curve.steps) {
        const std::uint32_t above = step.seen - step.rows;
        const double before = above == 0 ? 1 : static_cast<double>(positives) / above;
        positives += step.positives;
        twice.add(step.positives * (before + static_cast<double>(positives) / step.seen));
    }
    return divided(twice.value() / 2, static_cast<double>(positives));
}

Value mean_of(std::span<const Value> values) {
    std::vector<double> there;
    std::size_t infinite = 0;
    for (const Value& value : values) {
        if (value.value) there.push_back(*value.value);
        infinite += value.infinite;
    }
    Value mean = divided(pairwise_sum(there), static_cast<double>(there.size()));
    mean.infinite = infinite;
    mean.skipped = values.size() - there.size();
    return mean;
}

Sums sums(const Terms& terms) {
    Sums sums;
    for (const auto& rows : rows_by_cell(terms)) {
        const auto over = [&](const std::vector<double>& column) {
            return pairwise_sum(rows.size(), [&](std::size_t k) { return column[rows[k]]; });
        };
        sums.numerator.push_back(over(terms.numerator));
        sums.denominator.push_back(over(terms.denominator));
    }
    for (const double term : terms.numerator) sums.infinite += std::isinf(term);
    sums.skipped = terms.skipped;
    return sums;
}

Terms nll_terms(std::span<const std::uint8_t> y, std::span<const float> f) {
    assert(y.size() == f.size());
    std::vector<double> numerator(y.size());
    for (std::size_t i = 0; i < y.size(); ++i) numerator[i] = surprise(y[i] != 0, f[i]);
    return over_one(std::move(numerator));
}

Terms pcoc_terms(std::span<const std::uint8_t> y, std::span<const float> f) {
    assert(y.size() == f.size());
    Terms terms;
    terms.numerator.assign(f.begin(), f.end());
    terms.denominator.assign(y.begin(), y.end());
    return terms;
}

Terms ece_terms(std::span<const std::uint8_t> y, std::span<const float> f, const Ranking& s) {
    assert(y.size() == f.size());
    std::vector<double> numerator(y.size());
    for (std::size_t i = 0; i < y.size(); ++i) numerator[i] = static_cast<double>(f[i]) - y[i];
    Terms terms = over_one(std::move(numerator));
    terms.cells = ece_bins;
    terms.cell.resize(y.size());
    const std::vector<std::uint8_t> bin = equal_mass_bins(s, {}, ece_bins);
    for (std::size_t k = 0; k < bin.size(); ++k) terms.cell[s.row[k]] = bin[k];
    return terms;
}

Terms gauc_terms(std::span<const std::uint8_t> y,
                 const Ranking& s,
                 std::span<const std::uint32_t> user,
                 std::size_t users) {
    const RankedLabels ranked = ranked_labels(y, s, user, users);
    Terms terms;
    terms.numerator.resize(y.size());
    terms.denominator.resize(y.size());
    std::size_t first = 0;
    for (std::size_t u = 0; u < users; ++u) {
        const Curve own = curve(ranked, u);
        const Value value = auc(own);
        const std::size_t end = first + own.rows;
        for (std::size_t k = first; value.value && k < end; ++k) {
            terms.numerator[ranked.row[k]] = *value.value;
            terms.denominator[ranked.row[k]] = 1;
        }
        terms.skipped += own.rows > 0 && !value.value;
        first = end;
    }
    return terms;
}

Value ratio(const Sums& sums) {
    Value value = divided(pairwise_sum(sums.numerator), pairwise_sum(sums.denominator));
    value.infinite = sums.infinite;
    value.skipped = sums.skipped;
    return value;
}

Value absolute_ratio(const Sums& sums) {
    return divided(
        pairwise_sum(sums.numerator.size(), [&](std::size_t c) { return std::abs(sums.numerator[c]); }),
        pairwise_sum(sums.denominator));
}

Value mean_of_ratios(const Sums& sums) {
    std::vector<Value> ratios;
    for (std::size_t c = 0; c < sums.numerator.size(); ++c)
        ratios.push_back(divided(sums.numerator[c], sums.denominator[c]));
    Value mean = mean_of(ratios);
    mean.infinite = sums.infinite;
    return mean;
}

}  // namespace netcvr
