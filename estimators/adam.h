#pragma once

#include <cstdint>

#include "estimators/network.h"

namespace netcvr {

/// Adam (Kingma and Ba 2015; β 0.9 and 0.999): dense for layers, lazy for embeddings. A row that a batch does
/// not touch keeps its weights and moments; bias correction counts the steps of all, as
/// torch.optim.SparseAdam does.
struct Adam {
    double learning_rate = 1e-3;
    std::int64_t steps = 0;
    Floats layer_moments = {};  // first moments, then second, of w from embeddings() on
    Floats row_moments = {};    // [rows of all tables × 2 × embedding]: first, second

    /// One step down the gradient, its work shared with the crew if there is one.
    void update(Network& network, const Gradient& gradient, Crew* crew = nullptr);
};

}  // namespace netcvr
