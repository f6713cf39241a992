#include "output/score.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "estimators/method.h"
#include "output/money_scores.h"
#include "output/scoring.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

Columns columns_of(const Predictions& predictions) {
    return {predictions.cvr, predictions.refund_rate, predictions.net_cvr};
}

void check_rows(const Predictions& predictions, StreamedRows rows) {
    bool good = predictions.row.size() == rows.count;
    for (std::size_t k = 0; good && k < rows.count; ++k)
        good = predictions.row[k] == static_cast<std::int64_t>(rows.first + k);
    for (const Column column :
         {Column(predictions.cvr), Column(predictions.refund_rate), Column(predictions.net_cvr),
          Column(predictions.gmv), Column(predictions.net_gmv)})
        good = good && (column.empty() || column.size() == rows.count);
    if (!good)
        throw InputError(
            Exit::data,
            fmt::format("predictions of '{}': rows are not those of the streamed period, {} to {} in order",
                        predictions.method, rows.first, rows.first + rows.count - 1));
}

bool is_reference(std::string_view name) {
    if (name == explained_method) return true;
    const Method* method = known_method(name);
    return method && (method->claim == Claim::privileged || method->claim == Claim::fixed);
}

/// The truth given all but the hidden effects, as if a method had said it: what no function of features
/// beats. Nothing in a log without hidden effects.
std::optional<Predictions> explained_forecast(const std::optional<Truth>& truth, StreamedRows rows) {
    if (!truth) return std::nullopt;
    Predictions p;
    p.method = explained_method;
    for (const auto& column : truth->more) {
        const auto part = std::span(column.value).subspan(rows.first, rows.count);
        if (column.name == "cvr_explained") p.cvr.assign(part.begin(), part.end());
        if (column.name == "refund_rate_explained") p.refund_rate.assign(part.begin(), part.end());
        if (column.name == "net_cvr_explained") p.net_cvr.assign(part.begin(), part.end());
    }
    if (p.cvr.empty()) return std::nullopt;
    for (std::size_t k = 0; k < rows.count; ++k) p.row.push_back(static_cast<std::int64_t>(rows.first + k));
    return p;
}

/// Predictions made elsewhere may leave the product to us.
std::vector<float> derived_net_cvr(const Predictions& p) {
    std::vector<float> net;
    if (!p.net_cvr.empty() || p.cvr.empty() || p.refund_rate.empty()) return net;
    for (std::size_t i = 0; i < p.cvr.size(); ++i) net.push_back(p.cvr[i] * (1 - p.refund_rate[i]));
    return net;
}

Material material_of(const ClickLog& log, const std::optional<Truth>& truth, const ScoreOptions& options) {
    Material material{.rows = scored_rows(log, truth, options.labels_as_of),
                      .oracle = {},
                      .resamples = {},
                      .scored = {},
                      .cuts = {}};
    for (std::size_t t = 0; t < all_targets.size(); ++t)
        material.resamples[t] =
            resample(material.rows.by_labels[t].user.value, static_cast<std::size_t>(options.bootstrap));
    if (!truth || material.rows.stated) return material;
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
    scores.conversions = static_cast<std::size_t>(std::ranges::count(converted.label, 1));
    scores.refunds = static_cast<std::size_t>(std::ranges::count(refunded.label, 1));
    if (material.rows.stated)
        scores.no_truth = "conversions are real, so that only their refund_rate has one";
    else if (!material.scored)
        scores.no_truth = "the log has no /truth";
    if (material.rows.has_labels)
        scores.bootstrap = options.bootstrap, scores.resampled = log.has_ids ? "users" : "clicks";
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
    std::vector<const Predictions*> all;
    for (const Predictions& p : predictions) {
        check_rows(p, material.rows.rows);
        if (p.method == oracle_method) material.oracle = columns_of(p);
        if (p.method == explained_method)
            throw InputError(Exit::data,
                             fmt::format("'{}' is no name for a method: the truth given what features "
                                         "could show is scored under it",
                                         explained_method));
        all.push_back(&p);
    }
    const auto explained = explained_forecast(truth, material.rows.rows);
    if (explained) all.push_back(&*explained);
    if (truth) scores.world = scoring_of(material.rows.truth, material, nullptr).scores;
    std::vector<std::vector<Resampled>> on_labels;
    for (const Predictions* one : all) {
        const Predictions& p = *one;
        const std::vector<float> net = derived_net_cvr(p);
        Columns forecast = columns_of(p);
        if (!net.empty()) forecast[place(Target::net_cvr)] = net;
        Scoring scoring = scoring_of(forecast, material, &scores.world);
        scores.methods.push_back({.method = p.method,
                                  .reference = is_reference(p.method),
                                  .cascade = !p.cvr.empty() && !p.refund_rate.empty(),
                                  .net_derived = !net.empty(),
                                  .copies = p.copies,
                                  .learning_rate = p.learning_rate,
                                  .incidents = p.incidents,
                                  .scores = scoring.scores,
                                  .breakdowns = break_down(scoring, material)});
        add_money_scores(log, truth, options.labels_as_of, p, material.rows.by_labels[place(Target::cvr)],
                         material.resamples[place(Target::cvr)], scores.methods.back().scores);
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
