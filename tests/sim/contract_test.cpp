// One dial moves one thing: the table of fields says which columns a field may change; all others must stay
// bit-identical with the same seed. Compared are the uncensored outcomes, so a bit covers exactly this:
//
//   moves_clicks            everything may change: rows can no longer be matched
//   moves_features          /features
//   moves_conversion        whether a click converts ever
//   moves_conversion_delay  conversion − click, of clicks that convert in both worlds
//   moves_refund            whether a conversion is refunded ever, of clicks that convert in both
//   moves_refund_delay      refund − conversion, of conversions refunded in both
//   moves_truth             /truth; without moves_conversion and moves_conversion_delay, cvr and the columns
//                           of the conversion's law must stay all the same
//
// click_time, user_id and item_id are covered by moves_clicks alone.

#include <algorithm>

#include <gtest/gtest.h>

#include "sim/calibrate.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

Scenario base() {
    Scenario s = small_world(5000);
    s.users.activity_cap = 10;  // bites
    s.log.follow_up = 2 * day + 12 * hour;
    s.protocol.gap = 5 * day;
    s.conversion_delay.minimum = 5;
    s.refund_delay.minimum = 5;
    s.conversion_delay.family = "weibull";
    return s;
}

/// Another legal value, near the old one.
void change(const Field& field, Scenario& s) {
    const auto nudged = [&](double v) {
        if (v > 1) return std::min(field.high, v * 1.13 + 1);
        return v + .1 * (std::min(field.high, 1 + v) - v);
    };
    std::visit(
        [&](auto* value) {
            using T = std::remove_pointer_t<decltype(value)>;
            if constexpr (std::is_same_v<T, double>)
                *value = nudged(*value);
            else if constexpr (std::is_same_v<T, std::int64_t>)
                *value += field.kind == Kind::duration ? *value / 8 + 1 : 1;
            else if constexpr (std::is_same_v<T, std::string>)
                *value = field.name == "log.time_origin" ? "2025-05-03T19:30:00Z"
                         : field.choices.empty()         ? *value + "x"
                                                         : std::string(field.choices.back());
            else if constexpr (std::is_same_v<T, std::vector<double>>)
                value->front() = nudged(value->front());
            else
                value->front() += 1;
        },
        field.slot(&s));
    if (field.name == "log.utc_offset") s.log.utc_offset = 5 * hour;
    if (field.name == "log.follow_up") s.log.follow_up = 12 * hour;
}

/// The groups of columns that differ, as Moves; clicks stand for everything.
unsigned moved(const LogRows& a, const LogRows& b) {
    if (a.log.click_time != b.log.click_time || a.log.user_id != b.log.user_id ||
        a.log.item_id != b.log.item_id)
        return ~0U;
    unsigned all = 0;
    for (std::size_t f = 0; f < a.log.features.size(); ++f)
        if (a.log.features[f].value != b.log.features[f].value) all |= moves_features;
    const auto &x = a.truth, &y = b.truth;
    for (std::size_t i = 0; i < a.log.size(); ++i) {
        const bool converts = x.conversion_time[i] != never, refunded = x.refund_time[i] != never;
        if (converts != (y.conversion_time[i] != never)) all |= moves_conversion;
        if (!converts || y.conversion_time[i] == never) continue;
        if (x.conversion_time[i] != y.conversion_time[i]) all |= moves_conversion_delay;
        if (refunded != (y.refund_time[i] != never)) all |= moves_refund;
        if (!refunded || y.refund_time[i] == never) continue;
        if (x.refund_time[i] - x.conversion_time[i] != y.refund_time[i] - y.conversion_time[i])
            all |= moves_refund_delay;
    }
    if (x.cvr != y.cvr || x.refund_rate != y.refund_rate || x.net_cvr != y.net_cvr) all |= moves_truth;
    for (std::size_t c = 0; c < x.law.size(); ++c)
        if (x.law[c].value != y.law[c].value) all |= moves_truth;
    return all;
}

std::string named(unsigned moves) {
    constexpr const char* names[] = {"conversion", "conversion_delay", "refund", "refund_delay",
                                     "features",   "clicks",           "truth"};
    std::string text;
    for (unsigned k = 0; k < 7; ++k)
        if (moves >> k & 1) text += std::string(" ") + names[k];
    return text.empty() ? " nothing" : text;
}

