#pragma once

#include <functional>
#include <string>
#include <vector>

#include "estimators/method.h"
#include "estimators/training.h"
#include "sim/click_log.h"

namespace netcvr {

/// One method's predictions for every click of the streamed period, in columns. A quantity the method does
/// not predict is an empty column, not a NaN.
struct Predictions {
    std::string method;
    std::vector<std::int64_t> row;                 // 0-based row of the log, increasing
    std::vector<float> cvr, refund_rate, net_cvr;  // [row.size()] or empty
    std::vector<float> gmv = {}, net_gmv = {};  // expected value of the conversion per click, and of what is
                                                // kept of it; likewise
    Incidents incidents = {};                   // weights met in the stream
    std::size_t copies = 0;                     // trained on in the stream; 0 also if nobody says
    double learning_rate = 0;                   // of its stream; 0 if it has none or nobody says
    double seconds = 0;  // of the threads that ran its streams; not for the common fits
    std::string failure =
        {};  // why there are no forecasts: whose loss was not finite, and when; only of train_at
};

/// Raised when a change to the protocol, networks or optimiser alters the predictions of more than one
/// method; a method that changes alone raises its own version (method.h). Stored results carry both.
inline constexpr int training_version = 5;

/// Copies trained on; the total is a guess (one copy per click) until every stream has been delivered.
struct Progress {
    std::size_t copies_done = 0, copies_total = 0;
};

/// Masses of the seven trajectories of a click with some windows.
using MassesOf = std::function<Trajectories(std::size_t click, const Windows& windows)>;

/// What train() may be given beside the log.
struct Privileged {
    MassesOf masses = {};  // the truth, which no platform has: for training.frozen = exact alone
};

struct Model;

/// Between one run and the next (model.h).
struct Warm {
    const Model* from = nullptr;  // its streams go on; nothing is fitted, and its learning rates are kept
    Model* save = nullptr;        // filled with what this run's streams leave behind
};

/// As train(), each method's stream with the learning rate given. A stream whose loss ceases to be finite
/// ends there: its method forecasts nothing and says why; the others go on.
std::vector<Predictions> train_at(const ClickLog& log,
                                  const std::vector<const Method*>& chosen,
                                  const Training& training,
                                  const std::vector<double>& learning_rates,
                                  int threads,
                                  const std::function<void(const Progress&)>& progress,
                                  const Privileged& given = {},
                                  const Warm& warm = {});

/// The prequential protocol on one log for several methods that share one pretrained start and one set of
/// frozen heads. Results do not depend on the number of threads (0: all processors) or on which other methods
/// run. progress is called from any thread, one at a time. Throws InputError: usage for fields, for a method
/// or settings that are not those of warm.from, and for a method that cannot be saved, scenario for a
/// protocol that leaves no labels, no stream or nothing to choose learning rates on, data where warm.from
/// does not fit the log; std::runtime_error with method, stage and time if a loss is not finite.
std::vector<Predictions> train(const ClickLog& log,
                               const std::vector<const Method*>& chosen,
                               const Training& training,
                               int threads,
                               const std::function<void(const Progress&)>& progress = {},
                               const Privileged& given = {},
                               const Warm& warm = {});

}  // namespace netcvr
