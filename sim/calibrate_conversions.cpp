// Stage C of calibration.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "sim/calibrate_stages.h"
#include "sim/errors.h"
#include "sim/math.h"

namespace netcvr {
namespace {

using Values = std::vector<double>;

class ConversionStage {
public:
    ConversionStage(const World& world,
                    Spreadable conversion,
                    const Values& considered,
                    const Values& local_hour,
                    Scenario::Solved& found)
        : world_(world),
          s_(world.scenario),
          logit_(std::move(conversion)),
          considered_(considered),
          hour_(local_hour),
          n_(considered.size()),
          intercept_(found.conversion_intercept),
          log_scale_(found.conversion_delay_log_scale),
          log_ratio_(found.conversion_delay_log_ratio),
          spread_(found.conversion_spread),
          amplitude_(found.conversion_hour) {
        for (auto* c : {&converts_, &inside_, &at_median_, &class_[0], &class_[1]}) c->resize(n_);
    }

    ConversionMasses solve_all() {
        log_ratio_ = math::log(s_.conversion_delay.ratio);
        log_scale_ = delayed() ? math::log(static_cast<double>(s_.targets.conversion_delay_median -
                                                               s_.conversion_delay.minimum))
                               : 0;
        if (delayed() && s_.conversion_delay.scale > 0)
            log_scale_ = math::log(static_cast<double>(s_.conversion_delay.scale));
        mass(s_.windows.conversion_attribution, inside_);
        for (int round = 0; round < rounds && change_ >= 0x1p-23; ++round) {
            change_ = 0;
            solve_spread();
            solve_hours();
            solve_intercept();
            if (!delayed() && !shaped()) break;
            if (delayed() && s_.conversion_delay.scale == 0) solve_scale();
            if (s_.targets.purchases_per_click > 0) solve_ratio();
        }
        return hand_on();
    }

private:
    static constexpr int rounds = 24;  // of alternation; each shrinks the error by about ten

    bool delayed() const { return s_.targets.conversion_delay_median > 0; }
    bool shaped() const { return s_.targets.bayes_auc_cvr > 0 || s_.targets.hourly_cvr_ratio > 0; }

    /// Solves one unknown with the others held; its bracket shrinks from round to round.
    template <class Equation, class OutOfReach>
    void solve_for(double& unknown, double& width, Bracket within, const Equation& f, const OutOfReach& why) {
        const double before = unknown;
        within.guess = before, within.width = width;
        unknown = solve(f, within, why);
        change_ += std::fabs(unknown - before);
        width = next_width(unknown - before);
    }

    /// out[i] = P(D < window | converts)
    void mass(Time window, Values& out) {
        const double x = log_window(window, s_.conversion_delay.minimum);
        for (std::size_t k = 0; k < 2; ++k)
            mass_within(world_.conversion_law[k], delayed(), x, log_scale_ + (k == 1 ? log_ratio_ : 0),
                        logit_.log_scale, class_[k]);
        for (std::size_t i = 0; i < n_; ++i)
            out[i] = (1 - considered_[i]) * class_[0][i] + considered_[i] * class_[1][i];
    }
    void set_intercept(double intercept) { logistic_column(intercept, logit_.predictor, converts_); }
    /// What targets.cvr counts, averaged over clicks.
    double converted() const { return s_.holds_ever() ? mean(converts_) : mean_product(converts_, inside_); }
    double most_converted() const { return s_.holds_ever() ? 1 : mean(inside_); }
    Values cvr() const {
        Values p(n_);
        for (std::size_t i = 0; i < n_; ++i) p[i] = converts_[i] * inside_[i];
        return p;
    }
    void set_shape() {
        logit_.set(spread_, amplitude_);
        mass(s_.windows.conversion_attribution, inside_);
        set_intercept(intercept_);
    }
    std::string cvr_out_of_reach() const {
        return unreachable(s_, {.key = "targets.cvr",
                                .high = most_converted(),
                                .unit = "per click",
                                .against = {"targets.conversion_delay_median"}});
    }
    /// As the shape varies the mean is held, or a wider spread would seem to convert more.
    double intercept_for_target() {
        return solve(
            [&](double a) {
                set_intercept(a);
                return converted() - s_.targets.cvr;
            },
            {.guess = intercept_}, [&] { return cvr_out_of_reach(); });
    }

    void solve_intercept() {
        solve_for(
            intercept_, width_[0], {},
            [&](double a) {
                set_intercept(a);
                return converted() - s_.targets.cvr;
            },
            [&] { return cvr_out_of_reach(); });
        set_intercept(intercept_);
    }

    void solve_scale() {
        const Time window = s_.windows.conversion_attribution;
        const double held = log_scale_;
        const auto f = [&](double tau) {
            log_scale_ = tau;
            mass(window, inside_);
            mass(s_.targets.conversion_delay_median, at_median_);
            return mean_product(converts_, at_median_) - mean_product(converts_, inside_) / 2;
        };
        double unknown = held;
        const auto median_at = [&](double tau) {
            log_scale_ = tau;
            return static_cast<double>(half_way(window, [&](Time within) {
                mass(within, at_median_);
                return mean_product(converts_, at_median_);
            }));
        };
        solve_for(unknown, width_[1], {.low = -20, .high = 40}, f, [&] {
            return unreachable(s_, {.key = "targets.conversion_delay_median",
                                    .low = median_at(-20),
                                    .high = median_at(40),
                                    .unit = "within W_A",
                                    .against = {"windows.conversion_attribution", "conversion_delay.ratio"}});
        });
        log_scale_ = unknown;
        mass(window, inside_);
    }

