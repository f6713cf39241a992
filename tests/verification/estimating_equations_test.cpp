// Every method on a sampled stream: two million clicks of a dozen cells that stand still, the copies that its
// rule delivers within the stream, exact frozen heads, one free logit per cell and head. The logits at which
// the sum of the loss's gradients vanishes must be the method's optimum up to sampling error.
//
// That error comes from the sandwich: with u_i the gradient of all copies of click i and H the derivative of
// Σ u_i by the logits (weights not held: the equation solved is that in which they move along),
//     Var(ẑ) = H⁻¹ (Σ u_i u_iᵀ) H⁻ᵀ,
// (Huber 1967). Copies of a click are dependent, so they are summed before they are squared. A predicted
// probability has the variance of its linear part in ẑ. With 5 standard errors and about a thousand
// comparisons, fewer than one run in a thousand fails by chance.

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <tuple>
#include <vector>

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include "estimators/protocol.h"
#include "tests/estimators/enumeration.h"

namespace netcvr {
namespace {

constexpr std::size_t cell_count = 12;
constexpr Windows windows{.conversion_attribution = day,
                          .refund_attribution = day,
                          .conversion_observation = hour,
                          .refund_observation = hour};

/// Half of the conversions are late; late ones are refunded more often.
cells::Cell cell_of(std::size_t k) {
    const double p = 0.10 + 0.025 * static_cast<double>(k), r = 0.55 - 0.03 * static_cast<double>(k);
    const std::vector<cells::Share> conversions = {
        {.15, 5}, {.15, 90}, {.1, 900}, {.1, 3600}, {.2, 2 * hour}, {.15, 7 * hour}, {.15, 20 * hour}};
    auto cell = cells::make_cell(p, conversions, windows, [&](Time delay) {
        const double share = delay > hour ? r * 1.2 : r * .8;
        return std::vector<cells::Share>{{1 - share},
                                         {.2 * share, 30},
                                         {.2 * share, 1800},
                                         {.2 * share, 3 * hour},
                                         {.2 * share, 9 * hour},
                                         {.2 * share, 22 * hour}};
    });
    cell.segment = day / 20;
    return cell;
}

struct World {
    ClickLog log;
    std::vector<std::size_t> cell;  // of each click
};

World sampled_world(std::size_t clicks) {
    std::mt19937_64 random(31);
    World world;
    ClickLog& log = world.log;
    log.windows = windows;
    log.protocol = {.pretrain = day, .gap = 2 * day, .segment = day / 20};
    log.duration = log.protocol.stream_start() + 8 * day;
    std::uniform_int_distribution<Time> when(0, log.duration - 1);
    for (std::size_t i = 0; i < clicks; ++i) log.click_time.push_back(when(random));
    std::ranges::sort(log.click_time);
    std::vector<cells::Cell> all;
    std::vector<std::discrete_distribution<std::size_t>> ways;
    for (std::size_t k = 0; k < cell_count; ++k) {
        all.push_back(cell_of(k));
        std::vector<double> masses;
        for (const auto& way : all.back().ways) masses.push_back(way.mass);
        ways.emplace_back(masses.begin(), masses.end());
    }
    for (const Time click : log.click_time) {
        const std::size_t k = random() % cell_count;
        const auto& way = all[k].ways[ways[k](random)];
        const Time conversion = way.conversion == never ? never : click + way.conversion;
        world.cell.push_back(k);
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(conversion == never || way.refund == never ? never
                                                                             : conversion + way.refund);
    }
    return world;
}

/// Copies of one cell that a loss can tell apart, how often they came, and which copy of which click is
/// which.
struct Kinds {
    Enumerated of;
    std::vector<std::pair<std::uint32_t, std::size_t>> copies;  // click, kind; by click
};

std::vector<Kinds> kinds_of(const Learner& learner, const World& world, const Outcomes& all) {
    const Copies stream = stream_of(world.log, all, learner);
    std::vector<std::map<std::tuple<bool, std::size_t, double>, std::size_t>> known(cell_count);
    std::vector<Kinds> kinds(cell_count);
    for (std::size_t k = 0; k < stream.size(); ++k) {
        const std::uint32_t click = stream.click[k];
        const std::size_t cell = world.cell[click], part = stream.part[k];
        const bool positive = stream.label[k] != 0;
        const double delay = learner.reads_delay
                                 ? delay_of(all.stage(learner.clock(part)), click, stream.at[k], positive)
                                 : 0.0;
        Enumerated& of = kinds[cell].of;
        const auto [place, fresh] = known[cell].emplace(std::tuple(positive, part, delay), of.mass.size());
        if (fresh) {
            of.copies.add(of.mass.size(), 0, positive, part);
            of.mass.push_back(0);
            of.delay.push_back(delay);
            for (const Frozen& head : learner.frozen)
                of.frozen.push_back(exact_answer(learner, head, cell_of(cell), part));
        }
        of.mass[place->second] += 1;
        kinds[cell].copies.emplace_back(click, place->second);
    }
    for (Kinds& each : kinds) std::ranges::sort(each.copies);
    return kinds;
}

/// Gradient of each copy of each kind at these logits, times a constant of the head: [kinds × heads].
Eigen::MatrixXd gradients(const Learner& learner, const Enumerated& of, const std::vector<double>& logits) {
    const std::size_t n = of.mass.size(), heads = learner.heads;
    std::vector<double> z(n * heads), dz(n * heads, 0.0);
    for (std::size_t j = 0; j < z.size(); ++j) z[j] = logits[j % heads];
    const Batch batch{.label = of.copies.label,
                      .frozen = of.frozen,
                      .heads = heads,
                      .part = of.copies.part,
                      .delay = of.delay,
                      .weight = of.mass,
                      .attribution = 1,
                      .observation = 1.0 / 24};
    learner.loss(batch, z, dz);
    Eigen::MatrixXd g(n, heads);
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t h = 0; h < heads; ++h) {
            const auto row = static_cast<Eigen::Index>(k), column = static_cast<Eigen::Index>(h);
            g(row, column) = dz[k * heads + h] / of.mass[k];
        }
    return g;
}

Eigen::VectorXd total(const Learner& learner, const Enumerated& of, const std::vector<double>& logits) {
    const Eigen::Map<const Eigen::VectorXd> mass(of.mass.data(), static_cast<Eigen::Index>(of.mass.size()));
    return gradients(learner, of, logits).transpose() * mass;
}

Eigen::MatrixXd covariance(const Learner& learner, const Kinds& kinds, const std::vector<double>& logits) {
    const auto heads = static_cast<Eigen::Index>(learner.heads);
    constexpr double h = 1e-4;
    Eigen::MatrixXd slope(heads, heads), squares = Eigen::MatrixXd::Zero(heads, heads);
    for (Eigen::Index j = 0; j < heads; ++j) {
        std::vector<double> up = logits, down = logits;
        up[static_cast<std::size_t>(j)] += h;
        down[static_cast<std::size_t>(j)] -= h;
        slope.col(j) = (total(learner, kinds.of, up) - total(learner, kinds.of, down)) / (2 * h);
    }
    const Eigen::MatrixXd g = gradients(learner, kinds.of, logits);
    Eigen::VectorXd of_click = Eigen::VectorXd::Zero(heads);
    for (std::size_t k = 0; k < kinds.copies.size(); ++k) {
        of_click += g.row(static_cast<Eigen::Index>(kinds.copies[k].second)).transpose();
        if (k + 1 < kinds.copies.size() && kinds.copies[k + 1].first == kinds.copies[k].first) continue;
        squares += of_click * of_click.transpose();
        of_click.setZero();
    }
    // Pseudo-inverse: a mixture of equal heads does not say which.
    Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> inverse;
    inverse.setThreshold(1e-7);
    inverse.compute(slope);
    const Eigen::MatrixXd bread = inverse.pseudoInverse();
    return bread * squares * bread.transpose();
}

double standard_error(const Output& output,
                      const std::vector<double>& logits,
                      const Eigen::MatrixXd& of_logits) {
    const auto heads = static_cast<Eigen::Index>(logits.size());
    Eigen::VectorXd slope(heads);
    constexpr double h = 1e-5;
    for (Eigen::Index j = 0; j < heads; ++j) {
        std::vector<double> up = logits, down = logits;
        up[static_cast<std::size_t>(j)] += h;
        down[static_cast<std::size_t>(j)] -= h;
        slope(j) = (output.probability(up) - output.probability(down)) / (2 * h);
    }
    return std::sqrt(slope.dot(of_logits * slope));
}

/// The optimum of clicks anywhere in their segment.
double optimum_of(const Output& output, std::size_t cell) {
    CellLaw law = cells::law_of(cell_of(cell));
    double sum = 0, count = 0;
    for (law.segment = 1; law.segment <= day / 20; law.segment += 9, ++count)
        sum += output.optimum(law, output.stage);
    return sum / count;
}

void expect_recovery(const Method& method, const Learner& learner, const World& world, const Outcomes& all) {
    const auto kinds = kinds_of(learner, world, all);
    for (std::size_t k = 0; k < cell_count; ++k) {
        const auto z = solved(learner, kinds[k].of, 1, 1.0 / 24, 1500);
        const Eigen::MatrixXd of_logits = covariance(learner, kinds[k], z);
        for (const Output& output : learner.outputs) {
            if (!output.optimum) continue;
            const double error = standard_error(output, z, of_logits);
            const std::string where = std::string(method.name) + ", " + std::string(name_of(output.stage)) +
                                      ", cell " + std::to_string(k);
            EXPECT_NEAR(output.probability(z), optimum_of(output, k), 5 * error) << where;
            EXPECT_GT(error, 1e-5) << where;
            EXPECT_LT(error, 0.02) << where << ": too large to tell anything";
        }
    }
}

TEST(EstimatingEquations, have_every_method_s_optimum_as_their_root) {
    const World world = sampled_world(2'000'000), small = sampled_world(400'000);
    const Outcomes all = outcomes(world.log), of_small = outcomes(small.log);
    for (const Method& method : methods())
        for (const Learner& learner : method.learners) {
            if (!learner.delivery) continue;
            // Copies that differ by their delays are many.
            if (learner.reads_delay)
                expect_recovery(method, learner, small, of_small);
            else
                expect_recovery(method, learner, world, all);
        }
}

}  // namespace
}  // namespace netcvr
