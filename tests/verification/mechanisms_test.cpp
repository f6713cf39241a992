// Each mechanism on its own, in a world where small faults show: labels against the truth along the direction
// in which a mutant of the mechanism would bend it, T = Σ (p' − p)(label − p), and over the usual cells. The
// mutant's own truth must be rejected by the same score.

#include <memory>

#include "tests/verification/cells.h"

namespace netcvr {
namespace {

/// The worst of three scores (cvr, net_cvr, refund_rate over conversions) of a truth along `other` − `truth`.
double along(const Sample& s, const Law& truth, const Law& other, const Law& tested) {
    std::vector<Score> scores(3);
    for (std::size_t i = 0; i < s.clicks.size(); ++i) {
        scores[0].add(other.cvr[i] - truth.cvr[i], s.converted[i], tested.cvr[i]);
        scores[1].add(other.net_cvr[i] - truth.net_cvr[i], s.net[i], tested.net_cvr[i]);
        if (s.converted[i])
            scores[2].add(other.refund_rate[i] - truth.refund_rate[i], s.refunded[i], tested.refund_rate[i]);
    }
    return worst(scores);
}

using Change = std::function<void(Scenario&)>;

class Mechanism {
public:
    explicit Mechanism(const char* name, const Change& on, double clicks = 150000)
        : s_(with(name, on, clicks)), truth_(s_.law(s_.world)) {
        const double most = worst_cell(s_, stated(s_));
        std::printf("    %s: worst of the cells %.2f (bound %.2f)\n", name, most, cell_bound(s_));
        EXPECT_LT(most, cell_bound(s_)) << name;
    }
    const Sample& sample() const { return s_; }

