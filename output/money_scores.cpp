#include "output/money_scores.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "estimators/stage.h"
#include "output/predictions_file.h"
#include "output/scoring.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

/// Of the conversion alone.
std::span<const float> truth_of(const std::optional<Truth>& truth, Target target, StreamedRows rows) {
    if (!truth) return {};
    const std::string name(target_name(target));
    for (const std::string& wanted : {name + "_first", name}) {
        const auto column = std::ranges::find(truth->more, wanted, &Truth::Column::name);
        if (column != truth->more.end()) return std::span(column->value).subspan(rows.first, rows.count);
    }
    return {};
}

/// What scored clicks brought; of fewer than all if later ones were not there yet. None before labels
/// matured.
std::vector<float> realised(const ClickLog& log,
                            const std::optional<Time>& as_of,
                            Target target,
                            StreamedRows rows) {
    std::vector<float> values;
    if (!as_of && log.follow_up < log.windows.maturity()) return values;
    const Outcomes events = as_of ? known_at(outcomes(log), *as_of) : outcomes(log);
    const StageKind kind = target == Target::gmv ? StageKind::conversion : StageKind::net;
    for (std::size_t i = rows.first; i < rows.first + rows.count && events.conversion.entered(i); ++i)
        values.push_back(static_cast<float>(events.value(kind, i)));
    return values;
}

void add(
    Against against, Target target, const Case& rows, const Resamples* users, std::vector<Score>& scores) {
    const std::vector<const Metric*> chosen = metrics_of(target, against);
    std::vector<Draws> draws(chosen.size());
    if (users) draws = resampled(chosen, rows, *users);
    for (std::size_t m = 0; m < chosen.size(); ++m) {
        Score& score = scores.emplace_back();
        score.target = target;
        score.metric = chosen[m]->name;
        score.value = value_of(*chosen[m], rows).value;
        score.count = rows.forecast.size();
        add_interval(score, draws[m]);
    }
}

}  // namespace

void add_money_scores(const ClickLog& log,
                      const std::optional<Truth>& truth,
                      const std::optional<Time>& as_of,
                      const Predictions& predictions,
                      const LabelledRows& clicks,
                      const Resamples& resamples,
                      std::vector<Score>& scores) {
    const StreamedRows rows = streamed_rows(log);
    for (const Target target : money_targets) {
        const std::span<const float> forecast = target == Target::gmv ? predictions.gmv : predictions.net_gmv;
        if (forecast.empty()) continue;
        if (!log.has_money)
            throw InputError(Exit::data,
                             fmt::format("predictions of '{}': {} cannot be scored, the log has no money "
                                         "(/log/order_value)",
                                         predictions.method, target_name(target)));
        const std::span<const float> expected = truth_of(truth, target, rows);
        const Ranking ranking = rank(forecast);
        if (!expected.empty())
            add(Against::truth, target, {.forecast = forecast, .ranking = &ranking, .truth = expected},
                nullptr, scores);
        const std::vector<float> value = realised(log, as_of, target, rows);
        if (value.empty()) continue;
        const std::span<const float> there = forecast.first(value.size());
        const Ranking ranking_there = rank(there);
        add(Against::labels, target,
            {.forecast = there,
             .ranking = &ranking_there,
             .user = clicks.user.of,
             .users = clicks.user.value.size(),
             .value = value},
            resamples.count > 0 ? &resamples : nullptr, scores);
    }
}

}  // namespace netcvr
