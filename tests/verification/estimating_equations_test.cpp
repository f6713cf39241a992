// Every method on a sampled stream: two million clicks of a dozen cells that stand still, the copies that its
// rule delivers within the stream, exact frozen heads, one free logit per cell and head. The logits at which
// the sum of the loss's gradients vanishes must be the method's optimum up to sampling error.
//
// That error comes from the sandwich: with u_i the gradient of all copies of click i and H the derivative of
// Σ u_i by the logits (weights not held: the equation solved is that in which they move along),
//     Var(ẑ) = H⁻¹ (Σ u_i u_iᵀ) H⁻ᵀ,
// (Huber 1967). Copies of a click are dependent, so they are summed before they are squared. A predicted
// probability, and net of both towers of a cascade, has the variance of its linear part in ẑ. With 5 standard
// errors and fewer than two thousand comparisons, about one choice of the seed in a thousand fails by chance.
// What is biased must also be seen to be: further than 5 standard errors from the truth in some cell.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include "estimators/protocol.h"
#include "sim/parallel.h"
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

/// The stream of a learner: by cell, the copies that a loss can tell apart and how often they came.
struct Stream {
    Copies copies;
    std::vector<std::uint32_t> kind;  // of each copy: its place in of[cell of its click]
    std::vector<Enumerated> of = std::vector<Enumerated>(cell_count);
};

Stream stream_by_kinds(const Learner& learner, const World& world, const Outcomes& all) {
    Stream stream{.copies = stream_of(world.log, all, learner), .kind = {}};
    const Copies& copies = stream.copies;
    std::vector<std::unordered_map<std::uint64_t, std::uint32_t>> known(cell_count);
    for (std::size_t k = 0; k < copies.size(); ++k) {
        const std::size_t cell = world.cell[copies.click[k]], part = copies.part[k];
        const bool positive = copies.label[k] != 0;
        const Stage& stage = all.stage(learner.clock(part));
        const double delay =
            learner.reads_delay ? delay_of(stage, copies.click[k], copies.at[k], positive) : 0.0;
        const auto seconds = static_cast<std::uint64_t>(std::llround(delay * static_cast<double>(day)));
        Enumerated& of = stream.of[cell];
        const auto [place, fresh] =
            known[cell].emplace(seconds << 8 | part << 1 | (positive ? 1 : 0), of.mass.size());
        if (fresh) {
            of.copies.add(of.mass.size(), 0, positive, part);
            of.mass.push_back(0);
            of.delay.push_back(delay);
            for (const Frozen& head : learner.frozen)
                of.frozen.push_back(exact_answer(learner, head, cell_of(cell), part));
        }
        of.mass[place->second] += 1;
        stream.kind.push_back(place->second);
    }
    return stream;
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
                      .attribution = 1};
    learner.loss(batch, z, dz);
    Eigen::MatrixXd g(n, heads);
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t h = 0; h < heads; ++h)
            g(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(h)) = dz[k * heads + h] / of.mass[k];
    return g;
}

/// The derivative of a function of the logits, by central differences: one column for each logit.
template <class Function>
Eigen::MatrixXd slopes(const std::vector<double>& logits, double h, Function function) {
    Eigen::MatrixXd all;
    for (std::size_t j = 0; j < logits.size(); ++j) {
        std::vector<double> up = logits, down = logits;
        up[j] += h;
        down[j] -= h;
        const Eigen::VectorXd slope = (function(up) - function(down)) / (2 * h);
        if (j == 0) all.resize(slope.size(), static_cast<Eigen::Index>(logits.size()));
        all.col(static_cast<Eigen::Index>(j)) = slope;
    }
    return all;
}

/// −H⁻¹ uᵢ of a copy of each kind: how much one more copy moves the logits. [kinds × heads]
Eigen::MatrixXd moves(const Learner& learner, const Enumerated& of, const std::vector<double>& logits) {
    const Eigen::Map<const Eigen::VectorXd> mass(of.mass.data(), static_cast<Eigen::Index>(of.mass.size()));
    const Eigen::MatrixXd slope = slopes(logits, 1e-4, [&](const std::vector<double>& at) {
        return Eigen::VectorXd(gradients(learner, of, at).transpose() * mass);
    });
    // Pseudo-inverse: a mixture of equal heads does not say which.
    Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> inverse;
    inverse.setThreshold(1e-7);
    inverse.compute(slope);
    return -gradients(learner, of, logits) * inverse.pseudoInverse().transpose();
}

/// A rate by cell, and how much each click has moved that of its cell.
struct Estimates {
    StageKind stage;
    std::vector<double> value = {}, settles = {};  // [cells]; where it should settle
    std::vector<double> influence = {};            // [clicks]
    bool consistent = false;
};

/// The optimum of clicks anywhere in their segment.
double optimum_of(const Output& output, std::size_t cell) {
    CellLaw law = cells::law_of(cell_of(cell));
    double sum = 0, count = 0;
    for (law.segment = 1; law.segment <= day / 20; law.segment += 9, ++count)
        sum += output.optimum(law, output.stage);
    return sum / count;
}

