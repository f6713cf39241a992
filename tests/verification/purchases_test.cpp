// Repeat purchases and money against formulas of world.md A5 and its formula sheet. Repeats of one click
// share its class, so sums are over clicks and normalised by their own spread. Mutants: repeats timed from
// the click, repeats counted by the window of the first, class redrawn for a repeat or its refund, refund of
// a repeat taken for the first's, orders without their mean, partial refunds as full ones, ordinals that
// share a lane.

#include <map>
#include <random>

#include "tests/verification/cells.h"

namespace netcvr {
namespace {

Scenario shop(double clicks) {
    Scenario s = power_world(clicks);
    s.name = "shop";
    s.features.resize(2);
    s.log.follow_up = 8 * day;
    s.repeats = {.user = .4, .activity = .2, .considered = 1, .cap = 5};
    s.repeats.gap_median = 10 * hour;
    s.repeats.attribution = 2 * day;
    s.money = {.price_median = 30, .price_spread = .8, .value_spread = .4, .partial = .5};
    s.targets.repurchases_per_click = .4;
    return s;
}

/// Σ w (x − E x) over clicks, divided by the root of its own sum of squares.
struct Residual {
    double sum = 0, squares = 0;
    void add(double w, double x, double mean) {
        sum += w * (x - mean), squares += w * w * (x - mean) * (x - mean);
    }
    double z() const { return squares > 0 ? sum / std::sqrt(squares) : 0; }
};

/// What became of a click.
struct Bought {
    double repeats = 0, pairs = 0, refunded = 0, value = 0, kept_value = 0;
    double repeats_by_first_window = 0;  // a wrong count: D + gap < W_A
    bool any_kept = false, any_refunded = false;
};

/// The same in expectation.
struct Expected {
    double repeats, pairs, refunded, any_kept, value, kept_value, first_value, first_kept_value;
    double redrawn, refund_redrawn, kept_as_first, kept_without_refunds, kept_value_all;  // mutants
};

class Purchased {
public:
    explicit Purchased(const Scenario& s)
        : sample(s), scenario(sample.world.scenario), gap_scale(reference_gap_log_scale(scenario)) {
        bought.resize(sample.clicks.size());
        const Purchases& p = sample.rows.log.purchases;
        for (std::size_t k = 0; k < p.size(); ++k) add(k, static_cast<std::size_t>(p.row[k]));
    }

    Expected expected(std::size_t i) const {
        const ReferenceLaw law = reference_law(sample.world, sample.clicks, i);
        const Windows& w = scenario.windows;
        const double h =
            reference_gap_cdf(scenario, gap_scale, static_cast<double>(scenario.repeats.attribution));
        const double returned_share = 1 - scenario.money.partial / 2;
        Expected e{};
        double converted = 0, mean_mu = 0, mean_refund = 0;
        for (std::size_t k = 0; k < 2; ++k) {
            const double mass =
                law.conversion * law.weight(k) * law.f(k, static_cast<double>(w.conversion_attribution));
            const double g = law.g(k, static_cast<double>(w.refund_attribution));
            const double mu = law.repeat_mean[k], first = law.refund[k] * g, later = law.repeat_refund[k] * g;
            e.repeats += mass * mu * h;
            e.pairs += mass * mu * h * mu * h;
            e.refunded += mass * mu * h * later;
            e.any_kept += mass * (1 - first * std::exp(-mu * h * (1 - later)));
            e.kept_as_first += mass * (1 - first);
            e.kept_without_refunds += mass * (1 - first * std::exp(-mu * h));
            e.value += law.price * mass * (1 + mu * h);
            e.kept_value +=
                law.price * mass * ((1 - returned_share * first) + mu * h * (1 - returned_share * later));
            e.first_value += law.price * mass;
            e.first_kept_value += law.price * mass * (1 - returned_share * first);
            e.kept_value_all += law.price * mass * ((1 - first) + mu * h * (1 - later));
            converted += mass, mean_mu += law.weight(k) * mu, mean_refund += law.weight(k) * later;
        }
        e.redrawn = converted * mean_mu * h;
        e.refund_redrawn = e.repeats * mean_refund;
        return e;
    }

