#pragma once
// One tuning rule for all methods: each tries the same learning rates on a validation stream and keeps the
// one with the least log loss there.
//
// The validation stream is the end of the pretrain period, with the gap before it and the rest to pretrain
// on:
//
//   |— pretrain − gap − validation —|—— gap ——|— validation —|—— gap ——|—— stream ——
//
// Its labels are final when the stream starts, so what is chosen was known by then. Only the stream's step is
// chosen; the common start and the frozen heads keep `training.learning_rate`.

#include <functional>
#include <vector>

#include "estimators/method.h"
#include "estimators/train.h"
#include "estimators/training.h"
#include "sim/click_log.h"

namespace netcvr {

/// What a platform had of the log when its pretrain period was over, to be streamed at its end. Throws
/// InputError (scenario) where the period is too short for that.
ClickLog validation_log(const ClickLog& log, Time validation);

/// Mean log loss of the final labels, nats per click: of net_cvr, or of cvr where the method predicts no
/// other; NaN where it forecasts neither. A forecast of 0 or 1 that proves wrong is infinite.
double label_log_loss(const ClickLog& log, const Predictions& predictions);

/// The learning rate of each method's stream: `training.learning_rate`, or the best of
/// `training.candidate_rates`: a rate at which its loss ceases to be finite is none. `progress` hears of the
/// trial runs as of any other. Throws std::runtime_error with method, stage and time if no candidate is left.
std::vector<double> learning_rates(const ClickLog& log,
                                   const std::vector<const Method*>& chosen,
                                   const Training& training,
                                   int threads,
                                   const std::function<void(const Progress&)>& progress,
                                   const Privileged& given = {});

}  // namespace netcvr
