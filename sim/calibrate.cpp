#include "sim/calibrate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include <boost/math/tools/toms748_solve.hpp>
#include <boost/random/sobol.hpp>
#include <fmt/format.h>

#include "sim/digest.h"
#include "sim/errors.h"
#include "sim/math.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

// The pilot: Sobol's net in (user, item, time, position, channel), users and items in proportion to their
// clicks. Its error must stay well below the binomial error of the log itself, so it grows with the log. (A
// rank-one lattice resonates with the daily curves: popular items meet few hours. Its error was four times
// this one's and larger than the binomial.)
constexpr double smallest_pilot = 0x1p14, largest_pilot = 0x1p18;

/// Index of the share u of cumulative weight.
std::uint32_t at_share(const std::vector<double>& cumulative, double u) {
    const auto at = std::upper_bound(cumulative.begin(), cumulative.end() - 1, u * cumulative.back());
    return static_cast<std::uint32_t>(at - cumulative.begin());
}

std::vector<double> cumulate(std::span<const float> weights) {
    std::vector<double> cumulative(weights.size());
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) cumulative[i] = sum += weights[i];
    return cumulative;
}

/// The share u of the whole of (0, 1), so that neither end is reached.
double coordinate(std::uint64_t word) {
    return uniform(static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word));
}

/// Appends n points of the net as clicks of one stream.
void append_pilot(const World& world, std::size_t stream, std::size_t n, Clicks& clicks) {
    const Population& p = world.population;
    const Stream& of = world.arrivals.streams()[stream];
    const auto members = [](const Cohorts& cohorts, std::uint32_t c, const std::vector<float>& weight) {
        return cumulate(std::span(weight).subspan(cohorts.first[c], cohorts.first[c + 1] - cohorts.first[c]));
    };
    const auto users = members(p.user_cohorts, of.user_cohort, p.activity),
               items = members(p.item_cohorts, of.item_cohort, p.popularity);
    const bool hidden = world.scenario.has_hidden();
    boost::random::sobol net(hidden ? 7 : 5);
    const std::size_t begin = clicks.size();
    clicks.resize(begin + n);
    for (std::size_t i = begin; i < begin + n; ++i) {
        double u[7];
        for (std::size_t d = 0; d < (hidden ? 7 : 5); ++d)
            u[d] = coordinate(i == begin ? 0 : net());  // Boost leaves out the net's first point
        clicks.user[i] = p.user_cohorts.first[of.user_cohort] + at_share(users, u[0]);
        clicks.item[i] = p.item_cohorts.first[of.item_cohort] + at_share(items, u[1]);
        clicks.time[i] = world.arrivals.time_in_log(stream, u[2]);
        clicks.position[i] = static_cast<std::uint32_t>(u[3] * positions);
        clicks.channel[i] = static_cast<std::uint32_t>(u[4] * channels);
        if (!hidden) continue;
        clicks.hidden_conversion.push_back(math::normal_quantile(u[5]));
        clicks.hidden_refund.push_back(math::normal_quantile(u[6]));
    }
}

/// Every stream has points in proportion to its expected clicks, one at least.
Clicks pilot_clicks(const World& world) {
    const double wanted = std::clamp(world.scenario.mean_clicks() / 4, smallest_pilot, largest_pilot);
    const std::size_t n = std::bit_ceil(static_cast<std::size_t>(wanted));
    const std::size_t streams = world.arrivals.streams().size();
    double whole = 0;
    for (std::size_t k = 0; k < streams; ++k) whole += world.arrivals.expected_share(k);
    Clicks clicks;
    for (std::size_t k = 0; k < streams; ++k) {
        const double share = world.arrivals.expected_share(k) / whole;
        append_pilot(world, k, static_cast<std::size_t>(std::ceil(share * static_cast<double>(n))), clicks);
    }
    return clicks;
}

/// Root of a monotone function near `guess`, looked for within [low, high]; throws if there is none. The
/// bracket starts at ± width and grows, so a good guess costs a handful of evaluations.
template <class Function>
double solve(
    const Function& f, double guess, double width, double low, double high, const std::string& out_of_reach) {
    double a = std::max(low, guess - width), b = std::min(high, guess + width);
    double at_a = f(a), at_b = f(b);
    while (!(at_a * at_b <= 0)) {
        if (a <= low && b >= high) throw InputError(Exit::scenario, out_of_reach);
        width *= 4;
        if (a > low) at_a = f(a = std::max(low, a - width));
        if (b < high) at_b = f(b = std::min(high, b + width));
    }
    std::uintmax_t iterations = 60;
    const auto close = [](double x, double y) { return std::fabs(x - y) < 0x1p-26; };
    const auto [x, y] = boost::math::tools::toms748_solve(f, a, b, at_a, at_b, close, iterations);
    return (x + y) / 2;
}

