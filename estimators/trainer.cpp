#include "estimators/trainer.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

/// OpenBLAS's own switch; absent behind another BLAS or none.
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

namespace netcvr {
namespace {

constexpr std::size_t prediction_width = 512;

/// readers[k]: bit t if question t, tower t's, was asked of example k.
void find_readers(std::span<const Answer> labels, std::size_t towers, std::vector<std::uint8_t>& readers) {
    readers.assign(labels.size() / towers, 0);
    for (std::size_t k = 0; k < labels.size(); ++k)
        if (labels[k] != Answer::skip)
            readers[k / towers] = static_cast<std::uint8_t>(readers[k / towers] | 1U << k % towers);
}

}  // namespace

void use_one_blas_thread() {
    if (openblas_set_num_threads) openblas_set_num_threads(1);
}

void Trainer::gather(std::span<const std::uint32_t> clicks) {
    rows_.resize(clicks.size() * inputs_.fields);
    auto to = rows_.begin();
    for (const std::uint32_t click : clicks) to = std::ranges::copy(inputs_.of(click), to).out;
}

double Trainer::step(std::span<const std::uint32_t> clicks,
                     const LossOfLogits& loss,
                     std::span<const std::uint8_t> towers) {
    gather(clicks);
    const Reading reading{
        .rows = rows_, .towers = towers, .keeps_normal = alignment_ && alignment_->holds_layers()};
    const auto logits = forward(network, reading, workspace_);
    z_.assign(logits.begin(), logits.end());
    dz_.assign(z_.size(), 0.0);
    double value = loss(z_, dz_);
    if (alignment_) value += alignment_->distil(reading, z_, dz_);
    dz_narrow_.resize(dz_.size());
    std::ranges::transform(dz_, dz_narrow_.begin(), [](double d) { return static_cast<float>(d); });
    backward(network, reading, dz_narrow_, workspace_, gradient_);
    if (alignment_) alignment_->hold(network, gradient_);
    adam.update(network, gradient_, workspace_.crew);
    if (alignment_) alignment_->pull(network, gradient_, adam.learning_rate);
    return value;
}

std::vector<double> Trainer::logits(std::span<const std::uint32_t> clicks) {
    const std::size_t heads = network.shape.heads;
    std::vector<double> all;
    all.reserve(clicks.size() * heads);
    for (std::size_t begin = 0; begin < clicks.size(); begin += prediction_width) {
        const auto some = clicks.subspan(begin, std::min(prediction_width, clicks.size() - begin));
        gather(some);
        rows_.resize(prediction_width * inputs_.fields, 0);
        const auto z = predict(network, rows_, workspace_).first(some.size() * heads);
        all.insert(all.end(), z.begin(), z.end());
    }
    return all;
}

void in_batches(std::string_view what,
                std::size_t begin,
                std::size_t end,
                std::size_t batch,
                const std::function<double(std::size_t, std::size_t)>& step,
                const std::function<void(std::size_t)>& after_batch) {
    for (; begin < end; begin += batch) {
        const std::size_t n = std::min(batch, end - begin);
        if (!std::isfinite(step(begin, n)))
            throw std::runtime_error("the loss of the " + std::string(what) +
                                     " is not finite in pretraining; a smaller training.learning_rate or "
                                     "training.batch_norm = on may help");
        after_batch(n);
    }
}

void learn(std::string_view what,
           Trainer& trainer,
           const Examples& examples,
           std::size_t begin,
           std::size_t end,
           std::size_t batch,
           const std::function<void(std::size_t)>& after_batch) {
    const std::span<const std::uint32_t> clicks(examples.click);
    const std::span<const Answer> labels(examples.label);
    const std::size_t towers = trainer.network.shape.towers;
    std::vector<std::uint8_t> readers;
    const auto step = [&](std::size_t from, std::size_t n) {
        const auto some = labels.subspan(from * examples.questions, n * examples.questions);
        if (towers > 1) find_readers(some, towers, readers);
        return trainer.step(
            clicks.subspan(from, n),
            [&](auto z, auto dz) { return examples_log_loss(some, examples.questions, z, dz); }, readers);
    };
    in_batches(what, begin, end, batch, step, after_batch);
}

Network fit(std::string_view what,
            const Examples& examples,
            const Inputs& inputs,
            Shape shape,
            const Training& training,
            std::uint64_t seed,
            const std::function<void(std::size_t)>& after_batch,
            Crew* crew) {
    shape.heads = examples.questions;
    Trainer trainer(inputs, make_network(shape, inputs, seed, examples.base_logits()), training.learning_rate,
                    crew);
    for (std::int64_t pass = 0; pass < training.pretrain_passes; ++pass)
        learn(what, trainer, examples, 0, examples.size(), static_cast<std::size_t>(training.batch),
              after_batch);
    return std::move(trainer.network);
}

}  // namespace netcvr
