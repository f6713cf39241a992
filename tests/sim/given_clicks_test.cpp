#include "sim/given_clicks.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

/// Some thousands of clicks with their conversions, which stand for a real log. Features have few values, so
/// that many clicks look alike.
const LogFile& given() {
    static const LogFile file = [] {
        Scenario s = small_world(20000);
        s.features = {feature("level", "user.purchase", 3, .75, .2), feature("age", "user.refund", 4),
                      feature("brand", "item.brand", 5)};
        const World world = make_world(s, 1);
        return simulate_in_memory(world, header_of(world, "", false), 1);
    }();
    return file;
}

GivenClicks clicks(
    Added added, const std::function<void(Scenario&)>& change = [](Scenario&) {}) {
    Scenario s = small_world();
    s.seed = 5;
    change(s);
    return make_given_clicks(given(), s, added);
}

LogRows drawn(const GivenClicks& g) {
    return draw_rows(g, 0, given().log.size());
}

bool within(Time from, Time to, Time window) {
    return to != never && to - from < window;
}

/// (Σ label − p) in standard deviations over the clicks that `take` chooses.
template <class Label, class Take>
double z_of(const std::vector<float>& p, Label label, Take take) {
    double sum = 0, variance = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (!take(i)) continue;
        const double rate = p[i];
        sum += (label(i) ? 1 : 0) - rate;
        variance += rate * (1 - rate);
    }
    return sum / std::sqrt(variance);
}

bool converts(const ClickLog& log, std::size_t i) {
    return within(log.click_time[i], log.conversion_time[i], log.windows.conversion_attribution);
}
bool refunded(const ClickLog& log, std::size_t i) {
    return within(log.conversion_time[i], log.refund_time[i], log.windows.refund_attribution);
}
bool considered(const ClickLog& log, std::size_t i) {
    return log.conversion_time[i] - log.click_time[i] > log.windows.conversion_observation;
}

TEST(GivenClicks, keep_their_clicks_and_conversions_when_refunds_are_added) {
    const LogRows rows = drawn(clicks(Added::refunds));
    EXPECT_EQ(rows.log.click_time, given().log.click_time);
    EXPECT_EQ(rows.log.conversion_time, given().log.conversion_time);
    EXPECT_EQ(rows.log.user_id, given().log.user_id);
    for (std::size_t f = 0; f < rows.log.features.size(); ++f)
        EXPECT_EQ(rows.log.features[f].value, given().log.features[f].value);
    EXPECT_NE(rows.log.refund_time, given().log.refund_time);
    const LogRows anew = drawn(clicks(Added::conversions));
    EXPECT_EQ(anew.log.click_time, given().log.click_time);
    EXPECT_NE(anew.log.conversion_time, given().log.conversion_time);
}

// |z| < 4.5 has a false-positive rate of 7e-6 each. Some 4,000 conversions: a refund rate of .3 that is 3.3
// points off would be found.
TEST(GivenClicks, are_refunded_as_the_truth_says_in_both_classes) {
    const LogRows rows = drawn(clicks(Added::refunds));
    const auto& log = rows.log;
    for (const bool late : {false, true})
        EXPECT_LT(std::fabs(z_of(
                      rows.truth.refund_rate, [&](std::size_t i) { return refunded(log, i); },
                      [&](std::size_t i) { return converts(log, i) && considered(log, i) == late; })),
                  4.5);
    EXPECT_TRUE(rows.truth.cvr.empty() && rows.truth.net_cvr.empty());
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < log.size(); ++i) {
        EXPECT_EQ(std::isnan(rows.truth.refund_rate[i]), !converts(log, i)) << i;
        if (converts(log, i)) sum += rows.truth.refund_rate[i], ++count;
    }
    EXPECT_NEAR(sum / count, .3, 1e-6) << "targets.refunds_per_conversion on the log's own conversions";
}

