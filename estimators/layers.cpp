#include "estimators/layers.h"

#include <algorithm>
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

/// Column i of [units × …].
Units column(float* values, Eigen::Index units, std::size_t i) {
    return {values + index(i) * units, units};
}
ConstUnits column(const float* values, Eigen::Index units, std::size_t i) {
    return {values + index(i) * units, units};
}

/// Times this is leaky's derivative: a > 0 ? 1 : leak, in a form that Eigen vectorises: any positive a times
/// the largest float exceeds 1.
auto slope_at(const ConstUnits& a) {
    return (a * std::numeric_limits<float>::max()).max(leak).min(1.0F);
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

void affine_backward(const Layer& layer, const float* w, const float* dy, std::size_t n, float* dx) {
    const Eigen::Index inputs = index(layer.inputs), outputs = index(layer.outputs);
    Matrix(dx, inputs, index(n)).noalias() =
        ConstMatrix(w + layer.weights, outputs, inputs).transpose() * ConstMatrix(dy, outputs, index(n));
}

void weights_backward(const Layer& layer,
                      const float* x,
                      const float* dy,
                      std::size_t n,
                      std::size_t first,
                      std::size_t count,
                      float* dw) {
    const ConstMatrix in(x, index(layer.inputs), index(n)), d(dy, index(layer.outputs), index(n));
    Matrix(dw + first * layer.outputs, index(layer.outputs), index(count)).noalias() =
        d * in.middleRows(index(first), index(count)).transpose();
}

void bias_backward(const Layer& layer, const float* dy, std::size_t n, float* db) {
    Vector(db, index(layer.outputs)) = ConstMatrix(dy, index(layer.outputs), index(n)).rowwise().sum();
}

void leaky_forward(std::span<float> u) {
    Units values(u.data(), index(u.size()));
    values = values.max(leak * values);
}

void leaky_backward(std::span<const float> a, std::span<float> d) {
    Units(d.data(), index(d.size())) *= slope_at(ConstUnits(a.data(), index(a.size())));
}

void moments_of(const Layer& layer, std::span<const float> u, float* moments) {
    const Eigen::Index units = index(layer.outputs);
    const std::size_t n = u.size() / layer.outputs;
    Units mean = column(moments, units, 0), squares = column(moments, units, 1);
    mean.setZero(), squares.setZero();
    for (std::size_t i = 0; i < n; ++i) mean += column(u.data(), units, i);
    mean /= static_cast<float>(n);
    for (std::size_t i = 0; i < n; ++i) squares += (column(u.data(), units, i) - mean).square();
}

void normal_of_parts(const Layer& layer,
                     const Floats& moments,
                     std::size_t width,
                     std::size_t n,
                     float* running,
                     float* normal) {
    if (n > 1) {
        // Squares about another mean are more by the clicks times the square of the shift (Chan, Golub and
        // LeVeque 1983).
        const Eigen::Index units = index(layer.outputs);
        const auto count = static_cast<float>(n);
        const auto clicks = [&](std::size_t part) {
            return static_cast<float>(std::min(width, n - part * width));
        };
        const std::size_t parts = (n + width - 1) / width;
        Eigen::ArrayXf mean = Eigen::ArrayXf::Zero(units), variance = mean;
        for (std::size_t p = 0; p < parts; ++p)
            mean += (clicks(p) / count) * column(moments.data(), units, 2 * p);
        for (std::size_t p = 0; p < parts; ++p)
            variance += column(moments.data(), units, 2 * p + 1) +
                        clicks(p) * (column(moments.data(), units, 2 * p) - mean).square();
        variance /= count;
        Units running_mean = column(running + layer.running, units, 0),
              running_variance = column(running + layer.running, units, 1);
        running_mean += momentum * (mean - running_mean);
        running_variance += momentum * (variance * (count / (count - 1)) - running_variance);
        column(normal, units, 0) = mean;
        column(normal, units, 1) = (variance + least_variance).sqrt().inverse();
        return;
    }
    normal_of_running(layer, running, normal);
}

void normal_of_running(const Layer& layer, const float* running, float* normal) {
    const Eigen::Index units = index(layer.outputs);
    column(normal, units, 0) = column(running + layer.running, units, 0);
    column(normal, units, 1) = (column(running + layer.running, units, 1) + least_variance).sqrt().inverse();
}

void normalise_forward(
    const Layer& layer, const float* w, const float* normal, std::span<const float> u, float* a) {
    const Eigen::Index units = index(layer.outputs);
    const Eigen::ArrayXf slope = column(w + layer.scale, units, 0) * column(normal, units, 1);
    const Eigen::ArrayXf shift = column(w + layer.bias, units, 0) - slope * column(normal, units, 0);
    for (std::size_t i = 0; i < u.size() / layer.outputs; ++i) {
        // In two steps, as an expression that occurs twice is computed twice.
        Units out = column(a, units, i);
        out = slope * column(u.data(), units, i) + shift;
        out = out.max(leak * out);
    }
}

void normalised_leaky_backward(const Layer& layer,
                               const float* normal,
                               std::span<const float> u,
                               const float* a,
                               float* d,
                               float* sums) {
    const Eigen::Index units = index(layer.outputs);
    const ConstUnits mean = column(normal, units, 0), inverse = column(normal, units, 1);
    Units of_bias = column(sums, units, 0), of_scale = column(sums, units, 1);
    of_bias.setZero(), of_scale.setZero();
    for (std::size_t i = 0; i < u.size() / layer.outputs; ++i) {
        Units gradient = column(d, units, i);
        gradient *= slope_at(column(a, units, i));
        of_bias += gradient;
        of_scale += gradient * ((column(u.data(), units, i) - mean) * inverse);
    }
}

void normalise_backward(const Layer& layer,
                        const float* w,
                        const float* normal,
                        std::span<const float> u,
                        const float* dbias,
                        const float* dscale,
                        std::size_t n,
                        float* d) {
    const Eigen::Index units = index(layer.outputs);
    const ConstUnits mean = column(normal, units, 0), inverse = column(normal, units, 1);
    const Eigen::ArrayXf slope = column(w + layer.scale, units, 0) * inverse;
    // Mean and variance are the batch's own, so moving all values alike, or apart, changes nothing: those
    // parts of the gradient go. Of one they are constants.
    const float share = n > 1 ? 1 / static_cast<float>(n) : 0.0F;
    const Eigen::ArrayXf apart = share * slope * inverse * column(dscale, units, 0);
    const Eigen::ArrayXf alike = share * slope * column(dbias, units, 0) - apart * mean;
    for (std::size_t i = 0; i < u.size() / layer.outputs; ++i) {
        Units gradient = column(d, units, i);
        gradient = slope * gradient - apart * column(u.data(), units, i) - alike;
    }
}

}  // namespace netcvr::layers
