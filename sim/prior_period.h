#pragma once
// The period before the log by which users are sampled. No clicks are made of it, only a few counts per user,
// given what the user was like then:
//
//   traits   (activity, purchase)' = p · (activity, purchase) + √(1 − p²) · e, e as correlated as they are:
//            a stationary first-order autoregression, so that the period before is drawn from the log's
//            traits
//   clicks   Poisson(days · clicks_per_day(activity'))
//   conversions   binomial(clicks, conversion(purchase'))
//   repeats  Poisson(conversions · repeats(activity', purchase'))
//   off_log  purchases that belong to no logged click: Poisson(days · off_log_per_day(activity', purchase'))
//
// Given the log's traits the counts say nothing about the log's outcomes, so whom they select is ignorable:
// what /truth says of a click is still the law that drew it.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/world.h"

namespace netcvr {

/// What users do in the mean, given their traits: the world's law averaged over items, times, positions and
/// channels. Whatever a logit has besides the user's own trait counts as normal with the mean and variance
/// that it has over the pilot's clicks (of the refund logit: weighted by conversions),
///
///   P(converts ever | trait z) = E σ(α + s_c · conversion.user · z + m_c + √v_c ε),  ε standard normal
class UserLaw {
public:
    explicit UserLaw(const World& world);

    double clicks_per_day(double activity) const;            // of the usual traffic
    double conversion(double purchase) const;                // P(converts ever | click)
    double repeats(double activity, double purchase) const;  // mean per conversion
    double refund(double refund) const;                      // P(refunded ever | first purchase)
    double refund_of_repeat(double refund) const;            // P(refunded ever | repeat)
    double off_log_per_day(double activity, double purchase) const;

private:
    struct NormalPart {
        double mean = 0, sd = 0;
    };
    double refund_at(double refund, double shift) const;

    const Scenario& s_;
    NormalPart conversion_rest_, refund_rest_;
    double considered_ = 0;        // P(considered | converts)
    double traffic_per_rate_ = 1;  // clicks per day of the log per sum of the users' rates
};

/// Events of every user in a period.
struct UserCounts {
    std::vector<std::uint32_t> clicks, conversions, repeats, off_log;  // [user]
    std::size_t size() const { return clicks.size(); }
    void resize(std::size_t users) {
        for (auto* column : {&clicks, &conversions, &repeats, &off_log}) column->assign(users, 0);
    }
    /// Purchases that followed logged clicks.
    std::uint32_t logged(std::size_t user) const { return conversions[user] + repeats[user]; }
    std::uint32_t all(std::size_t user) const { return logged(user) + off_log[user]; }
};

struct PriorTraits {
    double activity = 0, purchase = 0;
};
/// What user u was like in the prior period.
PriorTraits prior_traits(const World& world, std::uint32_t user);

/// Of the prior period; users who enter during the log have none. Throws InputError (scenario) without one.
UserCounts prior_counts(const World& world, const UserLaw& law, int threads);

}  // namespace netcvr
