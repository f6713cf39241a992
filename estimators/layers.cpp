#include "estimators/layers.h"

#include <cmath>
#include <limits>

#include <Eigen/Core>

namespace netcvr::layers {
namespace {

using Matrix = Eigen::Map<Eigen::MatrixXf>;
using ConstMatrix = Eigen::Map<const Eigen::MatrixXf>;
using Vector = Eigen::Map<Eigen::VectorXf>;
using ConstVector = Eigen::Map<const Eigen::VectorXf>;
using Units = Eigen::Map<Eigen::ArrayXf>;
using ConstUnits = Eigen::Map<const Eigen::ArrayXf>;

constexpr float leak = 0.01F;
constexpr float least_variance = 1e-5F, momentum = 0.1F;  // batch norm, as PyTorch has them

Eigen::Index index(std::size_t n) {
    return static_cast<Eigen::Index>(n);
}

ConstUnits inverse_deviations(const Layer& layer, const Floats& normal) {
    return {normal.data() + (normal.size() - layer.outputs), index(layer.outputs)};
}

}  // namespace

void affine_forward(const Layer& layer, const float* w, const float* x, std::size_t n, float* y) {
    Matrix out(y, index(layer.outputs), index(n));
    if (layer.inputs == 0) {
        out.colwise() += ConstVector(w + layer.bias, index(layer.outputs));
        return;
    }
    const ConstMatrix weights(w + layer.weights, index(layer.outputs), index(layer.inputs));
    const ConstMatrix in(x, index(layer.inputs), index(n));
    if (layer.normalised) {
        out.noalias() = weights * in;
        return;
    }
    out.colwise() = ConstVector(w + layer.bias, index(layer.outputs));
    out.noalias() += weights * in;
}

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
    if (db) Vector(db, outputs).noalias() = d * ConstVector(ones.data(), n);
    if (layer.inputs == 0) return;
    Matrix(dw, outputs, inputs).noalias() = d * ConstMatrix(x, inputs, n).transpose();
    Matrix(dx, inputs, n).noalias() = ConstMatrix(w + layer.weights, outputs, inputs).transpose() * d;
}

void leaky_forward(std::span<float> u) {
    Units values(u.data(), index(u.size()));
    values = values.max(leak * values);
}

void leaky_backward(std::span<const float> a, std::span<float> d) {
    // Times (a > 0 ? 1 : leak), in a form that Eigen vectorises: any positive a times the largest float
    // exceeds 1.
    const ConstUnits sign(a.data(), index(a.size()));
    Units(d.data(), index(d.size())) *= (sign * std::numeric_limits<float>::max()).max(leak).min(1.0F);
}

void normalise_to_running(const Layer& layer, const float* w, const float* running, std::span<float> u) {
    const Eigen::Index units = index(layer.outputs);
    const ConstUnits mean(running + layer.running, units),
        variance(running + layer.running + layer.outputs, units), scale(w + layer.scale, units),
        bias(w + layer.bias, units);
    const Eigen::ArrayXf slope = scale / (variance + least_variance).sqrt();
    const Eigen::ArrayXf shift = bias - slope * mean;
    Matrix values(u.data(), units, index(u.size() / layer.outputs));
    for (Eigen::Index i = 0; i < values.cols(); ++i)
        values.col(i).array() = slope * values.col(i).array() + shift;
}

void normalise_forward(
    const Layer& layer, const float* w, float* running, std::span<float> u, Floats& normal) {
    const Eigen::Index units = index(layer.outputs), n = index(u.size() / layer.outputs);
    Matrix values(u.data(), units, n);
    Units running_mean(running + layer.running, units),
        running_variance(running + layer.running + layer.outputs, units);
    normal.resize(u.size() + layer.outputs);
    Matrix kept(normal.data(), units, n);
    Units inverse(normal.data() + u.size(), units);
    Eigen::ArrayXf mean = running_mean, variance = running_variance;
    if (n > 1) {
        const auto count = static_cast<float>(n);
        mean.setZero();
        for (Eigen::Index i = 0; i < n; ++i) mean += values.col(i).array();
        mean /= count;
        variance.setZero();
        for (Eigen::Index i = 0; i < n; ++i) variance += (values.col(i).array() - mean).square();
        variance /= count;
        running_mean += momentum * (mean - running_mean);
        running_variance += momentum * (variance * (count / (count - 1)) - running_variance);
    }
    inverse = (variance + least_variance).sqrt().inverse();
    const ConstUnits scale(w + layer.scale, units), bias(w + layer.bias, units);
    for (Eigen::Index i = 0; i < n; ++i) {
        kept.col(i).array() = (values.col(i).array() - mean) * inverse;
        values.col(i).array() = scale * kept.col(i).array() + bias;
    }
}

void normalise_backward(const Layer& layer,
                        const float* w,
                        const Floats& normal,
                        std::span<float> d,
                        float* dscale,
                        float* dbias) {
    const Eigen::Index units = index(layer.outputs), n = index(d.size() / layer.outputs);
    Matrix gradient(d.data(), units, n);
    const ConstMatrix kept(normal.data(), units, n);
    Eigen::ArrayXf of_bias = Eigen::ArrayXf::Zero(units), of_scale = of_bias;
    for (Eigen::Index i = 0; i < n; ++i) {
        of_bias += gradient.col(i).array();
        of_scale += gradient.col(i).array() * kept.col(i).array();
    }
    Units(dbias, units) = of_bias;
    Units(dscale, units) = of_scale;
    // Mean and variance are the batch's own, so moving all values alike, or apart, changes nothing: those
    // parts of the gradient go. Of a batch of one they are constants.
    if (n > 1)
        of_bias /= static_cast<float>(n), of_scale /= static_cast<float>(n);
    else
        of_bias.setZero(), of_scale.setZero();
    const Eigen::ArrayXf slope = ConstUnits(w + layer.scale, units) * inverse_deviations(layer, normal);
    for (Eigen::Index i = 0; i < n; ++i)
        gradient.col(i).array() =
            slope * (gradient.col(i).array() - of_bias - kept.col(i).array() * of_scale);
}

}  // namespace netcvr::layers
