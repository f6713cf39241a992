// What a run takes, counted: copies that its learners will be sent (their own rules are asked on three
// clicks), multiplications of its networks, rows of their embeddings.
//
// The constants were measured on one thread of an Intel Xeon (Sapphire Rapids): on the cascade preset at
// scale 1/400, 1/100 and 1/41, with networks of 64-32 and 256-256-128 and one or seven methods, seconds come
// out at .83 … 1.17 of the processor time taken, memory at 1.08 … 1.29 of the peak. Other machines differ by
// a factor, the same for all runs. What a bootstrap takes is not counted.
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "scenarios/sweep.h"

namespace netcvr {
namespace {

// Seconds.
constexpr double per_run = 0.05;               // calibration
constexpr double per_entity = 0.3e-6;          // a user or an item is drawn
constexpr double per_click = 0.8e-6;           // drawn, and listed for networks
constexpr double per_multiplication = 16e-12;  // of a matrix product, float32
constexpr double per_trained_field = 62e-9;  // a copy's embedding is read, its gradient scattered, Adam steps
constexpr double per_predicted_field = 25e-9;
constexpr double per_copy = 0.3e-6;          // delivery, sorting, loss
constexpr double per_scored_click = 1.1e-6;  // and method: sums, sorts, breakdowns of its targets

// Bytes.
constexpr double of_program = 25e6;
constexpr double of_click = 100;        // log, truth and outcomes; without features
constexpr double of_click_field = 8;    // a feature and the row of the embedding it stands for
constexpr double of_scored_click = 28;  // a method's predictions, in the making too
constexpr double of_result = 21e3, of_result_method = 32e3;

/// What of a run enters the estimate.
struct Size {
    double clicks = 0, pretrain = 0, stream = 0;  // clicks: of the log, of two periods
    double cvr = 0;
    double fields = 0, rows = 0;  // of the networks' inputs; embedding rows of all fields
    double embedding = 0, multiplications = 0, passes = 1;
};

/// Distinct values of a feature that n clicks show, if all were as likely: an upper bound that is near.
double values_shown(const Feature& feature, const Scenario& s, double n) {
    double values = static_cast<double>(feature.cardinality);
    if (feature.source == "user.id") values = std::min(values, static_cast<double>(s.user_count()));
    if (feature.source == "item.id") values = std::min(values, static_cast<double>(s.item_count()));
    return values * -std::expm1(-n / values);
}

Size size_of(const Settings& settings) {
    const Scenario& s = settings.scenario;
    Size size;
    const auto share = [&](Time span) {
        return std::clamp(static_cast<double>(span) / static_cast<double>(s.log.duration), 0.0, 1.0);
    };
    size.clicks = s.mean_clicks();
    size.pretrain = size.clicks * share(s.protocol.pretrain);
    size.stream = size.clicks * share(s.log.duration - s.protocol.stream_start());
    size.cvr = s.targets.cvr;
    size.passes = static_cast<double>(settings.training.pretrain_passes);
    size.embedding = static_cast<double>(settings.training.embedding);
    size.fields = static_cast<double>(s.features.size());
    for (const auto& feature : s.features) size.rows += values_shown(feature, s, size.clicks);
    double inputs = size.fields * size.embedding;
    for (const std::int64_t width : settings.training.hidden) {
        size.multiplications += inputs * static_cast<double>(width);
        inputs = static_cast<double>(width);
    }
    return size;
}

/// Copies of a click that enters the stage: the rule is asked about no event, an early and a late one.
double copies_per_start(const Learner& learner) {
    if (!learner.delivery) return 0;
    const Windows windows{.conversion_attribution = 10,
                          .refund_attribution = 10,
                          .conversion_observation = 2,
                          .refund_observation = 2};
    const bool refund = learner.stage == StageKind::refund;
    Outcomes three{
        .conversion = {.start = {0, 0, 0}, .event = {never, 1, 5}, .attribution = 10, .observation = 2},
        .refund = {.start = {never, 1, 5},
                   .event = {never, never, never},
                   .attribution = 10,
                   .observation = 2},
        .windows = windows};
    if (refund) {
        three.conversion.event = {1, 1, 1};
        three.refund.start = {1, 1, 1};
        three.refund.event = {never, 2, 6};
    }
    Copies copies;
    learner.delivery(three, learner.stage, copies);
    // Few events in many: what a start without event sends, and a little more.
    constexpr double events = 0.1;
    const auto of_none = static_cast<double>(std::ranges::count(copies.click, 0u));
    return of_none + events * (static_cast<double>(copies.size()) / 3 - of_none);
}

/// Copies trained on and clicks predicted, of all networks together.
struct Work {
    double trained = 0, predicted = 0, starts = 0, learners = 0, answers = 0;
};

Work work_of(const Size& size, const std::vector<const Method*>& methods) {
    Work work;
    std::set<std::pair<StageKind, std::string>> fits;
    for (const auto* method : methods)
        for (const auto& learner : method->learners) {
            const auto entered = [&](StageKind stage) { return stage == StageKind::refund ? size.cvr : 1; };
            const auto fit = [&](StageKind stage, std::string_view head) {
                const bool fresh = fits.emplace(stage, head).second;
                if (fresh) work.trained += size.pretrain * entered(stage) * size.passes;
                return fresh;
            };
            const bool common = !learner.own_start && learner.towers.empty();
            for (const StageKind stage : learner.stages()) {
                work.starts += fit(stage, common ? "" : method->name);
                work.predicted += size.stream;
            }
            for (const auto& head : learner.frozen)
                if (fit(learner.stage_of(head), head.name))
                    ++work.answers, work.predicted += size.stream * entered(learner.stage_of(head));
            work.trained += size.stream * entered(learner.stage) * copies_per_start(learner);
            ++work.learners;
        }
    return work;
}

}  // namespace

RunEstimate estimate(const SweepRun& run, const std::vector<const Method*>& methods) {
    const Scenario& s = run.settings.scenario;
    const Size size = size_of(run.settings);
    const Work work = work_of(size, methods);
    const auto count = static_cast<double>(methods.size());
    const double trained =
        3 * per_multiplication * size.multiplications + per_trained_field * size.fields + per_copy;
    const double predicted = per_multiplication * size.multiplications + per_predicted_field * size.fields;
    RunEstimate all;
    all.seconds = per_run + per_entity * static_cast<double>(s.user_count() + s.item_count()) +
                  per_click * size.clicks + trained * work.trained + predicted * work.predicted +
                  per_scored_click * size.stream * count;
    // A network is its embeddings; one that trains has two moments beside each weight, and two marks a row.
    const double networks = size.rows * (4 * size.embedding * (work.starts + 3) + 8);
    const double memory = of_program +
                          size.clicks * (of_click + of_click_field * size.fields + 4 * work.answers) +
                          networks + size.stream * of_scored_click * count;
    all.memory = static_cast<std::size_t>(memory);
    all.bytes = static_cast<std::size_t>(of_result + of_result_method * count);
    return all;
}

}  // namespace netcvr
