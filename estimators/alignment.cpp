#include "estimators/alignment.h"

#include <algorithm>

#include "estimators/loss.h"

namespace netcvr {
namespace {

/// How many of w's floats a layer has, alignment between its parts included.
std::size_t end_of(const Layer& layer) {
    return (layer.normalised ? layer.scale : layer.bias) + layer.outputs;
}

void pull_range(std::span<float> w, std::span<const float> previous, float share) {
    for (std::size_t k = 0; k < w.size(); ++k) w[k] += share * (previous[k] - w[k]);
}

}  // namespace

double distillation(double weight,
                    const Shape& shape,
                    std::span<const std::uint8_t> towers,
                    std::span<const float> previous,
                    std::span<const double> z,
                    std::span<double> dz) {
    double sum = 0;
    for (std::size_t k = 0; k < z.size(); ++k) {
        const std::size_t tower = k % shape.heads / shape.heads_of_tower();
        if (!towers.empty() && !(towers[k / shape.heads] >> tower & 1U)) continue;
        const double before = static_cast<double>(previous[k]), q = sigmoid(before);
        sum += q * (softplus(-z[k]) - softplus(-before)) + (1 - q) * (softplus(z[k]) - softplus(before));
        dz[k] += weight * (sigmoid(z[k]) - q);
    }
    return weight * sum;
}

void Alignment::begin_segment(const Network& network) {
    if (training_.proximal > 0 || training_.distillation > 0) previous_ = network;
}

double Alignment::distil(const Reading& clicks, std::span<const double> z, std::span<double> dz) {
    if (training_.distillation == 0) return 0;
    const auto n = static_cast<double>(z.size() / previous_.shape.heads);
    return distillation(training_.distillation / n, previous_.shape, clicks.towers,
                        predict(previous_, clicks.rows, workspace_), z, dz);
}

void Alignment::hold(const Network& network, Gradient& gradient) const {
    const std::string& trainable = training_.trainable;
    if (trainable == "head" || trainable == "layers")
        for (Gradient::Rows& rows : gradient.rows) rows.touched.clear();
    if (trainable == "embeddings") std::ranges::fill(gradient.layers, 0.0F);
    if (trainable != "head") return;
    for (std::size_t t = 0; t < network.shape.towers; ++t)
        for (const Layer& layer : network.tower(t).first(network.tower(t).size() - 1))
            std::fill(
                gradient.layers.begin() + static_cast<std::ptrdiff_t>(layer.weights - network.embeddings()),
                gradient.layers.begin() + static_cast<std::ptrdiff_t>(end_of(layer) - network.embeddings()),
                0.0F);
}

void Alignment::pull(Network& network, const Gradient& gradient, double learning_rate) const {
    if (training_.proximal == 0) return;
    const double strength = learning_rate * training_.proximal;
    const auto share = static_cast<float>(strength / (1 + strength));
    const auto pull_at = [&](std::size_t begin, std::size_t count) {
        pull_range(std::span(network.w).subspan(begin, count), std::span(previous_.w).subspan(begin, count),
                   share);
    };
    pull_at(network.embeddings(), network.w.size() - network.embeddings());
    const std::size_t size = network.shape.embedding;
    for (const Gradient::Rows& rows : gradient.rows)
        for (const std::uint32_t row : rows.touched) pull_at(row * size, size);
}

}  // namespace netcvr