/// Half-width of the next round's bracket: the rounds contract, so a few times the last step holds the root.
double next_width(double step) {
    return std::max(0x1p-20, 2 * std::fabs(step));
}

double snapped(double x) {
    return std::round(x * 0x1p20) * 0x1p-20;
}

using Column = std::vector<double>;

/// The world's law on the pilot, as functions of the four unknowns; each setter recomputes what it changes.
class Pilot {
public:
    explicit Pilot(const World& world) : world_(world), s_(world.scenario) {
        predict(world, pilot_clicks(world), x_);
        n_ = x_.conversion.size();
        for (auto* c : {&converts_, &inside_, &at_median_, &class_[0], &class_[1], &window_[0], &window_[1],
                        &kind_[0], &kind_[1]})
            c->resize(n_);
    }

    Scenario::Solved solve_all() {
        solve_conversion();
        if (s_.has_refunds() || s_.targets.refund_delay_median > 0) solve_refund_delay();
        if (s_.has_refunds()) solve_refund_intercept();
        found_.key = solution_key(s_);
        return found_;
    }

private:
    static constexpr double low_logit = -40, high_logit = 40, low_log_scale = -20, high_log_scale = 40;
    static constexpr int rounds = 12;  // of alternation; each shrinks the error by about ten

    std::string unreachable(std::string_view key, double target, double most, std::string_view unit) const {
        return fmt::format(
            "{} = {} is out of reach: with the other fields as they are, {} … {:.6g} {} can be met", key,
            target, 0, most, unit);
    }

    // ---- conversions
    void conversion_mass(double log_scale, Time window, Column& out) {
        const double x = log_window(window, s_.conversion_delay.minimum);
        const bool delayed = s_.targets.conversion_delay_median > 0;
        for (std::size_t k = 0; k < 2; ++k)
            mass_within(world_.conversion_law[k], delayed, x,
                        log_scale + (k == 1 ? math::log(s_.conversion_delay.ratio) : 0),
                        x_.conversion_log_scale, class_[k]);
        for (std::size_t i = 0; i < n_; ++i)
            out[i] = (1 - x_.considered[i]) * class_[0][i] + x_.considered[i] * class_[1][i];
    }
    void set_conversion_intercept(double intercept) { logistic_column(intercept, x_.conversion, converts_); }
    double product(const Column& a, const Column& b) const {
        double sum = 0;
        for (std::size_t i = 0; i < n_; ++i) sum += a[i] * b[i];
        return sum / static_cast<double>(n_);
    }

    void solve_conversion() {
        const Time window = s_.windows.conversion_attribution;
        double& intercept = found_.conversion_intercept;
        double& log_scale = found_.conversion_delay_log_scale;
        log_scale = s_.targets.conversion_delay_median > 0
                        ? math::log(static_cast<double>(s_.targets.conversion_delay_median -
                                                        s_.conversion_delay.minimum))
                        : 0;
        double width = 2, width_scale = 2;
        conversion_mass(log_scale, window, inside_);
        for (int round = 0; round < rounds; ++round) {
            const double before = intercept, before_scale = log_scale;
            double most = 0;
            for (const double mass : inside_) most += mass / static_cast<double>(n_);
            intercept = solve(
                [&](double a) {
                    set_conversion_intercept(a);
                    return product(converts_, inside_) - s_.targets.cvr;
                },
                intercept, width, low_logit, high_logit,
                unreachable("targets.cvr", s_.targets.cvr, most, "per click"));
            set_conversion_intercept(intercept);
            if (s_.targets.conversion_delay_median == 0) break;
            log_scale = solve(
                [&](double tau) {
                    conversion_mass(tau, window, inside_);
                    conversion_mass(tau, s_.targets.conversion_delay_median, at_median_);
                    return product(converts_, at_median_) - product(converts_, inside_) / 2;
                },
                log_scale, width_scale, low_log_scale, high_log_scale,
                "targets.conversion_delay_median is out of reach with these delay laws and windows");
            conversion_mass(log_scale, window, inside_);
            if (std::fabs(intercept - before) + std::fabs(log_scale - before_scale) < 0x1p-23) break;
            width = next_width(intercept - before);
            width_scale = next_width(log_scale - before_scale);
        }
        intercept = snapped(intercept);
        log_scale = snapped(log_scale);
        set_conversion_intercept(intercept);
        conversion_mass(log_scale, window, inside_);
        for (std::size_t i = 0; i < n_; ++i) {  // weights of the classes among conversions within W_A
            class_[0][i] = converts_[i] * (1 - x_.considered[i]) * class_[0][i];
            class_[1][i] = converts_[i] * x_.considered[i] * class_[1][i];
        }
        conversions_ = product(converts_, inside_);
    }

