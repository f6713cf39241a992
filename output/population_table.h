#pragma once
// The four samples of users of the population study beside its figures, without writing any of them: the log
// is drawn once and its events are counted for every sample.

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "sim/prior_period.h"
#include "sim/simulate.h"

namespace netcvr {

/// clicks/user; purchases, repurchases and refunds per click. Purchases are events, repeats included; clicks
/// of 25 days.
using SampleRates = std::array<double, 4>;
inline constexpr std::array sample_rate_names = {"clicks/user", "purchases/click", "repurchases/click",
                                                 "refunds/click"};

struct SampleRow {
    std::string scheme, users;  // who is in the sample
    std::size_t chosen = 0;     // how many there are to choose from here; of strata: in all of them
    SampleRates published{};
    SampleRates drawn{};     // of the log
    SampleRates expected{};  // given the users' traits: without the chance of clicks, labels and refunds
};

/// All users of each stratum count, weighted by the stratum's share of the sample.
std::vector<SampleRow> population_table(const World& world,
                                        int threads,
                                        const std::function<void(std::size_t, std::size_t)>& progress);

std::string population_text(const std::vector<SampleRow>& rows);
std::string population_json(const std::vector<SampleRow>& rows);

}  // namespace netcvr
