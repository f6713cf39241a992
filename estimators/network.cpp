#include "estimators/network.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <Eigen/Core>

#include "estimators/addressed.h"

namespace netcvr {
namespace {

using Matrix = Eigen::Map<Eigen::MatrixXf>;
using ConstMatrix = Eigen::Map<const Eigen::MatrixXf>;
using Vector = Eigen::Map<Eigen::VectorXf>;
using ConstVector = Eigen::Map<const Eigen::VectorXf>;

constexpr float leak = 0.01F;
constexpr float embedding_range = 0.05F;

Eigen::Index index(std::size_t n) {
    return static_cast<Eigen::Index>(n);
}

double normal_at(std::uint64_t seed, std::uint64_t part, std::uint64_t where) {
    const double radius = std::sqrt(-2 * std::log(uniform_at(seed, part, where, 0)));
    return radius * std::cos(2 * std::numbers::pi * uniform_at(seed, part, where, 1));
}

void lay_out(Network& network) {
    std::size_t end = network.embeddings(), width = network.fields * network.shape.embedding;
    const auto add = [&](std::size_t inputs, std::size_t outputs) {
        const std::size_t weights = aligned_offset(end), bias = aligned_offset(weights + inputs * outputs);
        network.layers.push_back({inputs, outputs, weights, bias});
        end = bias + outputs;
    };
    if (network.shape.pooling == Pooling::sum) {
        add(0, network.shape.heads);
    } else {
        for (const std::size_t units : network.shape.hidden) add(width, units), width = units;
        add(width, network.shape.heads);
    }
    network.w.assign(end, 0.0F);
}

void resize(Workspace& workspace, const Network& network, std::size_t n) {
    workspace.activation.resize(network.layers.size() + 1);
    workspace.error.resize(network.layers.size() + 1);
    workspace.ones.assign(n, 1.0F);
    for (std::size_t l = 0; l <= network.layers.size(); ++l) {
        const std::size_t width =
            l == 0 ? network.fields * network.shape.embedding : network.layers[l - 1].outputs;
        workspace.activation[l].resize(width * n);
        workspace.error[l].resize(width * n);
    }
}

// Each part of the network is a pair: forward, backward.

/// x: [fields·embedding × n]
void gather_forward(const Network& network, std::span<const std::uint32_t> rows, float* x) {
    const std::size_t size = network.shape.embedding;
    for (std::size_t k = 0; k < rows.size(); ++k) std::copy_n(&network.w[rows[k] * size], size, x + k * size);
}

/// d_of(k): gradient by the embedding that rows[k] put into the network.
template <class GradientOf>
void gather_backward(const Network& network,
                     std::span<const std::uint32_t> rows,
                     GradientOf d_of,
                     Gradient& gradient) {
    const std::size_t size = network.shape.embedding;
    gradient.last_batch.resize(network.rows, 0);
    gradient.slot.resize(network.rows);
    gradient.row.resize(rows.size() * size);
    gradient.touched.clear();
    ++gradient.batch;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const std::uint32_t row = rows[k];
        const float* d = d_of(k);
        if (gradient.last_batch[row] != gradient.batch) {
            gradient.last_batch[row] = gradient.batch;
            gradient.slot[row] = static_cast<std::uint32_t>(gradient.touched.size());
            std::copy_n(d, size, &gradient.row[gradient.touched.size() * size]);
            gradient.touched.push_back(row);
        } else {
            float* sum = &gradient.row[gradient.slot[row] * size];
            for (std::size_t j = 0; j < size; ++j) sum[j] += d[j];
        }
    }
}

/// z: [heads × n] = sum of the embeddings of each click
void pool_forward(const Network& network, std::span<const std::uint32_t> rows, float* z) {
    const std::size_t heads = network.shape.heads, n = rows.size() / network.fields;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t h = 0; h < heads; ++h) {
            float sum = 0;
            for (std::size_t f = 0; f < network.fields; ++f)
                sum += network.w[rows[i * network.fields + f] * heads + h];
            z[i * heads + h] = sum;
        }
}

void pool_backward(const Network& network,
                   std::span<const std::uint32_t> rows,
                   const float* dz,
                   Gradient& gradient) {
    gather_backward(
        network, rows, [&](std::size_t k) { return dz + k / network.fields * network.shape.heads; },
        gradient);
}

/// y: [outputs × n] = b + W x; without inputs y += b
void affine_forward(const Layer& layer, const float* w, const float* x, std::size_t n, float* y) {
    Matrix out(y, index(layer.outputs), index(n));
    if (layer.inputs == 0) {
        out.colwise() += ConstVector(w + layer.bias, index(layer.outputs));
        return;
    }
    const ConstMatrix weights(w + layer.weights, index(layer.outputs), index(layer.inputs));
    out.colwise() = ConstVector(w + layer.bias, index(layer.outputs));
    out.noalias() += weights * ConstMatrix(x, index(layer.inputs), index(n));
}

