#include "estimators/adam.h"

#include <cmath>

#include <Eigen/Core>

namespace netcvr {
namespace {

constexpr double decay_first = 0.9, decay_second = 0.999;
constexpr float epsilon = 1e-8F;  // of the paper: keeps a weight without gradient where it is

/// Size: length at compile time, or Eigen::Dynamic.
template <int Size>
void step(float rate, Eigen::Index size, const float* gradient, float* first, float* second, float* weight) {
    using Array = Eigen::Array<float, Size, 1>;
    constexpr auto beta_1 = static_cast<float>(decay_first), beta_2 = static_cast<float>(decay_second);
    const Eigen::Map<const Array> g(gradient, size);
    Eigen::Map<Array> m(first, size), v(second, size), w(weight, size);
    m = beta_1 * m + (1 - beta_1) * g;
    v = beta_2 * v + (1 - beta_2) * g.square();
    w -= rate * m / (v.sqrt() + epsilon);
}

template <int Size>
void step_rows(float rate, const Gradient& gradient, Floats& moments, Network& network) {
    const std::size_t size = network.shape.embedding;
    for (std::size_t k = 0; k < gradient.touched.size(); ++k) {
        const std::size_t row = gradient.touched[k];
        float* first = &moments[row * 2 * size];
        step<Size>(rate, static_cast<Eigen::Index>(size), &gradient.row[k * size], first, first + size,
                   &network.w[row * size]);
    }
}

}  // namespace

void Adam::update(Network& network, const Gradient& gradient) {
    ++steps;
    const auto t = static_cast<double>(steps);
    const auto rate = static_cast<float>(learning_rate * std::sqrt(1 - std::pow(decay_second, t)) /
                                         (1 - std::pow(decay_first, t)));
    const std::size_t layers = gradient.layers.size();
    layer_moments.resize(2 * layers);
    row_moments.resize(2 * network.embeddings());
    step<Eigen::Dynamic>(rate, static_cast<Eigen::Index>(layers), gradient.layers.data(),
                         layer_moments.data(), layer_moments.data() + layers,
                         &network.w[network.embeddings()]);
    switch (network.shape.embedding) {
        case 8:
            return step_rows<8>(rate, gradient, row_moments, network);
        case 16:
            return step_rows<16>(rate, gradient, row_moments, network);
        case 32:
            return step_rows<32>(rate, gradient, row_moments, network);
        default:
            return step_rows<Eigen::Dynamic>(rate, gradient, row_moments, network);
    }
}

}  // namespace netcvr
