#include "output/scoring.h"

#include <algorithm>
#include <iterator>

namespace netcvr {
namespace {

/// What a metric is measured on, and how often its rows' users are there in resamples.
struct Measured {
    Target target;
    Case rows;
    const Resamples* resamples = nullptr;
};

Score score_of(const Metric& metric, const Measured& on) {
    const Value value = value_of(metric, on.rows);
    Score score;
    score.target = on.target;
    score.metric = metric.name;
    score.value = value.value;
    score.count = on.rows.forecast.size();
    score.infinite = value.infinite;
    score.skipped = value.skipped;
    return score;
}

/// Of the truth scored as if it were a method; for methods it is copied from there.
void add_ceiling(Score& score, const Metric& metric, const Case& rows, const std::vector<Score>* world) {
    if (world) {
        const Score* of_truth = find_score(*world, score.target, score.metric);
        if (of_truth) score.ceiling = of_truth->ceiling;
    } else if (metric.ceiling && !rows.truth.empty()) {
        score.ceiling = metric.ceiling(rows).value;
    }
}

void score_on_truth(Scoring& scoring, const Measured& on, const std::vector<Score>* world) {
    for (const Metric* metric : metrics_of(on.target, Against::truth)) {
        scoring.scores.push_back(score_of(*metric, on));
        add_ceiling(scoring.scores.back(), *metric, on.rows, world);
    }
}

void score_on_labels(Scoring& scoring, const Measured& on, const std::vector<Score>* world) {
    const std::vector<const Metric*> chosen = metrics_of(on.target, Against::labels);
    std::vector<Draws> draws(chosen.size());
    if (on.resamples) draws = resampled(chosen, on.rows, *on.resamples);
    for (std::size_t m = 0; m < chosen.size(); ++m) {
        Score score = score_of(*chosen[m], on);
        add_ceiling(score, *chosen[m], on.rows, world);
        add_interval(score, draws[m]);
        scoring.on_labels.push_back({chosen[m], on.target, score.value, std::move(draws[m])});
        scoring.scores.push_back(std::move(score));
    }
}

std::vector<float> rows_of(Column column, const std::vector<std::uint32_t>& click) {
    std::vector<float> values;
    if (column.empty()) return values;
    values.reserve(click.size());
    for (const std::uint32_t i : click) values.push_back(column[i]);
    return values;
}

void score_on_labels(Scoring& scoring,
                     const Material& material,
                     Target target,
                     const std::vector<Score>* world) {
    const LabelledRows& rows = material.rows.by_labels[place(target)];
    const bool all = rows.click.size() == material.rows.rows.count;
    const std::vector<float> forecast = rows_of(scoring.forecast[place(target)], rows.click);
    std::vector<float> truth;  // the law of final labels, not of what is known of them at some time
    if (material.rows.final_labels) truth = rows_of(material.rows.truth[place(target)], rows.click);
    const Ranking there = all ? Ranking{} : rank(forecast);
    const Ranking& ranking = all ? scoring.ranking[place(target)] : there;
    const RankedLabels ranked = ranked_labels(rows.label, ranking);
    const RankedLabels by_segment =
        ranked_labels(rows.label, ranking, rows.segment.of, rows.segment.value.size());
    const Resamples& resamples = material.resamples[place(target)];
    score_on_labels(scoring,
                    {.target = target,
                     .rows = {.forecast = forecast,
                              .ranking = &ranking,
                              .truth = truth,
                              .weight = {},
                              .oracle = {},
                              .label = rows.label,
                              .user = rows.user.of,
                              .segment = rows.segment.of,
                              .users = rows.user.value.size(),
                              .segments = rows.segment.value.size(),
                              .ranked = &ranked,
                              .ranked_by_segment = &by_segment},
                     .resamples = resamples.count > 0 && world ? &resamples : nullptr},
                    world);
}

/// Over the clicks that have a truth.
void score_on_stated(Scoring& scoring,
                     const Material& material,
                     Target target,
                     const std::vector<Score>* world) {
    const auto& stated = *material.rows.stated;
    const auto of = [&](const Columns& columns) { return rows_of(columns[place(target)], stated); };
    const std::vector<float> forecast = of(scoring.forecast), truth = of(material.rows.truth),
                             oracle = of(material.oracle);
    Ranking& ranking = scoring.ranking[place(target)];
    ranking = rank(forecast);
    if (truth.empty()) return;
    score_on_truth(
        scoring,
        {.target = target,
         .rows = {.forecast = forecast, .ranking = &ranking, .truth = truth, .weight = {}, .oracle = oracle}},
        world);
}

}  // namespace

void add_interval(Score& score, const Draws& draws) {
    const auto interval = percentile_interval(draws);
    if (!interval || !score.value) return;
    score.low = interval->low, score.high = interval->high;
}

Scoring scoring_of(const Columns& forecast, const Material& material, const std::vector<Score>* world) {
    const ScoredRows& rows = material.rows;
    Scoring scoring{.forecast = forecast, .ranking = {}, .scores = {}, .on_labels = {}};
    for (const Target target : all_targets) {
        const std::size_t t = place(target);
        if (forecast[t].empty()) continue;
        const bool partly = rows.stated && target == Target::refund_rate;
        if (partly)
            score_on_stated(scoring, material, target, world);
        else
            scoring.ranking[t] = rank(forecast[t]);
        if (!partly && !rows.truth[t].empty())
            score_on_truth(scoring,
                           {.target = target,
                            .rows = {.forecast = forecast[t],
                                     .ranking = &scoring.ranking[t],
                                     .truth = rows.truth[t],
                                     .weight = rows.weight(target),
                                     .oracle = material.oracle[t]}},
                           world);
        if (rows.has_labels) score_on_labels(scoring, material, target, world);
    }
    return scoring;
}

std::vector<Breakdown> break_down(const Scoring& scoring, const Material& material) {
    std::vector<Breakdown> all;
    if (!material.scored) return all;
    Scored of = *material.scored;
    for (const Target target : all_targets) {
        const std::size_t t = place(target);
        if (scoring.forecast[t].empty()) continue;
        of.ranking = &scoring.ranking[t];
        of.weight = material.rows.weight(target);
        std::ranges::move(breakdowns(of, material.cuts,
                                     {.target = target,
                                      .forecast = scoring.forecast[t],
                                      .truth = material.rows.truth[t],
                                      .weight = of.weight}),
                          std::back_inserter(all));
    }
    std::ranges::stable_sort(all, {}, [](const Breakdown& sums) {
        return std::ranges::find(dimensions(), sums.dimension, &Dimension::name) - dimensions().begin();
    });
    return all;
}

}  // namespace netcvr