// Kills: the solver sharing β with α; draws inside an `if` of a running stream; features that show ρ.
TEST(Contract, of_every_field_is_kept) {
    const World known_world = make_world(base(), 1);
    const Scenario::Solved solved = known_world.scenario.solved;
    const LogRows before = whole_log(known_world);
    for (const auto& field : scenario_fields()) {
        Scenario s = base();
        change(field, s);
        // What calibration could spoil are conversions; where these may move anyway, spare the time for it.
        const bool aimed = field.name.starts_with("targets.") || field.name.starts_with("solved.");
        if (!aimed && (field.moves == moves_nothing || field.moves & (moves_clicks | moves_conversion))) {
            s.solved = solved;
            s.solved.key = solution_key(s);
        }
        const LogRows after = whole_log(make_world(s, 1));
        const unsigned found = moved(before, after);
        if (field.moves & moves_clicks) {
            EXPECT_NE(found, 0u) << field.name << " is a dead dial";
            continue;
        }
        const unsigned known = 127U & found & ~field.moves;
        EXPECT_EQ(known, 0u) << field.name << " moves" << named(known) << " but declares"
                             << named(field.moves);
        if (field.moves == moves_nothing) continue;
        const bool censored = before.log.conversion_time != after.log.conversion_time ||
                              before.log.refund_time != after.log.refund_time;
        EXPECT_TRUE(found != 0 || censored) << field.name << " is a dead dial";
        if (field.moves & (moves_conversion | moves_conversion_delay)) continue;
        EXPECT_EQ(before.truth.cvr, after.truth.cvr) << field.name;
        EXPECT_EQ(before.log.conversion_time, after.log.conversion_time) << field.name;
        for (const std::size_t c : {0u, 1u, 4u})
            EXPECT_EQ(before.truth.law[c].value, after.truth.law[c].value) << field.name << ' ' << c;
    }
}

TEST(Contract, lets_a_feature_change_its_own_column_alone) {
    const World world = make_world(base(), 1);
    const LogRows before = whole_log(world);
    for (std::size_t f = 0; f < base().features.size(); ++f)
        for (int what = 0; what < 3; ++what) {
            Scenario s = world.scenario;  // resolved: features do not move the solution
            if (what == 0) s.features[f].fidelity = .4;
            if (what == 1) s.features[f].missing = .3;
            if (what == 2) s.features[f].cardinality += 3;
            LogRows after = whole_log(make_world(s, 1));
            after.log.features[f].value = before.log.features[f].value;
            EXPECT_EQ(moved(before, after), 0u) << s.features[f].name << ' ' << what;
        }
}

// Inversion of addressed uniforms nests events: who is refunded at a low propensity is at a high one.
TEST(Contract, nests_the_refunds_of_sparser_worlds_at_equal_times) {
    std::vector<LogRows> logs;
    for (const double sparsity : {.01, .1, .245}) {
        Scenario s = base();
        s.targets.refunds_per_conversion = sparsity;
        logs.push_back(whole_log(make_world(s, 1)));
    }
    for (std::size_t k = 1; k < logs.size(); ++k) {
        const auto &fewer = logs[k - 1].truth, &more = logs[k].truth;
        EXPECT_EQ(fewer.conversion_time, more.conversion_time);
        std::size_t few = 0, many = 0;
        for (std::size_t i = 0; i < fewer.cvr.size(); ++i) {
            few += fewer.refund_time[i] != never;
            many += more.refund_time[i] != never;
            EXPECT_TRUE(fewer.refund_time[i] == never || fewer.refund_time[i] == more.refund_time[i]) << i;
        }
        EXPECT_GT(few, 0u);
        EXPECT_GT(many, 2 * few);
    }
}

TEST(Contract, nests_the_conversions_of_rarer_worlds) {
    Scenario s = base();
    const LogRows many = whole_log(make_world(s, 1));
    s.targets.cvr = .05;
    const LogRows few = whole_log(make_world(s, 1));
    for (std::size_t i = 0; i < few.log.size(); ++i)
        EXPECT_TRUE(few.truth.conversion_time[i] == never || many.truth.conversion_time[i] != never);
}

}  // namespace
}  // namespace netcvr
