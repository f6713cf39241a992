#include "sim/trajectories.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/quadrature/gauss.hpp>
#include <fmt/format.h>

#include "sim/errors.h"
#include "sim/math.h"
#include "sim/world.h"

namespace netcvr {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// G_k(seconds), mixed over refund classes.
double refund_before(const DelayLaws& laws, const ClickLaw& click, std::size_t k, double seconds) {
    const double scale = click.refund_log_scale, returned = laws.returned[k];
    return (1 - returned) * laws.refund[0].before(scale, seconds) +
           returned * laws.refund[1].before(scale, seconds);
}
double refund_mass(const DelayLaws& laws, const ClickLaw& click, std::size_t k, Time window, Edge edge) {
    return refund_before(laws, click, k, static_cast<double>(window) + (edge == Edge::closed ? 1 : 0));
}
double conversion_mass(const DelayLaws& laws, const ClickLaw& click, std::size_t k, Time window, Edge edge) {
    return mass(laws.conversion[k], click.conversion_log_scale, window, edge);
}

/// P(class | conversion at this second), up to a common factor; {NaN, NaN} if there is no such delay.
std::array<double, 2> classes_given_delay(const DelayLaws& laws, const ClickLaw& click, Time delay) {
    std::array<double, 2> log_weight{};
    for (std::size_t k = 0; k < 2; ++k)
        log_weight[k] = click.weight(k) > 0
                            ? math::log(click.weight(k)) +
                                  laws.conversion[k].log_of_second(click.conversion_log_scale, delay)
                            : -infinity;
    const double most = std::max(log_weight[0], log_weight[1]);
    if (most == -infinity) return {std::nan(""), std::nan("")};
    return {math::exp(log_weight[0] - most), math::exp(log_weight[1] - most)};
}

/// P(first <= D <= last, R < W_R, D + R <= age) of intent class k, given a refund ever.
class Convolution {
public:
    Convolution(const DelayLaws& laws, const ClickLaw& click, std::size_t k, Time age, Time attribution)
        : laws_(laws),
          click_(click),
          delay_(laws.conversion[k]),
          k_(k),
          age_(age),
          attribution_(attribution) {}

    double over(Time first, Time last) const {
        first = std::max(first, delay_.minimum);
        last = std::min(last, age_ - laws_.refund[0].minimum);
        if (!delay_.delayed) return first == 0 && last >= 0 ? refunded(0) : 0;
        if (last - first < 4 * ends) return sum(first, last);
        const Time left = first + ends, right = last + 1 - ends;
        return sum(first, left - 1) + between(left, right, first, last + 1) + sum(right, last);
    }

private:
    static constexpr Time ends = 64;  // seconds summed one by one at either end, where densities may be steep

    double refunded(double at) const {
        const double left = static_cast<double>(age_) - at + 1;
        return refund_before(laws_, click_, k_, std::min(left, static_cast<double>(attribution_)));
    }
    double sum(Time first, Time last) const {
        double all = 0;
        for (Time d = first; d <= last; ++d)
            all += math::exp(delay_.log_of_second(click_.conversion_log_scale, d)) *
                   refunded(static_cast<double>(d));
        return all;
    }
    /// Panels that double in width away from either end; a second's refund chance is read at its middle.
    double between(Time left, Time right, Time first, Time end) const {
        double all = 0;
        for (Time a = left; a < right;) {
            const Time width = std::max<Time>(1, std::min(a - first, (end - a) / 2));
            const Time b = std::min(right, a + width);
            all += boost::math::quadrature::gauss<double, 30>::integrate(
                [&](double x) { return delay_.density(click_.conversion_log_scale, x) * refunded(x - 0.5); },
                static_cast<double>(a), static_cast<double>(b));
            a = b;
        }
        return all;
    }

    const DelayLaws& laws_;
    const ClickLaw& click_;
    const ClassDelay& delay_;
    std::size_t k_;
    Time age_, attribution_;
};

/// P(D < W_A, R < W_R, D + R <= age) of intent class k, given a refund ever.
double refund_seen(const DelayLaws& laws, const ClickLaw& click, std::size_t k, const Windows& w, Time age) {
    const Time last = std::min(w.conversion_attribution - 1, age);
    const Time waited = std::min(last, age + 1 - w.refund_attribution);  // the whole of W_R has passed
    const double settled = waited < 0 ? 0
                                      : conversion_mass(laws, click, k, waited, Edge::closed) *
                                            refund_mass(laws, click, k, w.refund_attribution, Edge::open);
    return settled +
           Convolution(laws, click, k, age, w.refund_attribution).over(std::max<Time>(0, waited + 1), last);
}

constexpr std::array<std::string_view, 6> law_names = {
    "conversion_probability",        "considered_share",           "refund_probability_impulse",
    "refund_probability_considered", "conversion_delay_log_scale", "refund_delay_log_scale"};

}  // namespace

double ClassDelay::before(double log_scale, double seconds) const {
    const double beyond = seconds - static_cast<double>(minimum);
    if (!delayed) return seconds > 0 ? 1 : 0;
    return beyond > 0 ? law.cdf_of_log(math::log(beyond) - (log_scale + log_offset)) : 0;
}

double ClassDelay::density(double log_scale, double seconds) const {
    const double beyond = seconds - static_cast<double>(minimum);
    return math::exp(law.log_density_of_log(math::log(beyond) - (log_scale + log_offset))) / beyond;
}

double ClassDelay::log_of_second(double log_scale, Time at) const {
    if (!delayed) return at == 0 ? 0 : -infinity;
    if (at < minimum) return -infinity;
    const double after = before(log_scale, static_cast<double>(at + 1));
    const double difference = after - before(log_scale, static_cast<double>(at));
    if (difference > 1e-9 * after) return math::log(difference);
    const double log_middle = math::log(static_cast<double>(at - minimum) + 0.5);
    return law.log_density_of_log(log_middle - (log_scale + log_offset)) - log_middle;
}

