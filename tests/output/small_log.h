#pragma once

#include <optional>

#include "estimators/train.h"
#include "sim/click_log.h"
#include "sim/truth.h"

namespace netcvr {

/// Seven clicks a hundred steps of the mind can follow; rows 2 … 6 are scored.
///
///   row  click  conversion      refund               attributed                     net label
///   0    0      5               –                    before the streamed period     –
///   1    10     –               –                    before the streamed period     –
///   2    20     119 (99 < 100)  168 (49 < 50)        conversion, refund             0
///   3    30     130 (100)       131                  none: too late by a second     0
///   4    40     45              95 (50)              conversion; refund too late    1
///   5    50     –               –                    none                           0
///   6    60     60 (0)          –                    conversion                     1
inline ClickLog small_log() {
    ClickLog log;
    log.click_time = {0, 10, 20, 30, 40, 50, 60};
    log.conversion_time = {5, never, 119, 130, 45, never, 60};
    log.refund_time = {never, never, 168, 131, 95, never, never};
    log.user_id = {1, 1, 2, 3, 2, 1, 4};
    log.item_id = {7, 7, 7, 8, 8, 9, 7};
    log.features = {{.name = "shop", .cardinality = 2, .value = {0, 1, 0, 1, 0, 1, 0}}};
    log.windows = {.conversion_attribution = 100,
                   .refund_attribution = 50,
                   .conversion_observation = 10,
                   .refund_observation = 10};
    log.protocol = {.pretrain = 10, .gap = 10, .segment = 5};
    log.duration = 70;
    log.follow_up = 150;
    return log;
}

inline Truth small_truth() {
    Truth truth;
    truth.cvr = {.9F, .1F, .5F, .25F, .5F, .25F, .5F};
    truth.refund_rate = {.9F, .1F, .5F, .5F, .25F, .5F, .25F};
    truth.net_cvr = {.09F, .09F, .25F, .125F, .375F, .125F, .375F};
    return truth;
}

inline Predictions small_predictions(std::string method) {
    Predictions predictions;
    predictions.method = std::move(method);
    predictions.row = {2, 3, 4, 5, 6};
    predictions.cvr = {.25F, .25F, .5F, .5F, .5F};
    predictions.refund_rate = {.5F, .25F, .5F, .25F, .25F};
    predictions.net_cvr = {.125F, .1875F, .25F, .375F, .375F};
    return predictions;
}

}  // namespace netcvr
