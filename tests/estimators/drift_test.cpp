// Frozen heads that are exact in one world, in another: where each method settles once the world has moved.
// methods/spec.md 7.3 to five digits, and closed forms in worlds drawn at random.

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "estimators/ages.h"
#include "tests/estimators/enumeration.h"

namespace netcvr {
namespace {

/// Where the one output of a learner settles in `now` with heads fitted in `then`.
double settled(const Learner& learner, const cells::Cell& now, const cells::Cell& then) {
    return learner.outputs.at(0).probability(solved(learner, now, enumerated(learner, now, then)));
}

// ------------------------------------------------------------------------------------------------- the table

/// p conversions of which a share is late; .30 of them refunded, .6 of those late.
cells::Cell world(double p, double late) {
    const Windows windows{.conversion_attribution = 6000,
                          .refund_attribution = 6000,
                          .conversion_observation = 20,
                          .refund_observation = 20};
    return cells::make_cell(p, {{1 - late, 4}, {late, 400}}, windows, [](Time) {
        return std::vector<cells::Share>{{.7}, {.12, 4}, {.18, 400}};
    });
}

TEST(Drift, moves_every_method_where_the_specification_says) {
    const std::vector<std::pair<double, double>> worlds = {{.10, .5}, {.05, .5}, {.20, .5},
                                                           {.10, .3}, {.10, .7}, {.20, .3}};
    const std::vector<double> p = {.10, .05, .20, .10, .10, .20}, n = {.07, .035, .14, .07, .07, .14};
    const std::map<std::string_view, std::vector<double>> table = {
        {"fnw", p},
        {"es-dfm", {.10000, .05135, .19000, .10193, .09814, .19710}},
        {"es-dfm-unit-density", {.10000, .05135, .19000, .10193, .09814, .19710}},
        {"es-dfm-own", {.10000, .05000, .20000, .10204, .09804, .20833}},
        {"cvr-only", {.10000, .05000, .20000, .10204, .09804, .20833}},
        {"defer-joint", {.10000, .06250, .17500, .11000, .09000, .19500}},
        // p (2 + .05) / (2 + pδ), by hand: the specification has no row for it
        {"defer-once", {.10000, .05062, .19524, .10099, .09903, .19903}},
        {"defer", {.10000, .05000, .20000, .11333, .08667, .22667}},
        {"defuse", {.10000, .05257, .18807, .10276, .09734, .19654}},
        {"ddfm", {.10000, .05250, .18852, .10092, .09911, .19364}},
        {"bi-defuse", p},
        {"direct", n},
        {"three-delivery", {.07000, .03533, .13933, .07507, .06493, .14947}},
        {"three-delivery-ratio", {.07000, .03500, .14000, .07512, .06488, .15023}},
    };
    const cells::Cell then = world(.10, .5);
    for (const auto& [name, row] : table)
        for (std::size_t k = 0; k < worlds.size(); ++k)
            EXPECT_NEAR(
                settled(find_method(name).learners[0], world(worlds[k].first, worlds[k].second), then),
                row[k], 5.1e-6)
                << name << ", p = " << worlds[k].first << ", δ = " << worlds[k].second;
}

// --------------------------------------------------------------------------------------------- random worlds

/// A stage of a world by the two masses that weights are made of.
struct Masses {
    double p, d;

