#include "estimators/alignment.h"

#include <algorithm>

#include "estimators/loss.h"

namespace netcvr {
namespace {

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
    const std::size_t n = z.size() / previous_.shape.heads;
    return distillation(training_.distillation / static_cast<double>(n), previous_.shape, clicks.towers,
                        predict(previous_, clicks.rows, workspace_), z, dz);
}

void Alignment::hold(const Network& network, Gradient& gradient) const {
    const std::string& trainable = training_.trainable;
    if (trainable == "head" || trainable == "layers")
        for (Gradient::Rows& rows : gradient.rows) rows.touched.clear();
    if (!holds_layers()) return;
    gradient.moving.clear();
    if (trainable != "head") return;
    for (std::size_t t = 0; t < network.shape.towers; ++t) {
        const Layer& last = network.tower(t).back();
        const std::size_t end = last.bias + last.outputs;
        gradient.moving.push_back({last.weights - network.embeddings(), end - last.weights});
    }
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
