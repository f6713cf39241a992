// One click at a time: the function that draws its outcome is fed a randomly shifted Sobol net of uniforms,
// and the seven trajectories (world.md 2) must come out with the probabilities of the closed form. Every draw
// is a quantile of an argument, so the net integrates it far better than independent draws would; a second
// more or less at the closed edge of observation shows. Mutants: F(w) for F(w + 1), F(W + 1) for F(W), ρ
// without the class.

#include <array>
#include <random>

#include <boost/random/sobol.hpp>

#include "sim/block.h"
#include "sim/rng.h"
#include "tests/verification/statistics.h"

namespace netcvr {
namespace {

constexpr std::size_t trajectories = 7, shifts = 16, points = 1 << 14, clicks_tried = 50;
using Probabilities = std::array<double, trajectories>;

struct Rule {  // seconds added to the windows, and whether ρ knows the class
    double closed = 1, open = 0;
    bool by_class = true;
};

/// Given a conversion ever: T0; A0, A1, A2 (early conversion; refund none, early, late); B0, B1, B2 (late).
Probabilities closed_form(const ReferenceLaw& law, Rule rule) {
    const Windows& w = law.world->scenario.windows;
    Probabilities p{};
    const double mean = law.weight(0) * law.refund[0] + law.weight(1) * law.refund[1];
    for (std::size_t k = 0; k < 2; ++k) {
        const double all = law.f(k, static_cast<double>(w.conversion_attribution) + rule.open),
                     early =
                         std::min(all, law.f(k, static_cast<double>(w.conversion_observation) + rule.closed));
        const double refunds = law.g(k, static_cast<double>(w.refund_attribution) + rule.open),
                     soon =
                         std::min(refunds, law.g(k, static_cast<double>(w.refund_observation) + rule.closed));
        const double rho = rule.by_class ? law.refund[k] : mean;
        const double by_refund[] = {1 - rho * refunds, rho * soon, rho * (refunds - soon)};
        p[0] += law.weight(k) * (1 - all);
        for (std::size_t j = 0; j < 3; ++j) {
            p[1 + j] += law.weight(k) * early * by_refund[j];
            p[4 + j] += law.weight(k) * (all - early) * by_refund[j];
        }
    }
    return p;
}

std::size_t trajectory(const Outcome& o, const Windows& w) {
    if (!within(0, o.conversion_delay, w.conversion_attribution, Edge::open)) return 0;
    const std::size_t first = within(0, o.conversion_delay, w.conversion_observation, Edge::closed) ? 1 : 4;
    if (!within(0, o.refund_delay, w.refund_attribution, Edge::open)) return first;
    return within(0, o.refund_delay, w.refund_observation, Edge::closed) ? first + 1 : first + 2;
}

using Point = std::array<std::uint64_t, 5>;

/// The first points of Sobol's net in the five uniforms after the conversion's own.
std::vector<Point> sobol() {
    boost::random::sobol words(5);
    std::vector<Point> net(points, Point{});
    for (std::size_t n = 1; n < points; ++n)  // the net's first point is the origin, which Boost leaves out
        for (auto& word : net[n]) word = words();
    return net;
}

/// Shares of the trajectories over the net, shifted by exclusive or: every point alone is uniform.
Probabilities by_lattice(const std::vector<Point>& net,
                         const World& world,
                         const Predictors& x,
                         const Law& law,
                         std::size_t i,
                         const Point& shift) {
    Probabilities share{};
    for (const Point& p : net) {
        const auto u = [&](std::size_t d) {
            const std::uint64_t word = p[d] ^ shift[d];
            return uniform(static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word));
        };
        const Outcome o = draw_outcome(world, x, law, i,
                                       {.conversion = law.conversion[i] / 2,
                                        .intent = u(0),
                                        .conversion_delay = u(1),
                                        .refund = u(2),
                                        .kind = u(3),
                                        .refund_delay = u(4)});
        share[trajectory(o, world.scenario.windows)] += 1.0 / points;
    }
    return share;
}

/// Measured minus stated, by shift, in the direction of a mutant and divided by its length: 0 if the truth
/// holds, 1 if the mutant does. Student's t with shifts − 1 degrees of freedom.
struct Projection {
    std::array<double, shifts> sum{};
    double length = 0;
    void add(const std::array<Probabilities, shifts>& measured,
             const Probabilities& truth,
             const Probabilities& other) {
        for (std::size_t j = 0; j < trajectories; ++j) {
            const double direction = other[j] - truth[j];
            length += direction * direction;
            for (std::size_t s = 0; s < shifts; ++s) sum[s] += (measured[s][j] - truth[j]) * direction;
        }
    }
    double t(double at) const {
        double mean = 0, squares = 0;
        for (const double x : sum) mean += x / length / shifts;
        for (const double x : sum) squares += (x / length - mean) * (x / length - mean);
        return (mean - at) / std::sqrt(squares / (shifts - 1) / shifts);
    }
};

class Lattice : public testing::TestWithParam<const char*> {};

TEST_P(Lattice, gives_the_seven_trajectories_of_the_closed_form) {
    Scenario s = power_world(20000);
    if (const std::string family = GetParam(); family != "mixed") {
        s.conversion_delay.family = s.refund_delay.family = family;
    } else {
        s.conversion_delay.family = "log-logistic", s.conversion_delay.considered_family = "gamma";
        s.refund_delay.family = "gamma", s.refund_delay.return_family = "log-normal";
    }
    s.windows = {10 * minute, 10 * minute, 60, 60};
    s.conversion_delay.ratio = s.refund_delay.ratio = 5;
    s.targets.conversion_delay_median = s.targets.refund_delay_median = 2 * minute;
    s.targets.cvr = s.targets.refunds_per_conversion = s.targets.reference_refunds_per_conversion = .2;
    const Sample sample(s);
    Predictors x;
    Law law;
    predict(sample.world, sample.clicks, x);
    evaluate(sample.world, x, law);
    std::mt19937_64 random(17);
    const auto net = sobol();
    Projection closed, open, blind;
    double worst_gap = 0;
    for (std::size_t c = 0; c < clicks_tried; ++c) {
        const std::size_t i = random() % sample.clicks.size();
        const ReferenceLaw exact = reference_law(sample.world, sample.clicks, i);
        const Probabilities truth = closed_form(exact, {});
        std::array<Probabilities, shifts> measured{};
        Probabilities mean{};
        for (auto& m : measured) {
            m = by_lattice(net, sample.world, x, law, i, {random(), random(), random(), random(), random()});
            for (std::size_t j = 0; j < trajectories; ++j) mean[j] += m[j] / shifts;
        }
        closed.add(measured, truth, closed_form(exact, {.closed = 0}));
        open.add(measured, truth, closed_form(exact, {.open = 1}));
        blind.add(measured, truth, closed_form(exact, {.by_class = false}));
        // In any direction: no further off than independent draws of that number would be (a net is far
        // better), over 50 × 7 trajectories of six families.
        constexpr double n = shifts * points;
        for (std::size_t j = 0; j < trajectories; ++j) {
            EXPECT_LT(std::fabs(z_of(mean[j] * n, truth[j] * n, truth[j] * (1 - truth[j]) * n)),
                      bound_of(2100))
                << "click " << i << ", trajectory " << j;
            worst_gap = std::max(worst_gap, std::fabs(mean[j] - truth[j]));
        }
    }
    // Three directions of six families, each two-sided.
    const double bound = boost::math::quantile(boost::math::students_t(shifts - 1), 1 - family_level / 36);
    std::printf("    %s: largest gap %.1e; t along the mutants %.1f %.1f %.1f (bound %.2f)\n", GetParam(),
                worst_gap, closed.t(0), open.t(0), blind.t(0), bound);
    EXPECT_LT(std::fabs(closed.t(0)), bound);
    EXPECT_LT(std::fabs(open.t(0)), bound);
    EXPECT_LT(std::fabs(blind.t(0)), bound);
    expect_rejected("F(w) for F(w + 1) at the closed edge", std::fabs(closed.t(1)), bound);
    expect_rejected("F(W + 1) for F(W) at the open edge", std::fabs(open.t(1)), bound);
    expect_rejected("rho without the class", std::fabs(blind.t(1)), bound);
}

INSTANTIATE_TEST_SUITE_P(
    Families,
    Lattice,
    testing::Values("exponential", "weibull", "log-normal", "log-logistic", "gamma", "mixed"),
    [](const auto& param) {  // GoogleTest wants letters, digits and underscores
        std::string name = param.param;
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    });

// An atom at 0 leaves no late conversions, or no late refunds, and nothing for the windows' edges to change.
TEST(Lattice, without_delays_has_no_late_trajectories) {
    for (const bool conversion : {true, false}) {
        Scenario s = power_world(5000);
        (conversion ? s.targets.conversion_delay_median : s.targets.refund_delay_median) = 0;
        const Sample sample(s);
        Predictors x;
        Law law;
        predict(sample.world, sample.clicks, x);
        evaluate(sample.world, x, law);
        const auto net = sobol();
        std::mt19937_64 random(19);
        for (std::size_t i = 0; i < 20; ++i) {
            const Probabilities truth = closed_form(reference_law(sample.world, sample.clicks, i), {});
            const Point shift = {random(), random(), random(), random(), random()};
            const Probabilities share = by_lattice(net, sample.world, x, law, i, shift);
            for (std::size_t j = 0; j < trajectories; ++j)
                EXPECT_LT(
                    std::fabs(z_of(share[j] * points, truth[j] * points, truth[j] * (1 - truth[j]) * points)),
                    bound_of(280))
                    << j;
            const double late = conversion ? share[4] + share[5] + share[6] : share[3] + share[6];
            EXPECT_EQ(late, 0);
        }
    }
}

TEST(DrawOutcome, converts_below_its_probability_and_not_at_it) {
    const Sample sample(power_world(5000));
    Predictors x;
    Law law;
    predict(sample.world, sample.clicks, x);
    evaluate(sample.world, x, law);
    for (std::size_t i = 0; i < 100; ++i) {
        OutcomeUniforms u = {law.conversion[i], .5, .5, .5, .5, .5};
        EXPECT_EQ(draw_outcome(sample.world, x, law, i, u).conversion_delay, never);
        u.conversion = std::nextafter(u.conversion, 0.0);
        u.intent = std::nextafter(x.considered[i], 0.0);  // considered
        u.refund = law.refund[1][i];
        EXPECT_NE(draw_outcome(sample.world, x, law, i, u).conversion_delay, never);
        EXPECT_EQ(draw_outcome(sample.world, x, law, i, u).refund_delay, never);
        u.refund = std::nextafter(u.refund, 0.0);
        EXPECT_NE(draw_outcome(sample.world, x, law, i, u).refund_delay, never);
        u.intent = x.considered[i];  // impulse: another ρ
        u.refund = law.refund[0][i];
        EXPECT_EQ(draw_outcome(sample.world, x, law, i, u).refund_delay, never);
    }
}

}  // namespace
}  // namespace netcvr
