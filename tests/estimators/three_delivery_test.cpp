// The stream and the weights of three deliveries against methods/spec.md E20.

#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/estimators/enumeration.h"

namespace netcvr {
namespace {

const Learner& net() {
    return find_method("three-delivery").learners[0];
}

/// Labels of deliveries 1, 2, 3 of a click with these delays; W = 6000 s, w = 20 s.
std::vector<int> labels(Time conversion, Time refund) {
    cells::Cell one = cells::specified().front();
    one.ways = {{.mass = 1, .conversion = conversion, .refund = refund}};
    Copies copies;
    net().delivery(cells::outcomes_of(one), StageKind::net, copies);
    std::vector<int> by_delivery(3, -1);
    EXPECT_EQ(copies.size(), 3U);
    for (std::size_t k = 0; k < copies.size(); ++k) by_delivery[copies.part[k]] = copies.label[k];
    return by_delivery;
}

/// E20.3, timing V1.
TEST(ThreeDeliveries, show_each_trajectory_as_the_specification_says) {
    using Labels = std::vector<int>;
    constexpr Time early = 5, late = 300;
    EXPECT_EQ(labels(never, never), (Labels{0, 0, 0})) << "T0";
    EXPECT_EQ(labels(early, never), (Labels{1, 1, 1})) << "A0";
    EXPECT_EQ(labels(early, early), (Labels{0, 0, 0})) << "A1";
    EXPECT_EQ(labels(early, late), (Labels{1, 1, 0})) << "A2";
    EXPECT_EQ(labels(late, never), (Labels{0, 1, 1})) << "B0";
    EXPECT_EQ(labels(late, early), (Labels{0, 1, 0})) << "B1";
    EXPECT_EQ(labels(late, late), (Labels{0, 1, 0})) << "B2";
}

/// E20.5, column q1.
TEST(ThreeDeliveries, have_the_positives_of_the_specification) {
    const double q1[] = {.039800, .058667, .198500, .282000};
    const auto cells = cells::specified();
    for (std::size_t k = 0; k < cells.size(); ++k) {
        const Enumerated all = enumerated(net(), cells[k]);
        double positives = 0;
        for (std::size_t j = 0; j < all.mass.size(); ++j) positives += all.copies.label[j] ? all.mass[j] : 0;
        EXPECT_NEAR(positives / 3, q1[k], 5.1e-7) << "ABCD"[k];
    }
}

/// E20.5, its further columns: what wrong weights on the right stream come to. P_dr is the probability of a
/// refund that comes too late for delivery 2, or, read literally, later than w_r after the conversion.
TEST(ThreeDeliveries, with_wrong_weights_settle_where_the_specification_says) {
    struct Shares {
        double not_visible, later_than_window, late;  // P_dr, P_dr read literally, P_dp
    };
    struct Column {
        std::function<Weights(double f, const Shares&)> weights;
        std::vector<double> settles;
    };
    const auto shifted = [](double f, double shift) {
        return Weights{.positive = f / (f + shift), .negative = (1 - f) / (1 - f - shift)};
    };
    const std::vector<Column> columns = {
        {[](double f, const Shares& s) {
             return Weights{.positive = f / (f + (2 * s.not_visible - s.late) / 3),
                            .negative = (1 - f) / (1 - f + (2 * s.late - s.not_visible) / 3)};
         },
         {.04029, .04784, .18131, .28783}},
        {[&](double f, const Shares& s) { return shifted(f, (2 * s.not_visible - s.late) / 3); },
         {.04000, .04600, .16950, .21000}},
        {[&](double f, const Shares& s) { return shifted(f, (2 * s.later_than_window - s.late) / 3); },
         {.04080, .05267, .19650, .32200}},
        {[&](double f, const Shares& s) { return shifted(f, .66 * s.not_visible - .33 * s.late); },
         {.04000, .04613, .16979, .21072}},
    };
    const auto cells = cells::specified();
    for (std::size_t c = 0; c < columns.size(); ++c)
        for (std::size_t k = 0; k < cells.size(); ++k) {
            const Trajectories m = cells::trajectories_of(cells[k], cells[k].windows);
            const Shares shares{m[a2] + m[b1] + m[b2], m[a2] + m[b2], m[b0] + m[b1] + m[b2]};
            Learner learner = net();
            learner.loss = [&](const Batch& batch, std::span<const double> z, std::span<double> dz) {
                return weighted_log_loss(
                    batch, z, dz, [&](std::size_t, double f) { return columns[c].weights(f, shares); });
            };
            EXPECT_NEAR(sigmoid(solved(learner, cells[k])[0]), columns[c].settles[k], 5.1e-6)
                << "column " << c << ", cell "
                << "ABCD"[k];
        }
}

}  // namespace
}  // namespace netcvr