    Sample sample;
    const Scenario& scenario;
    double gap_scale;
    std::vector<Bought> bought;

private:
    void add(std::size_t k, std::size_t i) {
        const Purchases& p = sample.rows.log.purchases;
        const Windows& w = scenario.windows;
        const Time first = sample.rows.log.conversion_time[i];
        if (!sample.converted[i]) return;
        Bought& to = bought[i];
        const bool repeat = p.ordinal[k] > 0;
        if (repeat && within(sample.clicks.time[i], p.purchase_time[k], w.conversion_attribution, Edge::open))
            to.repeats_by_first_window += 1;
        const bool refunded = within(p.purchase_time[k], p.refund_time[k], w.refund_attribution, Edge::open);
        to.any_refunded |= refunded;
        if (repeat && !within(first, p.purchase_time[k], scenario.repeats.attribution, Edge::open)) return;
        if (repeat) to.pairs += 2 * to.repeats, to.repeats += 1, to.refunded += refunded;
        to.any_kept |= !refunded;
        to.value += p.order_value[k];
        to.kept_value += p.order_value[k] - (refunded ? p.refund_value[k] : 0);
    }
};

TEST(Purchases, of_a_click_are_what_the_formulas_say) {
    const Purchased shop_world(shop(400000));
    const double bound = bound_of(30);
    struct Row {
        const char* name;
        double Bought::*count;
        double Expected::*mean;
        const char* mutant;
        double Expected::*wrong;
    };
    const Row rows[] = {
        {"repeats", &Bought::repeats, &Expected::repeats, "class redrawn for the repeat", &Expected::redrawn},
        {"pairs of repeats", &Bought::pairs, &Expected::pairs, nullptr, nullptr},
        {"refunded repeats", &Bought::refunded, &Expected::refunded, "class redrawn for a repeat's refund",
         &Expected::refund_redrawn},
        {"value", &Bought::value, &Expected::value, nullptr, nullptr},
        {"value kept", &Bought::kept_value, &Expected::kept_value, "partial refunds as full ones",
         &Expected::kept_value_all},
    };
    std::vector<Expected> expected;
    for (std::size_t i = 0; i < shop_world.bought.size(); ++i) expected.push_back(shop_world.expected(i));
    for (const Row& row : rows) {
        Residual all, along, mutant;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const double x = shop_world.bought[i].*row.count, mean = expected[i].*row.mean;
            all.add(1, x, mean);
            if (row.wrong == nullptr) continue;
            const double direction = expected[i].*row.wrong - mean;
            along.add(direction, x, mean);
            mutant.add(direction, x, expected[i].*row.wrong);
        }
        std::printf("    %-18s %+.2f, along its mutant %+.2f (bound %.2f)\n", row.name, all.z(), along.z(),
                    bound);
        EXPECT_LT(std::fabs(all.z()), bound) << row.name;
        EXPECT_LT(std::fabs(along.z()), bound) << row.name;
        if (row.mutant != nullptr) expect_rejected(row.mutant, std::fabs(mutant.z()), bound);
    }
    Residual first_window;
    Tally any, as_first, unrefunded, net_of_any;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const Bought& b = shop_world.bought[i];
        first_window.add(1, b.repeats_by_first_window, expected[i].repeats);
        any.add(b.any_kept, expected[i].any_kept);
        as_first.add(b.any_kept, expected[i].kept_as_first);
        unrefunded.add(b.any_kept, expected[i].kept_without_refunds);
        net_of_any.add(shop_world.sample.converted[i] && !b.any_refunded,
                       shop_world.sample.rows.truth.net_cvr[i]);
    }
    std::printf("    %-18s %+.2f\n", "any kept", any.z());
    EXPECT_LT(std::fabs(any.z()), bound);
    expect_rejected("repeats counted by the first purchase's window", std::fabs(first_window.z()), bound);
    expect_rejected("any kept = first kept", std::fabs(as_first.z()), bound);
    expect_rejected("repeats that are never refunded", std::fabs(unrefunded.z()), bound);
    expect_rejected("refund of a repeat taken for the first's", std::fabs(net_of_any.z()), bound);
}

