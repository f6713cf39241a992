#pragma once
// The parts of a network, each a pair: forward, backward. Columns are clicks.

#include <cstddef>
#include <span>

#include "estimators/aligned.h"
#include "estimators/network.h"

namespace netcvr::layers {

/// y: [outputs × n] = b + W x; without inputs y += b; W x alone if batch norm follows.
void affine_forward(const Layer& layer, const float* w, const float* x, std::size_t n, float* y);

/// dw, db: this layer's part of the gradient (db null if batch norm follows); dx: [inputs × n]
void affine_backward(const Layer& layer,
                     const float* w,
                     const float* x,
                     const float* dy,
                     std::span<const float> ones,
                     float* dw,
                     float* db,
                     float* dx);

/// In place: u becomes max(u, leak·u).
void leaky_forward(std::span<float> u);
/// In place: d becomes the gradient by u, given a = leaky(u), which has u's sign.
void leaky_backward(std::span<const float> a, std::span<float> d);

/// In place: u, [outputs × n], becomes γ û + b with the running mean and variance.
void normalise_to_running(const Layer& layer, const float* w, const float* running, std::span<float> u);
/// The same with the mean and variance of the batch, which move the running ones. Keeps û and 1 / deviation.
void normalise_forward(
    const Layer& layer, const float* w, float* running, std::span<float> u, Floats& normal);
/// In place: d becomes the gradient by u; dscale, dbias: this layer's part of the gradient.
void normalise_backward(const Layer& layer,
                        const float* w,
                        const Floats& normal,
                        std::span<float> d,
                        float* dscale,
                        float* dbias);

}  // namespace netcvr::layers
