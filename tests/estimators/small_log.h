#pragma once
// A few thousand clicks with two features, short windows and every kind of outcome: enough to run the whole
// loop.

#include <algorithm>
#include <cmath>
#include <random>

#include "estimators/training.h"
#include "sim/click_log.h"

namespace netcvr {

inline ClickLog small_log(std::size_t clicks = 3000, unsigned seed = 1) {
    std::mt19937_64 random(seed);
    const auto uniform = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
    ClickLog log;
    log.windows = {.conversion_attribution = 12 * hour,
                   .refund_attribution = 12 * hour,
                   .conversion_observation = 30 * minute,
                   .refund_observation = hour};
    log.protocol = {.pretrain = 2 * day, .gap = day, .segment = 6 * hour};
    log.duration = 5 * day;
    log.follow_up = day;
    log.has_money = true;
    log.features = {{.name = "colour", .cardinality = 3, .value = {}},
                    {.name = "shop", .cardinality = 50, .value = {}}};
    for (std::size_t i = 0; i < clicks; ++i)
        log.click_time.push_back(static_cast<Time>(uniform() * static_cast<double>(log.duration)));
    std::ranges::sort(log.click_time);
    for (const Time click : log.click_time) {
        const auto colour = static_cast<std::int32_t>(3 * uniform());
        const auto shop = static_cast<std::int32_t>(51 * uniform()) - 1;
        const auto after = [&](Time mean) {
            return static_cast<Time>(-std::log(uniform()) * static_cast<double>(mean));
        };
        const bool converts = uniform() < 0.15 + 0.15 * colour, refunds = uniform() < 0.4;
        const Time conversion = converts ? click + after(2 * hour) : never;
        log.features[0].value.push_back(colour);
        log.features[1].value.push_back(shop);
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(converts && refunds ? conversion + after(3 * hour) : never);
        // No draws, so that the rest is as without money.
        const float price = converts ? 2.0F + static_cast<float>(colour + click % 7) : 0.0F;
        log.order_value.push_back(price);
        log.refund_value.push_back(!(converts && refunds) ? 0.0F : click % 3 ? price : price / 4);
    }
    return log;
}

inline Training small_training() {
    Training training;
    training.embedding = 4;
    training.hidden = {8, 4};
    training.batch = 64;
    return training;
}

}  // namespace netcvr