double mass(const ClassDelay& delay, double log_scale, Time window, Edge edge) {
    return delay.before(log_scale, static_cast<double>(window) + (edge == Edge::closed ? 1 : 0));
}

DelayLaws::DelayLaws(const Scenario& s) {
    for (std::size_t k = 0; k < 2; ++k) {
        conversion[k] = {.law = conversion_delay_law(s, k),
                         .log_offset = k == 1 ? conversion_delay_log_ratio(s) : 0,
                         .minimum = s.conversion_delay.minimum,
                         .delayed = s.targets.conversion_delay_median > 0};
        refund[k] = {.law = refund_delay_law(s, k),
                     .log_offset = k == 1 ? math::log(s.refund_delay.ratio) : 0,
                     .minimum = s.refund_delay.minimum,
                     .delayed = s.targets.refund_delay_median > 0};
        returned[k] = s.refund_delay.return_share[k];
    }
}

Trajectories trajectories(const DelayLaws& laws, const ClickLaw& click, const Windows& w) {
    Trajectories p{};
    for (std::size_t k = 0; k < 2; ++k) {
        const double all = conversion_mass(laws, click, k, w.conversion_attribution, Edge::open);
        const double early =
            std::min(all, conversion_mass(laws, click, k, w.conversion_observation, Edge::closed));
        const double refunds = refund_mass(laws, click, k, w.refund_attribution, Edge::open);
        const double soon =
            std::min(refunds, refund_mass(laws, click, k, w.refund_observation, Edge::closed));
        const double share = click.conversion * click.weight(k), rho = click.refund[k];
        const double by_refund[] = {1 - rho * refunds, rho * soon, rho * (refunds - soon)};
        for (std::size_t j = 0; j < 3; ++j) {
            p[a0 + j] += share * early * by_refund[j];
            p[b0 + j] += share * (all - early) * by_refund[j];
        }
        p[t0] += share * all;
    }
    p[t0] = 1 - p[t0];
    return p;
}

Rates rates(const Trajectories& p) {
    const double refunded = p[a1] + p[a2] + p[b1] + p[b2], net = p[a0] + p[b0], cvr = net + refunded;
    return {cvr, cvr > 0 ? refunded / cvr : 0, net};
}

double refund_given_delay(const DelayLaws& laws, const ClickLaw& click, Time delay, Time attribution) {
    return refund_given_age(laws, click, delay, attribution, -1);
}

double conversion_given_age(const DelayLaws& laws, const ClickLaw& click, Time attribution, Time age) {
    double later = 0, seen = 0;
    for (std::size_t k = 0; k < 2; ++k) {
        const double share = click.conversion * click.weight(k);
        const double by_age = conversion_mass(laws, click, k, age, Edge::closed);
        later += share * std::max(0.0, conversion_mass(laws, click, k, attribution, Edge::open) - by_age);
        seen += share * by_age;
    }
    return later > 0 ? later / (1 - seen) : 0;
}

double refund_given_age(
    const DelayLaws& laws, const ClickLaw& click, Time delay, Time attribution, Time age) {
    const auto weight = classes_given_delay(laws, click, delay);
    double later = 0, unseen = 0;
    for (std::size_t k = 0; k < 2; ++k) {
        const double by_age = refund_mass(laws, click, k, age, Edge::closed), rho = click.refund[k];
        later +=
            weight[k] * rho * std::max(0.0, refund_mass(laws, click, k, attribution, Edge::open) - by_age);
        unseen += weight[k] * (1 - rho * by_age);
    }
    return later == 0 ? later : later / unseen;
}

Seen seen_at_age(const DelayLaws& laws, const ClickLaw& click, const Windows& w, Time age) {
    if (age < 0) return {1, 0, 0};
    double converted = 0, refunded = 0;
    for (std::size_t k = 0; k < 2; ++k) {
        const double share = click.conversion * click.weight(k);
        converted +=
            share * conversion_mass(laws, click, k, std::min(w.conversion_attribution, age + 1), Edge::open);
        if (share * click.refund[k] > 0)
            refunded += share * click.refund[k] * refund_seen(laws, click, k, w, age);
    }
    return {1 - converted, converted - refunded, refunded};
}

FullTruth::FullTruth(const Scenario& scenario, const std::vector<Truth::Column>& law) : laws_(scenario) {
    for (std::size_t c = 0; c < law_names.size(); ++c) {
        const auto found = std::find_if(law.begin(), law.end(),
                                        [&](const auto& column) { return column.name == law_names[c]; });
        if (found == law.end())
            throw InputError(Exit::data,
                             fmt::format("/truth/{} is not there: other windows need what `netcvr simulate "
                                         "--truth full` writes",
                                         law_names[c]));
        column_[c] = &*found;
    }
}

ClickLaw FullTruth::operator[](std::size_t i) const {
    const auto value = [&](std::size_t c) { return static_cast<double>(column_[c]->value[i]); };
    return {.conversion = value(0),
            .considered = value(1),
            .refund = {value(2), value(3)},
            .conversion_log_scale = value(4),
            .refund_log_scale = value(5)};
}

std::array<std::vector<double>, trajectory_names.size()> FullTruth::trajectories(const Windows& w) const {
    std::array<std::vector<double>, trajectory_names.size()> columns;
    for (auto& column : columns) column.resize(size());
    for (std::size_t i = 0; i < size(); ++i) {
        const Trajectories p = netcvr::trajectories(laws_, (*this)[i], w);
        for (std::size_t j = 0; j < p.size(); ++j) columns[j][i] = p[j];
    }
    return columns;
}

}  // namespace netcvr
