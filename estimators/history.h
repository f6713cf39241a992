#pragma once
// What methods without networks count: the stages of all clicks, by stratum, in the orders in which counting
// reads them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "estimators/stage.h"

namespace netcvr {

/// Clicks that enter a stage, sorted once for all times t.
struct StageOrder {
    std::vector<std::uint32_t> by_start;  // all that enter, by start
    std::vector<std::uint32_t> by_delay;  // those with an event, by event − start
};
StageOrder order_of(const Stage& stage);

/// Referred to, not copied. Whoever counts at time t may look at clicks and events before t alone.
struct History {
    const Outcomes& all;
    std::span<const std::uint32_t> stratum;  // [clicks]
    std::size_t strata = 1;
    StageOrder conversion, refund;

    History(const Outcomes& outcomes, std::span<const std::uint32_t> stratum_of, std::size_t count)
        : all(outcomes),
          stratum(stratum_of),
          strata(count),
          conversion(order_of(outcomes.conversion)),
          refund(order_of(outcomes.refund)) {}
};

/// What is predicted of a click of each stratum, in (0, 1).
struct StratumRates {
    std::vector<double> cvr, refund_rate;  // [strata]
};

}  // namespace netcvr
