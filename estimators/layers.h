#pragma once
// The parts of a network, each a pair: forward, backward. Columns are clicks, any part of a batch; what is of
// the whole batch, the sums of batch norm and the gradients of weights, has a step of its own.

#include <cstddef>
#include <span>

#include "estimators/aligned.h"
#include "estimators/network.h"

namespace netcvr::layers {

/// y: [outputs × n] = b + W x; without inputs y += b; W x alone if batch norm follows.
void affine_forward(const Layer& layer, const float* w, const float* x, std::size_t n, float* y);
/// dx: [inputs × n]
void affine_backward(const Layer& layer, const float* w, const float* dy, std::size_t n, float* dx);
/// Of the whole batch: dw of the inputs [first, first + count).
void weights_backward(const Layer& layer,
                      const float* x,
                      const float* dy,
                      std::size_t n,
                      std::size_t first,
                      std::size_t count,
                      float* dw);
/// Of the whole batch: db.
void bias_backward(const Layer& layer, const float* dy, std::size_t n, float* db);

/// In place: u becomes max(u, leak·u).
void leaky_forward(std::span<float> u);
/// In place: d becomes the gradient by u, given a = leaky(u), which has u's sign.
void leaky_backward(std::span<const float> a, std::span<float> d);

/// Of some clicks: mean of each unit's u, then Σ (u − mean)²; [2 × outputs].
void moments_of(const Layer& layer, std::span<const float> u, float* moments);
/// From those of each part of a batch of n clicks, all `width` but the last, to `normal`, mean and
/// 1 / deviation, [2 × outputs]. The running ones move; a batch of one has none of its own and uses them.
void normal_of_parts(const Layer& layer,
                     const Floats& moments,
                     std::size_t width,
                     std::size_t n,
                     float* running,
                     float* normal);
/// The running ones.
void normal_of_running(const Layer& layer, const float* running, float* normal);

/// a = leaky(γ (u − mean) / deviation + b)
void normalise_forward(
    const Layer& layer, const float* w, const float* normal, std::span<const float> u, float* a);
/// In place: d becomes the gradient by γ û + b, û = (u − mean) / deviation; sums, [2 × outputs]: Σ d, Σ d û.
void normalised_leaky_backward(
    const Layer& layer, const float* normal, std::span<const float> u, const float* a, float* d, float* sums);
/// In place: d becomes the gradient by u. The sums are those of the whole batch, of n clicks, whose mean and
/// variance u was normalised by: db and dγ. n = 1: by constants.
void normalise_backward(const Layer& layer,
                        const float* w,
                        const float* normal,
                        std::span<const float> u,
                        const float* dbias,
                        const float* dscale,
                        std::size_t n,
                        float* d);

}  // namespace netcvr::layers