TEST(GivenClicks, convert_and_are_refunded_as_the_truth_says_when_both_are_drawn) {
    const LogRows rows = drawn(clicks(Added::conversions));
    const auto& log = rows.log;
    const auto all = [](std::size_t) { return true; };
    const auto conversion = [&](std::size_t i) { return converts(log, i); };
    EXPECT_LT(std::fabs(z_of(rows.truth.cvr, conversion, all)), 4.5);
    EXPECT_LT(std::fabs(z_of(
                  rows.truth.refund_rate, [&](std::size_t i) { return refunded(log, i); }, conversion)),
              4.5);
    EXPECT_LT(
        std::fabs(z_of(
            rows.truth.net_cvr, [&](std::size_t i) { return converts(log, i) && !refunded(log, i); }, all)),
        4.5);
    double sum = 0;
    for (const float p : rows.truth.cvr) sum += p;
    EXPECT_NEAR(sum / static_cast<double>(log.size()), .2, 1e-6);
}

// Without refund delays the truth is ρ itself: logit ρ = β + b [considered] + κ(features).
TEST(GivenClicks, have_a_truth_that_is_a_function_of_features_and_class) {
    const GivenClicks g = clicks(Added::refunds, [](Scenario& s) { s.targets.refund_delay_median = 0; });
    const LogRows rows = drawn(g);
    std::map<std::vector<std::int32_t>, std::map<bool, double>> logit;
    for (std::size_t i = 0; i < rows.log.size(); ++i) {
        if (!converts(rows.log, i)) continue;
        std::vector<std::int32_t> values;
        for (const auto& feature : rows.log.features) values.push_back(feature.value[i]);
        const double p = rows.truth.refund_rate[i], own = std::log(p / (1 - p));
        const auto [seen, fresh] = logit[values].try_emplace(considered(rows.log, i), own);
        EXPECT_EQ(seen->second, own);
    }
    EXPECT_EQ(logit.size(), 4u * 4u * 5u) << "a missing level is a value";
    std::size_t pairs = 0;
    for (const auto& [values, by_class] : logit) {
        if (by_class.size() < 2) continue;
        EXPECT_NEAR(by_class.at(true) - by_class.at(false), g.laws.scenario.refund.considered, 1e-5);
        ++pairs;
    }
    EXPECT_GT(pairs, 40u);
}

// A column's values move the logit by the same amounts whatever the other columns show.
TEST(GivenClicks, have_logits_that_add_up_over_features) {
    const GivenClicks g = clicks(Added::refunds, [](Scenario& s) { s.targets.refund_delay_median = 0; });
    const LogRows rows = drawn(g);
    std::map<std::vector<std::int32_t>, double> logit;
    for (std::size_t i = 0; i < rows.log.size(); ++i) {
        if (!converts(rows.log, i) || considered(rows.log, i)) continue;
        const double p = rows.truth.refund_rate[i];
        logit[{rows.log.features[0].value[i], rows.log.features[1].value[i], rows.log.features[2].value[i]}] =
            std::log(p / (1 - p));
    }
    std::size_t checked = 0;
    for (const auto& [v, own] : logit) {
        const auto a = logit.find({-1, v[1], v[2]}), b = logit.find({v[0], 0, 0}), c = logit.find({-1, 0, 0});
        if (a == logit.end() || b == logit.end() || c == logit.end()) continue;
        EXPECT_NEAR(own - a->second, b->second - c->second, 1e-4);
        ++checked;
    }
    EXPECT_GT(checked, 40u);
}

TEST(GivenClicks, have_nested_refunds_over_sparsity_and_nothing_else_changed) {
    const auto at = [](double rate) {
        return drawn(clicks(Added::refunds, [&](Scenario& s) { s.targets.refunds_per_conversion = rate; }))
            .log;
    };
    const ClickLog rare = at(.01), some = at(.1);
    std::size_t refunds = 0;
    for (std::size_t i = 0; i < rare.size(); ++i) {
        if (rare.refund_time[i] == never) continue;
        EXPECT_EQ(rare.refund_time[i], some.refund_time[i]);
        ++refunds;
    }
    EXPECT_GT(refunds, 10u);
    EXPECT_EQ(rare.conversion_time, some.conversion_time);
}