    void solve_ratio() {
        const Time window = s_.windows.conversion_attribution;
        const double ever = s_.targets.purchases_per_click - s_.targets.repurchases_per_click;
        const auto f = [&](double log_ratio) {
            log_ratio_ = log_ratio;
            mass(window, inside_);
            return mean_product(converts_, inside_) / mean(converts_) - s_.targets.cvr / ever;
        };
        double unknown = log_ratio_;
        solve_for(unknown, width_[2], {.low = 0, .high = 14}, f, [&] {
            const double most = s_.targets.cvr / (s_.targets.cvr / ever + f(14)),
                         least = s_.targets.cvr / (s_.targets.cvr / ever + f(0)),
                         repeats = s_.targets.repurchases_per_click;
            return unreachable(
                s_, {.key = "targets.purchases_per_click",
                     .low = least + repeats,
                     .high = most + repeats,
                     .unit = "per click",
                     .against = {"targets.cvr", "targets.repurchases_per_click",
                                 "targets.conversion_delay_median", "windows.conversion_attribution"}});
        });
        log_ratio_ = unknown;
        mass(window, inside_);
    }

    void solve_spread() {
        if (s_.targets.bayes_auc_cvr == 0) return;
        const auto auc = [&](double spread) {
            spread_ = spread;
            set_shape();
            intercept_ = intercept_for_target();
            set_intercept(intercept_);
            return bayes_auc(cvr());
        };
        double unknown = spread_;
        solve_for(
            unknown, width_[3], {.low = 0, .high = 6},
            [&](double x) { return auc(x) - s_.targets.bayes_auc_cvr; },
            [&] {
                return unreachable(s_, {.key = "targets.bayes_auc_cvr",
                                        .low = auc(0),
                                        .high = auc(6),
                                        .unit = "",
                                        .against = {"targets.cvr", "targets.hourly_cvr_ratio"}});
            });
        spread_ = unknown;
        set_shape();
    }

    /// Highest over lowest of the 24 hourly means.
    double hourly_ratio() const {
        std::array<double, 24> sum{}, count{};
        for (std::size_t i = 0; i < n_; ++i) {
            const auto h = static_cast<std::size_t>(hour_[i]) % 24;
            sum[h] += converts_[i] * inside_[i];
            count[h] += 1;
        }
        double low = 1, high = 0;
        for (std::size_t h = 0; h < 24; ++h) {
            if (count[h] == 0) continue;
            low = std::min(low, sum[h] / count[h]);
            high = std::max(high, sum[h] / count[h]);
        }
        return high / low;
    }

    void solve_hours() {
        if (s_.targets.hourly_cvr_ratio == 0) return;
        const auto ratio = [&](double amplitude) {
            amplitude_ = amplitude;
            set_shape();
            intercept_ = intercept_for_target();
            set_intercept(intercept_);
            return hourly_ratio();
        };
        double unknown = amplitude_;
        solve_for(
            unknown, width_[4], {.low = 0, .high = 20},
            [&](double x) { return ratio(x) - s_.targets.hourly_cvr_ratio; },
            [&] {
                return unreachable(s_, {.key = "targets.hourly_cvr_ratio",
                                        .low = ratio(0),
                                        .high = ratio(20),
                                        .unit = "(highest over lowest hour)",
                                        .against = {"targets.cvr", "targets.bayes_auc_cvr"}});
            });
        amplitude_ = unknown;
        set_shape();
    }

    /// With the unknowns as they will be stored.
    ConversionMasses hand_on() {
        for (double* x : {&intercept_, &log_scale_, &log_ratio_, &spread_, &amplitude_}) *x = snapped(*x);
        if (shaped()) logit_.set(spread_, amplitude_);
        set_intercept(intercept_);
        mass(s_.windows.conversion_attribution, inside_);
        ConversionMasses masses;
        for (std::size_t k = 0; k < 2; ++k) {
            masses.ever[k].resize(n_);
            masses.within[k].resize(n_);
            for (std::size_t i = 0; i < n_; ++i) {
                masses.ever[k][i] = converts_[i] * (k == 1 ? considered_[i] : 1 - considered_[i]);
                masses.within[k][i] = masses.ever[k][i] * class_[k][i];
            }
        }
        return masses;
    }

    const World& world_;
    const Scenario& s_;
    Spreadable logit_;
    const Values &considered_, &hour_;
    std::size_t n_;
    double &intercept_, &log_scale_, &log_ratio_, &spread_, &amplitude_;
    double width_[5] = {2, 2, 2, 0.5, 0.5};
    double change_ = 1;  // of all unknowns in a round
    Values converts_, inside_, at_median_, class_[2];
};

}  // namespace

ConversionMasses solve_conversions(const World& world,
                                   Spreadable conversion,
                                   const Values& considered,
                                   const Values& local_hour,
                                   Scenario::Solved& found) {
    return ConversionStage(world, std::move(conversion), considered, local_hour, found).solve_all();
}

}  // namespace netcvr
