#pragma once
// A bootstrap by user: clicks of one user are not independent, users are. Every user is there a Poisson(1)
// number of times, drawn at an address of the random numbers (sim/rng.h), so a resample is the same on every
// machine and for every method.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "output/metric_table.h"

namespace netcvr {

struct Resamples {
    static constexpr std::size_t lanes = 8;  // resamples that go over the rows together
    std::size_t count = 0, users = 0;
    std::vector<std::uint8_t>
        times;  // [batch][user][lane]: how often the user is there in batch · lanes + lane

    std::size_t batches() const { return (count + lanes - 1) / lanes; }
    const std::uint8_t* of(std::size_t batch, std::size_t user) const {
        return times.data() + (batch * users + user) * lanes;
    }
};
/// user_id[u] of user u of a Case, each once.
Resamples resample(std::span<const std::int64_t> user_id, std::size_t count);

using Draws = std::vector<std::optional<double>>;  // a metric on every resample
/// draws[m] of metrics[m], all of them against labels; none where LabelFormula::interval says so.
std::vector<Draws> resampled(std::span<const Metric* const> metrics,
                             const Case& of,
                             const Resamples& resamples);

/// Between the 2.5 % and 97.5 % points of the draws (Weibull's (B + 1) q-th, interpolated). None if there are
/// fewer than 39 draws or one has no value.
struct Interval {
    double low = 0, high = 0;
};
std::optional<Interval> percentile_interval(const Draws& draws);

}  // namespace netcvr
