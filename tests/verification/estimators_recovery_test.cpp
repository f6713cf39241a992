// The online loop on a world that stands still: the saturated network must come to each method's optimum,
// cell by cell.
//
// What is compared is the mean predicted logit of a cell over the second half of the stream. The average of
// the iterates of a stochastic gradient is as good as the optimum on the copies it saw (Polyak and Juditsky
// 1992), so its error in the logit has variance 1 / (N p (1 − p)), N entries of the stage in that time (with
// exact heads hardly a method here exceeds this, methods/spec.md 7.2: three deliveries can, by a factor below
// 2). Frozen heads add their own error: they are fitted on n entries of the pretrain period, and no method's
// logit moves more than its head's. Their last iterate also wanders, by rate / (2 √(k q (1 − q)))
// squared-logit units with k entries of the cell per batch (a unit-gradient step `rate` against a pull of
// rate · √(k q (1 − q))).

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "estimators/train.h"

namespace netcvr {
namespace {

constexpr std::size_t cells = 12, clicks = 600'000;
constexpr Time stream_half = 4 * day;

struct Rates {
    double cvr, refund;  // half of the events are late, in either stage
};

Rates rates_of(std::size_t cell) {
    const double k = static_cast<double>(cell);
    return {.cvr = 0.10 + 0.025 * k, .refund = 0.60 - 0.03 * k};
}

CellLaw law_of(std::size_t cell) {
    const auto [p, r] = rates_of(cell);
    const double half = p / 2, kept = half * (1 - r), refunded = half * r / 2;
    const auto seen_early = [](Time age) {
        return std::clamp(std::log(static_cast<double>(age) + 1) / std::log(static_cast<double>(hour)), 0.0,
                          1.0);
    };
    return {.mass = {1 - p, kept, refunded, refunded, kept, refunded, refunded},
            .event_by = [=, p = p, r = r](StageKind stage, Time age) {
                const double late = std::clamp(
                    static_cast<double>(age - hour) / static_cast<double>(day - 1 - hour), 0.0, 1.0);
                return (stage == StageKind::refund ? r : p) * (seen_early(age) + late) / 2;
            }};
}

/// The optimum of clicks anywhere in their segment.
double optimum_of(const Output& output, std::size_t cell, Time segment) {
    CellLaw law = law_of(cell);
    double sum = 0, count = 0;
    for (law.segment = 1; law.segment <= segment; law.segment += 7, ++count)
        sum += output.optimum(law, output.stage);
    return sum / count;
}

ClickLog stationary_log() {
    std::mt19937_64 random(20);
    const auto uniform = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
    const auto between = [&](Time low, Time high) {
        return std::uniform_int_distribution<Time>(low, high)(random);
    };
    ClickLog log;
    log.windows = {.conversion_attribution = day,
                   .refund_attribution = day,
                   .conversion_observation = hour,
                   .refund_observation = hour};
    log.protocol = {.pretrain = 3 * day, .gap = 2 * day, .segment = day / 20};
    log.duration = log.protocol.stream_start() + 2 * stream_half;
    log.features = {{.name = "cell", .cardinality = cells, .value = {}}};
    for (std::size_t i = 0; i < clicks; ++i) log.click_time.push_back(between(0, log.duration - 1));
    std::ranges::sort(log.click_time);
    // Early delays are log-uniform: half of them come within a minute.
    const auto early = [&] { return static_cast<Time>(std::pow(static_cast<double>(hour), uniform())); };
    const auto delay = [&] { return uniform() < 0.5 ? early() : between(hour + 1, day - 1); };
    for (const Time click : log.click_time) {
        const std::size_t cell = random() % cells;
        const bool converts = uniform() < rates_of(cell).cvr, refunds = uniform() < rates_of(cell).refund;
        const Time conversion = converts ? click + delay() : never;
        log.features[0].value.push_back(static_cast<std::int32_t>(cell));
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(converts && refunds ? conversion + delay() : never);
    }
    return log;
}

Training cell_training() {
    Training training;
    training.network = "cells";
    training.fields = {"cell"};
    training.batch = 512;
    training.learning_rate = 0.01;
    training.pretrain_passes = 4;
    return training;
}

const std::vector<float>& column(const Predictions& predictions, StageKind stage) {
    return stage == StageKind::conversion ? predictions.cvr
           : stage == StageKind::refund   ? predictions.refund_rate
                                          : predictions.net_cvr;
}

/// Mean predicted logit of each cell over clicks in [begin, end).
std::vector<double> mean_logits(
    const ClickLog& log, const Predictions& predictions, StageKind stage, Time begin, Time end) {
    const std::vector<float>& p = column(predictions, stage);
    std::vector<double> sum(cells, 0), n(cells, 0);
    for (std::size_t k = 0; k < p.size(); ++k) {
        const auto row = static_cast<std::size_t>(predictions.row[k]);
        if (log.click_time[row] < begin || log.click_time[row] >= end) continue;
        const auto cell = static_cast<std::size_t>(log.features[0].value[row]);
        sum[cell] += logit(p[k]);
        n[cell] += 1;
    }
    for (std::size_t c = 0; c < cells; ++c) sum[c] /= n[c];
    return sum;
}

double squared(double x) {
    return x * x;
}

/// What an error of the logit counts for where a prediction is a map of one logit other than σ: the variance
/// of logit(map(z)) for one label per copy, slope² / (σ(z) (1 − σ(z))) at the z where it settles. FNC's b /
/// (1 − b) has slope 1 / (1 − p).
double variance_through_map(const Probability& map, double settles) {
    double low = -30, high = 30;
    for (int k = 0; k < 100; ++k) {
        const double middle = (low + high) / 2;
        (map(std::span(&middle, 1)) < settles ? low : high) = middle;
    }
    const auto mapped = [&](double z) { return logit(map(std::span(&z, 1))); };
    const double slope = (mapped(low + 1e-4) - mapped(low - 1e-4)) / 2e-4;
    return squared(slope) / (sigmoid(low) * sigmoid(-low));
}

/// Variance of the settled logit of one cell for one label per copy.
double variance_of_copy(std::size_t cell, const Learner& learner, const Output& output, double settles) {
    const double p = event_probability(law_of(cell), output.stage);
    const double least = std::min(p * (1 - p), settles * (1 - settles));  // of a label among the copies
    return learner.heads == 1 ? std::max(1 / least, variance_through_map(output.probability, settles))
                              : 1 / least;
}

double entries_per_day(std::size_t cell, StageKind stage) {
    return clicks / 13.0 / cells * (stage == StageKind::refund ? rates_of(cell).cvr : 1.0);
}

/// σ of the settled logit of one cell, where the method settles at a probability `settles`.
double deviation(std::size_t cell, const Learner& learner, const Output& output, double settles) {
    const Training training = cell_training();
    const double per_day = entries_per_day(cell, output.stage),
                 p = event_probability(law_of(cell), output.stage);
    double variance = variance_of_copy(cell, learner, output, settles) / (per_day * 4);
    if (!learner.frozen.empty()) {
        // The head that matters asks a share of the entries (no event by w: most; events only: p of them)
        // about an answer with probability q = ½ (late given event) or (1 − p) / (1 − p / 2) (real negative):
        // take the worse.
        const double in_batch = static_cast<double>(training.batch) / cells;
        const double q = (1 - p) / (1 - p / 2);
        const auto own = [&](double asked, double answer) {
            return 1 / (per_day * 3 * asked * answer * (1 - answer)) +
                   training.learning_rate / (2 * std::sqrt(in_batch * answer * (1 - answer)));
        };
        // Slopes of the method's logit by the head's: 1 − q for real_negative, at most λ (1 − λ) = ¼ for the
        // other.
        variance += std::max(squared(1 - q) * own(1 - p / 2, q), squared(0.25) * own(p, 0.5));
    }
    return std::sqrt(variance);
}

void expect_recovery(const ClickLog& log,
                     const Method& method,
                     const Learner& learner,
                     const Output& output,
                     const Predictions& predictions) {
    const std::vector<double> settled =
        mean_logits(log, predictions, output.stage, log.duration - stream_half, log.duration);
    double error = 0, variance = 0, from_truth = 0;
    for (std::size_t c = 0; c < cells; ++c) {
        const double target = logit(optimum_of(output, c, log.protocol.segment)),
                     truth = logit(event_probability(law_of(c), output.stage)),
                     sigma = deviation(c, learner, output, sigmoid(target));
        EXPECT_NEAR(settled[c], target, 5 * sigma)
            << method.name << ", " << name_of(output.stage) << ", cell " << c;
        error += (settled[c] - target) / cells;
        from_truth += (settled[c] - truth) / cells;
        variance += squared(sigma / cells);
    }
    EXPECT_NEAR(error, 0, 5 * std::sqrt(variance)) << method.name << ", " << name_of(output.stage);
    if (!output.consistent()) {  // of a variant one output may be biased, one not
        EXPECT_GT(std::abs(from_truth), 10 * std::sqrt(variance)) << "too few clicks to tell the bias";
    }
}

/// The first segment is predicted by the start alone: it has seen the entries of the pretrain period, and its
/// last iterate wanders as a frozen head's does, each of its heads by itself, with as many entries of the
/// cell per batch as a batch has room for at seven copies an entry, the most that a rule sends.
void expect_start(const ClickLog& log,
                  const Method& method,
                  const Learner& learner,
                  const Output& output,
                  const Predictions& predictions) {
    const Training training = cell_training();
    const double in_batch = static_cast<double>(training.batch) / cells / 7;
    const Time begin = log.protocol.stream_start();
    const std::vector<double> at_start =
        mean_logits(log, predictions, output.stage, begin, begin + log.protocol.segment);
    double error = 0, variance = 0;
    for (std::size_t c = 0; c < cells; ++c) {
        const double settles = optimum_of(output, c, log.protocol.segment);
        const double of_copy = variance_of_copy(c, learner, output, settles);
        const double own = of_copy / (entries_per_day(c, output.stage) * 3) +
                           training.learning_rate / 2 * std::sqrt(of_copy / in_batch);
        error += (at_start[c] - logit(settles)) / cells;
        variance += static_cast<double>(learner.heads) * own / squared(cells);
    }
    EXPECT_NEAR(error, 0, 5 * std::sqrt(variance)) << method.name << ", start of " << name_of(output.stage);
}

void expect_recovery(const ClickLog& log, const Method& method, const Predictions& predictions) {
    for (const Learner& learner : method.learners)
        for (const Output& output : learner.outputs) {
            if (!output.optimum) continue;
            if (learner.own_start) expect_start(log, method, learner, output, predictions);
            expect_recovery(log, method, learner, output, predictions);
        }
}

TEST(OnlineLoop, settles_at_every_method_s_optimum_in_a_world_that_stands_still) {
    const ClickLog log = stationary_log();
    std::vector<const Method*> chosen;
    for (const Method& method : methods())
        // Errors of public code may have weights that the bounds do not allow for; the log has no money.
        if (method.claim != Claim::fixed && method.claim != Claim::as_coded &&
            std::ranges::none_of(method.learners, &Learner::reads_value))
            chosen.push_back(&method);
    const auto all = train(log, chosen, cell_training(), 2);
    for (std::size_t m = 0; m < chosen.size(); ++m) expect_recovery(log, *chosen[m], all[m]);
}

}  // namespace
}  // namespace netcvr
