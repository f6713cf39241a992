#pragma once
// The network: embeddings, multilayer perceptrons, logits. Forward and backward in plain functions; the
// network itself is a value, so that a common start is a copy:  Network online = pretrained;
//
//   x    = [E(row of field 1) … E(row of field F)]      concatenate: F·embedding numbers, into the layers
//   a_l  = leaky(W_l a_{l−1} + b_l),  leaky(u) = max(u, 0.01 u)
//   z    = W_L a_{L−1} + b_L                             one per head
// or, with sum pooling, z = Σ_f E(row of field f) + b: no layers, a number per head and row. Sum pooling over
// one field is the saturated model `cells`; over all fields it is `logistic` regression.
//
// With batch norm (Ioffe and Szegedy 2015), a_l = leaky(γ (u − mean) / √(variance + 1e-5) + b), u = W_l
// a_{l−1}, by unit. While training, mean and variance are those of the batch, and move running ones by a
// tenth (a batch of one has none and uses the running ones); predictions use the running ones, so that a
// prediction depends neither on the clicks predicted with it nor on any that come later.
//
// Several towers (shape.h) are several such perceptrons over the same fields; heads and layers count through
// the towers. A click that trains one tower leaves all that is another's alone.
//
// Work is split into parts of so many clicks, inputs, or fields as the network and the batch say, never the
// number of threads, and sums over parts are taken in order: results do not depend on who does what.
//
// Numbers are float32. Initial weights are functions of (seed, part, index), never of an order of drawing:
//   layers      normal, variance 2 / inputs (He et al. 2015)
//   embeddings  uniform in ±0.05, addressed by (field, value); 0 with sum pooling
//   biases      0, but for the last, which starts at the logit of the base rate;  γ 1

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "estimators/aligned.h"
#include "estimators/inputs.h"
#include "estimators/shape.h"
#include "sim/parallel.h"

namespace netcvr {

/// Where a layer keeps its parameters in Network::w.
struct Layer {
    std::size_t inputs = 0, outputs = 0;  // inputs = 0: a bias alone (sum pooling)
    std::size_t weights = 0, bias = 0;    // offsets of [outputs × inputs], column-major, and of [outputs]
    bool normalised = false;              // by batch norm; then
    std::size_t scale = 0;                // offset of γ, [outputs]
    std::size_t running = 0;              // offset in Network::running of [outputs] means, then variances
};

struct Network {
    Shape shape;
    std::size_t fields = 0, rows = 0;
    std::vector<Layer> layers;  // first to last of the first tower, then of the next
    Floats w;                   // tables [tables × rows × embedding], then each layer's parameters, aligned
    Floats running;             // what batch norm has seen; no gradient

    /// Offset of the first layer.
    std::size_t embeddings() const { return aligned_offset(shape.tables() * rows * shape.embedding); }
    std::span<const Layer> tower(std::size_t t) const {
        const std::size_t each = layers.size() / shape.towers;
        return std::span(layers).subspan(t * each, each);
    }
};

/// A network of that shape without its numbers, and how many it will have.
struct Layout {
    Network network;  // w and running are empty
    std::size_t weights = 0, running = 0;
};
Layout layout_of(const Shape& shape, std::size_t fields, std::size_t rows);

/// base_logits[h]: where the output bias of head h starts; none: at 0.
Network make_network(const Shape& shape,
                     const Inputs& inputs,
                     std::uint64_t seed,
                     const std::vector<double>& base_logits);

/// Clicks of one pass.
struct Reading {
    std::span<const std::uint32_t> rows;        // [n × fields]
    std::span<const std::uint8_t> towers = {};  // [n] bit t: tower t reads the click; empty: all read all
    bool keeps_normal = false;  // batch norm uses the running statistics, as a prediction does; they stay

    bool reads(std::size_t tower, std::size_t click) const {
        return towers.empty() || (towers[click] >> tower & 1U) != 0;
    }
};

/// Gradient of a mean loss over one batch: dense for the layers, rows touched for the embeddings. The rows of
/// all tables count through.
struct Gradient {
    struct Rows {
        std::vector<std::uint32_t> touched;  // embedding rows of the batch, each once
        Floats sum;                          // [touched × embedding], duplicates summed
    };
    struct Range {
        std::size_t begin, count;
    };
    Floats layers;              // as w from embeddings() on
    std::vector<Range> moving;  // of `layers`: what an optimiser is to move; the rest stays, whatever moments
                                // it has
    std::vector<Rows> rows;     // of each table and field, which have no rows in common

    std::vector<std::uint32_t> slot,
        last_batch;  // of each row: its place in `touched` if last_batch[row] == batch
    std::uint32_t batch = 0;
};

/// Buffers of one pass, kept to avoid an allocation per batch, and who shares its work.
struct Workspace {
    struct Tower {
        std::vector<std::uint32_t> click;  // the clicks that it reads
        std::vector<Floats> activation;    // activation[l]: input of layer l, last: logits; [width × clicks]
        std::vector<Floats> value;         // u of normalised layers
        std::vector<Floats> error;         // gradients of activations, then of values
        std::vector<Floats> normal;        // mean and 1 / deviation of each unit of normalised layers
        Floats sums;                       // of a layer's units, from each part of the clicks
    };
    std::vector<Tower> towers;
    Floats logits;
    Crew* crew = nullptr;  // none: the calling thread alone; results are the same
};

/// Logits of n clicks, [n × heads].
std::span<const float> predict(const Network& network,
                               std::span<const std::uint32_t> rows,
                               Workspace& workspace);

/// The same for a batch that trains; 0 where a tower does not read the click. Moves the running statistics
/// unless the reading keeps them.
std::span<const float> forward(Network& network, const Reading& clicks, Workspace& workspace);

/// Gradient of the loss whose derivatives by the logits of the last forward() are d_logits.
void backward(const Network& network,
              const Reading& clicks,
              std::span<const float> d_logits,
              Workspace& workspace,
              Gradient& gradient);

}  // namespace netcvr
