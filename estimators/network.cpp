#include "estimators/network.h"

#include <algorithm>

#include "estimators/layers.h"

namespace netcvr {
namespace {

using Tower = Workspace::Tower;

/// The tower's clicks, and buffers for them.
void prepare(const Network& network, std::size_t t, const Reading& clicks, Tower& tower) {
    const std::size_t n = clicks.rows.size() / network.fields;
    tower.click.clear();
    for (std::size_t i = 0; i < n; ++i)
        if (clicks.reads(t, i)) tower.click.push_back(static_cast<std::uint32_t>(i));
    const auto layers = network.tower(t);
    const std::size_t reads = tower.click.size();
    tower.activation.resize(layers.size() + 1);
    tower.error.resize(layers.size() + 1);
    tower.normal.resize(layers.size());
    tower.ones.assign(reads, 1.0F);
    for (std::size_t l = 0; l <= layers.size(); ++l) {
        const std::size_t width = l == 0 ? layers[0].inputs : layers[l - 1].outputs;
        tower.activation[l].resize(width * reads);
        tower.error[l].resize(width * reads);
    }
}

// Each part of the network is a pair: forward, backward. Those of its layers are in layers.h.

/// x: [tables·fields·embedding × clicks of the tower]
void gather_forward(const Network& network,
                    std::size_t t,
                    std::span<const std::uint32_t> rows,
                    Tower& tower) {
    const std::size_t size = network.shape.embedding, fields = network.fields;
    const std::vector<std::size_t> tables = network.shape.tables_of(t);
    float* x = tower.activation[0].data();
    for (const std::uint32_t i : tower.click)
        for (const std::size_t table : tables)
            for (const std::uint32_t row : rows.subspan(i * fields, fields))
                x = std::copy_n(&network.w[(table * network.rows + row) * size], size, x);
}

/// z: [heads × clicks of the tower] = sum of the embeddings of each click
void pool_forward(const Network& network, std::size_t t, std::span<const std::uint32_t> rows, Tower& tower) {
    const std::size_t size = network.shape.embedding, fields = network.fields;
    float* z = tower.activation.back().data();
    for (const std::uint32_t i : tower.click)
        for (std::size_t h = 0; h < size; ++h) {
            float sum = 0;
            for (const std::uint32_t row : rows.subspan(i * fields, fields))
                sum += network.w[(t * network.rows + row) * size + h];
            *z++ = sum;
        }
}

void begin_rows(const Network& network, std::size_t rows_read, Gradient& gradient) {
    const std::size_t rows = network.shape.tables() * network.rows;
    gradient.last_batch.resize(rows, 0);
    gradient.slot.resize(rows);
    gradient.row.resize(rows_read * network.shape.embedding);
    gradient.touched.clear();
    ++gradient.batch;
}

void add_to_row(std::size_t row, const float* d, std::size_t size, Gradient& gradient) {
    if (gradient.last_batch[row] != gradient.batch) {
        gradient.last_batch[row] = gradient.batch;
        gradient.slot[row] = static_cast<std::uint32_t>(gradient.touched.size());
        std::copy_n(d, size, &gradient.row[gradient.touched.size() * size]);
        gradient.touched.push_back(static_cast<std::uint32_t>(row));
    } else {
        float* sum = &gradient.row[gradient.slot[row] * size];
        for (std::size_t j = 0; j < size; ++j) sum[j] += d[j];
    }
}

/// d of each embedding that the tower read, in the order of gather_forward; with sum pooling all embeddings
/// of a click have the same.
void rows_backward(const Network& network,
                   std::size_t t,
                   std::span<const std::uint32_t> rows,
                   const Tower& tower,
                   Gradient& gradient) {
    const std::size_t size = network.shape.embedding, fields = network.fields;
    const std::vector<std::size_t> tables = network.shape.tables_of(t);
    const bool pooled = network.shape.pooling == Pooling::sum;
    const float* d = pooled ? tower.error.back().data() : tower.error[0].data();
    for (const std::uint32_t i : tower.click) {
        for (const std::size_t table : tables)
            for (const std::uint32_t row : rows.subspan(i * fields, fields)) {
                add_to_row(table * network.rows + row, d, size, gradient);
                if (!pooled) d += size;
            }
        if (pooled) d += size;
    }
}

/// normalise(layer number, layer, values) is called where batch norm stands.
template <class Normalise>
void tower_forward(const Network& network,
                   std::size_t t,
                   std::span<const std::uint32_t> rows,
                   Tower& tower,
                   Normalise normalise) {
    auto& a = tower.activation;
    if (network.shape.pooling == Pooling::sum) {
        pool_forward(network, t, rows, tower);
    } else {
        gather_forward(network, t, rows, tower);
    }
    const auto layers = network.tower(t);
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const float* in = network.shape.pooling == Pooling::sum ? nullptr : a[l].data();
        layers::affine_forward(layers[l], network.w.data(), in, tower.click.size(), a[l + 1].data());
        if (layers[l].normalised) normalise(l, layers[l], a[l + 1]);
        if (l + 1 < layers.size()) layers::leaky_forward(a[l + 1]);
    }
}

void tower_backward(const Network& network, std::size_t t, Tower& tower, Gradient& gradient) {
    // Without clicks every sum is empty: the products below leave zeros.
    const auto& a = tower.activation;
    auto& d = tower.error;
    const auto gradient_of = [&](std::size_t offset) {
        return &gradient.layers[offset - network.embeddings()];
    };
    const auto layers = network.tower(t);
    for (std::size_t l = layers.size(); l-- > 0;) {
        const Layer& layer = layers[l];
        if (l + 1 < layers.size()) layers::leaky_backward(a[l + 1], d[l + 1]);
        if (layer.normalised)
            layers::normalise_backward(layer, network.w.data(), tower.normal[l], d[l + 1],
                                       gradient_of(layer.scale), gradient_of(layer.bias));
        layers::affine_backward(layer, network.w.data(), a[l].data(), d[l + 1].data(), tower.ones,
                                gradient_of(layer.weights),
                                layer.normalised ? nullptr : gradient_of(layer.bias), d[l].data());
    }
}

/// Where the logits of the tower's k-th click start among those of all.
std::size_t place_of(const Network& network, std::size_t t, const Tower& tower, std::size_t k) {
    return tower.click[k] * network.shape.heads + t * network.shape.heads_of_tower();
}

/// normalise(tower) → (layer number, layer, values), called where batch norm stands.
template <class Normalise>
std::span<const float> all_towers(const Network& network,
                                  const Reading& clicks,
                                  Workspace& workspace,
                                  Normalise normalise) {
    const Shape& shape = network.shape;
    workspace.towers.resize(shape.towers);
    workspace.logits.assign(clicks.rows.size() / network.fields * shape.heads, 0.0F);
    for (std::size_t t = 0; t < shape.towers; ++t) {
        Tower& tower = workspace.towers[t];
        prepare(network, t, clicks, tower);
        tower_forward(network, t, clicks.rows, tower, normalise(tower));
        for (std::size_t k = 0; k < tower.click.size(); ++k)
            std::copy_n(&tower.activation.back()[k * shape.heads_of_tower()], shape.heads_of_tower(),
                        &workspace.logits[place_of(network, t, tower, k)]);
    }
    return workspace.logits;
}

}  // namespace

