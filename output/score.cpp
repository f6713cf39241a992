#include "output/score.h"

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

#include <fmt/format.h>

#include "estimators/method.h"
#include "estimators/stage.h"
#include "output/breakdown.h"
#include "output/predictions_file.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

using Column = std::span<const float>;
using Columns = std::array<Column, all_targets.size()>;  // by Target; empty = not there

/// What every method is scored on: the streamed rows of truth and labels.
struct Material {
    StreamedRows rows;
    Columns truth;
    bool has_labels = false;
    std::vector<std::uint8_t> converted, net;  // by scored row
    std::vector<std::uint32_t> conversion;     // scored rows with an attributed conversion
    std::vector<std::uint8_t> refunded;        // refunded[k] of conversion[k]

    std::span<const std::uint8_t> label(Target target) const {
        return target == Target::cvr ? converted : target == Target::net_cvr ? net : refunded;
    }
};

Column scored(const std::vector<float>& column, StreamedRows rows) {
    return column.empty() ? Column{} : Column(column).subspan(rows.first, rows.count);
}

Material gather(const ClickLog& log, const std::optional<Truth>& truth) {
    Material m;
    m.rows = streamed_rows(log);
    if (truth)
        m.truth = {scored(truth->cvr, m.rows), scored(truth->refund_rate, m.rows),
                   scored(truth->net_cvr, m.rows)};
    m.has_labels = log.follow_up >= log.windows.maturity();
    if (!m.has_labels) return m;
    const Outcomes all = outcomes(log);
    for (std::size_t i = 0; i < m.rows.count; ++i) {
        const std::size_t row = m.rows.first + i;
        const bool converted = all.conversion.event[row] != never;
        m.converted.push_back(converted);
        m.net.push_back(all.net(row));
        if (!converted) continue;
        m.conversion.push_back(static_cast<std::uint32_t>(i));
        m.refunded.push_back(all.refund.event[row] != never);
    }
    return m;
}

std::vector<float> on_conversions(const Material& material, Column column) {
    std::vector<float> values;
    if (column.empty()) return values;
    values.reserve(material.conversion.size());
    for (const std::uint32_t i : material.conversion) values.push_back(column[i]);
    return values;
}

/// The forecast to be scored beside what it is held against.
struct Entry {
    Column forecast, truth, weight, oracle;
    std::span<const std::uint8_t> label;
};

/// Adds the scores of one target against one of truth and labels. A ceiling is found by scoring the truth
/// itself
/// (`ceilings` null) and copied from there afterwards.
void add_scores(const Entry& entry,
                Target target,
                Against against,
                const std::vector<Score>* ceilings,
                std::vector<Score>& scores) {
    const Ranking ranking = rank(entry.forecast);
    const Case c{.forecast = entry.forecast,
                 .ranking = &ranking,
                 .truth = entry.truth,
                 .weight = entry.weight,
                 .label = entry.label,
                 .oracle = entry.oracle};
    for (const Metric& metric : metrics()) {
        if (metric.against != against || std::ranges::count(metric.targets, target) == 0) continue;
        const Value value = metric.value(c);
        Score score;
        score.target = target;
        score.metric = metric.name;
        score.value = value.value;
        score.count = entry.forecast.size();
        score.infinite = value.infinite;
        if (ceilings) {
            const Score* world = find_score(*ceilings, target, metric.name);
            if (world) score.ceiling = world->ceiling;
        } else if (metric.ceiling && !entry.truth.empty()) {
            score.ceiling = metric.ceiling(c).value;
        }
        scores.push_back(score);
    }
}