/// What /truth states of purchases is the reference's expectation.
TEST(Purchases, are_stated_as_the_reference_expects_them) {
    const Purchased shop_world(shop(20000));
    const auto& more = shop_world.sample.rows.truth.more;
    const auto column = [&](std::string_view name) {
        return std::find_if(more.begin(), more.end(), [&](const auto& c) { return c.name == name; })->value;
    };
    const auto repurchases = column("repurchases"), any = column("net_any"), gmv = column("gmv"),
               net_gmv = column("net_gmv"), gmv_first = column("gmv_first"),
               net_gmv_first = column("net_gmv_first");
    for (std::size_t i = 0; i < 3000; ++i) {
        const Expected e = shop_world.expected(i);
        ASSERT_NEAR(repurchases[i], e.repeats, 3e-7 * e.repeats) << i;
        ASSERT_NEAR(any[i], e.any_kept, 3e-7 * e.any_kept) << i;
        ASSERT_NEAR(gmv[i], e.value, 3e-7 * e.value) << i;
        ASSERT_NEAR(net_gmv[i], e.kept_value, 3e-7 * e.value) << i;
        ASSERT_NEAR(gmv_first[i], e.first_value, 3e-7 * e.value) << i;
        ASSERT_NEAR(net_gmv_first[i], e.first_kept_value, 3e-7 * e.value) << i;
    }
}

TEST(Repeats, come_a_gap_after_the_first_purchase) {
    for (const char* family : {"weibull", "log-normal", "gamma"}) {
        Scenario s = shop(60000);
        s.repeats.gap_family = family;
        const Purchased world(s);
        const Purchases& p = world.sample.rows.log.purchases;
        const auto h = [&](double t) { return reference_gap_cdf(world.scenario, world.gap_scale, t); };
        const double all = h(static_cast<double>(s.repeats.attribution));
        std::mt19937_64 random(5);
        std::uniform_real_distribution<double> draw;
        std::vector<double> place, from_click;
        for (std::size_t k = 0; k < p.size(); ++k) {
            const auto i = static_cast<std::size_t>(p.row[k]);
            const Time first = world.sample.rows.log.conversion_time[i];
            if (p.ordinal[k] == 0 || !world.sample.converted[i]) continue;
            const auto pit = [&, v = draw(random)](Time since) {
                const auto gap = static_cast<double>(p.purchase_time[k] - since);
                return (h(gap) + v * (h(gap + 1) - h(gap))) / all;
            };
            if (p.purchase_time[k] - first < s.repeats.attribution) place.push_back(pit(first));
            if (p.purchase_time[k] - world.sample.clicks.time[i] < s.repeats.attribution)
                from_click.push_back(pit(world.sample.clicks.time[i]));
        }
        const double bound = kolmogorov_bound(3);
        std::printf("    %-10s KS of the gap %.2f (n %zu, bound %.2f)\n", family, kolmogorov(place),
                    place.size(), bound);
        EXPECT_LT(kolmogorov(place), bound) << family;
        expect_rejected("repeats timed from the click", kolmogorov(from_click), bound);
    }
}

TEST(Money, has_log_normal_orders_and_even_shares_of_partial_refunds) {
    const Purchased world(shop(200000));
    const Purchases& p = world.sample.rows.log.purchases;
    const double spread = world.scenario.money.value_spread;
    std::vector<double> value, without_mean, share;
    Tally partial;
    for (std::size_t k = 0; k < p.size(); ++k) {
        const ReferenceLaw law =
            reference_law(world.sample.world, world.sample.clicks, static_cast<std::size_t>(p.row[k]));
        const double log_value = std::log(p.order_value[k] / law.price);
        const boost::math::normal normal;
        value.push_back(cdf(normal, log_value / spread + spread / 2));
        without_mean.push_back(cdf(normal, log_value / spread));
        if (p.refund_time[k] == never) continue;
        const double back = double{p.refund_value[k]} / double{p.order_value[k]};
        partial.add(back < 1 - 1e-6, world.scenario.money.partial);
        if (back < 1 - 1e-6) share.push_back(back);
    }
    const double bound = kolmogorov_bound(2);
    std::printf("    KS of log values %.2f, of partial shares %.2f (bound %.2f); partial %.2f\n",
                kolmogorov(value), kolmogorov(share), bound, partial.z());
    EXPECT_LT(kolmogorov(value), bound);
    EXPECT_LT(kolmogorov(share), bound);
    EXPECT_LT(std::fabs(partial.z()), bound_of(1));
    expect_rejected("orders whose median is the expected value", kolmogorov(without_mean), bound);
}

