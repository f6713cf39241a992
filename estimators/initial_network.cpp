// How a network is laid out and where its weights start.

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "estimators/addressed.h"
#include "estimators/network.h"

namespace netcvr {
namespace {

constexpr float embedding_range = 0.05F;

double normal_at(std::uint64_t seed, std::uint64_t part, std::uint64_t where) {
    const double radius = std::sqrt(-2 * std::log(uniform_at(seed, part, where, 0)));
    return radius * std::cos(2 * std::numbers::pi * uniform_at(seed, part, where, 1));
}

/// With sum pooling the embeddings are the answer; with one tower there is nobody to share with.
Shape settled(Shape shape) {
    if (shape.pooling == Pooling::sum) shape.embedding = shape.heads_of_tower(), shape.hidden.clear();
    if (shape.pooling == Pooling::sum || shape.towers == 1) shape.sharing = Sharing::separate;
    return shape;
}

void draw_embeddings(Network& network, const Inputs& inputs, std::uint64_t seed, std::uint64_t part) {
    const std::size_t size = network.shape.embedding;
    for (std::size_t table = 0; table < network.shape.tables(); ++table)
        for (std::size_t r = 0; r < network.rows; ++r)
            for (std::size_t j = 0; j < size; ++j) {
                const auto value = static_cast<std::uint64_t>(inputs.row_value[r]) + 1;
                const double u = uniform_at(seed, part + inputs.row_field[r], value, table * size + j);
                network.w[(table * network.rows + r) * size + j] =
                    embedding_range * static_cast<float>(2 * u - 1);
            }
}

void draw_layer(Network& network, const Layer& layer, std::uint64_t seed, std::uint64_t part) {
    const double deviation = std::sqrt(2.0 / static_cast<double>(layer.inputs));
    for (std::size_t k = 0; k < layer.inputs * layer.outputs; ++k)
        network.w[layer.weights + k] = static_cast<float>(deviation * normal_at(seed, part, k));
    if (!layer.normalised) return;
    std::fill_n(&network.w[layer.scale], layer.outputs, 1.0F);
    std::fill_n(&network.running[layer.running + layer.outputs], layer.outputs, 1.0F);
}

}  // namespace

Layout layout_of(const Shape& shape_, std::size_t fields, std::size_t rows) {
    const Shape shape = settled(shape_);
    Network network{.shape = shape, .fields = fields, .rows = rows, .layers = {}, .w = {}, .running = {}};
    std::size_t end = network.embeddings(), seen = 0;
    const auto add = [&](std::size_t inputs, std::size_t outputs, bool normalised) {
        Layer layer{.inputs = inputs, .outputs = outputs, .weights = aligned_offset(end)};
        layer.bias = aligned_offset(layer.weights + inputs * outputs);
        end = layer.bias + outputs;
        if (normalised) {
            layer.normalised = true;
            layer.scale = aligned_offset(end), end = layer.scale + outputs;
            layer.running = aligned_offset(seen), seen = layer.running + 2 * outputs;
        }
        network.layers.push_back(layer);
    };
    for (std::size_t tower = 0; tower < shape.towers; ++tower) {
        std::size_t width = fields * shape.embedding * shape.tables_of(tower).size();
        if (shape.pooling == Pooling::sum) width = 0;
        for (const std::size_t units : shape.hidden) add(width, units, shape.batch_norm), width = units;
        add(width, shape.heads_of_tower(), false);
    }
    return {.network = std::move(network), .weights = end, .running = seen};
}

Network make_network(const Shape& shape,
                     const Inputs& inputs,
                     std::uint64_t seed,
                     const std::vector<double>& base_logits) {
    enum : std::uint64_t { embedding_part = 0, layer_part = 1ULL << 32 };  // + field, + layer
    Layout layout = layout_of(shape, inputs.fields, inputs.rows());
    Network& network = layout.network;
    network.w.assign(layout.weights, 0.0F);
    network.running.assign(layout.running, 0.0F);
    if (shape.pooling == Pooling::concatenate) draw_embeddings(network, inputs, seed, embedding_part);
    for (std::size_t l = 0; l < network.layers.size(); ++l)
        draw_layer(network, network.layers[l], seed, layer_part + l);
    for (std::size_t h = 0; h < base_logits.size(); ++h) {
        const std::size_t each = shape.heads_of_tower();
        network.w[network.tower(h / each).back().bias + h % each] = static_cast<float>(base_logits[h]);
    }
    return std::move(network);
}

}  // namespace netcvr
