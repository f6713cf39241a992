#pragma once
// (prose: derivation of importance weights from a delivery rule; gradient of the weighted log loss)

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace netcvr {

/// n labelled copies as a loss sees them. Frozen probabilities are numbers, so no gradient can run through them.
struct Batch {
    std::span<const std::uint8_t> label;  // [n]
    std::span<const double> frozen;       // [n × frozen heads], row-major, P(answer is yes | x)
    std::size_t heads = 1;                // logits per copy

    std::size_t size() const { return label.size(); }
};

/// Mean loss in nats per copy; adds ∂(mean loss)/∂z to dz. z, dz are [n × heads], row-major.
using Loss = double (*)(const Batch& batch, std::span<const double> z, std::span<double> dz);

}  // namespace netcvr
