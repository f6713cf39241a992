#include "output/validation.h"

#include <numeric>

#include <gtest/gtest.h>

#include "output/goodness.h"
#include "tests/sim/worlds.h"

namespace netcvr {
namespace {

/// A log of a small world with repeats, money, unreported refunds, hidden effects, a promotion and entrants.
struct Drawn {
    World world;
    LogFile file;
    ExpectedClicks clicks;
    explicit Drawn(const Scenario& s)
        : world(make_world(s, 1)),
          file(simulate_in_memory(world, header_of(world, "", true), 1)),
          clicks(expected_clicks(world, file.log)) {}

    std::vector<std::string> failing() const { return validate_truth(file, world.scenario, &clicks).failing; }
};

Scenario rich_world() {
    Scenario s = small_world(20000);
    s.targets.repurchases_per_click = .1;
    s.money.price_median = 30;
    s.refund.unreported = .3;
    s.hidden = {.8, .6};
    s.promotion = {20 * hour, 9 * hour, 30 * hour, 1.5, .8, .6, .9, .7};
    s.users.entering = .3;
    return s;
}
const Drawn& drawn() {
    static const Drawn one(rich_world());
    return one;
}

std::string joined(const std::vector<std::string>& lines) {
    return std::accumulate(lines.begin(), lines.end(), std::string(),
                           [](const std::string& a, const std::string& b) { return a + b + "\n"; });
}

TEST(Validation, passes_a_log_that_its_truth_drew) {
    EXPECT_EQ(joined(drawn().failing()), "");
}

// What the tests are for: a truth that is not the law of the log.
TEST(Validation, fails_a_log_whose_truth_was_changed) {
    const auto expect_failure = [](const char* change, const std::string& quantity, auto damage) {
        Drawn d = drawn();
        damage(d);
        const auto failing = d.failing();
        ASSERT_FALSE(failing.empty()) << change;
        EXPECT_NE(joined(failing).find(quantity), std::string::npos) << change << ":\n" << joined(failing);
    };
    const auto shift = [](auto& column) { std::rotate(column.begin(), column.begin() + 1, column.end()); };
    const auto law = [](Drawn& d, const std::string& name) -> std::vector<float>& {
        for (auto& column : d.file.truth->law)
            if (column.name == name) return column.value;
        throw std::logic_error(name);
    };
    const auto more = [](Drawn& d, const std::string& name) -> std::vector<float>& {
        for (auto& column : d.file.truth->more)
            if (column.name == name) return column.value;
        throw std::logic_error(name);
    };
    expect_failure("cvr and net_cvr swapped", "cvr by all",
                   [](Drawn& d) { d.file.truth->cvr.swap(d.file.truth->net_cvr); });
    expect_failure("cvr of the next row", "cvr by decile", [&](Drawn& d) { shift(d.file.truth->cvr); });
    expect_failure("refund_rate of the next row", "refund_rate by",
                   [&](Drawn& d) { shift(d.file.truth->refund_rate); });
    expect_failure("net_cvr in order of size", "net_cvr by",
                   [](Drawn& d) { std::sort(d.file.truth->net_cvr.begin(), d.file.truth->net_cvr.end()); });
    expect_failure("cvr 15 % too large", "cvr by all", [](Drawn& d) {
        for (float& p : d.file.truth->cvr) p = std::min(1.F, 1.15F * p);
    });
    expect_failure("cvr_explained without the hidden effects' convexity", "cvr_explained by",
                   [&](Drawn& d) { more(d, "cvr_explained") = d.file.truth->net_cvr; });
    expect_failure("reported refunds for all", "net_cvr_reported by",
                   [&](Drawn& d) { more(d, "net_cvr_reported") = d.file.truth->net_cvr; });
    expect_failure("repurchases of the next row", "repurchases by",
                   [&](Drawn& d) { shift(more(d, "repurchases")); });
    expect_failure("intent classes exchanged", "conversion delay by", [&](Drawn& d) {
        for (float& p : law(d, "considered_share")) p = 1 - p;
    });
    expect_failure("refunds twice as late", "refund delay by", [&](Drawn& d) {
        for (float& x : law(d, "refund_delay_log_scale")) x += .7F;
    });
    expect_failure("orders of another price", "log order value by",
                   [&](Drawn& d) { shift(law(d, "expected_order_value")); });
    expect_failure("users of the neighbour", "mean of the user", [](Drawn& d) {
        for (auto& id : d.file.log.user_id) id = (id + 1) % 300;
    });
    expect_failure("a day of clicks lost", "clicks by day", [](Drawn& d) {
        for (double& mean : d.clicks.per_day) mean *= 1.1;
    });
}

TEST(Validation, without_uncensored_times_takes_clicks_whose_labels_are_final) {
    Drawn d(small_world(20000));
    TruthSchema& schema = d.file.header.truth;
    schema.full = false;
    d.file.truth->conversion_time.clear();
    d.file.truth->refund_time.clear();
    EXPECT_EQ(joined(d.failing()), "");
    // The record ends in the middle: what happened later is not held against the truth.
    d.file.log.follow_up = 0;
    const Time end = d.file.log.duration;
    for (auto* column : {&d.file.log.conversion_time, &d.file.log.refund_time})
        for (Time& t : *column) t = t < end ? t : never;
    EXPECT_EQ(joined(d.failing()), "");
}

// 24 tests of level 1e-4 together: 2 × 24 tails of 2.08e-6 each, z = 4.60; KS: √(ln(2 · 24 / 1e-4) / 2).
TEST(Validation, states_bounds_that_the_number_of_cells_decides) {
    EXPECT_NEAR(bound_of(24), 4.6, .01);
    EXPECT_NEAR(kolmogorov_bound(24), std::sqrt(std::log(480000.) / 2), 1e-12);
    EXPECT_NEAR(z_of(130, 100, 100), 3, 1e-12);
    // P(N >= 5), N of mean 1, is .00366: z = 2.683
    EXPECT_NEAR(z_of(5, 1, 1), 2.683, .002);
    EXPECT_NEAR(kolmogorov({.1, .2, .3, .4}), .6 * 2, 1e-12);
    const TruthValidation v = validate_truth(drawn().file, drawn().world.scenario, &drawn().clicks);
    std::size_t cells = 0;
    for (const auto& test : v.tests) cells += test.cells.size();
    EXPECT_EQ(v.cells, cells);
    EXPECT_EQ(v.z_bound, bound_of(cells));
    const std::string text = validation_text(v);
    EXPECT_NE(text.find("cvr by local hour"), std::string::npos);
    EXPECT_EQ(text.find("FAIL"), std::string::npos);
}

TEST(Structure, of_a_drawn_log_is_whole) {
    for (const auto& check : check_structure(drawn().file)) EXPECT_EQ(check.broken, "") << check.part;
}

TEST(Structure, names_the_row_that_breaks_a_rule) {
    const auto broken = [](auto damage) {
        Drawn d = drawn();
        damage(d.file);
        std::string all;
        for (const auto& check : check_structure(d.file))
            if (!check.broken.empty()) all += check.part + ": " + check.broken;
        return all;
    };
    const auto& p = drawn().file.log.purchases;
    const auto repeat =
        static_cast<std::size_t>(std::find(p.ordinal.begin(), p.ordinal.end(), 1) - p.ordinal.begin());
    ASSERT_LT(repeat, p.size());
    const auto click = static_cast<std::size_t>(p.row[repeat]);
    const auto buy_again = [&](LogFile& f, Time after) {
        f.log.purchases.purchase_time[repeat] = f.log.conversion_time[click] + after;
    };
    EXPECT_EQ(broken([&](LogFile& f) { buy_again(f, 0); }), "");  // two purchases in one second
    EXPECT_EQ(broken([&](LogFile& f) { buy_again(f, -1); }),
              "/purchases, repeats: row " + std::to_string(repeat) + ": before the conversion of row " +
                  std::to_string(click) + " of /log");
    EXPECT_EQ(broken([&](LogFile& f) { f.truth->net_cvr[5] = 1.5F * f.truth->cvr[5]; }).substr(0, 21),
              "/truth/net_cvr: row 5");
    EXPECT_EQ(broken([&](LogFile& f) { f.truth->conversion_time[click] += 1; }),
              "/truth, uncensored times: row " + std::to_string(click) + ": another conversion");
    EXPECT_NE(broken([&](LogFile& f) { f.log.refund_value[click] = 1e6F; }).find("1000000 paid back of"),
              std::string::npos);
}

}  // namespace
}  // namespace netcvr