    // ---- refunds: class_[k] = P(converts within W_A, class k)
    void refund_mass(double log_scale, Time window) {
        const double x = log_window(window, s_.refund_delay.minimum);
        const bool delayed = s_.targets.refund_delay_median > 0;
        for (std::size_t l = 0; l < 2; ++l)
            mass_within(world_.refund_law[l], delayed, x,
                        log_scale + (l == 1 ? math::log(s_.refund_delay.ratio) : 0), x_.refund_log_scale,
                        window_[l]);
    }
    /// Weights of cancellations and returns ever, among conversions within W_A, at an intercept.
    void set_refund_intercept(double intercept) {
        std::fill(kind_[0].begin(), kind_[0].end(), 0.0);
        std::fill(kind_[1].begin(), kind_[1].end(), 0.0);
        for (std::size_t k = 0; k < 2; ++k) {
            const double back = s_.refund_delay.return_share[k],
                         shift = intercept + (k == 1 ? s_.refund.considered : 0);
            for (std::size_t i = 0; i < n_; ++i) {
                const double refunded = class_[k][i] * math::logistic(shift + x_.refund[i]);
                kind_[0][i] += (1 - back) * refunded;
                kind_[1][i] += back * refunded;
            }
        }
    }
    /// P(converts within W_A and is refunded within the window of the last refund_mass), averaged over
    /// clicks.
    double refunded() const { return product(kind_[0], window_[0]) + product(kind_[1], window_[1]); }

    double intercept_for(double refunds_per_conversion, double guess, double width, std::string_view key) {
        set_refund_intercept(high_logit);
        const double most = refunded() / conversions_;
        return solve(
            [&](double b) {
                set_refund_intercept(b);
                return refunded() - refunds_per_conversion * conversions_;
            },
            guess, width, low_logit, high_logit,
            unreachable(key, refunds_per_conversion, most, "per conversion"));
    }

    void solve_refund_delay() {
        if (s_.targets.refund_delay_median == 0) return;
        const Time window = s_.windows.refund_attribution, median = s_.targets.refund_delay_median;
        double& log_scale = found_.refund_delay_log_scale;
        log_scale = math::log(static_cast<double>(median - s_.refund_delay.minimum));
        double intercept = 0, width = 2, width_scale = 2;
        for (int round = 0; round < rounds; ++round) {
            const double before = intercept, before_scale = log_scale;
            refund_mass(log_scale, window);
            intercept = intercept_for(s_.targets.reference_refunds_per_conversion, intercept, width,
                                      "targets.reference_refunds_per_conversion");
            set_refund_intercept(intercept);
            log_scale = solve(
                [&](double tau) {
                    refund_mass(tau, window);
                    const double inside = refunded();
                    refund_mass(tau, median);
                    return refunded() - inside / 2;
                },
                log_scale, width_scale, low_log_scale, high_log_scale,
                "targets.refund_delay_median is out of reach with these delay laws and windows");
            if (std::fabs(intercept - before) + std::fabs(log_scale - before_scale) < 0x1p-23) break;
            width = next_width(intercept - before);
            width_scale = next_width(log_scale - before_scale);
        }
        log_scale = snapped(log_scale);
    }

    void solve_refund_intercept() {
        refund_mass(found_.refund_delay_log_scale, s_.windows.refund_attribution);
        found_.refund_intercept =
            snapped(intercept_for(s_.targets.refunds_per_conversion, 0, 2, "targets.refunds_per_conversion"));
    }

    const World& world_;
    const Scenario& s_;
    Predictors x_;
    std::size_t n_ = 0;
    Scenario::Solved found_;
    Column converts_, inside_, at_median_, class_[2], window_[2], kind_[2];
    double conversions_ = 0;
};

}  // namespace

std::string solution_key(const Scenario& scenario) {
    Scenario copy = scenario;
    std::string all;
    for (const auto& field : scenario_fields()) {
        if ((field.moves & ~moves_prior) == 0) continue;
        all += field.name;
        std::visit(
            [&](auto* value) {
                if constexpr (std::is_same_v<decltype(value), std::string*>)
                    all += "=" + *value;
                else if constexpr (requires { value->begin(); })
                    for (const auto& entry : *value) all += fmt::format("={:a}", static_cast<double>(entry));
                else
                    all += fmt::format("={:a}/{}", static_cast<double>(*value), *value);
            },
            field.slot(&copy));
        all += '\n';
    }
    const Digest digest = digest_of(all.data(), all.size());
    return fmt::format("{:016x}{:016x}", digest.high, digest.low);
}

Scenario::Solved calibrate(const World& world) {
    return Pilot(world).solve_all();
}

}  // namespace netcvr
