#include "sim/scenario.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/sim/expect_error.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

TEST(ScenarioFields, have_unique_dotted_names_in_snake_case_and_a_sentence_of_help) {
    std::set<std::string_view> names;
    std::set<void*> places;
    Scenario s;
    for (const auto& field : scenario_fields()) {
        EXPECT_TRUE(names.insert(field.name).second) << field.name << " appears twice";
        void* place = std::visit([](auto* value) -> void* { return value; }, field.slot(&s));
        EXPECT_TRUE(places.insert(place).second) << field.name << " shares its slot with another";
        for (const char c : field.name)
            EXPECT_TRUE((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.')
                << field.name;
        EXPECT_NE(field.name.front(), '.');
        EXPECT_NE(field.name.back(), '.');
        EXPECT_FALSE(field.help.empty()) << field.name;
        EXPECT_EQ(field.help.back(), '.') << field.name;
    }
    EXPECT_GE(names.size(), 75u);
}

TEST(ScenarioFields, have_defaults_of_their_kind_inside_their_range) {
    Scenario s;
    for (const auto& field : scenario_fields()) {
        const auto inside = [&](double v) {
            EXPECT_GE(v, field.low) << field.name;
            EXPECT_LE(v, field.high) << field.name;
        };
        std::visit(
            [&](auto* value) {
                using T = std::remove_pointer_t<decltype(value)>;
                if constexpr (std::is_same_v<T, double>) {
                    EXPECT_EQ(field.kind, Kind::number) << field.name;
                    inside(*value);
                } else if constexpr (std::is_same_v<T, std::int64_t>) {
                    EXPECT_TRUE(field.kind == Kind::integer || field.kind == Kind::duration) << field.name;
                    inside(static_cast<double>(*value));
                } else if constexpr (std::is_same_v<T, std::string>) {
                    EXPECT_EQ(field.kind, Kind::text) << field.name;
                    const auto& c = field.choices;
                    EXPECT_TRUE(c.empty() || std::find(c.begin(), c.end(), *value) != c.end()) << field.name;
                } else {
                    EXPECT_TRUE(field.length == 0 || value->size() == field.length) << field.name;
                    for (const auto v : *value) inside(static_cast<double>(v));
                }
            },
            field.slot(&s));
    }
}

TEST(ScenarioFields, reach_the_scenario_they_are_given) {
    Scenario a, b;
    for (const auto& field : scenario_fields())
        if (field.name == "refund_drift.walk") *std::get<double*>(field.slot(&b)) = 1.5;
    EXPECT_EQ(a.refund_drift.walk, .1);
    EXPECT_EQ(b.refund_drift.walk, 1.5);
}

/// The message of check() after a change to a good scenario.
template <class Change>
std::string complaint(Change change) {
    Scenario s = small_world();
    check(s);
    change(s);
    return message(Exit::scenario, [&] { check(s); });
}

TEST(Scenario, must_leave_time_for_labels_to_become_final) {
    EXPECT_EQ(
        complaint([](Scenario& s) { s.protocol.gap = 2 * day - 1; }),
        "protocol.gap = 172799s is shorter than W_A + W_R = 2d: pretraining labels would not be final when "
        "the stream begins");
    Scenario s = small_world();
    s.protocol.gap = 2 * day;
    check(s);
}

TEST(Scenario, must_have_medians_between_the_minimum_delay_and_the_window) {
    EXPECT_EQ(
        complaint([](Scenario& s) { s.targets.conversion_delay_median = day; }),
        "targets.conversion_delay_median = 1d must lie between the minimum delay 0s and the attribution "
        "window 1d");
    EXPECT_EQ(complaint([](Scenario& s) { s.targets.refund_delay_median = s.refund_delay.minimum = 600; }),
              "targets.refund_delay_median = 10m must lie between the minimum delay 10m and the attribution "
              "window 1d");
    EXPECT_EQ(complaint([](Scenario& s) { s.targets.refund_delay_median = 0, s.refund_delay.minimum = 1; }),
              "targets.refund_delay_median = 0s switches the delay off, so the minimum delay must be 0s");
    EXPECT_EQ(
        complaint([](Scenario& s) { s.conversion_delay.minimum = day; }),
        "conversion_delay.minimum = 1d must be below windows.conversion_attribution = 1d, or no conversion "
        "counts");
    EXPECT_EQ(complaint([](Scenario& s) { s.refund_delay.minimum = day; }),
              "refund_delay.minimum = 1d must be below windows.refund_attribution = 1d, or no refund counts");
}

TEST(Scenario, must_have_a_positive_definite_correlation_matrix) {
    // Each pair is possible alone; together 1 + 2abc − a² − b² − c² = 1 − 2·.729 − 3·.81 < 0.
    EXPECT_EQ(complaint([](Scenario& s) { s.correlation = {.9, .9, 0, -.9, 0, 0}; }),
              "[correlation] activity_purchase = 0.9, activity_refund = 0.9, activity_haste = 0, "
              "purchase_refund = -0.9, purchase_haste = 0, refund_haste = 0 is not a correlation matrix (not "
              "positive definite)");
    Scenario s = small_world();
    s.correlation = {.9, .9, 0, .9, 0, 0};
    check(s);
}

TEST(Scenario, names_the_nearest_source_for_a_typo) {
    EXPECT_EQ(complaint([](Scenario& s) { s.features[4].source = "user.purchaze"; }),
              "feature 'level': unknown source 'user.purchaze'; did you mean 'user.purchase'?");
}

TEST(Scenario, refuses_features_that_cannot_be_columns) {
    EXPECT_EQ(complaint([](Scenario& s) { s.features[1].name = "position"; }),
              "feature 'position' appears twice");
    EXPECT_EQ(complaint([](Scenario& s) { s.features[1].name = ""; }), "a feature has no name");
    EXPECT_NE(complaint([](Scenario& s) { s.features[1].name = "a/b"; }).find("cannot hold '/'"),
              std::string::npos);
    EXPECT_EQ(complaint([](Scenario& s) { s.features[1].cardinality = 0; }),
              "feature 'channel': cardinality = 0 is outside 1 … 1073741824");
    EXPECT_EQ(complaint([](Scenario& s) { s.features[1].fidelity = 1.5; }),
              "feature 'channel': fidelity = 1.5 is outside 0 … 1");
    EXPECT_EQ(complaint([](Scenario& s) { s.features[1].missing = -.1; }),
              "feature 'channel': missing = -0.1 is outside 0 … 1");
    complaint([](Scenario& s) { s.features[1].missing = std::nan(""); });
}

TEST(Scenario, names_both_values_of_two_fields_that_do_not_go_together) {
    EXPECT_EQ(complaint([](Scenario& s) { s.promotion.duration = 3 * day, s.promotion.every = 2 * day; }),
              "promotion.duration = 3d is longer than promotion.every = 2d");
    EXPECT_EQ(complaint([](Scenario& s) {
                  s.refund_drift.ramp = 1, s.refund_drift.ramp_begin = 2 * day;
                  s.refund_drift.ramp_end = 36 * hour;
              }),
              "refund_drift.ramp_end = 36h must lie after refund_drift.ramp_begin = 2d");
}

TEST(Scenario, allows_every_field_its_whole_range_at_scale_1) {
    for (const Field& field : scenario_fields())
        for (const char* name : {"log.clicks", "users.count", "items.count", "items.brands_per_category"}) {
            if (field.name != name) continue;
            Scenario s = small_world();
            *std::get<double*>(field.slot(&s)) = field.high;
            check(s);
        }
}

TEST(Scenario, refuses_sizes_that_do_not_fit) {
    EXPECT_EQ(complaint([](Scenario& s) { s.items.brands_per_category = 65536; }),
              "items.brands_per_category = 65536 is more than 65535");
    EXPECT_EQ(complaint([](Scenario& s) { s.log.clicks = 1e9, s.scale = 5; }),
              "log.clicks = 1e+09 times scale = 5 is more than 4e+09");
    EXPECT_EQ(complaint([](Scenario& s) { s.users.count = 1e9, s.scale = 2.5; }),
              "users.count = 1e+09 times scale = 2.5 is more than 2e+09");
    EXPECT_EQ(complaint([](Scenario& s) { s.items.count = 2e8, s.scale = 11; }),
              "items.count = 2e+08 times scale = 11 is more than 2e+09");
    EXPECT_NE(complaint([](Scenario& s) { s.log.time_origin = "yesterday"; }).find("log.time_origin"),
              std::string::npos);
}

TEST(Scenario, scales_clicks_users_and_items_together) {
    Scenario s;
    s.log.clicks = 41e6, s.users.count = 2e6, s.items.count = 3.1e6, s.scale = 1 / 41.0;
    EXPECT_DOUBLE_EQ(s.mean_clicks(), 1e6);
    EXPECT_EQ(s.user_count(), 48780);
    EXPECT_EQ(s.item_count(), 75610);
    s.scale = 1e-9;
    EXPECT_EQ(s.user_count(), 1);
}

}  // namespace
}  // namespace netcvr
