// Heads for money: where they settle, by enumeration of cells in which early and late conversions have other
// values, and what they refuse.

#include "estimators/value.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "estimators/delivery.h"
#include "estimators/train.h"
#include "sim/errors.h"
#include "tests/estimators/cells.h"
#include "tests/estimators/small_log.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

/// A cell's ways as clicks of a log with money: late conversions are worth more, early refunds pay back less.
struct Valued {
    Outcomes world;
    std::vector<double> mass, value, share;  // of way i
};

Valued valued(const cells::Cell& cell) {
    Valued v{.world = cells::outcomes_of(cell), .mass = {}, .value = {}, .share = {}};
    for (std::size_t i = 0; i < cell.ways.size(); ++i) {
        const auto& way = cell.ways[i];
        const bool late = way.conversion != never && way.conversion > cell.windows.conversion_observation;
        const bool late_refund = way.refund != never && way.refund > cell.windows.refund_observation;
        v.mass.push_back(way.mass);
        v.value.push_back((late ? 40.0 : 10.0) * (1 + 0.25 * static_cast<double>(i % 3)));
        v.share.push_back(late_refund ? 1.0 : 0.25);
        const bool converts = v.world.conversion.happens(i), refunds = v.world.refund.happens(i);
        v.world.conversion.value.push_back(converts ? static_cast<float>(v.value[i]) : 0.0F);
        v.world.refund.value.push_back(refunds ? static_cast<float>(v.share[i]) : 0.0F);
    }
    return v;
}

/// Closed forms: mean and variance of log v over what converts within W_A, mean share over what is refunded.
struct Optimum {
    double mu = 0, variance = 0, share = 0, kept_mass = 0, kept_mu = 0, kept_variance = 0;
};

Optimum optimum_of(const Valued& v) {
    Optimum at;
    double converted = 0, refunded = 0, square = 0, kept_square = 0, total = 0;
    for (std::size_t i = 0; i < v.mass.size(); ++i) {
        total += v.mass[i];
        if (!v.world.conversion.happens(i)) continue;
        const double log_value = std::log(v.value[i]);
        converted += v.mass[i], at.mu += v.mass[i] * log_value, square += v.mass[i] * log_value * log_value;
        const bool back = v.world.refund.happens(i);
        if (back) refunded += v.mass[i], at.share += v.mass[i] * v.share[i];
        if (back && v.share[i] == 1) continue;
        const double kept = std::log(v.value[i] * (back ? 1 - v.share[i] : 1));
        at.kept_mass += v.mass[i], at.kept_mu += v.mass[i] * kept, kept_square += v.mass[i] * kept * kept;
    }
    at.mu /= converted, at.variance = square / converted - at.mu * at.mu;
    if (refunded > 0) at.share /= refunded;
    at.kept_mu /= at.kept_mass, at.kept_variance = kept_square / at.kept_mass - at.kept_mu * at.kept_mu;
    at.kept_mass /= total;
    return at;
}

/// Free logits of a learner at the minimum of its loss over every copy its rule sends, as often as its mass:
/// by descent on the sign of the gradient.
std::vector<double> settled(const Learner& learner, const Valued& v) {
    Copies copies;
    learner.delivery(v.world, learner.stage, copies);
    std::vector<double> mass, value;
    for (std::size_t k = 0; k < copies.size(); ++k) {
        mass.push_back(v.mass[copies.click[k]]);
        value.push_back(v.world.value(learner.stage, copies.click[k]));
    }
    const Batch batch{.label = copies.label,
                      .frozen = {},
                      .heads = learner.heads,
                      .part = copies.part,
                      .weight = mass,
                      .value = value};
    const std::size_t heads = learner.heads;
    std::vector<double> logits(heads, 0.5), z(copies.size() * heads), dz(z.size()), step(heads, 0.5),
        before(heads, 0.0);
    for (int round = 0; round < 600; ++round) {
        for (std::size_t j = 0; j < z.size(); ++j) z[j] = logits[j % heads];
        std::ranges::fill(dz, 0.0);
        learner.loss(batch, z, dz);
        for (std::size_t h = 0; h < heads; ++h) {
            double gradient = 0;
            for (std::size_t j = h; j < dz.size(); j += heads) gradient += dz[j];
            step[h] = std::min(1.0, step[h] * (gradient * before[h] < 0 ? 0.5 : 1.15));
            before[h] = gradient;
            if (gradient != 0) logits[h] -= std::copysign(step[h], gradient);
        }
    }
    return logits;
}

double squared_sigma(double s) {
    return std::pow(std::log1p(std::exp(s)), 2);
}

/// Of its learners the head for this stage's event.
const Learner& head_of(const Method& method, StageKind stage) {
    for (const Learner& learner : method.learners)
        if (learner.reads_value && learner.stage == stage) return learner;
    throw std::logic_error("no head");
}

