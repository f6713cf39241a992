#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "sim/given_inclusion.h"
#include "sim/sample.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

using Ids = std::vector<std::int32_t>;

/// Users 0 … 7: clicks, conversions, repeats and purchases off the log.
UserCounts eight_users() {
    return {.clicks = {0, 3, 10, 4, 20, 2, 9, 1},
            .conversions = {0, 0, 5, 2, 7, 1, 1, 0},
            .repeats = {0, 0, 1, 0, 3, 1, 0, 0},
            .off_log = {2, 0, 0, 0, 0, 0, 6, 0}};
}

Selection choose(const SamplingPlan& plan, std::int64_t seed = 1) {
    return select_users(eight_users(), {}, plan, seed);
}

TEST(SelectUsers, keeps_all_who_bought_on_the_log_or_anywhere) {
    EXPECT_EQ(choose({.scheme = Scheme::buyers}).user_id, (Ids{2, 3, 4, 5, 6}));
    EXPECT_EQ(choose({.scheme = Scheme::buyers, .count = PurchaseCount::all}).user_id,
              (Ids{0, 2, 3, 4, 5, 6}));
}

TEST(SelectUsers, takes_the_most_purchases_repeats_included) {
    const auto two = choose({.scheme = Scheme::top_purchases, .users = 2});
    EXPECT_EQ(two.user_id, (Ids{2, 4}));
    EXPECT_EQ(two.purchases, (Ids{6, 10}));
    EXPECT_EQ(two.threshold, 6);
    EXPECT_EQ(two.strata, (std::vector<Selection::Stratum>{{"all", 2, 5}}));
    const auto anywhere = choose({.scheme = Scheme::top_purchases, .count = PurchaseCount::all, .users = 2});
    EXPECT_EQ(anywhere.user_id, (Ids{4, 6}));  // 10 and 7
    EXPECT_EQ(choose({.scheme = Scheme::top_purchases, .users = 0.4, .share = true}).user_id, two.user_id);
}

TEST(SelectUsers, counts_late_conversions_and_repeats_as_purchases_of_the_log_but_not_as_labels) {
    ClickLog log;
    log.windows.conversion_attribution = 100;
    log.user_id = {3, 8, 3, 8, 8};
    log.click_time = {0, 10, 20, 30, 40};
    log.conversion_time = {50, 110, never, 31, never};  // 110: a whole W_A later
    log.has_purchases = true;
    log.purchases.row = {0, 0, 0, 1, 3, 3};
    log.purchases.ordinal = {0, 1, 2, 0, 0, 1};
    log.purchases.purchase_time = {50, 60, 70, 110, 31, 32};
    LogCounts events({3, 8}, 0, PurchaseCount::logged), labels({3, 8}, 0, PurchaseCount::labels);
    events.add(log), labels.add(log);
    EXPECT_EQ(events.counts.clicks, (std::vector<std::uint32_t>{2, 3}));
    EXPECT_EQ(events.counts.conversions, (std::vector<std::uint32_t>{1, 2}));
    EXPECT_EQ(events.counts.repeats, (std::vector<std::uint32_t>{2, 1}));
    EXPECT_EQ(labels.counts.clicks, (std::vector<std::uint32_t>{2, 3}));
    EXPECT_EQ(labels.counts.conversions, (std::vector<std::uint32_t>{1, 1}));
    EXPECT_EQ(labels.counts.repeats, (std::vector<std::uint32_t>{0, 0}));
}

TEST(SelectUsers, takes_the_most_conversions_per_click) {
    const auto two = choose({.scheme = Scheme::top_rate, .count = PurchaseCount::all, .users = 1});
    EXPECT_EQ(two.threshold, 0.5);  // 5 of 10, 2 of 4 and 1 of 2 alike
    const auto all_half = choose({.scheme = Scheme::top_rate, .count = PurchaseCount::all, .users = 3});
    EXPECT_EQ(all_half.user_id, (Ids{2, 3, 5}));
    EXPECT_EQ(choose({.scheme = Scheme::top_rate, .count = PurchaseCount::all, .users = 6}).user_id.size(),
              6u);
}

TEST(SelectUsers, breaks_ties_by_chance_of_the_seed) {
    std::set<std::int32_t> ever;
    for (std::int64_t seed = 1; seed <= 40; ++seed) {
        const SamplingPlan plan{.scheme = Scheme::top_rate, .count = PurchaseCount::all, .users = 1};
        const auto one = choose(plan, seed);
        EXPECT_EQ(one.user_id, choose(plan, seed).user_id);
        ASSERT_EQ(one.user_id.size(), 1u);
        ever.insert(one.user_id[0]);
    }
    EXPECT_EQ(ever, (std::set<std::int32_t>{2, 3, 5}));  // one is missed with probability 3 (2/3)^40 < 3e-7
}

