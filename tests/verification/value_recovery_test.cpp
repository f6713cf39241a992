// The online loop on a world that stands still, in which late conversions are worth more: money forecast must
// be what the log-normal heads' optimum says, summed over a cell's clicks of the second half of the stream.
//
// Bound. A cell's Σ gmv is N p E[v], its relative error that of p̂ · exp(μ̂ + σ̂²/2): variances 1 / c, s² / c
// and s⁴ / (2c) with c conversions of the cell in that time and s² the variance of log v; p̂ and its frozen
// heads are also off by 1 / c₀ and 1 / c₀, c₀ conversions of the pretrain period. Refund rates and shares add
// factors of the same kind that are smaller. Iterates of Adam wander by at most the same again. 5 standard
// errors, 2 · 4 · 3 comparisons: a false alarm in 10⁵ runs.

#include <algorithm>
#include <cmath>
#include <random>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "estimators/train.h"

namespace netcvr {
namespace {

constexpr std::size_t cells = 4, clicks = 400'000;
constexpr Time half = 4 * day;
constexpr double sigma = 0.4, step = 0.5, refund = 0.4, partial = 0.5;  // log v: μ ± step, late above early

double cvr_of(std::size_t cell) {
    return 0.2 + 0.05 * static_cast<double>(cell);
}
double mu_of(std::size_t cell) {
    return 1 + 0.5 * static_cast<double>(cell);
}

ClickLog log_with_money() {
    std::mt19937_64 random(40);
    const auto uniform = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
    std::normal_distribution<double> normal;
    ClickLog log;
    log.has_money = true;
    log.windows = {.conversion_attribution = day,
                   .refund_attribution = day,
                   .conversion_observation = hour,
                   .refund_observation = hour};
    log.protocol = {.pretrain = 3 * day, .gap = 2 * day, .segment = day / 10};
    log.duration = log.protocol.stream_start() + 2 * half;
    log.features = {{.name = "cell", .cardinality = cells, .value = {}}};
    for (std::size_t i = 0; i < clicks; ++i)
        log.click_time.push_back(static_cast<Time>(uniform() * static_cast<double>(log.duration)));
    std::ranges::sort(log.click_time);
    const auto delay = [&](bool late) {
        return static_cast<Time>(uniform() * static_cast<double>(late ? day - hour - 1 : hour)) +
               (late ? hour + 1 : 0);
    };
    for (const Time click : log.click_time) {
        const std::size_t cell = random() % cells;
        const bool converts = uniform() < cvr_of(cell), late = uniform() < 0.5;
        const bool refunded = converts && uniform() < refund;
        const double log_value = mu_of(cell) + (late ? step : -step) + sigma * normal(random);
        const double share = uniform() < partial ? uniform() : 1;
        const Time conversion = converts ? click + delay(late) : never;
        log.features[0].value.push_back(static_cast<std::int32_t>(cell));
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(refunded ? conversion + delay(uniform() < 0.5) : never);
        log.order_value.push_back(converts ? static_cast<float>(std::exp(log_value)) : 0.0F);
        log.refund_value.push_back(refunded ? static_cast<float>(share) * log.order_value.back() : 0.0F);
    }
    return log;
}

TEST(ValueRecovery, comes_to_the_optimum_in_every_cell_whatever_the_delivery) {
    const ClickLog log = log_with_money();
    Training training;
    training.network = "cells";
    training.fields = {"cell"};
    // 600 steps of the value head before the stream: logits that lie 1.5 apart are reached.
    training.learning_rate = 0.01;
    training.batch = 128;
    training.pretrain_passes = 3;
    const double variance = sigma * sigma + step * step;  // of log v, early and late together
    const double kept = 1 - refund * (partial / 2 + 1 - partial);
    for (const std::string_view name : {"es-dfm:value=ziln", "fnw:value=ziln", "defer:value=ziln"}) {
        const Predictions of = train(log, {&find_method(name)}, training, 2).at(0);
        std::vector<double> gmv(cells), net(cells), n(cells);
        for (std::size_t k = 0; k < of.row.size(); ++k) {
            const auto row = static_cast<std::size_t>(of.row[k]);
            if (log.click_time[row] < log.duration - half) continue;
            const auto cell = static_cast<std::size_t>(log.features[0].value[row]);
            gmv[cell] += of.gmv[k], net[cell] += of.net_gmv[k], ++n[cell];
        }
        for (std::size_t cell = 0; cell < cells; ++cell) {
            const double expected = n[cell] * cvr_of(cell) * std::exp(mu_of(cell) + variance / 2);
            const double c = n[cell] * cvr_of(cell), before = c * 3 / 4;  // three days to four
            const double error = 5 * std::sqrt(2 * (1 + variance + variance * variance / 2) / c + 2 / before);
            EXPECT_NEAR(gmv[cell] / expected, 1, error) << name << ", cell " << cell;
            EXPECT_NEAR(net[cell] / (expected * kept), 1, error) << name << ", cell " << cell;
            EXPECT_LT(error, 1 - std::exp(-step)) << "early conversions alone would be noticed";
        }
    }
}

}  // namespace
}  // namespace netcvr