std::vector<Score> score_columns(const Material& m,
                                 const Columns& forecast,
                                 const Columns& oracle,
                                 const std::vector<Score>* ceilings) {
    std::vector<Score> scores;
    for (const Target target : all_targets) {
        const auto t = static_cast<std::size_t>(target);
        if (forecast[t].empty()) continue;
        const bool refund = target == Target::refund_rate;
        Entry entry{
            .forecast = forecast[t], .truth = m.truth[t], .weight = {}, .oracle = oracle[t], .label = {}};
        if (refund) entry.weight = m.truth[static_cast<std::size_t>(Target::cvr)];
        if (!entry.truth.empty()) add_scores(entry, target, Against::truth, ceilings, scores);
        if (!m.has_labels) continue;
        const auto forecast_there = refund ? on_conversions(m, forecast[t]) : std::vector<float>{};
        const auto truth_there = refund ? on_conversions(m, m.truth[t]) : std::vector<float>{};
        if (refund) entry.forecast = forecast_there, entry.truth = truth_there;
        entry.weight = entry.oracle = {};
        entry.label = m.label(target);
        add_scores(entry, target, Against::labels, ceilings, scores);
    }
    return scores;
}

/// Sums of one method over the groups of every dimension: by dimension, then target.
std::vector<Breakdown> break_down(Scored of,
                                  const std::vector<Cut>& own,
                                  const Columns& truth,
                                  const Columns& forecast) {
    std::vector<Breakdown> all;
    for (const Target target : all_targets) {
        const auto t = static_cast<std::size_t>(target);
        if (forecast[t].empty()) continue;
        const Ranking ranking = rank(forecast[t]);
        of.ranking = &ranking;
        of.weight = target == Target::refund_rate ? truth[static_cast<std::size_t>(Target::cvr)] : Column{};
        std::ranges::move(
            breakdowns(of, own,
                       {.target = target, .forecast = forecast[t], .truth = truth[t], .weight = of.weight}),
            std::back_inserter(all));
    }
    const auto place = [](const Breakdown& b) {
        return std::ranges::find(dimensions(), b.dimension, &Dimension::name) - dimensions().begin();
    };
    std::ranges::stable_sort(all, {}, place);
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

Scores counted(const Material& material, const ClickLog& log) {
    Scores scores;
    scores.clicks = material.rows.count;
    scores.conversions = material.conversion.size();
    scores.refunds = static_cast<std::size_t>(std::ranges::count(material.refunded, 1));
    if (!material.has_labels)
        scores.no_labels =
            fmt::format("follow-up of {} is shorter than W_A + W_R = {}, so labels have not matured",
                        format_duration(log.follow_up), format_duration(log.windows.maturity()));
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

}  // namespace

Scores score(const ClickLog& log,
             const std::optional<Truth>& truth,
             const std::vector<Predictions>& predictions,
             const ScoreOptions& options) {
    const Material material = gather(log, truth);
    Scores scores = counted(material, log);
    if (!truth) scores.no_truth = "the log has no /truth";
    Columns oracle;
    for (const Predictions& p : predictions) {
        check_rows(p, material.rows);
        if (p.method == oracle_method) oracle = columns_of(p);
    }
    std::optional<Scored> scored;
    std::vector<Cut> cuts;
    if (truth) {
        scored.emplace(Scored{.log = log,
                              .truth = *truth,
                              .first = material.rows.first,
                              .count = material.rows.count,
                              .options = options});
        scores.world = score_columns(material, material.truth, oracle, nullptr);
        cuts = own_cuts(*scored);
        scores.groups = names_of(cuts);
    }
    for (const Predictions& p : predictions) {
        const std::vector<float> net = derived_net_cvr(p);
        Columns forecast = columns_of(p);
        if (!net.empty()) forecast[static_cast<std::size_t>(Target::net_cvr)] = net;
        scores.methods.push_back({.method = p.method,
                                  .reference = is_reference(p.method),
                                  .cascade = !p.cvr.empty() && !p.refund_rate.empty(),
                                  .net_derived = !net.empty(),
                                  .copies = p.copies,
                                  .scores = score_columns(material, forecast, oracle, &scores.world)});
        if (truth) scores.methods.back().breakdowns = break_down(*scored, cuts, material.truth, forecast);
    }
    refuse_the_impossible(scores);
    return scores;
}

const Score* find_score(const std::vector<Score>& scores, Target target, std::string_view metric) {
    for (const Score& score : scores)
        if (score.target == target && score.metric == metric) return &score;
    return nullptr;
}

}  // namespace netcvr