TEST(SelectUsers, puts_users_into_the_first_stratum_that_fits_and_weighs_them) {
    UserCounts many;
    many.resize(1000);
    for (std::size_t u = 0; u < 1000; ++u) {
        many.clicks[u] = u < 100 ? 8 : u < 500 ? 3 : 0;
        many.conversions[u] = u < 100 ? 6 : u < 110 ? 2 : 0;
        many.repeats[u] = u >= 100 && u < 110 ? 4 : 0;  // six purchases after three clicks
    }
    const auto s = select_users(many, {}, {.scheme = Scheme::activity_strata}, 7);
    EXPECT_EQ(s.strata, (std::vector<Selection::Stratum>{
                            {"purchases=6..", 110, 110}, {"clicks=2..4", 66, 390}, {"clicks=0", 44, 500}}));
    EXPECT_EQ(s.user_id.size(), 220u);
    EXPECT_TRUE(std::ranges::is_sorted(s.user_id));
    for (std::size_t k = 0; k < s.user_id.size(); ++k) {
        const std::size_t h = s.user_id[k] < 110 ? 0 : s.user_id[k] < 500 ? 1 : 2;
        EXPECT_EQ(s.stratum[k], static_cast<std::int32_t>(h));
        EXPECT_FLOAT_EQ(s.inclusion_weight[k], h == 0 ? 1 : h == 1 ? 390 / 66.0F : 500 / 44.0F);
    }
    const std::string said = message(
        Exit::usage, [&] { select_users(many, {}, {.scheme = Scheme::activity_strata, .users = 400}, 7); });
    EXPECT_NE(said.find("purchases=6.. has 110 users, enough for 220"), std::string::npos) << said;
}

TEST(SelectUsers, says_with_how_many_conversions_a_user_would_be_in_as_well) {
    SamplingPlan plan{.scheme = Scheme::top_purchases, .users = 2, .with_bounds = true};
    UserCounts plain = eight_users();
    plain.repeats.assign(8, 0), plain.off_log.assign(8, 0);  // conversions 0 0 5 2 7 1 1 0
    const auto top = select_users(plain, {}, plan, 1);
    EXPECT_EQ(top.user_id, (Ids{2, 4}));
    for (const std::int32_t fewest : top.fewest)  // the first one out has 2
        EXPECT_TRUE(fewest == 2 || fewest == 3) << fewest;
    EXPECT_EQ(top.most, (Ids{10, 20}));
    plan.scheme = Scheme::top_rate, plan.users = 3;  // 5/10, 2/4, 1/2; the first one out has 7/20
    EXPECT_EQ(select_users(plain, {}, plan, 1).fewest, (Ids{4, 2, 1}));
    plan.users = 5;  // nobody is out: one conversion is needed
    EXPECT_EQ(select_users(plain, {}, plan, 1).fewest, (Ids{1, 1, 1, 1, 1}));
    plan = {.scheme = Scheme::activity_strata,
            .with_bounds = true,
            .strata = {{.low = 1, .high = 2, .share = 0.5}, {.low = 5, .share = 0.5}}};
    const auto strata = select_users(plain, {}, plan, 1);
    for (std::size_t k = 0; k < strata.user_id.size(); ++k) {
        EXPECT_EQ(strata.fewest[k], strata.stratum[k] == 0 ? 1 : 5);
        EXPECT_LE(strata.most[k], strata.stratum[k] == 0 ? 2 : 20);
    }
}

TEST(SelectUsers, refuses_more_users_than_there_are) {
    const std::string said =
        message(Exit::usage, [] { choose({.scheme = Scheme::top_purchases, .users = 6}); });
    EXPECT_NE(said.find("6 users are wanted, there are 1 … 5"), std::string::npos) << said;
}

/// Σ over all labels y with fewest <= Σ y <= most: the law by enumeration.
std::vector<double> enumerated(const std::vector<float>& p, int fewest, int most) {
    std::vector<double> joint(p.size(), 0.0);
    double all = 0;
    for (unsigned labels = 0; labels < 1U << p.size(); ++labels) {
        double chance = 1;
        int sum = 0;
        for (std::size_t i = 0; i < p.size(); ++i) {
            const bool y = (labels >> i & 1U) != 0;
            chance *= y ? double{p[i]} : 1.0 - p[i];
            sum += y ? 1 : 0;
        }
        if (sum < fewest || sum > most) continue;
        all += chance;
        for (std::size_t i = 0; i < p.size(); ++i)
            if ((labels >> i & 1U) != 0) joint[i] += chance;
    }
    for (double& j : joint) j /= all;
    return joint;
}

TEST(GivenInclusion, is_the_conditional_law_by_enumeration) {
    const std::vector<float> p = {0.3F, 0.02F, 0.9F, 0.11F, 0.5F, 1e-5F, 0.07F};
    for (int fewest = 0; fewest <= 7; ++fewest)
        for (int most = fewest; most <= 8; ++most) {
            const auto given = given_inclusion(p, fewest, most), wanted = enumerated(p, fewest, most);
            for (std::size_t i = 0; i < p.size(); ++i)
                EXPECT_NEAR(given[i], wanted[i], 1e-12 + 1e-11 * wanted[i])
                    << fewest << " " << most << " " << i;
        }
}

