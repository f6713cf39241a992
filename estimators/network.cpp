#include "estimators/network.h"

#include <algorithm>
#include <utility>

#include "estimators/layers.h"

namespace netcvr {
namespace {

using Tower = Workspace::Tower;

/// Neighbouring clicks of a tower, few enough that what is known of them stays near the processor from one
/// layer to the next.
struct Part {
    std::size_t number, begin, size;

    /// Their columns of [width × clicks of the tower].
    std::span<float> of(Floats& all, std::size_t width) const {
        return std::span(all).subspan(begin * width, size * width);
    }
    std::span<const float> of(const Floats& all, std::size_t width) const {
        return std::span(all).subspan(begin * width, size * width);
    }
};
constexpr std::size_t part_width = 256;

std::size_t parts_of(std::size_t n) {
    return (n + part_width - 1) / part_width;
}

template <class Work>
void for_each_part(Crew* crew, std::size_t n, const Work& work) {
    share(crew, parts_of(n), [&](std::size_t p) {
        work(Part{p, p * part_width, std::min(part_width, n - p * part_width)});
    });
}

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
    tower.value.resize(layers.size());
    tower.normal.resize(layers.size());
    tower.activation[0].resize(layers[0].inputs * reads);
    tower.error[0].resize(layers[0].inputs * reads);
    std::size_t widest = 0;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const std::size_t width = layers[l].outputs;
        tower.activation[l + 1].resize(width * reads);
        tower.error[l + 1].resize(width * reads);
        tower.value[l].resize(layers[l].normalised ? width * reads : 0);
        tower.normal[l].resize(2 * width);
        widest = std::max(widest, width);
    }
    tower.sums.resize(2 * widest * parts_of(reads));
}

/// Where a part's sums of a layer's units stand.
float* sums_of(Tower& tower, const Layer& layer, std::size_t part) {
    return tower.sums.data() + part * 2 * layer.outputs;
}

// Each part of the network is a pair: forward, backward. Those of its layers are in layers.h.

/// x: [tables·fields·embedding × clicks of the tower]
void gather_forward(const Network& network,
                    std::size_t t,
                    std::span<const std::uint32_t> rows,
                    const Part& part,
                    Tower& tower) {
    const std::size_t size = network.shape.embedding, fields = network.fields;
    const std::vector<std::size_t> tables = network.shape.tables_of(t);
    float* x = part.of(tower.activation[0], network.tower(t)[0].inputs).data();
    for (const std::uint32_t i : std::span(tower.click).subspan(part.begin, part.size))
        for (const std::size_t table : tables)
            for (const std::uint32_t row : rows.subspan(i * fields, fields))
                x = std::copy_n(&network.w[(table * network.rows + row) * size], size, x);
}

/// z: [heads × clicks of the tower] = sum of the embeddings of each click
void pool_forward(const Network& network,
                  std::size_t t,
                  std::span<const std::uint32_t> rows,
                  const Part& part,
                  Tower& tower) {
    const std::size_t size = network.shape.embedding, fields = network.fields;
    float* z = part.of(tower.activation.back(), size).data();
    for (const std::uint32_t i : std::span(tower.click).subspan(part.begin, part.size))
        for (std::size_t h = 0; h < size; ++h) {
            float sum = 0;
            for (const std::uint32_t row : rows.subspan(i * fields, fields))
                sum += network.w[(t * network.rows + row) * size + h];
            *z++ = sum;
        }
}

/// Adds d to the gradient of its row.
void add_to_row(std::size_t row, const float* d, std::size_t size, Gradient& gradient, Gradient::Rows& rows) {
    if (gradient.last_batch[row] != gradient.batch) {
        gradient.last_batch[row] = gradient.batch;
        gradient.slot[row] = static_cast<std::uint32_t>(rows.touched.size());
        rows.sum.insert(rows.sum.end(), d, d + size);
        rows.touched.push_back(static_cast<std::uint32_t>(row));
    } else {
        float* sum = &rows.sum[gradient.slot[row] * size];
        for (std::size_t j = 0; j < size; ++j) sum[j] += d[j];
    }
}

