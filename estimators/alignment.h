#pragma once
// What keeps a stream near the model it comes from. A segment's clicks are predicted by the model before it;
// while the segment's copies train, that model is the previous one:
//   trainable     which part of the network moves at all
//   proximal      μ: after each step, w ← (w + ημ · previous) / (1 + ημ), the minimum of
//                 ‖v − w‖² / 2η + μ ‖v − previous‖² / 2 over v, η being the learning rate (Parikh and Boyd
//                 2014). Stable for every μ; the larger, the less a segment changes. Embeddings are pulled
//                 when a batch reads them, as they are trained
//   distillation  λ: the loss of a batch gains λ · mean over copies of Σ KL(previous ‖ current), over the
//                 heads that read the copy, each logit taken as that of an event (Hinton et al. 2015)

#include <cstdint>
#include <span>

#include "estimators/network.h"
#include "estimators/training.h"

namespace netcvr {

class Alignment {
public:
    /// `training` is referred to.
    explicit Alignment(const Training& training) : training_(training) {}

    /// The network is the previous one from now on.
    void begin_segment(const Network& network);
    /// Adds the term of distillation and its gradient; z and dz are [clicks × heads].
    double distil(const Reading& clicks, std::span<const double> z, std::span<double> dz);
    /// Takes from the gradient, and from what it moves, what is to stay.
    void hold(const Network& network, Gradient& gradient) const;
    /// Whether hidden layers stay. Then batch norm does too: the stream trains the function that predicts.
    bool holds_layers() const { return training_.trainable == "head" || training_.trainable == "embeddings"; }
    void pull(Network& network, const Gradient& gradient, double learning_rate) const;

private:
    const Training& training_;
    Network previous_;
    Workspace workspace_;
};

/// weight · Σ over logits of KL(σ(previous) ‖ σ(z)); its gradient is added to dz. Logits of heads that do not
/// read their click are left out.
double distillation(double weight,
                    const Shape& shape,
                    std::span<const std::uint8_t> towers,
                    std::span<const float> previous,
                    std::span<const double> z,
                    std::span<double> dz);

}  // namespace netcvr
