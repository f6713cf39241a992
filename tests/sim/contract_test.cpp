// One dial moves one thing: the table of fields says which columns a field may change; all others must stay
// bit-identical with the same seed. Compared are the uncensored outcomes, so a bit covers exactly this:
//
//   moves_clicks            everything may change: rows can no longer be matched
//   moves_features          /features
//   moves_conversion        whether a click converts ever
//   moves_conversion_delay  conversion − click, of clicks that convert in both worlds
//   moves_refund            whether a conversion is refunded ever, of clicks that convert in both
//   moves_refund_delay      refund − conversion, of conversions refunded in both
//   moves_repeats           number, gaps and refunds of repeats, of clicks whose conversion is the same in
//   both moves_money             order values, of clicks that convert in both; what is paid back, if refunds
//   are the
//                           same
//   moves_added_clicks      rows are added: a test of its own
//   moves_truth             /truth; without moves_conversion and moves_conversion_delay, cvr and the columns
//                           of the conversion's law must stay all the same
//
// click_time, user_id and item_id are covered by moves_clicks alone.

#include <algorithm>

#include <gtest/gtest.h>

#include "sim/calibrate.h"
#include "sim/log_columns.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

Scenario base() {
    Scenario s = small_world(3000);
    s.users.activity_cap = 10;  // bites
    s.log.follow_up = 2 * day + 12 * hour;
    s.protocol.gap = 5 * day;
    s.conversion_delay.minimum = 5;
    s.refund_delay.minimum = 5;
    s.conversion_delay.family = "weibull";
    s.log.duration = 5 * day;  // Thursday to Monday
    s.windows.conversion_attribution = s.windows.refund_attribution = day;
    s.promotion = {.begin = day,
                   .duration = 12 * hour,
                   .every = 2 * day,
                   .traffic = .5,
                   .conversion = .3,
                   .conversion_delay = .2,
                   .refund = .3,
                   .refund_delay = .2};
    for (auto* drift :
         {&s.conversion_drift, &s.conversion_delay_drift, &s.refund_drift, &s.refund_delay_drift})
        *drift = {.walk = .2,
                  .step = .2,
                  .ramp = .2,
                  .wave = .2,
                  .step_at = day,
                  .ramp_begin = 12 * hour,
                  .ramp_end = 3 * day,
                  .wave_period = day};
    s.users.entering = s.items.entering = .2;
    s.conversion_delay.propensity = s.refund_delay.propensity = -.1;
    s.hidden = {.conversion = .3, .refund = .3};
    s.refund.unreported = .2;
    s.repeats.cap = .4;  // bites
    s.repeats.gap_median = 6 * hour;
    s.repeats.attribution = day;
    s.repeats.user = 1;
    s.repeats.activity = s.repeats.considered = .1;
    s.money.price_median = 20;
    s.prior_period.duration = 30 * day;
    s.targets.repurchases_per_click = .02;
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
    const std::pair<const char*, double> targets[] = {
        {"targets.purchases_per_click", .3}, {"targets.repurchases_per_click", .025},
        {"targets.refunds_per_click", .075}, {"targets.bayes_auc_cvr", .8},
        {"targets.bayes_auc_net_cvr", .79},  {"targets.hourly_cvr_ratio", 1.8}};
    for (const auto& [name, target] : targets)  // 0 in base(), for they shadow what they solve
        if (field.name == name) *std::get<double*>(field.slot(&s)) = target;
    if (field.name == "log.utc_offset") s.log.utc_offset = 5 * hour;
    if (field.name == "log.follow_up") s.log.follow_up = 12 * hour;
}