/// Methods that can be given heads and whose stream shows every conversion, late ones too.
std::vector<std::string> valued_names() {
    std::vector<std::string> names;
    for (const Method& method : methods()) {
        const std::string name = std::string(method.name).append(":value=ziln");
        if (!known_method(name) || method.claim == Claim::as_coded) continue;
        const Valued v = valued(cells::specified()[1]);
        Copies copies;
        head_of(*known_method(name), StageKind::conversion).delivery(v.world, StageKind::conversion, copies);
        std::size_t conversions = 0;
        for (std::size_t i = 0; i < v.world.size(); ++i) conversions += v.world.conversion.happens(i);
        if (copies.size() == conversions) names.push_back(name);
    }
    return names;
}

TEST(ValueHeads, settle_at_the_moments_of_all_conversions_under_every_rule_that_shows_all) {
    const auto names = valued_names();
    EXPECT_GT(names.size(), 20U);
    std::mt19937_64 random(31);
    std::vector<cells::Cell> cells = cells::specified();
    for (int k = 0; k < 3; ++k) cells.push_back(cells::random_cell(random));
    for (const std::string& name : names)
        for (const auto& cell : cells) {
            const Valued v = valued(cell);
            const Optimum wanted = optimum_of(v);
            const Learner& head = head_of(find_method(name), StageKind::conversion);
            const auto z = settled(head, v);
            EXPECT_NEAR(z[0], wanted.mu, 1e-6) << name;
            EXPECT_NEAR(squared_sigma(z[1]), wanted.variance, 1e-6) << name;
            EXPECT_NEAR(head.outputs[0].probability(z), std::exp(wanted.mu + wanted.variance / 2), 1e-4)
                << name;
        }
}

TEST(ValueHeads, settle_at_the_mean_share_of_all_refunds_paid_back) {
    auto names = valued_names();
    names.push_back("es-dfm:refund=R1:value=ziln");
    std::size_t heads = 0;
    for (const std::string& name : names)
        for (const auto& cell : cells::specified()) {
            const Method& method = find_method(name);
            const auto of_refunds = [](const Learner& l) {
                return l.reads_value && l.stage == StageKind::refund;
            };
            if (std::ranges::none_of(method.learners, of_refunds)) continue;  // predicts no refunds
            const Valued v = valued(cell);
            const Learner& head = head_of(method, StageKind::refund);
            EXPECT_NEAR(head.outputs[0].probability(settled(head, v)), optimum_of(v).share, 1e-6) << name;
            ++heads;
        }
    EXPECT_GT(heads, 20 * cells::specified().size());
}

TEST(ValueHeads, are_refused_where_refunds_come_among_the_copies_of_conversions) {
    EXPECT_EQ(message(Exit::usage, [] { find_method("ecad-like:value=ziln"); }),
              "method 'ecad-like' sends refunds among the copies of conversions: a head for the share paid "
              "back could not tell them apart");
}

TEST(ValueHeads, would_be_biased_on_all_positive_copies_or_on_those_of_the_window) {
    const Valued v = valued(cells::specified()[1]);  // half of the conversions are late
    const double wanted = optimum_of(v).mu;
    const Learner& head = head_of(find_method("defer:value=ziln"), StageKind::conversion);
    const auto positives_of = [](Delivery rule) {
        return [rule](const Outcomes& world, StageKind stage, Copies& copies) {
            Copies all;
            rule(world, stage, all);
            for (std::size_t k = 0; k < all.size(); ++k)
                if (all.label[k]) copies.add(all.click[k], all.at[k], true);
        };
    };
    for (const Delivery& rule :
         {Delivery(delivery::after_window_then_resolution), Delivery(delivery::after_window)}) {
        Learner naive = head;
        naive.delivery = positives_of(rule);
        EXPECT_LT(settled(naive, v)[0], wanted - 0.1) << "early conversions twice, or alone";
    }
}

TEST(GmvDirect, settles_at_the_moments_of_the_money_kept) {
    const Learner& learner = find_method("gmv-direct").learners.at(0);
    for (const auto& cell : cells::specified()) {
        const Valued v = valued(cell);
        const Optimum wanted = optimum_of(v);
        const auto z = settled(learner, v);
        EXPECT_NEAR(sigmoid(z[0]), wanted.kept_mass, 1e-6);
        EXPECT_NEAR(z[1], wanted.kept_mu, 1e-6);
        EXPECT_NEAR(squared_sigma(z[2]), wanted.kept_variance, 1e-6);
        EXPECT_NEAR(learner.outputs[0].probability(z),
                    wanted.kept_mass * std::exp(wanted.kept_mu + wanted.kept_variance / 2), 1e-4);
    }
}

