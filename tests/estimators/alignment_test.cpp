#include "estimators/alignment.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "estimators/train.h"
#include "estimators/trainer.h"
#include "tests/estimators/small_log.h"

namespace netcvr {
namespace {

TEST(Distillation, is_the_divergence_from_the_previous_prediction_and_has_its_gradient) {
    const Shape shape{.heads = 2, .towers = 2};
    const std::vector<float> previous = {-1.5F, 0.25F, 2.0F, -3.0F, 0.5F, 1.0F};
    const std::vector<double> z = {-0.5, 1.0, 2.0, -2.0, -1.0, 3.0};
    const std::vector<std::uint8_t> towers = {3, 1, 2};  // the last but one and another logit are not read
    std::vector<double> dz(z.size(), 0.5);
    const double value = distillation(0.7, shape, towers, previous, z, dz);
    double expected = 0;
    for (const std::size_t k : {0, 1, 2, 5}) {
        const double q = 1 / (1 + std::exp(-static_cast<double>(previous[k]))), p = 1 / (1 + std::exp(-z[k]));
        expected += 0.7 * (q * std::log(q / p) + (1 - q) * std::log((1 - q) / (1 - p)));
    }
    EXPECT_NEAR(value, expected, 1e-12);
    for (std::size_t j = 0; j < z.size(); ++j) {
        const auto at = [&](double moved) {
            std::vector<double> other = z, unused(z.size(), 0.0);
            other[j] = moved;
            return distillation(0.7, shape, towers, previous, other, unused);
        };
        EXPECT_NEAR(dz[j] - 0.5, (at(z[j] + 1e-4) - at(z[j] - 1e-4)) / 2e-4, 1e-8);
    }
}

/// A network with everything in it, trained for some steps on labels that mean nothing.
struct Steps {
    explicit Steps(const std::string& trainable, double proximal = 0, std::size_t count = 20)
        : log(small_log(600)) {
        training = small_training();
        training.trainable = trainable;
        training.proximal = proximal;
        training.learning_rate = 0.01;
        inputs = separate_inputs(log, {});
        const Shape shape{.embedding = 4,
                          .hidden = {8, 6},
                          .heads = 2,
                          .batch_norm = true,
                          .towers = 2,
                          .sharing = Sharing::hybrid};
        start = make_network(shape, inputs, 1, {-1.0, 1.0});
        Trainer trainer(inputs, start, training.learning_rate);
        trainer.align(training);
        std::vector<std::uint32_t> clicks(60);
        for (std::size_t step = 0; step < count; ++step) {
            for (std::size_t k = 0; k < clicks.size(); ++k)
                clicks[k] = static_cast<std::uint32_t>((step * 60 + k) % log.size());
            if (step % 5 == 0) trainer.begin_segment();
            trainer.step(clicks, [](std::span<const double> z, std::span<double> dz) {
                for (std::size_t k = 0; k < z.size(); ++k) dz[k] += z[k] - (k % 3 == 0 ? 2 : -1);
                return 0.0;
            });
        }
        end = trainer.network;
    }
    bool same(std::size_t begin, std::size_t count) const {
        return std::equal(&start.w[begin], &start.w[begin] + count, &end.w[begin]);
    }
    bool same_embeddings() const {
        return same(0, start.shape.tables() * start.rows * start.shape.embedding);
    }
    bool same_layer(std::size_t tower, std::size_t l) const {
        const Layer& layer = start.tower(tower)[l];
        return same(layer.weights, layer.inputs * layer.outputs) && same(layer.bias, layer.outputs) &&
               (!layer.normalised || same(layer.scale, layer.outputs));
    }

