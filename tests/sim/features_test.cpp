#include "sim/features.h"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

/// A log of n clicks with these features and many users and items, so that entities hardly repeat.
LogRows log_with(const std::vector<Feature>& features, double n = 40000, double entities = 20000) {
    Scenario s = small_world(n);
    s.users.count = entities;
    s.users.activity_spread = 0;
    s.items.count = entities;
    s.items.popularity = 0;
    static std::map<std::pair<double, double>, Scenario::Solved> solved;  // features do not move it
    auto& solution = solved[{n, entities}];
    if (solution.key.empty()) solution = make_world(s, 2).scenario.solved;
    s.solved = solution;
    s.features = features;
    return whole_log(make_world(s, 2));
}

double share(const std::vector<std::int32_t>& column, std::int32_t value) {
    return static_cast<double>(std::count(column.begin(), column.end(), value)) /
           static_cast<double>(column.size());
}

// A row is written for every bin of a score under the standard normal: n draws, each bin binomial; 5 sd. More
// than 64 bins take another way through the code than fewer.
TEST(Features, have_bins_of_equal_probability) {
    for (const std::int64_t bins : {1, 2, 7, 64, 100}) {
        Scenario s = small_world();
        s.users.count = 40000;
        s.features = {feature("exact", "user.haste", bins), feature("noisy", "user.haste", bins, .3)};
        const Population p = make_population(s, 2);
        const double n = 40000, q = 1 / static_cast<double>(bins);
        for (std::size_t f = 0; f < 2; ++f) {
            std::vector<double> count(static_cast<std::size_t>(bins));
            for (std::size_t u = 0; u < 40000; ++u)
                ++count.at(static_cast<std::size_t>(p.users.feature(u, f)));
            for (const double c : count)
                EXPECT_LE(std::fabs(c - n * q), 5 * std::sqrt(n * q * (1 - q))) << bins << ' ' << f;
        }
    }
}

// The way by edges and the way by the normal law agree, and both are the definition.
TEST(Features, put_a_score_where_its_probability_says) {
    for (const std::int64_t bins : {1, 2, 10, 64, 65, 1000}) {
        Scenario s;
        s.features = {feature("f", "item.price", bins)};
        const Column column = Schema(s).columns[0];
        for (int k = 0; k < 1314; ++k) {
            const double z = -9 + .0137 * k;
            const double exact = std::erfc(-z / std::sqrt(2.0)) / 2 * static_cast<double>(bins);
            const auto bin = std::min<std::int64_t>(static_cast<std::int64_t>(exact), bins - 1);
            if (std::fabs(exact - std::round(exact)) < 1e-9) continue;  // on an edge
            EXPECT_EQ(column.bin(z, 5), bin) << bins << ' ' << z;
        }
    }
}

TEST(Features, put_a_column_of_scores_where_each_belongs) {
    for (const std::int64_t bins : {1, 7, 64, 65}) {
        Scenario s;
        s.features = {feature("f", "item.price", bins, .6)};
        const Column column = Schema(s).columns[0];
        std::vector<double> score, noise;
        for (int k = 0; k < 500; ++k) score.push_back(-5 + .02 * k), noise.push_back(std::sin(k));
        std::vector<std::int32_t> out(score.size(), -7);
        column.bins(score, noise, out);
        for (std::size_t i = 0; i < out.size(); ++i) EXPECT_EQ(out[i], column.bin(score[i], noise[i]));
    }
}

TEST(Features, show_a_score_alone_at_fidelity_1_and_noise_alone_at_0) {
    Scenario s;
    s.features = {feature("exact", "item.price", 9), feature("none", "item.price", 9, 0),
                  feature("half", "item.price", 9, .25)};
    const Schema schema(s);
    EXPECT_EQ(schema.columns[0].bin(.8, -3), schema.columns[0].bin(.8, 3));
    EXPECT_EQ(schema.columns[1].bin(-3, .8), schema.columns[1].bin(3, .8));
    EXPECT_EQ(schema.columns[1].bin(-3, .8), schema.columns[0].bin(.8, 0));
    EXPECT_EQ(schema.columns[2].bin(1, .5), schema.columns[0].bin(.5 * 1 + std::sqrt(.75) * .5, 0));
}

