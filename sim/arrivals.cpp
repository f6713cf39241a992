#include "sim/arrivals.h"

#include <algorithm>
#include <cmath>

#include <boost/random/poisson_distribution.hpp>

#include "sim/rng.h"

namespace netcvr {
namespace {

constexpr double clicks_per_block = 2048;  // fits the columns of a block into the second-level cache

}  // namespace

Arrivals::Arrivals(const Scenario& scenario) {
    const auto& rate = scenario.hours.traffic;
    double mean = 0;
    for (const double r : rate) mean += r / 24;
    for (std::size_t h = 0; h <= 24; ++h) knot_[h] = rate[h % 24] / mean;
    for (std::size_t h = 0; h < 24; ++h) below_[h + 1] = below_[h] + (knot_[h] + knot_[h + 1]) / 2;

    const Time origin = parse_utc(scenario.log.time_origin).value_or(0) + scenario.log.utc_offset;
    origin_day_ = origin >= 0 ? origin / day : -((-origin + day - 1) / day);
    origin_seconds_ = static_cast<double>(origin - origin_day_ * day);
    duration_ = static_cast<double>(scenario.log.duration);
    origin_mass_ = 0;
    origin_mass_ = mass_before(0);
    total_ = mass_before(duration_);

    const auto n =
        static_cast<std::size_t>(std::max(1.0, std::round(scenario.mean_clicks() / clicks_per_block)));
    edge_.resize(n + 1);
    first_row_.assign(n + 1, 0);
    for (std::size_t b = 0; b <= n; ++b)
        edge_[b] = mass_before(duration_ * static_cast<double>(b) / static_cast<double>(n));
    for (std::size_t b = 0; b < n; ++b) {
        SubStream words(static_cast<std::uint64_t>(scenario.seed), Draw::block_count,
                        static_cast<std::uint32_t>(b));
        const double expected = scenario.mean_clicks() * (edge_[b + 1] - edge_[b]) / total_;
        boost::random::poisson_distribution<std::int64_t> poisson(expected);
        first_row_[b + 1] = first_row_[b] + static_cast<std::size_t>(expected > 0 ? poisson(words) : 0);
    }
}

double Arrivals::mass_before(double seconds) const {
    const double local = origin_seconds_ + seconds;
    const double days = std::floor(local / day);
    const double hours = (local - days * day) / hour;
    const auto h = std::min<std::size_t>(23, static_cast<std::size_t>(hours));
    const double x = hours - static_cast<double>(h);
    const double within = below_[h] + x * (knot_[h] + x * (knot_[h + 1] - knot_[h]) / 2);
    return days * below_[24] + within - origin_mass_;
}

Time Arrivals::second_at(double mass) const {
    const double all = mass + origin_mass_;
    const double days = std::floor(all / below_[24]);
    const double rest = all - days * below_[24];
    const auto above = std::upper_bound(below_.begin() + 1, below_.end() - 1, rest);
    const auto h = static_cast<std::size_t>(above - below_.begin()) - 1;
    // Solve knot x + slope x² / 2 = y for x in [0, 1], in the form that is stable for a small slope.
    const double y = rest - below_[h], slope = knot_[h + 1] - knot_[h];
    const double x = 2 * y / (knot_[h] + std::sqrt(std::max(0.0, knot_[h] * knot_[h] + 2 * slope * y)));
    const double seconds = days * day + (static_cast<double>(h) + x) * hour - origin_seconds_;
    // Inside the log but for the rounding of the first and the last mass.
    return static_cast<Time>(std::clamp(std::floor(seconds), 0.0, duration_ - 1));
}

Time Arrivals::time_in_block(std::size_t block, double u) const {
    return second_at(edge_[block] + u * (edge_[block + 1] - edge_[block]));
}

double Arrivals::local_hour(Time t) const {
    const double local = origin_seconds_ + static_cast<double>(t);
    return (local - std::floor(local / day) * day) / hour;
}

std::int64_t Arrivals::local_weekday(Time t) const {
    const auto days = origin_day_ + (static_cast<Time>(origin_seconds_) + t) / day;
    return ((days + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
}

}  // namespace netcvr