/// The gradient of the rows of one table and field, from all towers that read them.
void rows_backward(const Network& network,
                   std::size_t table,
                   std::size_t field,
                   std::span<const std::uint32_t> rows,
                   const Workspace& workspace,
                   Gradient& gradient) {
    const std::size_t size = network.shape.embedding, fields = network.fields;
    const bool pooled = network.shape.pooling == Pooling::sum;
    Gradient::Rows& found = gradient.rows[table * fields + field];
    found.touched.clear();
    found.sum.clear();
    for (std::size_t t = 0; t < network.shape.towers; ++t) {
        const std::vector<std::size_t> tables = network.shape.tables_of(t);
        const auto place = std::ranges::find(tables, table);
        if (place == tables.end()) continue;
        const Tower& tower = workspace.towers[t];
        if (tower.click.empty()) continue;
        const auto position = static_cast<std::size_t>(place - tables.begin()) * fields + field;
        const float* d = pooled ? tower.error.back().data() : &tower.error[0][0] + position * size;
        const std::size_t stride = pooled ? size : network.tower(t)[0].inputs;
        for (std::size_t k = 0; k < tower.click.size(); ++k)
            add_to_row(table * network.rows + rows[tower.click[k] * fields + field], d + k * stride, size,
                       gradient, found);
    }
}

/// From what a hidden layer's weights make of its inputs to its activation, and back.
void hidden_forward(
    const Network& network, const Layer& layer, std::size_t l, const Part& part, Tower& tower) {
    const auto a = part.of(tower.activation[l + 1], layer.outputs);
    if (layer.normalised)
        layers::normalise_forward(layer, network.w.data(), tower.normal[l].data(),
                                  part.of(std::as_const(tower.value[l]), layer.outputs), a.data());
    else
        layers::leaky_forward(a);
}

void hidden_backward(const Layer& layer, std::size_t l, const Part& part, Tower& tower) {
    const auto a = part.of(std::as_const(tower.activation[l + 1]), layer.outputs);
    const auto d = part.of(tower.error[l + 1], layer.outputs);
    if (layer.normalised)
        layers::normalised_leaky_backward(layer, tower.normal[l].data(),
                                          part.of(std::as_const(tower.value[l]), layer.outputs), a.data(),
                                          d.data(), sums_of(tower, layer, part.number));
    else
        layers::leaky_backward(a, d);
}

/// running: what batch norm has seen, which moves; null: it is used.
void tower_forward(const Network& network,
                   std::size_t t,
                   std::span<const std::uint32_t> rows,
                   float* running,
                   Crew* crew,
                   Tower& tower) {
    const bool pooled = network.shape.pooling == Pooling::sum;
    const auto layers = network.tower(t);
    auto& a = tower.activation;
    const std::size_t n = tower.click.size();
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const Layer& layer = layers[l];
        for_each_part(crew, n, [&](const Part& part) {
            if (pooled) {
                pool_forward(network, t, rows, part, tower);
            } else if (l == 0) {
                gather_forward(network, t, rows, part, tower);
            } else {
                hidden_forward(network, layers[l - 1], l - 1, part, tower);
            }
            const auto y = part.of(layer.normalised ? tower.value[l] : a[l + 1], layer.outputs);
            layers::affine_forward(layer, network.w.data(), part.of(a[l], layer.inputs).data(), part.size,
                                   y.data());
            if (layer.normalised && running) layers::moments_of(layer, y, sums_of(tower, layer, part.number));
        });
        if (!layer.normalised) continue;
        if (running)
            layers::normal_of_parts(layer, tower.sums, part_width, n, running, tower.normal[l].data());
        else
            layers::normal_of_running(layer, network.running.data(), tower.normal[l].data());
    }
}

/// Sums over the parts, in order, of Σ d and Σ d û: the layer's db and dγ.
void add_sums(Tower& tower, const Layer& layer, float* dbias, float* dscale) {
    std::fill_n(dbias, layer.outputs, 0.0F);
    std::fill_n(dscale, layer.outputs, 0.0F);
    for (std::size_t p = 0; p < parts_of(tower.click.size()); ++p) {
        const float* sums = sums_of(tower, layer, p);
        for (std::size_t j = 0; j < layer.outputs; ++j) dbias[j] += sums[j];
        for (std::size_t j = 0; j < layer.outputs; ++j) dscale[j] += sums[layer.outputs + j];
    }
}

/// Gradients of a layer's weights, some inputs at a time, and of its bias.
void weights_backward(const Network& network, std::size_t t, Crew* crew, Tower& tower, Gradient& gradient) {
    constexpr std::size_t most_inputs = 128;
    struct Block {
        std::size_t layer, first, count;
    };
    const auto layers = network.tower(t);
    std::vector<Block> blocks;
    for (std::size_t l = 0; l < layers.size(); ++l)
        for (std::size_t first = 0; first < std::max<std::size_t>(layers[l].inputs, 1); first += most_inputs)
            blocks.push_back({l, first, std::min(most_inputs, layers[l].inputs - first)});
    const std::size_t n = tower.click.size();
    share(crew, blocks.size(), [&](std::size_t b) {
        const auto [l, first, count] = blocks[b];
        const Layer& layer = layers[l];
        float* of_layers = gradient.layers.data() - network.embeddings();
        const float* d = tower.error[l + 1].data();
        if (first == 0 && !layer.normalised) layers::bias_backward(layer, d, n, of_layers + layer.bias);
        if (count > 0)
            layers::weights_backward(layer, tower.activation[l].data(), d, n, first, count,
                                     of_layers + layer.weights);
    });
}