TEST(ValueHeads, have_the_gradients_of_their_losses) {
    std::mt19937_64 random(32);
    std::uniform_real_distribution<double> logits(-3, 3);
    const Valued v = valued(cells::specified()[2]);
    const Method& method = find_method("es-dfm:value=ziln");
    for (const Learner* learner :
         {&head_of(method, StageKind::conversion), &head_of(method, StageKind::refund),
          &find_method("gmv-direct").learners.at(0)}) {
        Copies copies;
        learner->delivery(v.world, learner->stage, copies);
        std::vector<double> value;
        for (const auto click : copies.click) value.push_back(v.world.value(learner->stage, click));
        const Batch batch{.label = copies.label, .frozen = {}, .heads = learner->heads, .value = value};
        std::vector<double> z(copies.size() * learner->heads), dz(z.size(), 0.5);
        for (double& each : z) each = logits(random);
        learner->loss(batch, z, dz);
        for (std::size_t j = 0; j < z.size(); ++j) {
            const auto at = [&](double move) {
                std::vector<double> moved = z, unused(z.size(), 0.0);
                moved[j] += move;
                return learner->loss(batch, moved, unused);
            };
            EXPECT_NEAR(dz[j] - 0.5, (at(1e-5) - at(-1e-5)) / 2e-5, 1e-6 * (1 + std::abs(dz[j])));
        }
    }
}

Predictions trained(const ClickLog& log, std::string_view name) {
    return train(log, {&find_method(name)}, small_training(), 1).at(0);
}

TEST(ValueHeads, add_money_and_leave_the_rest_as_it_was) {
    const ClickLog log = small_log();
    for (const std::string name : {"es-dfm", "bi-defuse", "fnc"}) {
        const Predictions plain = trained(log, name), both = trained(log, name + ":value=ziln");
        EXPECT_EQ(plain.cvr, both.cvr) << name;
        EXPECT_EQ(plain.refund_rate, both.refund_rate) << name;
        EXPECT_EQ(plain.net_cvr, both.net_cvr) << name;
        EXPECT_TRUE(plain.gmv.empty() && plain.net_gmv.empty());
        ASSERT_EQ(both.gmv.size(), both.row.size());
        ASSERT_EQ(both.net_gmv.size(), both.row.size());
        for (std::size_t k = 0; k < both.gmv.size(); ++k) {
            EXPECT_GT(both.net_gmv[k], 0);
            EXPECT_LE(both.net_gmv[k], both.gmv[k]);
            EXPECT_GE(both.net_gmv[k], both.gmv[k] * (1 - both.refund_rate[k]) * (1 - 1e-5F))
                << "parts are kept";
        }
    }
}

TEST(ValueHeads, predict_before_t_the_same_bits_whatever_is_paid_after_t) {
    const ClickLog log = small_log();
    const Time t = 4 * day + hour;
    ClickLog other = log;
    for (std::size_t i = 0; i < log.size(); ++i) {
        if (log.conversion_time[i] > t && log.conversion_time[i] != never) other.order_value[i] += 100;
        if (log.refund_time[i] > t && log.refund_time[i] != never) other.refund_value[i] = 1;
    }
    for (const char* name : {"es-dfm:value=ziln", "defer:value=ziln", "gmv-direct"}) {
        const Predictions one = trained(log, name), two = trained(other, name);
        bool differs_later = false;
        for (std::size_t k = 0; k < one.row.size(); ++k) {
            const bool before = log.click_time[static_cast<std::size_t>(one.row[k])] <= t;
            ASSERT_TRUE(!before || one.net_gmv[k] == two.net_gmv[k]) << name;
            ASSERT_TRUE(!before || one.gmv.empty() || one.gmv[k] == two.gmv[k]) << name;
            differs_later |= !before && one.net_gmv[k] != two.net_gmv[k];
        }
        EXPECT_TRUE(differs_later) << name;
    }
}

TEST(ValueHeads, refuse_a_log_without_money_and_values_that_are_none) {
    ClickLog log = small_log();
    const auto row = static_cast<std::size_t>(
        std::ranges::find_if(log.conversion_time, [](Time at) { return at != never; }) -
        log.conversion_time.begin());
    log.order_value[row] = 0;
    EXPECT_EQ(
        message(Exit::data, [&] { trained(log, "gmv-direct"); }),
        "/log/order_value[" + std::to_string(row) + "] = 0; a value head needs more than 0 for a conversion");
    log.order_value[row] = 2, log.refund_value[row] = 3;
    EXPECT_EQ(message(Exit::data, [&] { trained(log, "gmv-direct"); }),
              "/log/refund_value[" + std::to_string(row) + "] = 3; a value head needs 0 to the 2 paid");
    log.has_money = false, log.order_value.clear(), log.refund_value.clear();
    EXPECT_EQ(message(Exit::data, [&] { trained(log, "es-dfm:value=ziln"); }),
              "method 'es-dfm:value=ziln' learns order values, and the log has none (/log/order_value; "
              "money.price_median in a scenario)");
    EXPECT_EQ(
        message(Exit::usage, [] { find_method("direct:value=ziln"); }),
        "method 'direct' has no conversion tower that trains on the stream, whose copies a value head could "
        "follow");
}

}  // namespace
}  // namespace netcvr
