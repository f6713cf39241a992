#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "estimators/adam.h"
#include "estimators/alignment.h"
#include "estimators/examples.h"
#include "estimators/inputs.h"
#include "estimators/loss.h"
#include "estimators/network.h"
#include "estimators/training.h"

namespace netcvr {

/// A network and what changes it: optimiser and buffers.
class Trainer {
public:
    /// crew: who shares its work; none: the calling thread alone.
    Trainer(const Inputs& inputs, Network start, double learning_rate, Crew* crew = nullptr)
        : Trainer(inputs, std::move(start), Adam{.learning_rate = learning_rate}, crew) {}
    /// One that goes on.
    Trainer(const Inputs& inputs, Network start, Adam start_adam, Crew* crew)
        : network(std::move(start)), adam(std::move(start_adam)), inputs_(inputs) {
        workspace_.crew = crew;
    }

    Network network;
    Adam adam;

    /// From now on steps obey this; `training` is referred to.
    void align(const Training& training) { alignment_.emplace(training); }
    void begin_segment() {
        if (alignment_) alignment_->begin_segment(network);
    }

    /// From the logits of a batch to its mean loss, and the gradient by the logits, which is added.
    using LossOfLogits = std::function<double(std::span<const double> z, std::span<double> dz)>;
    /// One optimiser step on these clicks; returns their mean loss before it. towers: as Reading's; empty:
    /// all towers read all.
    double step(std::span<const std::uint32_t> clicks,
                const LossOfLogits& loss,
                std::span<const std::uint8_t> towers = {});
    /// Logits [clicks × heads]. Passes have a fixed width, the last is padded: a matrix product of another
    /// shape may round differently, and then a prediction would depend on how many clicks came after it.
    std::vector<double> logits(std::span<const std::uint32_t> clicks);

private:
    const Inputs& inputs_;
    std::optional<Alignment> alignment_;
    Workspace workspace_;
    Gradient gradient_;
    std::vector<std::uint32_t> rows_;
    std::vector<double> z_, dz_;
    std::vector<float> dz_narrow_;

    void gather(std::span<const std::uint32_t> clicks);
};

/// step(begin, n) → loss, on [begin, end) a batch at a time; after_batch(n) behind each. Throws
/// std::runtime_error with `what` is fitted if a loss is not finite.
void in_batches(std::string_view what,
                std::size_t begin,
                std::size_t end,
                std::size_t batch,
                const std::function<double(std::size_t begin, std::size_t n)>& step,
                const std::function<void(std::size_t)>& after_batch);

/// Examples [begin, end) once, in order, a batch at a time. after_batch(copies) is called on the way.
void learn(std::string_view what,
           Trainer& trainer,
           const Examples& examples,
           std::size_t begin,
           std::size_t end,
           std::size_t batch,
           const std::function<void(std::size_t)>& after_batch);

/// A network with a head for each question, or a tower where the shape has several, fitted by log loss,
/// `training.pretrain_passes` times through the examples in order. A tower reads the clicks that its question
/// was asked of. It starts from weights of its own `seed` and from the base rates. after_batch(copies) is
/// called on the way.
Network fit(std::string_view what,
            const Examples& examples,
            const Inputs& inputs,
            Shape shape,
            const Training& training,
            std::uint64_t seed,
            const std::function<void(std::size_t)>& after_batch,
            Crew* crew = nullptr);

/// Results must not depend on how many threads share a product, and several networks train at once anyway.
void use_one_blas_thread();

}  // namespace netcvr