void tower_backward(
    const Network& network, std::size_t t, bool keeps_normal, Crew* crew, Tower& tower, Gradient& gradient) {
    // Mean and variance of a batch of one are constants, and so are running ones.
    const std::size_t normalised_over = keeps_normal ? 1 : tower.click.size();
    // Without clicks every sum is empty: the products below leave zeros.
    auto& d = tower.error;
    const auto layers = network.tower(t);
    const auto gradient_of = [&](std::size_t offset) {
        return &gradient.layers[offset - network.embeddings()];
    };
    for (std::size_t l = layers.size(); l-- > 0;) {
        const Layer& layer = layers[l];
        if (layer.normalised) add_sums(tower, layer, gradient_of(layer.bias), gradient_of(layer.scale));
        for_each_part(crew, tower.click.size(), [&](const Part& part) {
            const auto dy = part.of(d[l + 1], layer.outputs);
            if (layer.normalised)
                layers::normalise_backward(layer, network.w.data(), tower.normal[l].data(),
                                           part.of(std::as_const(tower.value[l]), layer.outputs),
                                           gradient_of(layer.bias), gradient_of(layer.scale), normalised_over,
                                           dy.data());
            if (layer.inputs == 0) return;
            layers::affine_backward(layer, network.w.data(), dy.data(), part.size,
                                    part.of(d[l], layer.inputs).data());
            if (l > 0) hidden_backward(layers[l - 1], l - 1, part, tower);
        });
    }
    weights_backward(network, t, crew, tower, gradient);
}

/// Where the logits of the tower's k-th click start among those of all.
std::size_t place_of(const Network& network, std::size_t t, const Tower& tower, std::size_t k) {
    return tower.click[k] * network.shape.heads + t * network.shape.heads_of_tower();
}

std::span<const float> all_towers(const Network& network,
                                  const Reading& clicks,
                                  float* running,
                                  Workspace& workspace) {
    const Shape& shape = network.shape;
    workspace.towers.resize(shape.towers);
    workspace.logits.assign(clicks.rows.size() / network.fields * shape.heads, 0.0F);
    for (std::size_t t = 0; t < shape.towers; ++t) {
        Tower& tower = workspace.towers[t];
        prepare(network, t, clicks, tower);
        tower_forward(network, t, clicks.rows, running, workspace.crew, tower);
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
    return all_towers(network, {.rows = rows}, nullptr, workspace);
}

std::span<const float> forward(Network& network, const Reading& clicks, Workspace& workspace) {
    return all_towers(network, clicks, clicks.keeps_normal ? nullptr : network.running.data(), workspace);
}

void backward(const Network& network,
              const Reading& clicks,
              std::span<const float> d_logits,
              Workspace& workspace,
              Gradient& gradient) {
    const Shape& shape = network.shape;
    gradient.layers.resize(network.w.size() - network.embeddings());
    gradient.moving = {{0, gradient.layers.size()}};
    // A batch of one part is not worth the wait for others.
    Crew* crew = parts_of(clicks.rows.size() / network.fields) > 1 ? workspace.crew : nullptr;
    for (std::size_t t = 0; t < shape.towers; ++t) {
        Tower& tower = workspace.towers[t];
        for (std::size_t k = 0; k < tower.click.size(); ++k)
            std::copy_n(&d_logits[place_of(network, t, tower, k)], shape.heads_of_tower(),
                        &tower.error.back()[k * shape.heads_of_tower()]);
        tower_backward(network, t, clicks.keeps_normal, crew, tower, gradient);
    }
    gradient.last_batch.resize(shape.tables() * network.rows, 0);
    gradient.slot.resize(shape.tables() * network.rows);
    gradient.rows.resize(shape.tables() * network.fields);
    ++gradient.batch;
    share(crew, gradient.rows.size(), [&](std::size_t k) {
        rows_backward(network, k / network.fields, k % network.fields, clicks.rows, workspace, gradient);
    });
}

}  // namespace netcvr