TEST(GivenClicks, come_out_the_same_in_any_parts_and_from_a_file) {
    for (const Added added : {Added::refunds, Added::conversions}) {
        const GivenClicks g = clicks(added);
        const LogRows whole = drawn(g);
        const LogRows part = draw_rows(g, 777, 1000);
        for (std::size_t i = 0; i < 1000; ++i)
            ASSERT_EQ(part.log.refund_time[i], whole.log.refund_time[777 + i]);
        const ScratchFolder folder;
        const LogHeader header = header_of(g, "seed = 5\n");
        const auto path = folder.file("semi.h5");
        const SimulateSummary summary = simulate(g, header, {path, 2, 1});
        const LogFile file = read_log(path);
        EXPECT_EQ(file.digest_log, summary.digest_log);
        EXPECT_EQ(file.log.refund_time, whole.log.refund_time);
        EXPECT_EQ(file.header.truth.of_conversions(), added == Added::refunds);
        EXPECT_EQ(file.header.origin, added == Added::refunds ? "simulated + simulated refunds"
                                                              : "simulated + simulated outcomes");
        EXPECT_EQ(file.header.seed, 5);
        ASSERT_TRUE(file.truth);
        for (std::size_t i = 0; i < whole.log.size(); ++i) {
            const float read = file.truth->refund_rate[i], drawn_one = whole.truth.refund_rate[i];
            ASSERT_TRUE(read == drawn_one || (std::isnan(read) && std::isnan(drawn_one))) << i;
        }
    }
}

// Refunds can be followed as long as one likes, conversions only as long as the log did.
TEST(GivenClicks, are_followed_until_their_labels_are_final_if_conversions_are_known) {
    const Time known = given().log.follow_up;
    const auto follow_up = [](Time window) {
        return header_of(clicks(Added::refunds,
                                [&](Scenario& s) {
                                    s.windows.conversion_attribution = window;
                                    s.windows.refund_attribution = 2 * day;
                                    s.protocol.gap = window + 2 * day;
                                }),
                         "")
            .schema.follow_up;
    };
    EXPECT_EQ(follow_up(known), known + 2 * day);
    EXPECT_EQ(follow_up(known + day), known);
}

TEST(GivenClicks, that_are_all_alike_or_never_convert_are_refused) {
    LogFile bare;
    bare.header.time_origin = given().header.time_origin;
    bare.log.click_time = {1};
    bare.log.conversion_time = bare.log.refund_time = {never};
    bare.log.duration = day;
    EXPECT_NE(message(Exit::data, [&] { make_given_clicks(bare, small_world(), Added::refunds); })
                  .find("no features"),
              std::string::npos);
    bare.log.features = {{"a", 2, {0}}};
    EXPECT_NE(message(Exit::data, [&] { make_given_clicks(bare, small_world(), Added::refunds); })
                  .find("no conversion within W_A"),
              std::string::npos);
}

TEST(LogFile, refuses_a_refund_rate_where_none_is_stated_and_none_where_one_is) {
    const ScratchFolder folder;
    const GivenClicks g = clicks(Added::refunds);
    const auto refusal = [&](float value, bool converted) {
        LogRows rows = draw_rows(g, 0, 1000);
        std::size_t row = 0;
        while (converts(rows.log, row) != converted) ++row;
        rows.truth.refund_rate[row] = value;
        const LogHeader header = header_of(g, "");
        LogWriter writer(folder.file("log.h5"), header, 0, true);
        writer.append(encode_rows(rows, header, 0));
        writer.finish();
        return message(Exit::data, [&] { read_log(folder.file("log.h5")); });
    };
    EXPECT_NE(refusal(.5f, false).find("0.5, but there is no conversion within W_A"), std::string::npos);
    EXPECT_NE(refusal(std::nanf(""), true).find("nan is outside 0 … 1"), std::string::npos);
}

}  // namespace
}  // namespace netcvr