void add_estimates(const Learner& learner,
                   const World& world,
                   const Outcomes& all,
                   std::vector<Estimates>& found) {
    const Stream stream = stream_by_kinds(learner, world, all);
    std::vector<std::vector<double>> logits(cell_count);
    std::vector<Eigen::MatrixXd> moved(cell_count);
    for (std::size_t c = 0; c < cell_count; ++c) {
        logits[c] = solved(learner, stream.of[c], 1, 1500);
        moved[c] = moves(learner, stream.of[c], logits[c]);
    }
    for (const Output& output : learner.outputs) {
        if (!output.optimum) continue;
        Estimates estimates{.stage = output.stage, .consistent = output.consistent()};
        std::vector<Eigen::VectorXd> of_kind(cell_count);
        for (std::size_t c = 0; c < cell_count; ++c) {
            const auto probability = [&](const std::vector<double>& at) {
                return Eigen::VectorXd::Constant(1, output.probability(at));
            };
            of_kind[c] = moved[c] * slopes(logits[c], 1e-5, probability).row(0).transpose();
            estimates.value.push_back(output.probability(logits[c]));
            estimates.settles.push_back(optimum_of(output, c));
        }
        estimates.influence.assign(world.cell.size(), 0.0);
        for (std::size_t k = 0; k < stream.kind.size(); ++k) {
            const std::uint32_t click = stream.copies.click[k];
            estimates.influence[click] += of_kind[world.cell[click]](stream.kind[k]);
        }
        found.push_back(std::move(estimates));
    }
}

/// p (1 − r) of two towers whose copies come from the same clicks.
Estimates cascade(const Estimates& cvr, const Estimates& refunds, const World& world) {
    Estimates net{.stage = StageKind::net, .consistent = cvr.consistent && refunds.consistent};
    for (std::size_t c = 0; c < cell_count; ++c) {
        net.value.push_back(cvr.value[c] * (1 - refunds.value[c]));
        net.settles.push_back(cvr.settles[c] * (1 - refunds.settles[c]));
    }
    for (std::size_t i = 0; i < world.cell.size(); ++i) {
        const std::size_t c = world.cell[i];
        net.influence.push_back((1 - refunds.value[c]) * cvr.influence[i] -
                                cvr.value[c] * refunds.influence[i]);
    }
    return net;
}

void expect_recovery(std::string_view method, const Estimates& estimates, const World& world) {
    std::vector<double> variance(cell_count, 0);
    for (std::size_t i = 0; i < world.cell.size(); ++i)
        variance[world.cell[i]] += estimates.influence[i] * estimates.influence[i];
    double farthest = 0;  // from the truth, in standard errors
    for (std::size_t c = 0; c < cell_count; ++c) {
        const std::string where = std::string(method) + ", " + std::string(name_of(estimates.stage)) +
                                  ", cell " + std::to_string(c);
        const double error = std::sqrt(variance[c]);
        const cells::Truth truth = cells::truth_of(cell_of(c));
        const double wanted = estimates.stage == StageKind::conversion ? truth.cvr
                              : estimates.stage == StageKind::refund   ? truth.refund
                                                                       : truth.net;
        EXPECT_NEAR(estimates.value[c], estimates.settles[c], 5 * error) << where;
        if (estimates.consistent) {
            EXPECT_NEAR(estimates.value[c], wanted, 5 * error) << where;
        }
        EXPECT_GT(error, 1e-5) << where;
        EXPECT_LT(error, 0.02) << where << ": too large to tell anything";
        farthest = std::max(farthest, std::abs(estimates.value[c] - wanted) / error);
    }
    EXPECT_EQ(farthest > 5, !estimates.consistent) << method << ", " << name_of(estimates.stage);
}

void expect_recovery(const Method& method, const World& world, const Outcomes& all) {
    std::vector<Estimates> found;
    for (const Learner& learner : method.learners)
        if (learner.delivery && std::ranges::any_of(learner.outputs, [](const Output& output) {
                return static_cast<bool>(output.optimum);
            }))
            add_estimates(learner, world, all, found);
    const auto of = [&](StageKind stage) { return std::ranges::find(found, stage, &Estimates::stage); };
    if (of(StageKind::net) == found.end() && of(StageKind::conversion) != found.end() &&
        of(StageKind::refund) != found.end())
        found.push_back(cascade(*of(StageKind::conversion), *of(StageKind::refund), world));
    for (const Estimates& estimates : found) expect_recovery(method.name, estimates, world);
}

TEST(EstimatingEquations, have_every_method_s_optimum_as_their_root) {
    const World world = sampled_world(2'000'000);
    const Outcomes all = outcomes(world.log);
    parallel_for(methods().size(), 2, [&](std::size_t k) { expect_recovery(methods()[k], world, all); });
}

}  // namespace
}  // namespace netcvr
