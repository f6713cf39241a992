// Stages R and P of calibration: refunds, given conversions; repeats, given both.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/calibrate_stages.h"
#include "sim/errors.h"
#include "sim/math.h"

namespace netcvr {
namespace {

using Values = std::vector<double>;

class RefundStage {
public:
    RefundStage(const World& world,
                Spreadable& refund,
                const ConversionMasses& masses,
                Scenario::Solved& found)
        : world_(world),
          s_(world.scenario),
          logit_(refund),
          within_(masses.within),
          counted_(world.scenario.holds_ever() ? masses.ever : masses.within),
          found_(found),
          n_(masses.within[0].size()) {
        for (auto* c : {&window_[0], &window_[1], &kind_[0], &kind_[1]}) c->resize(n_);
        conversions_ = mean(counted_[0]) + mean(counted_[1]);
    }

    double solve_all() {
        double reference = 0;
        if (s_.has_refunds() || s_.targets.refund_delay_median > 0) reference = solve_reference();
        if (!s_.has_refunds()) return reference;
        mass(found_.refund_delay_log_scale, s_.windows.refund_attribution);
        found_.refund_intercept =
            snapped(intercept_for(s_.targets.refunds_per_conversion, 0, 2, "targets.refunds_per_conversion"));
        return reference;
    }

private:
    static constexpr int rounds = 24;

    bool delayed() const { return s_.targets.refund_delay_median > 0; }

    /// window_[l][i] = P(R < window | refund of class l)
    void mass(double log_scale, Time window) {
        const double x = log_window(window, s_.refund_delay.minimum);
        for (std::size_t l = 0; l < 2; ++l)
            mass_within(world_.refund_law[l], delayed(), x,
                        log_scale + (l == 1 ? math::log(s_.refund_delay.ratio) : 0), logit_.log_scale,
                        window_[l]);
    }
    /// Weights of cancellations and returns ever, among conversions within W_A, at an intercept.
    void set_intercept(double intercept) {
        std::fill(kind_[0].begin(), kind_[0].end(), 0.0);
        std::fill(kind_[1].begin(), kind_[1].end(), 0.0);
        for (std::size_t k = 0; k < 2; ++k) {
            const double back = s_.refund_delay.return_share[k],
                         shift = intercept + (k == 1 ? s_.refund.considered : 0);
            for (std::size_t i = 0; i < n_; ++i) {
                const double refunded = within_[k][i] * math::logistic(shift + logit_.predictor[i]);
                kind_[0][i] += (1 - back) * refunded;
                kind_[1][i] += back * refunded;
            }
        }
    }
    /// P(converts within W_A and is refunded within the window of the last mass()), averaged over clicks.
    double refunded() const {
        return mean_product(kind_[0], window_[0]) + mean_product(kind_[1], window_[1]);
    }

    /// P(converts and is refunded) at an intercept, as the targets count them, averaged over clicks.
    double counted(double intercept) {
        if (!s_.holds_ever()) {
            set_intercept(intercept);
            return refunded();
        }
        double sum = 0;
        for (std::size_t k = 0; k < 2; ++k)
            for (std::size_t i = 0; i < n_; ++i)
                sum += counted_[k][i] *
                       math::logistic(intercept + (k == 1 ? s_.refund.considered : 0) + logit_.predictor[i]);
        return sum / static_cast<double>(n_);
    }
    double intercept_for(double target, double guess, double width, std::string_view key) {
        return solve([&](double b) { return counted(b) - target * conversions_; },
                     {.guess = guess, .width = width},
                     [&] {
                         return unreachable(s_, {.key = key,
                                                 .high = counted(40) / conversions_,
                                                 .unit = "per conversion",
                                                 .against = {"targets.refund_delay_median"}});
                     });
    }

    /// Intercept, delays and spread at the reference sparsity.
    double solve_reference() {
        const Time window = s_.windows.refund_attribution, median = s_.targets.refund_delay_median;
        double& log_scale = found_.refund_delay_log_scale;
        log_scale = delayed() ? math::log(static_cast<double>(median - s_.refund_delay.minimum)) : 0;
        double intercept = 0, width = 2, width_scale = 2, width_spread = 0.5;
        for (int round = 0; round < rounds; ++round) {
            const double before = intercept, before_scale = log_scale, before_spread = found_.refund_spread;
            mass(log_scale, window);
            if (s_.targets.bayes_auc_net_cvr > 0) solve_spread(intercept, width_spread);
            intercept = intercept_for(s_.targets.reference_refunds_per_conversion, intercept, width,
                                      "targets.reference_refunds_per_conversion");
            set_intercept(intercept);
            if (delayed()) log_scale = solve_scale(log_scale, width_scale);
            const double spread_change = std::fabs(found_.refund_spread - before_spread);
            if (std::fabs(intercept - before) + std::fabs(log_scale - before_scale) + spread_change < 0x1p-23)
                break;
            width = next_width(intercept - before);
            width_scale = next_width(log_scale - before_scale);
            width_spread = next_width(spread_change);
        }
        log_scale = snapped(log_scale);
        found_.refund_spread = snapped(found_.refund_spread);
        if (s_.targets.bayes_auc_net_cvr > 0) logit_.set(found_.refund_spread, 1);
        return intercept;
    }