    double early() const { return p - d; }
    double share() const { return d / p; }
    double unseen() const { return 1 - p + d; }
    double real_negative() const { return (1 - p) / unseen(); }
};

Masses masses_of(const cells::Cell& cell, StageKind stage) {
    const cells::Truth truth = cells::truth_of(cell);
    return stage == StageKind::refund ? Masses{truth.refund, truth.refund_late}
                                      : Masses{truth.cvr, truth.late};
}

/// The masses with the observation window at age k.
Masses masses_at_age(cells::Cell cell, StageKind stage, std::size_t k) {
    cell.windows = windows_at_age(cell.windows, stage, k);
    return masses_of(cell, stage);
}

double share_of(double positive, double negative) {
    return positive / (positive + negative);
}

using ClosedForm = std::function<double(const Masses& now, const Masses& then)>;

double es_dfm(const Masses& now, const Masses& then) {
    return share_of(now.p, then.real_negative() * now.unseen());
}
double own(const Masses& now, const Masses& then) {
    return now.p / (1 + now.p * (now.share() - then.share()));
}
double true_rate(const Masses& now, const Masses&) {
    return now.p;
}

/// From M₁ w⁺ : M₀ w⁻ = f : 1 − f, solved for f by hand.
const std::map<std::string_view, ClosedForm>& closed_forms() {
    static const std::map<std::string_view, ClosedForm> table = {
        {"fnw", true_rate},
        {"fnw-real-negatives", true_rate},
        {"fnc", true_rate},
        {"fnc-real-negatives", true_rate},
        {"bi-defuse", true_rate},
        {"batch", true_rate},
        {"fnw-frozen", [](const Masses& now, const Masses& then) { return now.p / (now.p + 1 - then.p); }},
        {"es-dfm", es_dfm},
        {"es-dfm-unit-density", es_dfm},
        {"es-dfm-own", own},
        {"cvr-only", own},
        {"defer",
         [](const Masses& now, const Masses& then) { return (2 * now.p - now.d) / (2 - then.share()); }},
        {"defer-joint", [](const Masses& now, const Masses& then) { return now.p + (then.d - now.d) / 2; }},
        {"defer-once",
         [](const Masses& now, const Masses& then) { return now.p * (2 + then.d) / (2 + now.d); }},
        {"defuse",
         [](const Masses& now, const Masses& then) {
             const double fake = now.unseen() * (1 - then.real_negative());
             return share_of(now.early() * (1 + then.d) + now.d + fake * then.d,
                             now.unseen() * then.real_negative() * (1 + then.d));
         }},
        {"ddfm",
         [](const Masses& now, const Masses& then) {
             const double fake = now.unseen() * (1 - then.real_negative());
             return (now.p + fake - (1 - now.p) * then.d) / (1 + now.d);
         }},
        {"nn-df", [](const Masses& now, const Masses& then) { return now.p - now.d + then.d; }},
    };
    return table;
}

/// Two worlds with the same windows, as different as two draws of masses are.
std::pair<cells::Cell, cells::Cell> random_worlds(std::mt19937_64& random) {
    const cells::Cell now = cells::random_cell(random);
    cells::Cell then = now;
    double total = 0;
    std::uniform_real_distribution<double> factor(.5, 1.5);
    for (auto& way : then.ways) total += way.mass *= factor(random);
    for (auto& way : then.ways) way.mass /= total;
    return {now, then};
}

TEST(Drift, leaves_closed_forms_that_hold_in_random_worlds_and_both_stages) {
    std::mt19937_64 random(31);
    for (int round = 0; round < 20; ++round) {
        const auto [now, then] = random_worlds(random);
        for (const auto& [name, closed_form] : closed_forms())
            for (const Learner& learner : find_method(name).learners) {
                const Masses of_now = masses_of(now, learner.stage), of_then = masses_of(then, learner.stage);
                const double wanted = closed_form(of_now, of_then);
                // DDFM's |1 − z| and DEFER's held denominator: where f is too near d/2, or below d.
                if (name == "ddfm" && wanted < of_then.d) continue;
                if (name == "defer-joint" && wanted < 0.53 * of_then.d) continue;
                EXPECT_NEAR(settled(learner, now, then), std::clamp(wanted, 0.0, 1.0), 1e-6)
                    << name << ", " << name_of(learner.stage) << ", round " << round;
            }
    }
}

/// Each age adds its own masses; FSIW counts an age less where 1 / P₁ would exceed 20.
TEST(Drift, of_methods_that_look_at_several_ages_is_the_sum_over_them) {
    std::mt19937_64 random(32);
    for (int round = 0; round < 20; ++round) {
        const auto [now, then] = random_worlds(random);
        for (const StageKind stage : {StageKind::conversion, StageKind::refund}) {
            double weighted = 0, unweighted = 0, corrected = 0, uncorrected = 0;
            for (std::size_t k = 0; k < age_count; ++k) {
                const Masses of_now = masses_at_age(now, stage, k), of_then = masses_at_age(then, stage, k);
                const double seen = 1 - of_then.share(), bound = std::min(1.0, 20 * seen);
                weighted += of_now.early() * std::min(20.0, 1 / seen);
                unweighted += of_now.unseen() * of_then.real_negative() * bound;
                corrected += of_now.early() + of_now.unseen() * (1 - of_then.real_negative());
                uncorrected += of_now.unseen() * of_then.real_negative();
            }
            const std::size_t tower = stage == StageKind::refund ? 1 : 0;
            EXPECT_NEAR(settled(find_method("fsiw").learners[tower], now, then),
                        share_of(weighted, unweighted), 1e-6);
            EXPECT_NEAR(settled(find_method("ulc").learners[tower], now, then),
                        share_of(corrected, uncorrected), 1e-6);
        }
    }
}

double entropy_of(double p) {
    return p <= 0 || p >= 1 ? 0 : -p * std::log(p) - (1 - p) * std::log(1 - p);
}

/// methods/spec.md E18. GDFM's likelihood of the four observations with heads of another world, pulled to p
/// of that world:
///   Σ_j ω_j [ e_j / f − (1 − e_j) φ̂_j / (1 − f φ̂_j) ] + 4 · .01 (p̂ − f) / (f (1 − f)) = 0,   e_j seen by age
///   j,
/// which falls in f.
double settled_likelihood(const cells::Cell& now, const cells::Cell& then, StageKind stage) {
    const double start = masses_of(then, stage).p;
    std::array<double, age_count> seen{}, phi{}, omega{};
    double sum = 0;
    for (std::size_t j = 0; j < age_count; ++j) {
        const Masses at_age = masses_at_age(then, stage, j);
        seen[j] = masses_at_age(now, stage, j).early();
        phi[j] = 1 - at_age.share();
        const double left = at_age.unseen() * entropy_of(at_age.d / at_age.unseen());
        omega[j] = std::exp(-std::pow(8., j) / 512 - 2 * left / std::log(2.));
        sum += omega[j];
    }
    double low = 0, high = 1;
    for (int halving = 0; halving < 100; ++halving) {
        const double f = (low + high) / 2;
        double slope = .04 * (start - f) / (f * (1 - f));
        for (std::size_t j = 0; j < age_count; ++j)
            slope += 4 * omega[j] / sum * (seen[j] / f - (1 - seen[j]) * phi[j] / (1 - f * phi[j]));
        (slope > 0 ? low : high) = f;
    }
    return low;
}

TEST(Drift, of_observations_at_several_ages_is_the_root_of_their_likelihood) {
    std::mt19937_64 random(34);
    double apart = 0;
    for (int round = 0; round < 20; ++round) {
        const auto [now, then] = random_worlds(random);
        for (const StageKind stage : {StageKind::conversion, StageKind::refund}) {
            const double wanted = settled_likelihood(now, then, stage);
            EXPECT_NEAR(settled(find_method("gdfm").learners[stage == StageKind::refund ? 1 : 0], now, then),
                        wanted, 1e-6)
                << name_of(stage) << ", round " << round;
            apart = std::max(apart, std::abs(wanted - masses_of(now, stage).p));
        }
    }
    EXPECT_GT(apart, .01) << "drift that nobody would see";
}

/// Δ = (F₁ + F₂ − G₁) / 3 of the seven masses; an error of Δ goes into f as it is, of κ = Δ / n in
/// proportion.
TEST(Drift, of_three_deliveries_is_the_error_of_their_shift) {
    const auto shift = [](const cells::Cell& cell) {
        const Trajectories m = cells::trajectories_of(cell, cell.windows);
        return (2 * m[a2] + m[b1] + m[b2] - m[b0]) / 3;
    };
    std::mt19937_64 random(33);
    for (int round = 0; round < 20; ++round) {
        const auto [now, then] = random_worlds(random);
        const double n = cells::truth_of(now).net, positives = n + shift(now),
                     ratio = shift(then) / cells::truth_of(then).net;
        EXPECT_NEAR(settled(find_method("three-delivery").learners[0], now, then), positives - shift(then),
                    1e-6);
        EXPECT_NEAR(settled(find_method("three-delivery-ratio").learners[0], now, then),
                    positives / (1 + ratio), 1e-6);
    }
}

// ----------------------------------------------------------------------------------------- heads that are
// off

/// methods/spec.md 7.2: one head, times a factor, in cells A to D.
TEST(WrongHeads, have_the_numbers_of_the_specification) {
    struct Row {
        std::string_view method;
        double factor;  // of its last head
        std::vector<double> settles;
    };
    const std::vector<Row> rows = {
        {"fnw-frozen", 0.5, {.04878, .09524, .26087, .46154}},
        {"fnw-frozen", 1.5, {.05128, .10526, .35294, .85714}},
        {"es-dfm", 0.97, {.05147, .10277, .30644, .60729}},
        {"es-dfm-unit-density", 0.97, {.05147, .10277, .30644, .60729}},
    };
    const auto cells = cells::specified();
    for (const Row& row : rows)
        for (std::size_t k = 0; k < cells.size(); ++k) {
            const Learner& learner = find_method(row.method).learners[0];
            Enumerated all = enumerated(learner, cells[k]);
            const std::size_t heads = learner.frozen.size();
            for (std::size_t j = heads - 1; j < all.frozen.size(); j += heads) all.frozen[j] *= row.factor;
            EXPECT_NEAR(learner.outputs[0].probability(solved(learner, cells[k], all)), row.settles[k],
                        5.1e-6)
                << row.method << " · " << row.factor << ", cell "
                << "ABCD"[k];
        }
}

/// Late says only how much a click counts.
TEST(WrongHeads, of_late_events_do_not_move_es_dfm) {
    const auto cells = cells::specified();
    const Learner& learner = find_method("es-dfm").learners[0];
    for (const auto& cell : cells) {
        Enumerated all = enumerated(learner, cell);
        for (std::size_t j = 0; j < all.frozen.size(); j += 2)
            all.frozen[j] = std::min(1.0, 5 * all.frozen[j]);
        EXPECT_NEAR(sigmoid(solved(learner, cell, all)[0]), cells::truth_of(cell).cvr, 1e-6);
    }
}

// -------------------------------------------------------------------------------------- one logit for two
// kinds

/// Where one logit on 60 % of one cell and 40 % of another settles: it shows how often each click counts,
/// which cancels where every x has a logit of its own.
double shared_logit(const Learner& learner, const cells::Cell& most, const cells::Cell& rest) {
    Enumerated all;
    for (const auto& [share, cell] : {std::pair{.6, &most}, std::pair{.4, &rest}}) {
        const Enumerated one = enumerated(learner, *cell);
        for (std::size_t k = 0; k < one.mass.size(); ++k) {
            all.copies.add(all.mass.size(), 0, one.copies.label[k] != 0, one.copies.part[k]);
            all.mass.push_back(share * one.mass[k]);
            all.delay.push_back(one.delay[k]);
        }
        all.frozen.insert(all.frozen.end(), one.frozen.begin(), one.frozen.end());
    }
    return learner.outputs[0].probability(solved(learner, most, all));
}

/// methods/spec.md 2.4: on cells A and C, that should give .150000.
TEST(UnitDensity, is_kept_or_lost_as_the_specification_says) {
    const auto cells = cells::specified();
    const std::map<std::string_view, double> table = {
        {"oracle", .150000},     {"fnc", .150000},        {"es-dfm-unit-density", .150000},
        {"fsiw", .150000},       {"ulc", .150000},        {"nn-df", .150000},
        {"es-dfm", .154306},     {"fnw-frozen", .163043}, {"defuse", .154306},
        {"defer-once", .151993},
    };
    for (const auto& [name, wanted] : table)
        EXPECT_NEAR(shared_logit(find_method(name).learners[0], cells[0], cells[2]), wanted, 1e-6) << name;
}

/// In cells A and C as large a part of the events is late; in A and D not. Factors that a rule's weights have
/// in common show here alone. Roots in f of the two cells' mean gradients, by a program of a few lines apart
/// from this one; DEFUSE, whose clicks count 1 + d times: Σ share p (1 + d) / Σ share (1 + d).
TEST(UnitDensity, is_lost_by_as_much_as_the_rule_repeats_clicks) {
    const auto cells = cells::specified();
    const std::map<std::string_view, double> table = {{"oracle", .270000},
                                                      {"fnw-real-negatives", .270000},
                                                      {"defer", .259534},
                                                      {"defer-once", .292116},
                                                      {"defuse", .321107}};
    for (const auto& [name, wanted] : table)
        EXPECT_NEAR(shared_logit(find_method(name).learners[0], cells[0], cells[3]), wanted, 1e-6) << name;
}

}  // namespace
}  // namespace netcvr