/// Σ a b over pairs of independent residuals, over its standard deviation.
struct Product {
    double sum = 0, variance = 0;
    void add(double a, double var_a, double b, double var_b) { sum += a * b, variance += var_a * var_b; }
    double z() const { return variance > 0 ? sum / std::sqrt(variance) : 0; }
};

/// One number of a click's purchases, with mean 0 and this variance under independent draws.
struct Draws {
    double value = 0, variance = 0;
};

// With one intent class and all refunds seen, every number of a click is independent of every other.
TEST(Addresses, of_purchases_are_different_for_every_purpose_and_ordinal) {
    Scenario s = shop(300000);
    s.intent.considered = 0;
    s.log.follow_up = 60 * day;
    s.repeats.gap_shape = 1, s.repeats.gap_median = hour;
    s.refund_delay.ratio = 5, s.targets.refund_delay_median = 10 * minute;
    const Purchased world(s);
    const Purchases& p = world.sample.rows.log.purchases;
    std::map<std::string, Product> pairs;
    Product shared_lane, shared_purpose;
    for (std::size_t k = 0; k < p.size();) {
        std::size_t end = k + 1;
        while (end < p.size() && p.row[end] == p.row[k]) ++end;
        const auto i = static_cast<std::size_t>(p.row[k]);
        const ReferenceLaw law = reference_law(world.sample.world, world.sample.clicks, i);
        std::vector<std::pair<std::string, Draws>> numbers;
        const double mu = law.repeat_mean[0];
        const auto delay = static_cast<double>(p.purchase_time[k] - world.sample.clicks.time[i]);
        numbers.push_back({"count", {static_cast<double>(end - k - 1) - mu, mu}});
        numbers.push_back({"delay", {(law.f(0, delay) + law.f(0, delay + 1)) / 2 - .5, 1 / 12.0}});
        for (std::size_t q = k; q < std::min(end, k + 3); ++q) {
            const std::string of = std::to_string(q - k);
            const double spread = world.scenario.money.value_spread;
            const double value =
                cdf(boost::math::normal(), std::log(p.order_value[q] / law.price) / spread + spread / 2);
            const double rho = q == k ? law.refund[0] : law.repeat_refund[0];
            numbers.push_back({"value " + of, {value - .5, 1 / 12.0}});
            numbers.push_back({"refund " + of, {(p.refund_time[q] != never) - rho, rho * (1 - rho)}});
            if (q == k) continue;
            const auto gap = static_cast<double>(p.purchase_time[q] - p.purchase_time[k]);
            const double middle = (reference_gap_cdf(world.scenario, world.gap_scale, gap) +
                                   reference_gap_cdf(world.scenario, world.gap_scale, gap + 1)) /
                                  2;
            numbers.push_back({"gap " + of, {middle - .5, 1 / 12.0}});
            if (q == k + 1) {
                shared_lane.add(value - .5, 1 / 12.0, value - .5, 1 / 12.0);
                shared_purpose.add(middle - .5, 1 / 12.0, (middle < rho) - rho, rho * (1 - rho));
            }
        }
        for (std::size_t a = 0; a < numbers.size(); ++a)
            for (std::size_t b = a + 1; b < numbers.size(); ++b) {
                // Which repeats there are depends on the count.
                const bool conditioned = a == 0 && b > 3;
                if (conditioned) continue;
                const Draws &x = numbers[a].second, &y = numbers[b].second;
                pairs[numbers[a].first + " × " + numbers[b].first].add(x.value, x.variance, y.value,
                                                                       y.variance);
            }
        k = end;
    }
    const double bound = bound_of(pairs.size());
    double most = 0;
    for (const auto& [name, product] : pairs) {
        EXPECT_LT(std::fabs(product.z()), bound) << name;
        most = std::max(most, std::fabs(product.z()));
    }
    std::printf("    worst of %zu pairs of draws %.2f (bound %.2f)\n", pairs.size(), most, bound);
    expect_rejected("two ordinals that share a lane", std::fabs(shared_lane.z()), bound);
    expect_rejected("one address for a repeat's gap and its refund", std::fabs(shared_purpose.z()), bound);
}

}  // namespace
}  // namespace netcvr
