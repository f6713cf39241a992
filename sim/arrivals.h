#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/scenario.h"

namespace netcvr {

/// When clicks come: a Poisson process whose rate follows the local hour, piecewise linear and periodic by
/// the day, cut into blocks of a fixed grid of the scenario. A block's clicks depend on nothing outside it.
class Arrivals {
public:
    Arrivals() = default;
    explicit Arrivals(const Scenario& scenario);

    std::size_t blocks() const { return first_row_.size() - 1; }
    /// Row of the log at which block b begins; first_row(blocks()) is the number of clicks.
    std::size_t first_row(std::size_t block) const { return first_row_[block]; }
    std::size_t count(std::size_t block) const { return first_row_[block + 1] - first_row_[block]; }
    /// Second of the click at share u ∈ (0, 1) of block b's expected clicks.
    Time time_in_block(std::size_t block, double u) const;
    /// The same over the whole log.
    Time time_in_log(double u) const { return second_at(u * total_); }

    /// Local hour of the day of second t, in [0, 24).
    double local_hour(Time t) const;
    /// Whole local days since the local midnight before second 0, and the day of the week (0 = Monday).
    std::int64_t local_weekday(Time t) const;

private:
    Time second_at(double mass) const;
    double mass_before(double seconds) const;

    std::array<double, 25> knot_{};   // rate at local hours 0 … 24, mean 1
    std::array<double, 25> below_{};  // below_[h]: integral of the rate over local hours [0, h), in hours
    double origin_seconds_ = 0;       // local seconds of the day at second 0
    std::int64_t origin_day_ = 0;     // local days since 1970-01-01 at second 0
    double duration_ = 0, total_ = 0, origin_mass_ = 0;
    std::vector<double> edge_;  // [block + 1] expected mass before the block
    std::vector<std::size_t> first_row_;
};

}  // namespace netcvr