std::span<const float> predict(const Network& network,
                               std::span<const std::uint32_t> rows,
                               Workspace& workspace) {
    return all_towers(network, {.rows = rows}, workspace, [&](Tower&) {
        return [&](std::size_t, const Layer& layer, Floats& u) {
            layers::normalise_to_running(layer, network.w.data(), network.running.data(), u);
        };
    });
}

std::span<const float> forward(Network& network, const Reading& clicks, Workspace& workspace) {
    return all_towers(network, clicks, workspace, [&](Tower& tower) {
        return [&](std::size_t l, const Layer& layer, Floats& u) {
            layers::normalise_forward(layer, network.w.data(), network.running.data(), u, tower.normal[l]);
        };
    });
}

void backward(const Network& network,
              const Reading& clicks,
              std::span<const float> d_logits,
              Workspace& workspace,
              Gradient& gradient) {
    const Shape& shape = network.shape;
    gradient.layers.resize(network.w.size() - network.embeddings());
    std::size_t rows_read = 0;
    for (std::size_t t = 0; t < shape.towers; ++t)
        rows_read += workspace.towers[t].click.size() * network.fields * shape.tables_of(t).size();
    begin_rows(network, rows_read, gradient);
    for (std::size_t t = 0; t < shape.towers; ++t) {
        Tower& tower = workspace.towers[t];
        for (std::size_t k = 0; k < tower.click.size(); ++k)
            std::copy_n(&d_logits[place_of(network, t, tower, k)], shape.heads_of_tower(),
                        &tower.error.back()[k * shape.heads_of_tower()]);
        tower_backward(network, t, tower, gradient);
        rows_backward(network, t, clicks.rows, tower, gradient);
    }
}

}  // namespace netcvr