TEST(Features, show_ids_unchanged_where_they_fit) {
    const LogRows rows =
        log_with({feature("user", "user.id", 20000), feature("item", "item.id", 30000),
                  feature("hour", "context.hour", 24), feature("day", "context.weekday", 7),
                  feature("week", "context.hour_of_week", 168), feature("position", "context.position", 16),
                  feature("channel", "context.channel", 8)});
    const auto& f = rows.log.features;
    EXPECT_EQ(f[0].value, rows.log.user_id);
    EXPECT_EQ(f[1].value, rows.log.item_id);
    for (std::size_t i = 0; i < rows.log.size(); ++i) {
        const Time t = rows.log.click_time[i];  // second 0 is a Thursday's midnight
        EXPECT_EQ(f[2].value[i], t / hour % 24);
        EXPECT_EQ(f[3].value[i], (3 + t / day) % 7);
        EXPECT_EQ(f[4].value[i], (Time{3} * 24 + t / hour) % 168);
    }
    for (const std::size_t column : {5u, 6u}) {
        const double n = static_cast<double>(rows.log.size()), q = column == 5 ? 1 / 16.0 : 1 / 8.0;
        for (std::int32_t v = 0; v < (column == 5 ? 16 : 8); ++v)
            EXPECT_LT(std::fabs(share(f[column].value, v) - q) / std::sqrt(q * (1 - q) / n), 5);
    }
}

TEST(Features, hash_ids_where_there_are_more_than_values) {
    const LogRows rows = log_with({feature("user", "user.id", 50), feature("again", "user.id", 50),
                                   feature("cross", "cross.user_item", 50)});
    const auto& f = rows.log.features;
    std::vector<std::int32_t> shown(20000, -1);
    for (std::size_t i = 0; i < rows.log.size(); ++i) {
        auto& known = shown[static_cast<std::size_t>(rows.log.user_id[i])];
        if (known < 0) known = f[0].value[i];
        EXPECT_EQ(f[0].value[i], known) << "one id, one value";
    }
    EXPECT_NE(f[0].value, f[1].value) << "each column has a hash of its own";
    std::set<std::int32_t> values(shown.begin(), shown.end());
    values.erase(-1);
    EXPECT_EQ(values.size(), 50u);
    EXPECT_EQ(*values.begin(), 0);
    EXPECT_EQ(*values.rbegin(), 49);
    const double n = static_cast<double>(rows.log.size());
    for (std::int32_t v = 0; v < 50; ++v)  // pairs hardly repeat: multinomial
        EXPECT_LT(std::fabs(share(f[2].value, v) - .02) / std::sqrt(.02 * .98 / n), 5.5) << v;
}

TEST(Features, cross_ids_without_collision_where_they_fit) {
    Scenario s = small_world(3000);
    s.users.count = 30;
    s.items.count = 40;
    s.items.categories = 5;
    s.features = {feature("uc", "cross.user_category", 150), feature("ub", "cross.user_brand", 600),
                  feature("ui", "cross.user_item", 1200),    feature("cc", "cross.category_channel", 40),
                  feature("category", "item.category", 5),   feature("brand", "item.brand", 20),
                  feature("channel", "context.channel", 8)};
    const World world = make_world(s, 1);
    const LogRows rows = whole_log(world);
    const auto& f = rows.log.features;
    for (std::size_t i = 0; i < rows.log.size(); ++i) {
        const auto& item = world.population.items[static_cast<std::size_t>(rows.log.item_id[i])];
        const auto user = rows.log.user_id[i];
        EXPECT_EQ(f[4].value[i], item.category);
        EXPECT_EQ(f[5].value[i], item.category * 4 + item.brand);
        EXPECT_EQ(f[0].value[i], user * 5 + item.category);
        EXPECT_EQ(f[1].value[i], (user * 5 + item.category) * 4 + item.brand);
        EXPECT_EQ(f[2].value[i], user * 40 + rows.log.item_id[i]);
        EXPECT_EQ(f[3].value[i], item.category * 8 + f[6].value[i]);
    }
}