/// P(outcome) and labels of a world of three users, for all 2^8 outcomes.
template <class Visit>
void for_each_outcome(const std::vector<std::vector<float>>& p, Visit visit) {
    for (unsigned labels = 0; labels < 1U << 8; ++labels) {
        double chance = 1;
        unsigned bit = 0;
        std::vector<std::vector<int>> y;
        for (const auto& user : p) {
            y.emplace_back();
            for (const float q : user) {
                y.back().push_back(static_cast<int>(labels >> bit++ & 1U));
                chance *= y.back().back() == 1 ? double{q} : 1.0 - q;
            }
        }
        visit(chance, y);
    }
}

TEST(GivenInclusion, is_the_law_of_the_chosen_users_labels_in_all_outcomes_of_a_world) {
    const std::vector<std::vector<float>> p = {{.3F, .6F, .1F}, {.5F, .2F}, {.7F, .05F, .4F}};
    for (const Scheme scheme : {Scheme::top_purchases, Scheme::top_rate, Scheme::buyers})
        for (const double users : {1.0, 2.0})
            for (std::int64_t seed = 1; seed <= 6; ++seed) {  // other orders of ties
                // By chosen user and bounds: chance, and chance that label i is 1.
                std::map<std::array<std::int32_t, 3>, std::vector<double>> law;
                for_each_outcome(p, [&](double chance, const std::vector<std::vector<int>>& y) {
                    UserCounts counts;
                    counts.resize(3);
                    for (std::size_t u = 0; u < 3; ++u) {
                        counts.clicks[u] = static_cast<std::uint32_t>(p[u].size());
                        for (const int label : y[u]) counts.conversions[u] += label == 1 ? 1 : 0;
                    }
                    const auto buyers =
                        std::ranges::count_if(counts.conversions, [](auto n) { return n > 0; });
                    if (static_cast<double>(buyers) < users) return;
                    SamplingPlan plan{.scheme = scheme, .users = users, .with_bounds = true};
                    const Selection s = select_users(counts, {}, plan, seed);
                    for (std::size_t k = 0; k < s.user_id.size(); ++k) {
                        const auto u = static_cast<std::size_t>(s.user_id[k]);
                        auto& sums = law[{s.user_id[k], s.fewest[k], s.most[k]}];
                        sums.resize(1 + p[u].size());
                        sums[0] += chance;
                        for (std::size_t i = 0; i < p[u].size(); ++i)
                            sums[1 + i] += y[u][i] == 1 ? chance : 0;
                    }
                });
                ASSERT_GE(law.size(), 3u);
                for (const auto& [key, sums] : law) {
                    const auto& mine = p[static_cast<std::size_t>(key[0])];
                    const auto given = given_inclusion(mine, key[1], key[2]);
                    for (std::size_t i = 0; i < mine.size(); ++i)
                        EXPECT_NEAR(given[i], sums[1 + i] / sums[0], 1e-12) << key[0] << " " << key[1];
                }
            }
}

TEST(GivenInclusion, keeps_its_digits_where_inclusion_is_rare) {
    // 40 labels of probability 1e-6, three of them 1: each with probability 3 / 40, by symmetry.
    const std::vector<float> p(40, 1e-6F);
    for (const double q : given_inclusion(p, 3, 40)) EXPECT_NEAR(q, 3.0 / 40, 1e-6);
}

TEST(Sample, keeps_every_row_of_the_chosen_and_no_other) {
    const World world = make_world(small_world(3000), 2);
    const LogRows all = whole_log(world);
    LogHeader header = header_of(world, "", false);
    SamplingPlan plan{.scheme = Scheme::top_purchases, .users = 40};
    const VisitLog visit = [&](const TakeRows& take) { visit_rows(world, false, 2, take); };
    LogCounts log({}, world.population.users.size(), PurchaseCount::logged);
    visit([&](const LogRows& rows, std::size_t) { log.add(rows.log); });
    header.selection = select_users(log.counts, {}, plan, 1);
    const ScratchFolder folder;
    const auto done =
        write_sample(visit, header, {.path = folder.file("s.h5"), .truth = SampleTruth::before});
    const LogFile read = read_log(folder.file("s.h5"));
    EXPECT_EQ(read.log.size(), done.rows);
    EXPECT_EQ(read.header.selection->user_id, header.selection->user_id);
    EXPECT_EQ(read.header.selection->strata, header.selection->strata);
    EXPECT_TRUE(read.header.truth.before_selection);
    EXPECT_FALSE(read.truth.has_value());
    const std::set<std::int32_t> chosen(header.selection->user_id.begin(), header.selection->user_id.end());
    std::size_t next = 0;
    for (std::size_t i = 0; i < all.log.size(); ++i) {
        if (!chosen.contains(all.log.user_id[i])) continue;
        ASSERT_LT(next, read.log.size());
        EXPECT_EQ(read.log.click_time[next], all.log.click_time[i]);
        EXPECT_EQ(read.log.features[5].value[next], all.log.features[5].value[i]);
        EXPECT_EQ(read.log.user_id[next++], all.log.user_id[i]);
    }
    EXPECT_EQ(next, read.log.size());
}

}  // namespace
}  // namespace netcvr