    /// The same clicks under a world changed after its calibration.
    void rejects(const char* mutant, const Change& change) const {
        World wrong = s_.world;
        change(wrong.scenario);
        wrong.time = TimeEffects(wrong.scenario);
        wrong.conversion_law[1] = conversion_delay_law(wrong.scenario, 1);
        wrong.refund_law[1] = refund_delay_law(wrong.scenario, 1);
        const Law other = s_.law(wrong);
        const double bound = bound_of(3 * most_mutants);
        EXPECT_LT(along(s_, truth_, other, truth_), bound) << mutant;
        expect_rejected(mutant, along(s_, truth_, other, other), bound);
    }

private:
    static constexpr std::size_t most_mutants = 60;
    static Scenario with(const char* name, const Change& on, double clicks) {
        Scenario s = power_world(clicks);
        s.name = name;
        s.features.resize(2);
        on(s);
        return s;
    }
    Sample s_;
    Law truth_;
};

struct Moved {
    const char* name;
    Scenario::Drift Scenario::*drift;
};
constexpr Moved moved[] = {{"cvr", &Scenario::conversion_drift},
                           {"conversion delay", &Scenario::conversion_delay_drift},
                           {"refund", &Scenario::refund_drift},
                           {"refund delay", &Scenario::refund_delay_drift}};

TEST(Drift, of_every_kind_and_quantity_is_in_the_truth) {
    for (const Moved& one : moved) {
        const auto with = [&](const char* kind, Scenario::Drift on, Scenario::Drift wrong) {
            const std::string title = std::string(kind) + " of the " + one.name;
            const Mechanism m(title.c_str(), [&](Scenario& s) {
                s.conversion_drift.walk = s.refund_drift.walk = 0;
                s.*one.drift = on;
            });
            m.rejects((title + " a day late or dropped").c_str(), [&](Scenario& s) { s.*one.drift = wrong; });
        };
        with("walk", {.walk = .5}, {.walk = 0});
        with("step", {.walk = 0, .step = 1, .step_at = 4 * day}, {.walk = 0, .step = 1, .step_at = 5 * day});
        with("ramp", {.walk = 0, .ramp = 2, .ramp_begin = 2 * day, .ramp_end = 6 * day},
             {.walk = 0, .ramp = 2, .ramp_begin = 3 * day, .ramp_end = 7 * day});
        with("wave", {.walk = 0, .wave = 1, .wave_period = 3 * day},
             {.walk = 0, .wave = 1, .wave_period = 4 * day});
    }
}

TEST(Promotion, moves_its_clicks_and_nobody_elses) {
    const Mechanism m("promotion", [](Scenario& s) {
        s.promotion = {30 * hour, 20 * hour, 3 * day, 1.5, .8, .9, .7, 1.2};
    });
    m.rejects("promotion an hour late", [](Scenario& s) { s.promotion.begin += hour; });
    m.rejects("promotion that comes once", [](Scenario& s) { s.promotion.every = 0; });
    m.rejects("promotion without its effect on conversion", [](Scenario& s) { s.promotion.conversion = 0; });
    m.rejects("promotion without its longer delays", [](Scenario& s) { s.promotion.conversion_delay = 0; });
    m.rejects("promotion without its refund wave", [](Scenario& s) { s.promotion.refund = 0; });
    m.rejects("promotion without its later refunds", [](Scenario& s) { s.promotion.refund_delay = 0; });
}

TEST(Weekdays, are_local_and_of_the_click) {
    const Mechanism m("weekdays", [](Scenario& s) {
        s.log.duration = 14 * day;
        s.weekdays.traffic = {1, 2, 3, 1, 2, 4, 1};
        s.weekdays.conversion = {.1, -.3, .5, -.7, .2, .4, 0};
        s.weekdays.refund = {-.4, .3, .1, .6, -.2, .5, .2};
    });
    m.rejects("weekdays one day late", [](Scenario& s) {
        std::rotate(s.weekdays.conversion.begin(), s.weekdays.conversion.begin() + 6,
                    s.weekdays.conversion.end());
    });
    m.rejects("refund weekdays one day early", [](Scenario& s) {
        std::rotate(s.weekdays.refund.begin(), s.weekdays.refund.begin() + 1, s.weekdays.refund.end());
    });
}

TEST(DelayPropensity, shortens_the_delays_of_likely_buyers) {
    const Mechanism m("propensity", [](Scenario& s) {
        s.conversion_delay.propensity = -.5, s.refund_delay.propensity = .5;
    });
    m.rejects("conversion delays regardless of propensity",
              [](Scenario& s) { s.conversion_delay.propensity = 0; });
    m.rejects("refund delays regardless of propensity", [](Scenario& s) { s.refund_delay.propensity = 0; });
}

TEST(MixedFamilies, have_each_class_in_its_own) {
    const Mechanism m(
        "mixed families",
        [](Scenario& s) {
            s.conversion_delay.family = "log-normal", s.conversion_delay.considered_family = "gamma";
            s.refund_delay.family = "log-logistic", s.refund_delay.return_family = "gamma";
            s.conversion_delay.shape = {.6, .4}, s.refund_delay.shape = {.7, .4};
        },
        600000);
    m.rejects("considered buyers of the impulse family",
              [](Scenario& s) { s.conversion_delay.considered_family = "same"; });
    m.rejects("returns of the cancel family", [](Scenario& s) { s.refund_delay.return_family = "same"; });
}

// ---- hidden effects: two truths of one click

/// E f(ε) over the middles of equal slices of the normal law: independent of the trapezoid rule of the world.
double mean_over_normal(const std::function<double(double)>& f) {
    constexpr int slices = 4000;
    double sum = 0;
    for (int k = 0; k < slices; ++k)
        sum += f(boost::math::quantile(boost::math::normal(), (k + .5) / slices)) / slices;
    return sum;
}

const std::vector<float>& statement(const LogRows& rows, const std::string& name) {
    for (const auto& column : rows.truth.more)
        if (column.name == name) return column.value;
    throw std::logic_error(name);
}

TEST(Hidden, effects_are_in_the_truth_and_averaged_in_what_is_explained) {
    const auto on = [](Scenario& s) { s.hidden = {1.5, 1.2}; };
    const Mechanism m("hidden", on, 400000);
    m.rejects("hidden effect of conversions ignored", [](Scenario& s) { s.hidden.conversion = 0; });
    m.rejects("hidden effect of refunds ignored", [](Scenario& s) { s.hidden.refund = 0; });
    const Sample& s = m.sample();
    const auto &cvr = statement(s.rows, "cvr_explained"), &net = statement(s.rows, "net_cvr_explained"),
               &refund = statement(s.rows, "refund_rate_explained");
    // Against the mean of the reference law over both effects, which are independent.
    for (std::size_t i = 0; i < 20; ++i) {
        Clicks one = s.clicks;
        const auto law_at = [&](double conversion, double refund_effect) {
            one.hidden_conversion[i] = conversion, one.hidden_refund[i] = refund_effect;
            return reference_law(s.world, one, i);
        };
        const double mean_cvr = mean_over_normal([&](double e) { return law_at(e, 0).cvr(); });
        const double mean_rate = mean_over_normal([&](double e) { return law_at(0, e).refund_rate(); });
        EXPECT_NEAR(cvr[i], mean_cvr, 2e-5) << i;
        EXPECT_NEAR(refund[i], mean_rate, 2e-5) << i;
        EXPECT_NEAR(net[i], mean_cvr * (1 - mean_rate), 2e-5) << i;
    }
    // Σ (label − what is explained) over sets that the hidden effects do not decide.
    const Truths explained = {
        {cvr.begin(), cvr.end()}, {refund.begin(), refund.end()}, {net.begin(), net.end()}};
    const double bound = cell_bound(s), most = worst_cell(s, explained);
    std::printf("    explained: worst of the cells %.2f (bound %.2f)\n", most, bound);
    EXPECT_LT(most, bound);
    World wrong = s.world;
    wrong.scenario.hidden = {0, 0};
    expect_rejected("explained = truth at no hidden effect", worst_cell(s, stated(s.law(wrong))), bound);
}

TEST(UnreportedRefunds, are_kept_by_the_truth_and_missing_in_the_log) {
    const Mechanism m(
        "unreported", [](Scenario& s) { s.refund.unreported = .4; }, 300000);
    const Sample& s = m.sample();
    const auto& reported = statement(s.rows, "net_cvr_reported");
    Truths truth = stated(s);
    std::vector<Tally> right(24), blind(24);
    const Windows& w = s.world.scenario.windows;
    const Time end = s.world.scenario.log.duration + s.world.scenario.log.follow_up;
    for (std::size_t i = 0; i < s.clicks.size(); ++i) {
        const ClickLog& log = s.rows.log;
        if (log.click_time[i] + w.maturity() > end) continue;
        const bool net =
            within(log.click_time[i], log.conversion_time[i], w.conversion_attribution, Edge::open) &&
            !within(log.conversion_time[i], log.refund_time[i], w.refund_attribution, Edge::open);
        const auto h = static_cast<std::size_t>(hour_of(s.world.scenario, log.click_time[i]));
        right[h].add(net, reported[i]);
        blind[h].add(net, truth.net_cvr[i]);
    }
    const double bound = bound_of(24);
    std::printf("    worst hour of the reported labels %.2f (bound %.2f)\n", worst(right), bound);
    EXPECT_LT(worst(right), bound);
    expect_rejected("all refunds reported", worst(blind), bound);
}

}  // namespace
}  // namespace netcvr
