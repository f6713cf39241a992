// Score tests: T = Σ x (label − p) for everything that enters the law, variance Σ x² p (1 − p). They find a
// wrong coefficient with a tenth of the data of a test by decile. Mutants: a coefficient 5 % off, affinity
// dropped, positions reversed, price mirrored, drift read at the middle of the block.

#include <functional>
#include <numbers>

#include "tests/verification/statistics.h"

namespace netcvr {
namespace {

constexpr std::size_t labels = 3;

/// The quantities a click's law reads, at most of unit order.
std::vector<std::vector<double>> regressors(const Sample& s) {
    const World& w = s.world;
    Predictors x;
    predict(w, s.clicks, x);
    std::vector<std::vector<double>> all;
    const auto add = [&](const auto& value) {
        auto& column = all.emplace_back();
        for (std::size_t i = 0; i < s.clicks.size(); ++i) column.push_back(value(i));
    };
    const auto user = [&](std::size_t i) { return w.population.users[s.clicks.user[i]]; };
    const auto item = [&](std::size_t i) { return w.population.items[s.clicks.item[i]]; };
    add([&](std::size_t i) { return user(i).purchase; });
    add([&](std::size_t i) { return user(i).refund; });
    add([&](std::size_t i) { return user(i).haste; });
    add([&](std::size_t i) { return std::log(w.population.activity[s.clicks.user[i]]); });
    add([&](std::size_t i) { return user(i).taste[0]; });
    add([&](std::size_t i) { return item(i).appeal; });
    add([&](std::size_t i) { return item(i).returns; });
    add([&](std::size_t i) { return item(i).price; });
    add([&](std::size_t i) { return x.affinity[i]; });
    add([&](std::size_t i) { return x.considered[i] - .5; });
    add([&](std::size_t i) { return (s.clicks.position[i] - 7.5) / 4.6; });
    add([&](std::size_t i) { return w.channel_conversion[s.clicks.channel[i]]; });
    add([&](std::size_t i) { return w.channel_refund[s.clicks.channel[i]]; });
    add([&](std::size_t i) { return static_cast<double>(s.clicks.time[i]) / day / 10 - .5; });
    for (const double k : {1.0, 2.0, 12.0})
        for (const double phase : {0.0, 6.0})
            add([&](std::size_t i) {
                const double h = hour_of(w.scenario, s.clicks.time[i]);
                return std::cos(2 * std::numbers::pi * (k * h - phase) / 24);
            });
    return all;
}

double worst_score(const Sample& s, const std::vector<std::vector<double>>& x, const Law& truth) {
    std::vector<Score> all(labels * x.size());
    for (std::size_t j = 0; j < x.size(); ++j)
        for (std::size_t i = 0; i < s.clicks.size(); ++i) {
            all[labels * j].add(x[j][i], s.converted[i], truth.cvr[i]);
            all[labels * j + 1].add(x[j][i], s.net[i], truth.net_cvr[i]);
            if (s.converted[i]) all[labels * j + 2].add(x[j][i], s.refunded[i], truth.refund_rate[i]);
        }
    return worst(all);
}

TEST(Scores, vanish_for_everything_the_law_reads) {
    const Sample s(power_world(1e6));
    const auto x = regressors(s);
    const double bound = bound_of(labels * x.size()), most = worst_score(s, x, s.law(s.world));
    std::printf("    worst of %zu scores: %.2f (bound %.2f)\n", labels * x.size(), most, bound);
    EXPECT_LT(most, bound);
    const auto reject = [&](const char* mutant, const std::function<void(Scenario&)>& change) {
        World wrong = s.world;
        change(wrong.scenario);
        wrong.time = TimeEffects(wrong.scenario);
        expect_rejected(mutant, worst_score(s, x, s.law(wrong)), bound);
    };
    reject("purchase trait 5 % too strong", [](Scenario& w) { w.conversion.user *= 1.05; });
    reject("refund trait 5 % too strong", [](Scenario& w) { w.refund.user *= 1.05; });
    reject("affinity dropped", [](Scenario& w) { w.conversion.affinity = 0; });
    reject("position reversed", [](Scenario& w) { w.conversion.position *= -1; });
    reject("price mirrored in the refund", [](Scenario& w) { w.refund.price *= -1; });
    reject("haste dropped from the conversion delay", [](Scenario& w) { w.conversion_delay.haste = 0; });
    reject("hour curve one hour late", [](Scenario& w) {
        auto& c = w.hours.conversion;
        std::rotate(c.begin(), c.begin() + 1, c.end());
    });
}

TEST(Scores, vanish_for_two_million_cascade_clicks) {
    const Sample s(cascade_like(2e6));
    const auto x = regressors(s);
    const double bound = bound_of(labels * x.size()), most = worst_score(s, x, s.law(s.world));
    std::printf("    worst of %zu scores: %.2f (bound %.2f)\n", labels * x.size(), most, bound);
    EXPECT_LT(most, bound);
}

// A year in blocks of two days and a fast drift: between a click's second and its block's middle it moves.
TEST(Scores, vanish_for_the_drift_between_a_click_and_the_middle_of_its_block) {
    Scenario scenario = power_world(400000);
    scenario.log.duration = 366 * day;
    scenario.conversion_drift.walk = scenario.refund_drift.walk = 1;
    const Sample s(scenario);
    const double blocks = static_cast<double>(s.world.arrivals.blocks()),
                 width = static_cast<double>(scenario.log.duration) / blocks;
    const std::size_t n = static_cast<std::size_t>(scenario.items.categories);
    const auto at = [&](double t, std::size_t g) {
        const auto d = static_cast<std::size_t>(t / day);
        const double x = t / day - static_cast<double>(d);
        const auto& path = s.world.time.knots(of_conversion);
        return path[d * n + g] * (1 - x) + path[(d + 1) * n + g] * x;
    };
    Predictors right, wrong;
    Law law, mutant;
    predict(s.world, s.clicks, right);
    wrong = right;
    std::vector<double> direction(s.clicks.size());
    for (std::size_t i = 0; i < s.clicks.size(); ++i) {
        const auto t = static_cast<double>(s.clicks.time[i]);
        const double middle = (std::floor(t / width) + .5) * width;
        const std::size_t g = s.world.population.items[s.clicks.item[i]].category;
        direction[i] = at(t, g) - at(middle, g);
        wrong.conversion[i] -= direction[i];
    }
    evaluate(s.world, right, law);
    evaluate(s.world, wrong, mutant);
    Score holds, fails;
    for (std::size_t i = 0; i < s.clicks.size(); ++i) {
        holds.add(direction[i], s.converted[i], law.cvr[i]);
        fails.add(direction[i], s.converted[i], mutant.cvr[i]);
    }
    const double bound = bound_of(1);
    std::printf("    score %.2f (bound %.2f)\n", holds.z(), bound);
    EXPECT_LT(std::fabs(holds.z()), bound);
    expect_rejected("drift at the middle of the block", std::fabs(fails.z()), bound);
}

}  // namespace
}  // namespace netcvr