    double solve_scale(double guess, double width) {
        return solve(
            [&](double tau) {
                mass(tau, s_.windows.refund_attribution);
                const double inside = refunded();
                mass(tau, s_.targets.refund_delay_median);
                return refunded() - inside / 2;
            },
            {.guess = guess, .width = width, .low = -20, .high = 40},
            [&] {
                const auto median_at = [&](double tau) {
                    return static_cast<double>(half_way(s_.windows.refund_attribution, [&](Time within) {
                        mass(tau, within);
                        return refunded();
                    }));
                };
                return unreachable(s_, {.key = "targets.refund_delay_median",
                                        .low = median_at(-20),
                                        .high = median_at(40),
                                        .unit = "within W_R",
                                        .against = {"windows.refund_attribution", "refund_delay.ratio"}});
            });
    }

    void solve_spread(double& intercept, double width) {
        const double target = s_.targets.bayes_auc_net_cvr;
        const auto auc = [&](double spread) {
            logit_.set(spread, 1);
            mass(found_.refund_delay_log_scale, s_.windows.refund_attribution);
            intercept = intercept_for(s_.targets.reference_refunds_per_conversion, intercept, 1,
                                      "targets.reference_refunds_per_conversion");
            set_intercept(intercept);
            Values net(n_);
            for (std::size_t i = 0; i < n_; ++i)
                net[i] =
                    within_[0][i] + within_[1][i] - kind_[0][i] * window_[0][i] - kind_[1][i] * window_[1][i];
            return bayes_auc(net);
        };
        const double found = solve(
            [&](double x) { return auc(x) - target; },
            {.guess = found_.refund_spread, .width = width, .low = 0, .high = 6},
            [&] {
                // Not monotone where buyers are returners: the best spread may lie inside.
                double low = 1, high = 0;
                for (int quarter = 0; quarter <= 24; ++quarter) {
                    const double a = auc(0.25 * quarter);
                    low = std::min(low, a), high = std::max(high, a);
                }
                return unreachable(
                    s_, {.key = "targets.bayes_auc_net_cvr",
                         .low = low,
                         .high = high,
                         .unit = "by the spread of refunds",
                         .against = {"targets.reference_refunds_per_conversion", "targets.bayes_auc_cvr",
                                     "correlation.purchase_refund", "refund.appeal"}});
            });
        found_.refund_spread = found;
        logit_.set(found, 1);
        mass(found_.refund_delay_log_scale, s_.windows.refund_attribution);
    }

    const World& world_;
    const Scenario& s_;
    Spreadable& logit_;
    const Values *within_, *counted_;  // by intent class; counted_: the targets' denominator
    Scenario::Solved& found_;
    std::size_t n_;
    Values window_[2], kind_[2];
    double conversions_ = 0;
};

}  // namespace

double solve_refunds(const World& world,
                     Spreadable& refund,
                     const ConversionMasses& masses,
                     Scenario::Solved& found) {
    return RefundStage(world, refund, masses, found).solve_all();
}

void solve_repeats(const World& world,
                   const Values& repeat,
                   const Spreadable& refund,
                   const ConversionMasses& masses,
                   double reference_intercept,
                   Scenario::Solved& found) {
    const Scenario& s = world.scenario;
    const std::size_t n = repeat.size();
    Values events[2];  // P(converts ever, class k) μ_k
    const auto set_level = [&](double level) {
        for (std::size_t k = 0; k < 2; ++k) {
            events[k].resize(n);
            const double shift = level + (k == 1 ? s.repeats.considered : 0);
            for (std::size_t i = 0; i < n; ++i)
                events[k][i] = masses.ever[k][i] * std::min(math::exp(shift + repeat[i]), s.repeats.cap);
        }
        return mean(events[0]) + mean(events[1]);
    };
    const double target = s.targets.repurchases_per_click;
    found.repeat_log_mean = snapped(solve(
        [&](double level) { return set_level(level) - target; }, {.low = -40, .high = 20},
        [&] {
            return unreachable(s, {.key = "targets.repurchases_per_click",
                                   .high = set_level(20),
                                   .unit = "per click",
                                   .against = {"targets.cvr", "targets.purchases_per_click", "repeats.cap"}});
        }));
    set_level(found.repeat_log_mean);
    if (s.targets.refunds_per_click == 0 || !s.has_refunds()) return;

    const auto refunds = [&](const Values(&weight)[2], double shift) {
        double sum = 0;
        for (std::size_t k = 0; k < 2; ++k)
            for (std::size_t i = 0; i < n; ++i)
                sum += weight[k][i] * math::logistic(reference_intercept + shift + refund.predictor[i] +
                                                     (k == 1 ? s.refund.considered : 0));
        return sum / static_cast<double>(n);
    };
    const double first = refunds(masses.ever, 0);
    found.repeat_refund_shift = snapped(
        solve([&](double shift) { return first + refunds(events, shift) - s.targets.refunds_per_click; },
              {.low = -20, .high = 20},
              [&] {
                  return unreachable(s, {.key = "targets.refunds_per_click",
                                         .low = first + refunds(events, -20),
                                         .high = first + refunds(events, 20),
                                         .unit = "at the reference sparsity, per click,",
                                         .against = {"targets.reference_refunds_per_conversion",
                                                     "targets.cvr", "targets.repurchases_per_click"}});
              }));
}

}  // namespace netcvr
