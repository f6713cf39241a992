#pragma once
// Which users a sample has: schemes on counts per user in a period, each exact and addressed, so that the
// same users are chosen whoever asks.

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/prior_period.h"
#include "sim/selection.h"

namespace netcvr {

enum class Scheme : std::uint8_t {
    activity_strata,  // so many of each stratum of users, at random
    buyers,           // everyone with a purchase
    top_purchases,    // of the buyers the N with most purchases
    top_rate,         // of the buyers the N with most conversions per click
};

/// What counts as a purchase of a user.
enum class PurchaseCount : std::uint8_t {
    labels,  // first conversions within W_A
    logged,  // purchases after logged clicks: conversions whenever they come, and repeats
    all,     // also those that belong to no logged click
};
std::string_view name_of(PurchaseCount count);

/// Users whose number of purchases, or of clicks, lies in low … high.
struct StratumRule {
    bool of_clicks = false;
    std::uint32_t low = 0, high = std::numeric_limits<std::uint32_t>::max();
    double share = 0;  // of the sampled users

    bool fits(std::uint32_t clicks, std::uint32_t purchases) const {
        const std::uint32_t n = of_clicks ? clicks : purchases;
        return n >= low && n <= high;
    }
    /// "purchases=6..", as it is written.
    std::string name() const;
    bool operator==(const StratumRule&) const = default;
};
/// > 5 purchases 50 %, 1 < clicks < 5 30 %, no clicks 20 %. A user belongs to the first that fits.
std::vector<StratumRule> usual_strata();
/// Of these the ones that a user with a click can belong to, in the same proportion.
std::vector<StratumRule> strata_of_clickers();
/// The first that fits; strata.size() if none does.
std::size_t stratum_of(std::span<const StratumRule> strata, std::uint32_t clicks, std::uint32_t purchases);

struct SamplingPlan {
    Scheme scheme = Scheme::buyers;
    PurchaseCount count = PurchaseCount::logged;
    double users = 0;  // how many to sample, or which share of the eligible; 0 = as many as can be
    bool share = false;
    bool with_bounds = false;  // say which conversions would have led to the same choice
    std::vector<StratumRule> strata = usual_strata();
};

/// users: the ids behind the counts; empty: 0, 1, 2, …  Throws InputError (usage) if more users are wanted
/// than there are, or if bounds are wanted of strata that are none.
Selection select_users(const UserCounts& counts,
                       std::span<const std::int32_t> users,
                       const SamplingPlan& plan,
                       std::int64_t seed);

}  // namespace netcvr