// Fidelity φ of an id among v values: shown with probability φ + (1 − φ)/v, per click; n = 40 000, 5 sd.
TEST(Features, replace_an_id_at_random_with_one_minus_fidelity) {
    const LogRows rows =
        log_with({feature("exact", "context.channel", 8), feature("p7", "context.channel", 8, .7),
                  feature("p0", "context.channel", 8, 0)});
    const auto& f = rows.log.features;
    const auto n = static_cast<double>(rows.log.size());
    for (const auto& [column, fidelity] : {std::pair{1u, .7}, std::pair{2u, 0.0}}) {
        double same = 0;
        for (std::size_t i = 0; i < rows.log.size(); ++i) same += f[column].value[i] == f[0].value[i];
        const double q = fidelity + (1 - fidelity) / 8;
        EXPECT_LT(std::fabs(same / n - q) / std::sqrt(q * (1 - q) / n), 5) << fidelity;
    }
}

// Shares of −1 by column at 5 sd, and independent between columns that share the words of one lane.
TEST(Features, are_missing_as_often_as_the_scenario_says) {
    const double missing[] = {0, .1, .5, 1, .02};
    std::vector<Feature> features;
    for (const double m : missing) features.push_back(feature(std::to_string(m), "context.channel", 8, 1, m));
    const LogRows rows = log_with(features);
    const auto n = static_cast<double>(rows.log.size());
    for (std::size_t c = 0; c < 5; ++c) {
        const double q = missing[c];
        EXPECT_LE(std::fabs(share(rows.log.features[c].value, -1) - q), 5 * std::sqrt(q * (1 - q) / n)) << q;
    }
    double both = 0;
    for (std::size_t i = 0; i < rows.log.size(); ++i)
        both += rows.log.features[1].value[i] < 0 && rows.log.features[2].value[i] < 0;
    EXPECT_LT(std::fabs(both / n - .05) / std::sqrt(.05 * .95 / n), 5);
}

TEST(Features, of_noise_are_uniform_and_know_nothing) {
    const LogRows rows = log_with({feature("a", "noise", 5), feature("b", "noise", 5)});
    const auto n = static_cast<double>(rows.log.size());
    double same = 0;
    for (std::int32_t v = 0; v < 5; ++v)
        EXPECT_LT(std::fabs(share(rows.log.features[0].value, v) - .2) / std::sqrt(.16 / n), 5);
    for (std::size_t i = 0; i < rows.log.size(); ++i)
        same += rows.log.features[0].value[i] == rows.log.features[1].value[i];
    EXPECT_LT(std::fabs(same / n - .2) / std::sqrt(.16 / n), 5);
}

TEST(Features, stay_in_their_range_whatever_the_source) {
    for (const auto& source : feature_sources())
        for (const std::int64_t values : {1, 3, 1 << 20}) {
            const LogRows rows = log_with({feature("f", std::string(source.name), values, .5, .2)}, 500, 40);
            for (const std::int32_t v : rows.log.features[0].value) {
                EXPECT_GE(v, -1) << source.name;
                EXPECT_LT(v, values) << source.name;
            }
        }
}

TEST(Features, have_sources_with_unique_names_that_are_found) {
    std::set<std::string_view> names;
    for (const auto& source : feature_sources()) {
        EXPECT_TRUE(names.insert(source.name).second) << source.name;
        EXPECT_EQ(find_source(source.name), &source);
        EXPECT_FALSE(source.help.empty()) << source.name;
    }
    EXPECT_EQ(find_source("user.ids"), nullptr);
}

}  // namespace
}  // namespace netcvr
