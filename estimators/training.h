#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/fields.h"

namespace netcvr {

/// How networks are built and trained; rows of the field table under [training].
struct Training {
    std::string network = "mlp";           // mlp | logistic | cells
    std::vector<std::string> fields = {};  // features to read; empty = all (cells needs some). --fields
    std::int64_t embedding = 8;            // dimensions per field
    std::vector<std::int64_t> hidden = {256, 256, 128};
    std::string batch_norm = "off";  // on | off
    std::int64_t batch = 1024;       // copies
    std::int64_t refund_batch = 0;   // copies, of networks for refunds alone; 0 = batch
    double learning_rate = 1e-3;
    std::vector<double> candidate_rates =
        {};                     // of the stream, tried on a validation stream; empty = no choice
    Time validation = 2 * day;  // length of that stream
    std::int64_t pretrain_passes = 1;
    std::int64_t seed = 1;          // of initial weights only
    std::string frozen = "fitted";  // fitted | daily | trajectories | exact
    std::string trainable = "all";  // all | head | layers | embeddings; of the stream, as the next two
    double proximal = 0, distillation = 0;  // alignment.h
    std::string strata = {};                // features, separated by commas; strata.h
};

const std::vector<Field>& training_fields();

}  // namespace netcvr
