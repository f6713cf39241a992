#include "estimators/network.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "estimators/adam.h"
#include "estimators/addressed.h"
#include "estimators/loss.h"
#include "estimators/trainer.h"

namespace netcvr {
namespace {

/// 11 clicks, three fields with 3, 4 and 2 values; several clicks share a row.
Inputs some_inputs() {
    std::mt19937 random(3);
    ClickLog log;
    log.click_time.resize(11);
    for (const std::int32_t cardinality : {3, 4, 2}) {
        FeatureColumn column{std::to_string(cardinality), cardinality, {}};
        for (int i = 0; i < 11; ++i)
            column.value.push_back(static_cast<std::int32_t>(random() % static_cast<unsigned>(cardinality)));
        log.features.push_back(column);
    }
    return separate_inputs(log, {});
}

/// Weights of order one, so that a step of the difference is far above the rounding of float32.
Network some_network(const Shape& shape, const Inputs& inputs, unsigned seed) {
    Network network = make_network(shape, inputs, 5, std::vector<double>(shape.heads, -1.0));
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, 0.6F);
    for (auto& weight : network.w) weight = normal(random);
    return network;
}

/// A smooth function of the logits in double: Σ c_k z_k², c alternating.
double value_of(Network& network, const Reading& clicks) {
    Workspace workspace;
    double sum = 0, sign = 1;
    for (const float z : forward(network, clicks, workspace)) sum += (sign = -sign) * 0.5 * z * z;
    return sum;
}

/// towers: which read each of the eleven clicks, or the first few of them; empty: all read all.
void expect_gradient_by_differences(const Shape& shape,
                                    unsigned seed,
                                    const std::vector<std::uint8_t>& towers = {},
                                    bool keeps_normal = false) {
    const Inputs inputs = some_inputs();
    const std::size_t n = towers.empty() ? 11 : towers.size();
    const Reading clicks{.rows = std::span(inputs.row).first(n * inputs.fields),
                         .towers = towers,
                         .keeps_normal = keeps_normal};
    Network network = some_network(shape, inputs, seed);
    Workspace workspace;
    if (keeps_normal)  // near the batch's own, so that no unit is out of reach
        for (int t = 0; t < 30; ++t) forward(network, {.rows = clicks.rows}, workspace);
    Gradient gradient;
    std::vector<float> d;
    float sign = 1;
    for (const float z : forward(network, clicks, workspace)) d.push_back((sign = -sign) * z);
    backward(network, clicks, d, workspace, gradient);

    std::vector<float> whole(network.w.size(), 0.0F);
    const std::size_t size = network.shape.embedding;
    for (const auto& rows : gradient.rows)
        for (std::size_t k = 0; k < rows.touched.size(); ++k)
            std::copy_n(&rows.sum[k * size], size, &whole[rows.touched[k] * size]);
    std::ranges::copy(gradient.layers, whole.begin() + static_cast<std::ptrdiff_t>(network.embeddings()));

    // The value is a sum of about 20 squares of order 10 computed in float32: rounding 2e-5 over 2h = 0.004
    // gives 5e-3; the h² term is smaller. A wrong term is of order 1. The seeds are such that no unit has its
    // kink within h, and that gradients are of order 1 themselves.
    const float h = 2e-3F;
    EXPECT_GT(std::ranges::count_if(whole, [](float g) { return std::abs(g) > 1; }), std::ssize(whole) / 40);
    for (std::size_t k = 0; k < network.w.size(); ++k) {
        const float weight = network.w[k];
        network.w[k] = weight + h;
        const double above = value_of(network, clicks);
        network.w[k] = weight - h;
        const double below = value_of(network, clicks);
        network.w[k] = weight;
        const double difference = (above - below) / (2.0 * h);
        EXPECT_NEAR(difference, whole[k], 2e-2 * (1 + std::abs(whole[k]))) << k << " of " << network.w.size();
    }
}

TEST(Network, has_the_gradient_of_every_parameter) {
    expect_gradient_by_differences({.embedding = 3, .hidden = {5, 4}, .heads = 1}, 7);
    expect_gradient_by_differences({.embedding = 8, .hidden = {6}, .heads = 2}, 7);
    expect_gradient_by_differences({.embedding = 2, .hidden = {}, .heads = 1}, 1);
}

TEST(Network, has_the_gradient_of_every_parameter_with_sum_pooling) {
    expect_gradient_by_differences({.pooling = Pooling::sum, .heads = 1}, 1);
    expect_gradient_by_differences({.pooling = Pooling::sum, .heads = 2}, 1);
}

TEST(Network, has_the_gradient_of_every_parameter_with_batch_norm) {
    expect_gradient_by_differences({.embedding = 3, .hidden = {5, 4}, .batch_norm = true}, 7);
    expect_gradient_by_differences({.embedding = 8, .hidden = {6}, .heads = 2, .batch_norm = true}, 7);
}

/// What a stream trains that leaves hidden layers alone has to be what predicts.
TEST(Network, has_the_gradient_of_its_prediction_if_batch_norm_keeps_what_it_has_seen) {
    const Shape shape{.embedding = 3, .hidden = {5, 4}, .batch_norm = true};
    expect_gradient_by_differences(shape, 7, {}, true);
    const Inputs inputs = some_inputs();
    Network network = some_network(shape, inputs, 1);
    std::ranges::fill(network.running, 0.7F);
    const Network before = network;
    Workspace one, other;
    const auto trained = forward(network, {.rows = inputs.row, .keeps_normal = true}, one);
    const auto predicted = predict(network, inputs.row, other);
    EXPECT_TRUE(std::ranges::equal(trained, predicted));
    EXPECT_EQ(network.running, before.running);
}

/// Bit 0: the first tower reads the click; bit 1: the second.
const std::vector<std::uint8_t> some_read = {1, 2, 1, 3, 1, 0, 2, 1, 3, 2, 1};

TEST(Network, has_the_gradient_of_every_parameter_of_two_towers) {
    using enum Sharing;
    for (const Sharing sharing : {separate, shared, hybrid})
        for (const bool batch_norm : {false, true}) {
            SCOPED_TRACE(testing::Message() << static_cast<int>(sharing) << batch_norm);
            const Shape shape{.embedding = 3,
                              .hidden = {5, 4},
                              .heads = 4,
                              .batch_norm = batch_norm,
                              .towers = 2,
                              .sharing = sharing};
            expect_gradient_by_differences(shape, 13);
            expect_gradient_by_differences(shape, 13, some_read);
        }
    expect_gradient_by_differences({.pooling = Pooling::sum, .heads = 2, .towers = 2}, 1, some_read);
}

TEST(Network, has_a_gradient_of_a_single_click_and_of_none_with_batch_norm) {
    const Shape shape{.embedding = 3,
                      .hidden = {5, 4},
                      .heads = 2,
                      .batch_norm = true,
                      .towers = 2,
                      .sharing = Sharing::shared};
    const Inputs inputs = some_inputs();
    Network network = some_network(shape, inputs, 1);
    std::ranges::fill(network.running, 0.7F);
    const Network before = network;
    Workspace workspace;
    Gradient gradient;
    const std::vector<std::uint8_t> towers = {1};
    const Reading one{.rows = std::span(inputs.row).first(3), .towers = towers};
    const auto trained = forward(network, one, workspace);
    EXPECT_EQ(network.running, before.running) << "one click has no variance";
    EXPECT_EQ(trained[1], 0) << "not read";
    Workspace other;
    EXPECT_NEAR(trained[0], predict(network, one.rows, other)[0], 1e-5);
    backward(network, one, std::vector<float>{1, 5}, workspace, gradient);
    for (const float g : gradient.layers) ASSERT_TRUE(std::isfinite(g));
    const Layer& last = network.tower(0).back();
    EXPECT_EQ(gradient.layers[last.bias - network.embeddings()], 1);
    for (const Layer& layer : network.tower(1))
        EXPECT_EQ(gradient.layers[layer.bias - network.embeddings()], 0) << "the other tower";
}

/// Gradients with running statistics held, by differences of predict().
TEST(Network, trains_a_single_click_down_the_gradient_of_its_prediction) {
    const Inputs inputs = some_inputs();
    const auto rows = std::span(inputs.row).first(3);
    Network network = some_network({.embedding = 3, .hidden = {5, 4}, .batch_norm = true}, inputs, 1);
    std::ranges::fill(network.running, 0.7F);
    Workspace workspace;
    Gradient gradient;
    forward(network, {.rows = rows}, workspace);
    backward(network, {.rows = rows}, std::vector<float>{1}, workspace, gradient);
    const float h = 2e-3F;
    for (std::size_t k = network.embeddings(); k < network.w.size(); ++k) {
        const float weight = network.w[k];
        network.w[k] = weight + h;
        const double above = predict(network, rows, workspace)[0];
        network.w[k] = weight - h;
        const double below = predict(network, rows, workspace)[0];
        network.w[k] = weight;
        const float g = gradient.layers[k - network.embeddings()];
        EXPECT_NEAR((above - below) / (2.0 * h), g, 1e-2 * (1 + std::abs(g))) << k;
    }
}

/// A batch of `times` times the 11 clicks.
void expect_normalised_by_the_batch(std::size_t times) {
    const Inputs inputs = some_inputs();
    Network network = some_network({.embedding = 3, .hidden = {4}, .batch_norm = true}, inputs, 1);
    const Layer& layer = network.layers[0];
    std::fill_n(&network.w[layer.scale], 4, 1.0F);
    std::fill_n(&network.w[layer.bias], 4, 0.0F);
    std::vector<std::uint32_t> rows;
    for (std::size_t k = 0; k < times; ++k) rows.insert(rows.end(), inputs.row.begin(), inputs.row.end());
    const auto n = static_cast<float>(11 * times);
    Workspace workspace, other;
    std::vector<float> trained;
    for (int pass = 0; pass < 400; ++pass) {
        const auto z = forward(network, {.rows = rows}, workspace);
        trained.assign(z.begin(), z.end());
    }
    // Normalised units have mean 0 and variance v / (v + 1e-5) over the batch; the leak is undone.
    const Floats& activation = workspace.towers[0].activation[1];
    for (std::size_t unit = 0; unit < 4; ++unit) {
        double sum = 0, squares = 0;
        for (std::size_t i = 0; i < 11 * times; ++i) {
            const float a = activation[i * 4 + unit], u = a > 0 ? a : a / 0.01F;
            sum += u;
            squares += u * u;
        }
        EXPECT_NEAR(sum / n, 0, 1e-5);
        EXPECT_NEAR(squares / n, 1, 1e-3);
    }
    // Running means have come to the batch's (0.9^400 = 5e-19), running variances to n / (n − 1) of it.
    for (std::size_t unit = 0; unit < 4; ++unit) network.running[layer.running + 4 + unit] *= (n - 1) / n;
    const auto predicted = predict(network, rows, other);
    for (std::size_t i = 0; i < rows.size() / network.fields; ++i)
        EXPECT_NEAR(predicted[i], trained[i], 1e-4);
    // Products of other shapes may round otherwise; statistics of three clicks would move it by far more.
    EXPECT_NEAR(predict(network, std::span(rows).first(3), workspace)[0], predicted[0],
                1e-5 * (1 + std::abs(predicted[0])))
        << "whatever is predicted with it";
}

TEST(Network, normalises_by_the_batch_and_predicts_by_what_it_has_seen) {
    expect_normalised_by_the_batch(1);
    expect_normalised_by_the_batch(60);  // in three parts, the last shorter
}

TEST(Network, has_the_same_gradient_of_a_batch_and_of_the_batch_sixty_times) {
    const Inputs inputs = some_inputs();
    std::vector<std::uint32_t> rows;  // in three parts
    for (int k = 0; k < 60; ++k) rows.insert(rows.end(), inputs.row.begin(), inputs.row.end());
    const Shape shape{.embedding = 3, .hidden = {150, 4}, .batch_norm = true};
    const auto gradient_of = [&](std::span<const std::uint32_t> some) {
        Network network = some_network(shape, inputs, 1);
        Workspace workspace;
        Gradient gradient;
        std::vector<float> d(forward(network, {.rows = some}, workspace).size());
        for (std::size_t i = 0; i < d.size(); ++i)
            d[i] = std::sin(static_cast<float>(i % 11)) * 11 / static_cast<float>(d.size());
        backward(network, {.rows = some}, d, workspace, gradient);
        return gradient;
    };
    const Gradient once = gradient_of(inputs.row), often = gradient_of(rows);
    for (std::size_t k = 0; k < once.layers.size(); ++k)
        ASSERT_NEAR(once.layers[k], often.layers[k], 1e-4 * (1 + std::abs(once.layers[k]))) << k;
    ASSERT_EQ(once.rows.size(), often.rows.size());
    for (std::size_t f = 0; f < once.rows.size(); ++f) {
        ASSERT_EQ(once.rows[f].touched, often.rows[f].touched);
        for (std::size_t k = 0; k < once.rows[f].sum.size(); ++k)
            ASSERT_NEAR(once.rows[f].sum[k], often.rows[f].sum[k], 1e-4) << f;
    }
}

TEST(Network, gives_each_tower_tables_and_layers_of_its_own_or_the_common_table) {
    const Inputs inputs = some_inputs();
    Workspace workspace;
    const auto moves = [&](Sharing sharing, std::size_t table) {
        const Shape shape{.embedding = 3, .hidden = {4}, .heads = 2, .towers = 2, .sharing = sharing};
        Network network = some_network(shape, inputs, 1);
        const auto before = predict(network, inputs.row, workspace);
        const std::vector<float> z(before.begin(), before.end());
        const std::size_t size = inputs.rows() * 3;
        for (std::size_t k = table * size; k < (table + 1) * size; ++k) network.w[k] += 1;
        const auto after = predict(network, inputs.row, workspace);
        return std::pair(after[0] != z[0], after[1] != z[1]);
    };
    using enum Sharing;
    EXPECT_EQ(moves(separate, 0), std::pair(true, false));
    EXPECT_EQ(moves(separate, 1), std::pair(false, true));
    EXPECT_EQ(moves(shared, 0), std::pair(true, true));
    EXPECT_EQ(moves(hybrid, 0), std::pair(true, false));
    EXPECT_EQ(moves(hybrid, 1), std::pair(false, true));
    EXPECT_EQ(moves(hybrid, 2), std::pair(true, true));
    EXPECT_EQ(Shape({.towers = 2, .sharing = shared}).tables(), 1U);
    const Network network = make_network(
        {.embedding = 3, .hidden = {4}, .heads = 2, .towers = 2, .sharing = hybrid}, inputs, 1, {-2, -1});
    EXPECT_EQ(network.tower(0)[0].inputs, std::size_t{2} * 3 * inputs.fields);
    EXPECT_EQ(network.w[network.tower(0).back().bias], -2);
    EXPECT_EQ(network.w[network.tower(1).back().bias], -1);
}

TEST(Network, starts_near_the_base_rate_and_cells_exactly_there) {
    const Inputs inputs = some_inputs();
    Workspace workspace;
    const Network cells = make_network({.pooling = Pooling::sum}, inputs, 1, {-2.5});
    for (const float z : predict(cells, inputs.row, workspace)) EXPECT_EQ(z, -2.5F);
    const Network mlp = make_network({.hidden = {16, 8}}, inputs, 1, {-2.5});
    for (const float z : predict(mlp, inputs.row, workspace)) EXPECT_NEAR(z, -2.5F, 0.5);
}

TEST(Network, copies_its_weights) {
    const Inputs inputs = some_inputs();
    const Network pretrained = make_network({.hidden = {4}}, inputs, 1, {0});
    Network online = pretrained;
    online.w[0] += 1;
    EXPECT_NE(online.w[0], pretrained.w[0]);
    EXPECT_EQ(std::vector(online.w.begin() + 1, online.w.end()),
              std::vector(pretrained.w.begin() + 1, pretrained.w.end()));
}

TEST(Network, draws_a_value_s_embedding_whatever_other_values_occur) {
    const auto log_of = [](std::vector<std::int32_t> values) {
        ClickLog log;
        log.click_time.resize(values.size());
        log.features = {{.name = "a", .cardinality = 100, .value = std::move(values)}};
        return log;
    };
    const Inputs few = separate_inputs(log_of({40, 7}), {}),
                 many = separate_inputs(log_of({3, 7, 99, 40}), {});
    Workspace one, other;
    const auto z = predict(make_network({.hidden = {4}}, few, 1, {0}), few.row, one);
    const auto y = predict(make_network({.hidden = {4}}, many, 1, {0}), many.row, other);
    EXPECT_EQ(z[0], y[3]);
    EXPECT_EQ(z[1], y[1]);
    EXPECT_NE(y[0], y[1]);
    EXPECT_NE(make_network({}, few, 1, {0}).w, make_network({}, few, 2, {0}).w);
}

TEST(Network, draws_layers_of_he_s_variance) {
    // n = 200 · 100 weights of variance 2/200: the mean has σ = 0.1/√n, the variance σ = 0.01·√(2/n).
    const Inputs inputs = some_inputs();
    const Network network = make_network({.hidden = {200, 100}}, inputs, 1, {0});
    const Layer& layer = network.layers[1];
    double sum = 0, squares = 0;
    const double n = 200 * 100;
    for (std::size_t k = 0; k < layer.inputs * layer.outputs; ++k) {
        const double weight = network.w[layer.weights + k];
        sum += weight;
        squares += weight * weight;
    }
    EXPECT_NEAR(sum / n, 0, 5 * 0.1 / std::sqrt(n));
    EXPECT_NEAR(squares / n, 0.01, 5 * 0.01 * std::sqrt(2 / n));
}

// ---------------------------------------------------------------------------------------------------- Adam

/// The textbook, in double, on one parameter.
struct DenseAdam {
    double m = 0, v = 0, t = 0;
    double step(double gradient, double rate) {
        ++t;
        m = 0.9 * m + 0.1 * gradient;
        v = 0.999 * v + 0.001 * gradient * gradient;
        const double first = m / (1 - std::pow(0.9, t)), second = v / (1 - std::pow(0.999, t));
        return -rate * first / std::sqrt(second);
    }
};

TEST(Adam, follows_the_textbook_on_layers_and_on_rows_touched_each_time) {
    const Inputs inputs = some_inputs();
    Network network = make_network({.embedding = 3, .hidden = {2}}, inputs, 1, {0});
    const Floats before = network.w;
    Gradient gradient;
    gradient.layers.resize(network.w.size() - network.embeddings());
    gradient.moving = {{0, gradient.layers.size()}};
    gradient.rows = {{.touched = {4, 1}, .sum = {}}};
    Adam adam{.learning_rate = 0.01};
    DenseAdam row, layer;
    double row_moved = 0, layer_moved = 0;
    for (int t = 0; t < 20; ++t) {
        const float g = std::sin(static_cast<float>(t)) + 0.3F;
        gradient.rows[0].sum.assign(6, g);
        std::ranges::fill(gradient.layers, 2 * g);
        adam.update(network, gradient);
        row_moved += row.step(g, 0.01);
        layer_moved += layer.step(2 * g, 0.01);
    }
    for (std::size_t k = 0; k < network.w.size(); ++k) {
        const std::size_t r = k / 3;
        const bool layers = k >= network.embeddings(), touched = r == 4 || r == 1;
        EXPECT_NEAR(network.w[k] - before[k], layers ? layer_moved : touched ? row_moved : 0.0, 1e-5) << k;
    }
}

TEST(Adam, leaves_an_untouched_row_and_its_moments_but_counts_the_step) {
    const Inputs inputs = some_inputs();
    Network network = make_network({.pooling = Pooling::sum}, inputs, 1, {0});
    Gradient gradient;
    gradient.layers.assign(1, 0.0F);
    gradient.moving = {{0, 1}};
    Adam adam{.learning_rate = 0.01};
    for (int t = 0; t < 9; ++t) {
        gradient.rows = {{.touched = {0}, .sum = {1.0F}}};
        adam.update(network, gradient);
    }
    gradient.rows[0].touched = {3};
    adam.update(network, gradient);
    // First touched at step 10: m = 0.1, v = 0.001, both corrected by the tenth step.
    const double expected =
        -0.01 * (0.1 / (1 - std::pow(0.9, 10))) / std::sqrt(0.001 / (1 - std::pow(0.999, 10)));
    EXPECT_NEAR(network.w[3], expected, 1e-7);
    EXPECT_EQ(network.w[1], 0);
}

// -------------------------------------------------------------------------------------------------- training

TEST(Fit, brings_cells_to_their_empirical_rates) {
    ClickLog log;
    Examples examples;
    std::mt19937 random(6);
    FeatureColumn column{"cell", 4, {}};
    std::vector<double> yes(4, 0), n(4, 0);
    for (std::size_t i = 0; i < 4000; ++i) {
        const auto cell = static_cast<std::int32_t>(random() % 4);
        const bool label = random() % 10 < static_cast<unsigned>(1 + 2 * cell);
        column.value.push_back(cell);
        examples.add(i, label ? Answer::yes : Answer::no);
        yes[static_cast<std::size_t>(cell)] += label;
        n[static_cast<std::size_t>(cell)] += 1;
    }
    log.click_time.resize(4000);
    log.features = {column};
    const Inputs inputs = combined_inputs(log, {"cell"});
    Training training;
    training.batch = 4000;  // full-batch: no noise, the optimum is the empirical rate
    training.learning_rate = 0.02;
    training.pretrain_passes = 1500;
    std::size_t copies = 0;
    const Network fitted = fit("test", examples, inputs, {.pooling = Pooling::sum}, training, 1,
                               [&](std::size_t k) { copies += k; });
    EXPECT_EQ(copies, 4000U * 1500U);
    Trainer trainer(inputs, fitted, 1e-3);
    std::vector<std::uint32_t> all(4000);
    std::iota(all.begin(), all.end(), 0U);
    const auto z = trainer.logits(all);
    for (std::size_t i = 0; i < 4000; ++i) {
        const auto cell = static_cast<std::size_t>(column.value[i]);
        ASSERT_NEAR(sigmoid(z[i]), yes[cell] / n[cell], 1e-4);
    }
}

TEST(Fit, starts_at_a_finite_base_rate_even_without_an_event_or_an_example) {
    Examples none;
    EXPECT_EQ(none.base_logits(), std::vector<double>{0});
    none.add(0, Answer::no);
    none.add(1, Answer::no);
    EXPECT_NEAR(sigmoid(none.base_logits()[0]), 0.5 / 3, 1e-12);
}

TEST(Fit, asks_each_head_only_what_it_was_asked) {
    Examples examples{.questions = 2, .click = {}, .label = {}};
    using enum Answer;
    for (std::uint32_t k = 0; k < 8; ++k) {
        examples.click.push_back(k);
        examples.label.insert(examples.label.end(), {k < 2 ? yes : no, k < 5 ? skip : k < 6 ? yes : no});
    }
    EXPECT_NEAR(sigmoid(examples.base_logits()[0]), 2.5 / 9, 1e-12);
    EXPECT_NEAR(sigmoid(examples.base_logits()[1]), 1.5 / 4, 1e-12);
    const std::vector<double> z(16, logit(0.3));
    std::vector<double> dz(16, 0.0);
    EXPECT_NEAR(examples_log_loss(examples.label, 2, z, dz),
                (-2 * std::log(.3) - 6 * std::log(.7) - std::log(.3) - 2 * std::log(.7)) / 8, 1e-12);
    EXPECT_NEAR(dz[0], -.7 / 8, 1e-12);
    EXPECT_EQ(dz[1], 0);
    EXPECT_NEAR(dz[15], .3 / 8, 1e-12);
}

TEST(Trainer, leaves_a_tower_alone_that_no_copy_of_the_batch_is_of) {
    const Inputs inputs = some_inputs();
    const Shape shape{.embedding = 3,
                      .hidden = {5},
                      .heads = 2,
                      .batch_norm = true,
                      .towers = 2,
                      .sharing = Sharing::separate};
    const Network start = some_network(shape, inputs, 4);
    Trainer trainer(inputs, start, 1e-2);
    const std::vector<std::uint32_t> clicks = {0, 1, 2, 3, 4};
    const std::vector<std::uint8_t> first(5, 1);
    trainer.step(
        clicks,
        [](auto, auto dz) {
            std::ranges::fill(dz, 1.0);
            return 0.0;
        },
        first);
    const std::size_t table = inputs.rows() * 3, second = trainer.network.tower(1)[0].weights;
    EXPECT_TRUE(std::equal(start.w.begin() + static_cast<std::ptrdiff_t>(table),
                           start.w.begin() + static_cast<std::ptrdiff_t>(2 * table),
                           trainer.network.w.begin() + static_cast<std::ptrdiff_t>(table)));
    EXPECT_TRUE(std::equal(start.w.begin() + static_cast<std::ptrdiff_t>(second), start.w.end(),
                           trainer.network.w.begin() + static_cast<std::ptrdiff_t>(second)));
    EXPECT_NE(trainer.network.w[start.tower(0)[0].weights], start.w[start.tower(0)[0].weights]);
    EXPECT_EQ(trainer.network.running[start.tower(1)[0].running], start.running[start.tower(1)[0].running]);
    EXPECT_NE(trainer.network.running[start.tower(0)[0].running], start.running[start.tower(0)[0].running]);
}

TEST(Fit, asks_each_tower_of_the_clicks_of_its_question) {
    // Two towers over one field: each comes to the rate among those it was asked of.
    ClickLog log;
    Examples examples{.questions = 2, .click = {}, .label = {}};
    std::mt19937 random(6);
    FeatureColumn column{"cell", 2, {}};
    double conversions[2] = {0, 0}, refunds[2] = {0, 0}, n[2] = {0, 0};
    for (std::uint32_t i = 0; i < 2000; ++i) {
        const auto cell = static_cast<std::size_t>(random() % 2);
        const bool converts = random() % 10 < 3 + 2 * cell, refund = random() % 10 < 6 - 3 * cell;
        column.value.push_back(static_cast<std::int32_t>(cell));
        examples.click.push_back(i);
        examples.label.push_back(converts ? Answer::yes : Answer::no);
        examples.label.push_back(!converts ? Answer::skip : refund ? Answer::yes : Answer::no);
        n[cell] += 1, conversions[cell] += converts, refunds[cell] += converts && refund;
    }
    log.click_time.resize(2000);
    log.features = {column};
    const Inputs inputs = separate_inputs(log, {"cell"});
    Training training;
    training.batch = 2000;
    training.learning_rate = 0.02;
    training.pretrain_passes = 1500;
    for (const Pooling pooling : {Pooling::sum, Pooling::concatenate}) {
        const Shape shape{
            .pooling = pooling, .embedding = 2, .heads = 2, .towers = 2, .sharing = Sharing::hybrid};
        Trainer trainer(inputs, fit("test", examples, inputs, shape, training, 1, [](std::size_t) {}), 1e-3);
        const auto z = trainer.logits(examples.click);
        for (std::size_t i = 0; i < 2000; ++i) {
            const auto cell = static_cast<std::size_t>(column.value[i]);
            // Adam does not quite come to rest; refunds per click instead of per conversion would be .2 off.
            ASSERT_NEAR(sigmoid(z[2 * i]), conversions[cell] / n[cell], 3e-3);
            ASSERT_NEAR(sigmoid(z[2 * i + 1]), refunds[cell] / conversions[cell], 3e-3);
        }
    }
}

// Batches of several parts, the last of which is not full.
TEST(Trainer, comes_to_the_same_bits_with_any_number_of_threads) {
    ClickLog log;
    const std::size_t clicks = 1500;
    for (const std::int32_t values : {3, 40, 1000}) {
        FeatureColumn column{std::to_string(values), values, {}};
        for (std::size_t i = 0; i < clicks; ++i)
            column.value.push_back(
                static_cast<std::int32_t>(mixed(i + 7) % static_cast<std::uint64_t>(values)));
        log.features.push_back(column);
    }
    log.click_time.resize(clicks);
    const Inputs inputs = separate_inputs(log, {});
    std::vector<std::uint32_t> all(clicks);
    std::iota(all.begin(), all.end(), 0U);
    const Shape one{.embedding = 8, .hidden = {150, 40}, .batch_norm = true};
    Shape two = one;
    two.heads = two.towers = 2, two.sharing = Sharing::hybrid;
    for (const Shape& shape : {one, two, Shape{.pooling = Pooling::sum}}) {
        std::vector<std::vector<double>> predicted;
        for (const int threads : {1, 2, 3}) {
            Crew crew(threads);
            Trainer trainer(inputs, some_network(shape, inputs, 4), 1e-2, &crew);
            for (int step = 0; step < 3; ++step)
                trainer.step(all, [&](auto z, auto dz) {
                    for (std::size_t k = 0; k < z.size(); ++k)
                        dz[k] +=
                            (sigmoid(z[k]) - static_cast<double>(k % 3 == 0)) / static_cast<double>(z.size());
                    return 0.0;
                });
            predicted.push_back(trainer.logits(all));
            EXPECT_EQ(predicted.back(), predicted.front()) << threads << " threads";
        }
    }
}

// Where a click stands in a pass may decide its last digit: some BLAS kernels sum whole blocks of columns in
// another order than the rest.
TEST(Trainer, predicts_a_click_the_same_whatever_clicks_come_after_it) {
    const Inputs inputs = some_inputs();
    Trainer trainer(inputs, some_network({.hidden = {32, 16}}, inputs, 4), 1e-3);
    std::vector<std::uint32_t> all(11);
    std::iota(all.begin(), all.end(), 0U);
    const auto together = trainer.logits(all);
    for (std::size_t n = 1; n <= all.size(); ++n) {
        const auto first = trainer.logits(std::span(all).first(n));
        EXPECT_TRUE(std::ranges::equal(first, std::span(together).first(first.size()))) << n;
    }
}

}  // namespace
}  // namespace netcvr
