#include "output/score.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "estimators/method.h"
#include "output/breakdown.h"
#include "output/improvement.h"
#include "output/scored_rows.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

std::size_t place(Target target) {
    return static_cast<std::size_t>(target);
}

/// A method's columns and what is made of them.
struct Scoring {
    Columns forecast;
    std::array<Ranking, all_targets.size()> ranking;
    std::vector<Score> scores;
    std::vector<Resampled> on_labels;
};

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

std::vector<const Metric*> metrics_of(Target target, Against against) {
    std::vector<const Metric*> chosen;
    for (const Metric& metric : metrics())
        if (metric.against == against && std::ranges::count(metric.targets, target) > 0)
            chosen.push_back(&metric);
    return chosen;
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

void add_interval(Score& score, const Draws& draws) {
    const auto interval = percentile_interval(draws);
    if (!interval || !score.value) return;
    score.low = interval->low, score.high = interval->high;
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

/// Everything that does not change from method to method.
struct Material {
    ScoredRows rows;
    Columns oracle;
    std::array<Resamples, all_targets.size()> resamples;  // of the users of rows.by_labels
    std::optional<Scored> scored;                         // with truth
    std::vector<Cut> cuts;
};

void score_on_labels(Scoring& scoring,
                     const Material& material,
                     Target target,
                     const std::vector<Score>* world) {
    const LabelledRows& rows = material.rows.by_labels[place(target)];
    const bool all = rows.click.size() == material.rows.rows.count;
    const std::vector<float> forecast = rows_of(scoring.forecast[place(target)], rows.click),
                             truth = rows_of(material.rows.truth[place(target)], rows.click);
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

/// world: the scores of the truth, null while it is they that are made.
Scoring scoring_of(const Columns& forecast, const Material& material, const std::vector<Score>* world) {
    const ScoredRows& rows = material.rows;
    Scoring scoring{.forecast = forecast, .ranking = {}, .scores = {}, .on_labels = {}};
    for (const Target target : all_targets) {
        const std::size_t t = place(target);
        if (forecast[t].empty()) continue;
        scoring.ranking[t] = rank(forecast[t]);
        if (!rows.truth[t].empty())
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

/// Sums over the groups of every dimension: by dimension, then target.
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

Columns columns_of(const Predictions& predictions) {
    return {predictions.cvr, predictions.refund_rate, predictions.net_cvr};
}

void check_rows(const Predictions& predictions, StreamedRows rows) {
    bool good = predictions.row.size() == rows.count;
    for (std::size_t k = 0; good && k < rows.count; ++k)
        good = predictions.row[k] == static_cast<std::int64_t>(rows.first + k);
    for (const Column column : columns_of(predictions))
        good = good && (column.empty() || column.size() == rows.count);
    if (!good)
        throw InputError(
            Exit::data,
            fmt::format("predictions of '{}': rows are not those of the streamed period, {} to {} in order",
                        predictions.method, rows.first, rows.first + rows.count - 1));
}

bool is_reference(std::string_view name) {
    const auto method = std::ranges::find(methods(), name, &Method::name);
    return method != methods().end() && (method->claim == Claim::privileged || method->claim == Claim::fixed);
}

/// Predictions made elsewhere may leave the product to us.
std::vector<float> derived_net_cvr(const Predictions& p) {
    std::vector<float> net;
    if (!p.net_cvr.empty() || p.cvr.empty() || p.refund_rate.empty()) return net;
    for (std::size_t i = 0; i < p.cvr.size(); ++i) net.push_back(p.cvr[i] * (1 - p.refund_rate[i]));
    return net;
}

Material material_of(const ClickLog& log, const std::optional<Truth>& truth, const ScoreOptions& options) {
    Material material{
        .rows = scored_rows(log, truth), .oracle = {}, .resamples = {}, .scored = {}, .cuts = {}};
    for (std::size_t t = 0; t < all_targets.size(); ++t)
        material.resamples[t] =
            resample(material.rows.by_labels[t].user.value, static_cast<std::size_t>(options.bootstrap));
    if (!truth) return material;
    material.scored.emplace(Scored{.log = log,
                                   .truth = *truth,
                                   .first = material.rows.rows.first,
                                   .count = material.rows.rows.count,
                                   .options = options});
    material.cuts = own_cuts(*material.scored);
    return material;
}

Scores counted(const Material& material, const ClickLog& log, const ScoreOptions& options) {
    const auto& [converted, refunded, net] = material.rows.by_labels;
    Scores scores;
    scores.clicks = material.rows.rows.count;
    scores.conversions = refunded.label.size();
    scores.refunds = static_cast<std::size_t>(std::ranges::count(refunded.label, 1));
    if (!material.scored) scores.no_truth = "the log has no /truth";
    if (material.rows.has_labels)
        scores.bootstrap = options.bootstrap;
    else
        scores.no_labels =
            fmt::format("follow-up of {} is shorter than W_A + W_R = {}, so labels have not matured",
                        format_duration(log.follow_up), format_duration(log.windows.maturity()));
    scores.groups = names_of(material.cuts);
    return scores;
}

/// What no forecast can do. If one does, the scorer is wrong, and no number of it should be believed.
void refuse_the_impossible(const Scores& scores) {
    for (const Score& truth : scores.world)
        if (truth.metric == "excess_log_loss" && truth.value && *truth.value != 0)
            throw std::logic_error("the truth's excess log loss over itself is not 0");
    for (const MethodScores& method : scores.methods)
        for (const Score& score : method.scores) {
            const bool below_zero = score.metric == "excess_log_loss" && score.value && *score.value < -1e-15;
            const bool above_ceiling =
                score.metric == "expected_auc" && score.value && *score.value > *score.ceiling + 1e-12;
            if (below_zero || above_ceiling)
                throw std::logic_error(fmt::format("'{}' scores {} = {} for {}, better than the truth itself",
                                                   method.method, score.metric, *score.value,
                                                   target_name(score.target)));
        }
}

/// Of every method but the two that the measure is made of. on_labels[m] is of method m.
void add_improvements(Scores& scores, const std::vector<std::vector<Resampled>>& on_labels) {
    const auto of = [&](std::string_view name) {
        const auto found = std::ranges::find(scores.methods, name, &MethodScores::method);
        return static_cast<std::size_t>(found - scores.methods.begin());
    };
    const std::size_t oracle = of(oracle_method), pretrained = of(pretrained_method),
                      count = scores.methods.size();
    if (oracle == count || pretrained == count) return;
    for (std::size_t m = 0; m < count; ++m)
        if (m != oracle && m != pretrained)
            scores.methods[m].improvements =
                relative_improvements(on_labels[m], on_labels[pretrained], on_labels[oracle]);
}

}  // namespace

Scores score(const ClickLog& log,
             const std::optional<Truth>& truth,
             const std::vector<Predictions>& predictions,
             const ScoreOptions& options) {
    Material material = material_of(log, truth, options);
    Scores scores = counted(material, log, options);
    for (const Predictions& p : predictions) {
        check_rows(p, material.rows.rows);
        if (p.method == oracle_method) material.oracle = columns_of(p);
    }
    if (truth) scores.world = scoring_of(material.rows.truth, material, nullptr).scores;
    std::vector<std::vector<Resampled>> on_labels;
    for (const Predictions& p : predictions) {
        const std::vector<float> net = derived_net_cvr(p);
        Columns forecast = columns_of(p);
        if (!net.empty()) forecast[place(Target::net_cvr)] = net;
        Scoring scoring = scoring_of(forecast, material, &scores.world);
        scores.methods.push_back({.method = p.method,
                                  .reference = is_reference(p.method),
                                  .cascade = !p.cvr.empty() && !p.refund_rate.empty(),
                                  .net_derived = !net.empty(),
                                  .copies = p.copies,
                                  .scores = scoring.scores,
                                  .breakdowns = break_down(scoring, material)});
        on_labels.push_back(std::move(scoring.on_labels));
    }
    add_improvements(scores, on_labels);
    refuse_the_impossible(scores);
    return scores;
}

const Score* find_score(const std::vector<Score>& scores, Target target, std::string_view metric) {
    for (const Score& score : scores)
        if (score.target == target && score.metric == metric) return &score;
    return nullptr;
}

}  // namespace netcvr