/// dw, db: this layer's part of the gradient; dx: [inputs × n]
void affine_backward(const Layer& layer,
                     const float* w,
                     const float* x,
                     const float* dy,
                     std::span<const float> ones,
                     float* dw,
                     float* db,
                     float* dx) {
    const Eigen::Index n = index(ones.size()), inputs = index(layer.inputs), outputs = index(layer.outputs);
    const ConstMatrix d(dy, outputs, n);
    Vector(db, outputs).noalias() = d * ConstVector(ones.data(), n);
    if (layer.inputs == 0) return;
    Matrix(dw, outputs, inputs).noalias() = d * ConstMatrix(x, inputs, n).transpose();
    Matrix(dx, inputs, n).noalias() = ConstMatrix(w + layer.weights, outputs, inputs).transpose() * d;
}

/// In place: u becomes max(u, leak·u).
void leaky_forward(std::span<float> u) {
    Eigen::Map<Eigen::ArrayXf> values(u.data(), index(u.size()));
    values = values.max(leak * values);
}

/// In place: d becomes the gradient by u, given a = leaky(u), which has u's sign.
void leaky_backward(std::span<const float> a, std::span<float> d) {
    // Times (a > 0 ? 1 : leak), in a form that Eigen vectorises: any positive a times the largest float
    // exceeds 1.
    const Eigen::Map<const Eigen::ArrayXf> sign(a.data(), index(a.size()));
    Eigen::Map<Eigen::ArrayXf>(d.data(), index(d.size())) *=
        (sign * std::numeric_limits<float>::max()).max(leak).min(1.0F);
}

}  // namespace

Network make_network(const Shape& shape,
                     const Inputs& inputs,
                     std::uint64_t seed,
                     const std::vector<double>& base_logits) {
    enum : std::uint64_t { embedding_part = 0, layer_part = 1ULL << 32 };  // + field, + layer
    Network network{.shape = shape, .fields = inputs.fields, .rows = inputs.rows(), .layers = {}, .w = {}};
    if (shape.pooling == Pooling::sum) network.shape.embedding = shape.heads, network.shape.hidden.clear();
    lay_out(network);
    const std::size_t size = network.shape.embedding;
    if (shape.pooling == Pooling::concatenate)
        for (std::size_t r = 0; r < network.rows; ++r)
            for (std::size_t j = 0; j < size; ++j) {
                const auto value = static_cast<std::uint64_t>(inputs.row_value[r]) + 1;
                const double u = uniform_at(seed, embedding_part + inputs.row_field[r], value, j);
                network.w[r * size + j] = embedding_range * static_cast<float>(2 * u - 1);
            }
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
        const Layer& layer = network.layers[l];
        const double deviation = std::sqrt(2.0 / static_cast<double>(layer.inputs));
        for (std::size_t k = 0; k < layer.inputs * layer.outputs; ++k)
            network.w[layer.weights + k] = static_cast<float>(deviation * normal_at(seed, layer_part + l, k));
    }
    std::ranges::transform(base_logits, network.w.end() - static_cast<std::ptrdiff_t>(shape.heads),
                           [](double z) { return static_cast<float>(z); });
    return network;
}

std::span<const float> forward(const Network& network,
                               std::span<const std::uint32_t> rows,
                               Workspace& workspace) {
    const std::size_t n = rows.size() / network.fields;
    resize(workspace, network, n);
    auto& a = workspace.activation;
    if (network.shape.pooling == Pooling::sum) {
        pool_forward(network, rows, a.back().data());
    } else {
        gather_forward(network, rows, a[0].data());
    }
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
        affine_forward(network.layers[l], network.w.data(), a[l].data(), n, a[l + 1].data());
        if (l + 1 < network.layers.size()) leaky_forward(a[l + 1]);
    }
    return a.back();
}

void backward(const Network& network,
              std::span<const std::uint32_t> rows,
              std::span<const float> d_logits,
              Workspace& workspace,
              Gradient& gradient) {
    const auto& a = workspace.activation;
    auto& d = workspace.error;
    gradient.layers.resize(network.w.size() - network.embeddings());
    std::copy(d_logits.begin(), d_logits.end(), d.back().begin());
    for (std::size_t l = network.layers.size(); l-- > 0;) {
        const Layer& layer = network.layers[l];
        if (l + 1 < network.layers.size()) leaky_backward(a[l + 1], d[l + 1]);
        const auto gradient_of = [&](std::size_t offset) {
            return &gradient.layers[offset - network.embeddings()];
        };
        affine_backward(layer, network.w.data(), a[l].data(), d[l + 1].data(), workspace.ones,
                        gradient_of(layer.weights), gradient_of(layer.bias), d[l].data());
    }
    if (network.shape.pooling == Pooling::sum) return pool_backward(network, rows, d_logits.data(), gradient);
    const float* dx = d[0].data();
    gather_backward(
        network, rows, [&](std::size_t k) { return dx + k * network.shape.embedding; }, gradient);
}

}  // namespace netcvr
