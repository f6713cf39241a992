#pragma once
// The network: embeddings, a multilayer perceptron, a logit per head. Forward and backward in plain
// functions; the network itself is a value, so that a common start is a copy:  Network online = pretrained;
//
//   x    = [E(row of field 1) … E(row of field F)]      concatenate: F·embedding numbers, into the layers
//   a_l  = leaky(W_l a_{l−1} + b_l),  leaky(u) = max(u, 0.01 u)
//   z    = W_L a_{L−1} + b_L                             one per head
// or, with sum pooling, z = Σ_f E(row of field f) + b: no layers, a number per head and row. Sum pooling over
// one field is the saturated model `cells`; over all fields it is logistic regression.
//
// Numbers are float32. Initial weights are functions of (seed, part, index), never of an order of drawing:
//   layers      normal, variance 2 / inputs (He et al. 2015)
//   embeddings  uniform in ±0.05, addressed by (field, value); 0 with sum pooling
//   biases      0, but for the last, which starts at the logit of the base rate

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "estimators/aligned.h"
#include "estimators/inputs.h"

namespace netcvr {

enum class Pooling : std::uint8_t { concatenate, sum };

struct Shape {
    Pooling pooling = Pooling::concatenate;
    std::size_t embedding = 8;             // numbers per row; with sum pooling always `heads`
    std::vector<std::size_t> hidden = {};  // sizes of the hidden layers; none with sum pooling
    std::size_t heads = 1;
};

/// Where layer l keeps its parameters in Network::w.
struct Layer {
    std::size_t inputs = 0, outputs = 0;  // inputs = 0: a bias alone (sum pooling)
    std::size_t weights = 0, bias = 0;    // offsets of [outputs × inputs], column-major, and of [outputs]
};

struct Network {
    Shape shape;
    std::size_t fields = 0, rows = 0;
    std::vector<Layer> layers;
    Floats w;  // embeddings [rows × embedding], then each layer's weights and bias, aligned

    std::size_t embeddings() const {
        return aligned_offset(rows * shape.embedding);
    }  // offset of the first layer
};

/// base_logits[h]: where the output bias of head h starts.
Network make_network(const Shape& shape,
                     const Inputs& inputs,
                     std::uint64_t seed,
                     const std::vector<double>& base_logits);

/// Gradient of a mean loss over one batch: dense for the layers, rows touched for the embeddings.
struct Gradient {
    Floats layers;                       // as w from embeddings() on
    std::vector<std::uint32_t> touched;  // embedding rows of the batch, each once
    Floats row;                          // [touched × embedding], duplicates summed

    std::vector<std::uint32_t> slot,
        last_batch;  // of each row: its place in `touched` if last_batch[row] == batch
    std::uint32_t batch = 0;
};

/// Buffers of one pass, kept to avoid an allocation per batch.
struct Workspace {
    std::vector<Floats> activation;  // activation[l]: input of layer l, last: logits; [width × n]
    std::vector<Floats> error;       // their gradients
    Floats ones;
};

/// Logits of n clicks, [n × heads]. rows is [n × fields].
std::span<const float> forward(const Network& network,
                               std::span<const std::uint32_t> rows,
                               Workspace& workspace);

/// Gradient of the loss whose derivatives by the logits of the last forward() are d_logits.
void backward(const Network& network,
              std::span<const std::uint32_t> rows,
              std::span<const float> d_logits,
              Workspace& workspace,
              Gradient& gradient);

}  // namespace netcvr