/// The repeats of each click that converts at the same second in both logs: do they differ?
unsigned moved_repeats(const LogRows& a, const LogRows& b) {
    std::size_t p = 0, q = 0;
    const auto &x = a.log.purchases, &y = b.log.purchases;
    unsigned all = 0;
    for (std::size_t i = 0; i < a.log.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        const bool same = a.log.conversion_time[i] == b.log.conversion_time[i];
        for (; p < x.size() && x.row[p] == row; ++p) {
            const bool there = q < y.size() && y.row[q] == row && y.ordinal[q] == x.ordinal[p];
            if (x.ordinal[p] > 0 && same &&
                (!there || x.purchase_time[p] != y.purchase_time[q] || x.refund_time[p] != y.refund_time[q]))
                all |= moves_repeats;
            if (there && x.order_value[p] != y.order_value[q]) all |= moves_money;
            if (there && x.refund_time[p] == y.refund_time[q] && x.refund_value[p] != y.refund_value[q])
                all |= moves_money;
            q += there ? 1 : 0;
        }
        for (; q < y.size() && y.row[q] == row; ++q)
            if (same) all |= moves_repeats;
    }
    return all;
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
    all |= moved_repeats(a, b);
    for (std::size_t c = 0; c < x.more.size(); ++c)
        if (x.more[c].value != y.more[c].value) all |= moves_truth;
    if (x.cvr != y.cvr || x.refund_rate != y.refund_rate || x.net_cvr != y.net_cvr) all |= moves_truth;
    for (std::size_t c = 0; c < x.law.size(); ++c)
        if (x.law[c].value != y.law[c].value) all |= moves_truth;
    return all;
}

std::string named(unsigned moves) {
    constexpr const char* names[] = {"conversion",   "conversion_delay", "refund",
                                     "refund_delay", "features",         "clicks",
                                     "truth",        "repeats",          "money"};
    std::string text;
    for (unsigned k = 0; k < 9; ++k)
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
        const bool aimed = field.name.starts_with("targets.") || field.name.starts_with("solved.") ||
                           field.name == "conversion_delay.scale";  // read by the solver alone
        constexpr unsigned free = moves_clicks | moves_conversion | moves_added_clicks;
        if (!aimed && (field.moves == moves_nothing || field.moves & free)) {
            s.solved = solved;
            s.solved.key = solution_key(s);
        }
        const LogRows after = whole_log(make_world(s, 1));
        const unsigned found = moved(before, after);
        if (field.moves & (moves_clicks | moves_added_clicks)) {
            EXPECT_NE(found, 0u) << field.name << " is a dead dial";
            continue;
        }
        unsigned declared = field.moves;
        // What follows from what: a repeat follows a conversion, money follows both.
        if (declared & moves_conversion) declared |= moves_repeats | moves_money;
        if (declared & (moves_refund | moves_refund_delay)) declared |= moves_repeats | moves_money;
        if (declared & (moves_repeats | moves_money)) declared |= moves_truth;
        const unsigned known = 511U & found & ~declared;
        EXPECT_EQ(known, 0u) << field.name << " moves" << named(known) << " but declares"
                             << named(field.moves);
        if (field.moves == moves_nothing || field.moves == moves_prior) continue;
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

/// Every column of a row as one text.
std::vector<std::string> texts_of(const LogRows& rows, const TruthSchema& schema) {
    std::vector<std::string> texts(rows.log.size());
    const auto add = [&](const LogColumn&, const auto& column) {
        for (std::size_t i = 0; i < texts.size(); ++i)
            texts[i].append(reinterpret_cast<const char*>(&column[i]), sizeof(column[i]));
    };
    for_each_log_column(rows.log, add);
    for_each_truth_column(rows.truth, schema, add);
    return texts;
}

// Extra traffic and entrants come in streams of their own. Kills: one stream of words for all clicks of a
// block.
TEST(Contract, lets_added_clicks_leave_the_others_as_they_are) {
    Scenario without = base();
    without.users.entering = without.items.entering = without.promotion.traffic = 0;
    const World world = make_world(without, 1);
    const TruthSchema schema = header_of(world, "", true).truth;
    auto before = texts_of(whole_log(world), schema);
    std::sort(before.begin(), before.end());
    for (const char* dial : {"users.entering", "items.entering", "promotion.traffic"}) {
        Scenario with = world.scenario;
        for (const auto& field : scenario_fields())
            if (field.name == dial) *std::get<double*>(field.slot(&with)) = .4;
        with.solved.key = solution_key(with);
        auto after = texts_of(whole_log(make_world(with, 1)), schema);
        std::sort(after.begin(), after.end());
        EXPECT_GT(after.size(), before.size()) << dial;
        EXPECT_TRUE(std::includes(after.begin(), after.end(), before.begin(), before.end())) << dial;
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
