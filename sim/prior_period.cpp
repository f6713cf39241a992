#include "sim/prior_period.h"

#include <algorithm>
#include <cmath>

#include "sim/counts.h"
#include "sim/errors.h"
#include "sim/math.h"
#include "sim/parallel.h"
#include "sim/pilot.h"
#include "sim/rng.h"
#include "sim/statements.h"

namespace netcvr {
namespace {

constexpr std::size_t users_per_task = 4096;

std::uint64_t seed_of(const World& world) {
    return static_cast<std::uint64_t>(world.scenario.seed);
}

void draw_counts(const World& world, const UserLaw& law, std::uint32_t user, UserCounts& out) {
    const double days = static_cast<double>(world.scenario.prior_period.duration) / day;
    const PriorTraits z = prior_traits(world, user);
    const Words clicks = philox(seed_of(world), Draw::prior_counts, user, 0, 0),
                purchases = philox(seed_of(world), Draw::prior_counts, user, 0, 1);
    const auto count = [](std::int64_t n) { return static_cast<std::uint32_t>(n); };
    out.clicks[user] =
        count(poisson_count(days * law.clicks_per_day(z.activity), uniform(clicks[0], clicks[1])));
    out.off_log[user] = count(poisson_count(days * law.off_log_per_day(z.activity, z.purchase),
                                            uniform(purchases[2], purchases[3])));
    if (out.clicks[user] == 0) return;
    out.conversions[user] =
        count(binomial_count(out.clicks[user], law.conversion(z.purchase), uniform(clicks[2], clicks[3])));
    out.repeats[user] = count(poisson_count(out.conversions[user] * law.repeats(z.activity, z.purchase),
                                            uniform(purchases[0], purchases[1])));
}

}  // namespace

UserLaw::UserLaw(const World& world) : s_(world.scenario) {
    const Clicks clicks = pilot_clicks(world);
    Predictors x;
    predict(world, clicks, x);
    const Scenario::Solved& solved = s_.solved;
    const double own_conversion = solved.conversion_spread * s_.conversion.user,
                 own_refund = solved.refund_spread * s_.refund.user;
    struct Moments {
        double weight = 0, first = 0, second = 0;
        void add(double w, double value) { weight += w, first += w * value, second += w * value * value; }
        NormalPart part() const {
            const double mean = first / weight;
            return {mean, std::sqrt(std::max(0.0, second / weight - mean * mean))};
        }
    } conversion, refund, considered;
    for (std::size_t i = 0; i < clicks.size(); ++i) {
        const UserTraits& user = world.population.users[clicks.user[i]];
        const double converts = math::logistic(solved.conversion_intercept + x.conversion[i]);
        conversion.add(1, x.conversion[i] - own_conversion * user.purchase);
        refund.add(converts, x.refund[i] - own_refund * user.refund);
        considered.add(converts, x.considered[i]);
    }
    conversion_rest_ = conversion.part(), refund_rest_ = refund.part();
    considered_ = considered.part().mean;
    double rates = 0;  // of the users that are there from the start
    for (std::size_t u = 0; u < world.population.user_cohorts.first[1]; ++u)
        rates += world.population.activity[u];
    traffic_per_rate_ = s_.mean_clicks() / (static_cast<double>(s_.log.duration) / day) / rates;
}

double UserLaw::clicks_per_day(double activity) const {
    return traffic_per_rate_ * activity_rate(s_, activity);
}

double UserLaw::conversion(double purchase) const {
    const double own = s_.solved.conversion_spread * s_.conversion.user * purchase;
    return mean_logistic(s_.solved.conversion_intercept + own + conversion_rest_.mean, conversion_rest_.sd);
}

double UserLaw::repeats(double activity, double purchase) const {
    if (!s_.has_repeats()) return 0;
    const double level =
        s_.solved.repeat_log_mean + s_.repeats.user * purchase + s_.repeats.activity * activity;
    const auto mean = [&](double shift) { return std::min(math::exp(level + shift), s_.repeats.cap); };
    return (1 - considered_) * mean(0) + considered_ * mean(s_.repeats.considered);
}

double UserLaw::refund_at(double refund, double shift) const {
    if (!s_.has_refunds()) return 0;
    const double own = s_.solved.refund_spread * s_.refund.user * refund;
    const auto chance = [&](double of_class) {
        return mean_logistic(s_.solved.refund_intercept + shift + of_class + own + refund_rest_.mean,
                             refund_rest_.sd);
    };
    return (1 - considered_) * chance(0) + considered_ * chance(s_.refund.considered);
}

double UserLaw::refund(double refund) const {
    return refund_at(refund, 0);
}

double UserLaw::refund_of_repeat(double refund) const {
    return refund_at(refund, s_.solved.repeat_refund_shift);
}

double UserLaw::off_log_per_day(double activity, double purchase) const {
    const auto& p = s_.prior_period;
    return p.off_log_purchases * math::exp(p.off_log_user * purchase + p.off_log_activity * activity);
}

PriorTraits prior_traits(const World& world, std::uint32_t user) {
    const double p = world.scenario.prior_period.persistence, rest = std::sqrt(1 - p * p);
    const Words w = philox(seed_of(world), Draw::prior_trait, user, 0, 0);
    const double r = world.scenario.correlation.activity_purchase;
    const double activity = math::normal_quantile(uniform(w[0], w[1])),
                 own = math::normal_quantile(uniform(w[2], w[3]));
    const UserTraits& now = world.population.users[user];
    return {p * now.activity + rest * activity,
            p * now.purchase + rest * (r * activity + std::sqrt(1 - r * r) * own)};
}

UserCounts prior_counts(const World& world, const UserLaw& law, int threads) {
    if (world.scenario.prior_period.duration == 0)
        throw InputError(
            Exit::scenario,
            "prior_period.duration = 0s: there is no prior period to sample users by; set it, or "
            "sample by the log itself (--period same)");
    UserCounts counts;
    counts.resize(world.population.users.size());
    const std::size_t there = world.population.user_cohorts.first[1];
    parallel_for((there + users_per_task - 1) / users_per_task, threads, [&](std::size_t k) {
        for (std::size_t u = k * users_per_task; u < std::min(there, (k + 1) * users_per_task); ++u)
            draw_counts(world, law, static_cast<std::uint32_t>(u), counts);
    });
    return counts;
}

}  // namespace netcvr