    ClickLog log;
    Training training;
    Inputs inputs;
    Network start, end;
};

TEST(Trainable, says_which_part_moves_and_leaves_the_bits_of_all_others) {
    for (const std::string part : {"all", "head", "layers", "embeddings"}) {
        const Steps steps(part);
        EXPECT_EQ(steps.same_embeddings(), part == "head" || part == "layers") << part;
        for (std::size_t tower = 0; tower < 2; ++tower) {
            for (std::size_t l = 0; l < 2; ++l)
                EXPECT_EQ(steps.same_layer(tower, l), part == "head" || part == "embeddings") << part;
            EXPECT_EQ(steps.same_layer(tower, 2), part == "embeddings") << part;
        }
        EXPECT_EQ(steps.start.running == steps.end.running, part == "head" || part == "embeddings") << part;
    }
}

double distance(const Steps& steps) {
    double sum = 0;
    for (std::size_t k = 0; k < steps.start.w.size(); ++k)
        sum += std::pow(static_cast<double>(steps.end.w[k] - steps.start.w[k]), 2);
    return std::sqrt(sum);
}

TEST(Proximal, pulls_to_the_model_before_the_segment) {
    const double free = distance(Steps("all")), pulled = distance(Steps("all", 100));
    EXPECT_GT(free, 1.0);
    EXPECT_LT(pulled, 0.8 * free);
}

TEST(Proximal, divides_a_first_step_by_one_plus_learning_rate_times_strength) {
    const Steps free("all", 0, 1);
    for (const double strength : {50.0, 100.0, 1e6}) {
        const Steps pulled("all", strength, 1);
        const double divisor = 1 + free.training.learning_rate * strength;
        for (std::size_t k = 0; k < free.start.w.size(); ++k) {
            const double start = free.start.w[k], step = free.end.w[k] - start;
            // Weights are of order 1 and float32: each of three roundings is at most 1.2e-7.
            ASSERT_NEAR(pulled.end.w[k], start + step / divisor, 4e-7 * (1 + std::abs(start))) << k;
        }
    }
}

TEST(Distillation, adds_its_strength_times_the_mean_divergence_from_the_model_before_the_segment) {
    const ClickLog log = small_log(600);
    Training training = small_training();
    training.distillation = 3;
    const Inputs inputs = separate_inputs(log, {});
    const Network start = make_network({.embedding = 4, .hidden = {8}}, inputs, 1, {-1.0});
    Trainer before(inputs, start, 0.01), trainer(inputs, start, 0.01);
    trainer.align(training);
    trainer.begin_segment();
    std::vector<std::uint32_t> clicks(60);
    for (std::size_t k = 0; k < clicks.size(); ++k) clicks[k] = static_cast<std::uint32_t>(k);
    const auto down = [](std::span<const double> z, std::span<double> dz) {
        for (std::size_t k = 0; k < z.size(); ++k) dz[k] += 1.0;
        return 0.25;
    };
    EXPECT_NEAR(trainer.step(clicks, down), 0.25, 1e-9) << "nothing has moved yet";
    const std::vector<double> was = before.logits(clicks), is = trainer.logits(clicks);
    double divergence = 0;
    for (std::size_t k = 0; k < clicks.size(); ++k) {
        const double q = 1 / (1 + std::exp(-was[k])), p = 1 / (1 + std::exp(-is[k]));
        divergence += q * std::log(q / p) + (1 - q) * std::log((1 - q) / (1 - p));
    }
    divergence /= static_cast<double>(clicks.size());
    EXPECT_GT(divergence, 1e-5);
    // Logits are float32: of order 1, to 1e-7 and their difference, of order .01, to 1e-5 of itself.
    EXPECT_NEAR(trainer.step(clicks, down), 0.25 + 3 * divergence, 1e-3 * divergence);
}

Predictions vanilla(const Training& training) {
    return train(small_log(), {&find_method("vanilla")}, training, 2).at(0);
}

TEST(Alignment, of_a_stream_keeps_its_predictions_near_those_of_the_start) {
    Training training = small_training();
    const Predictions free = vanilla(training);
    const Predictions start = train(small_log(), {&find_method("pretrained")}, training, 1).at(0);
    const auto distance_to_start = [&](const Predictions& found) {
        double sum = 0;
        for (std::size_t k = 0; k < found.row.size(); ++k)
            sum += std::abs(static_cast<double>(found.cvr[k] - start.cvr[k]));
        return sum / static_cast<double>(found.row.size());
    };
    training.proximal = 1e6;
    EXPECT_LT(distance_to_start(vanilla(training)), 0.01 * distance_to_start(free));
    training.proximal = 0;
    training.distillation = 100;
    // The pull is to the model before each segment, so what is kept of each is learned all the same.
    EXPECT_LT(distance_to_start(vanilla(training)), 0.8 * distance_to_start(free));
}

}  // namespace
}  // namespace netcvr
