#include "sim/arrivals.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <boost/random/poisson_distribution.hpp>

#include "sim/rng.h"
#include "sim/vector_clones.h"

namespace netcvr {
namespace {

constexpr double clicks_per_block = 2048;  // fits the columns of a block into the second-level cache
constexpr double most_blocks = 1 << 24;    // the rest of block_word

/// Where the promotion is on within [0, duration).
std::vector<std::pair<Time, Time>> promoted_times(const Scenario& s) {
    std::vector<std::pair<Time, Time>> times;
    for (Time begin = s.promotion.begin; begin < s.log.duration; begin += s.promotion.every) {
        times.emplace_back(begin, std::min(s.log.duration, begin + s.promotion.duration));
        if (s.promotion.every == 0) break;
    }
    return times;
}

}  // namespace

Arrivals::Arrivals(const Scenario& scenario, std::span<const Entry> users, std::span<const Entry> items) {
    const auto& rate = scenario.hours.traffic;
    double mean = 0;
    for (const double r : rate) mean += r / 24;
    for (std::size_t h = 0; h <= 24; ++h) knot_[h] = rate[h % 24] / mean;
    for (std::size_t h = 0; h < 24; ++h) below_[h + 1] = below_[h] + (knot_[h] + knot_[h + 1]) / 2;

    const Time origin = parse_utc(scenario.log.time_origin).value_or(0) + scenario.log.utc_offset;
    origin_day_ = origin >= 0 ? origin / day : -((-origin + day - 1) / day);
    origin_seconds_ = static_cast<double>(origin - origin_day_ * day);
    duration_ = static_cast<double>(scenario.log.duration);
    const auto& traffic = scenario.weekdays.traffic;
    weekly_ = std::any_of(traffic.begin(), traffic.end(), [&](double w) { return w != traffic.front(); });
    for (std::size_t d = 0; d < 7; ++d) {
        weekday_[d] = traffic[static_cast<std::size_t>(local_weekday(static_cast<Time>(d) * day))];
        week_before_[d + 1] = week_before_[d] + weekday_[d];
    }
    origin_mass_ = 0;
    origin_mass_ = mass_before(0);
    total_ = mass_before(duration_);

    const auto n = static_cast<std::size_t>(
        std::clamp(std::round(scenario.mean_clicks() / clicks_per_block), 1.0, most_blocks));
    edge_.resize(n + 1);
    for (std::size_t b = 0; b <= n; ++b) edge_[b] = mass_before(edge_second(b));
    add_streams(scenario, users, items);
    draw_counts(scenario);
}

double Arrivals::edge_second(std::size_t block) const {
    return duration_ * static_cast<double>(block) / static_cast<double>(edge_.size() - 1);
}

void Arrivals::add_streams(const Scenario& s, std::span<const Entry> users, std::span<const Entry> items) {
    const Time end = s.log.duration;
    streams_.push_back({1, {{0, end}}});
    if (s.has_promotion() && s.promotion.traffic > 0 && s.promotion.begin < end)
        streams_.push_back({s.promotion.traffic, promoted_times(s)});
    for (std::size_t c = 0; c < users.size(); ++c)
        streams_.push_back({users[c].share, {{users[c].at, end}}, static_cast<std::uint32_t>(c + 1), 0});
    for (std::size_t c = 0; c < items.size(); ++c)
        streams_.push_back({items[c].share, {{items[c].at, end}}, 0, static_cast<std::uint32_t>(c + 1)});
}

void Arrivals::draw_counts(const Scenario& s) {
    const std::size_t n = edge_.size() - 1;
    first_row_.assign(n + 1, 0);
    std::vector<std::size_t> all(n, 0);
    for (std::size_t k = 0; k < streams_.size(); ++k) {
        if (streams_.size() > 1) counts_.emplace_back(n, 0);
        for (std::size_t b = 0; b < n; ++b) {
            const double mass =
                k == 0 ? edge_[b + 1] - edge_[b]
                       : streams_[k].share * active_mass(streams_[k], edge_second(b), edge_second(b + 1));
            const double expected = s.mean_clicks() * mass / total_;
            SubStream words(static_cast<std::uint64_t>(s.seed), Draw::block_count, block_word(k, b));
            boost::random::poisson_distribution<std::int64_t> poisson(expected > 0 ? expected : 1);
            const std::int64_t count = expected > 0 ? poisson(words) : 0;
            all[b] += static_cast<std::size_t>(count);
            if (streams_.size() > 1) counts_[k][b] = static_cast<std::uint32_t>(count);
        }
    }
    for (std::size_t b = 0; b < n; ++b) first_row_[b + 1] = first_row_[b] + all[b];
}

double Arrivals::days_before(double days) const {
    if (!weekly_) return days * below_[24];
    const double weeks = std::floor(days / 7);
    const auto rest = static_cast<std::size_t>(days - 7 * weeks);
    return (weeks * week_before_[7] + week_before_[rest]) * below_[24];
}

double Arrivals::mass_before(double seconds) const {
    const double local = origin_seconds_ + seconds;
    const double days = std::floor(local / day);
    const double hours = (local - days * day) / hour;
    const auto h = std::min<std::size_t>(23, static_cast<std::size_t>(hours));
    const double x = hours - static_cast<double>(h);
    const double within = below_[h] + x * (knot_[h] + x * (knot_[h + 1] - knot_[h]) / 2);
    const double today = weekly_ ? weekday_[static_cast<std::size_t>(days) % 7] * within : within;
    return days_before(days) + today - origin_mass_;
}

Arrivals::HourOfLog Arrivals::hour_of(double all) const {
    HourOfLog at;
    if (weekly_) {
        at.weeks = std::floor(all / (week_before_[7] * below_[24]));
        const double in_week = all / below_[24] - at.weeks * week_before_[7];
        const auto above = std::upper_bound(week_before_.begin() + 1, week_before_.end() - 1, in_week);
        at.weekday = static_cast<std::size_t>(above - week_before_.begin()) - 1;
        at.days = 7 * at.weeks + static_cast<double>(at.weekday);
    } else {
        at.days = std::floor(all / below_[24]);
    }
    const auto above = std::upper_bound(below_.begin() + 1, below_.end() - 1, mass_of_day(at, all));
    at.hour = static_cast<std::size_t>(above - below_.begin()) - 1;
    return at;
}

double Arrivals::mass_of_day(const HourOfLog& at, double all) const {
    if (!weekly_) return all - at.days * below_[24];
    const double in_week = all / below_[24] - at.weeks * week_before_[7];
    return (in_week - week_before_[at.weekday]) * below_[24] / weekday_[at.weekday];
}

double Arrivals::second_in_hour(const HourOfLog& at, double all) const {
    // Solve knot x + slope x² / 2 = y for x in [0, 1], in the form that is stable for a small slope.
    const double y = mass_of_day(at, all) - below_[at.hour], slope = knot_[at.hour + 1] - knot_[at.hour];
    const double knot = knot_[at.hour];
    const double x = 2 * y / (knot + std::sqrt(std::max(0.0, knot * knot + 2 * slope * y)));
    const double seconds = at.days * day + (static_cast<double>(at.hour) + x) * hour - origin_seconds_;
    // Inside the log but for the rounding of the first and the last mass.
    return std::clamp(std::floor(seconds), 0.0, duration_ - 1);
}

Time Arrivals::second_at(double mass) const {
    const double all = mass + origin_mass_;
    return static_cast<Time>(second_in_hour(hour_of(all), all));
}

VECTOR_CLONES
void Arrivals::times_in_hour(const HourOfLog& at,
                             double edge,
                             double mass,
                             std::span<const std::uint32_t> high,
                             std::span<const std::uint32_t> low,
                             std::span<Time> out) const {
    constexpr double bias = 0x1p52;  // a whole number below it is the lower bits of its sum
#pragma omp simd
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double seconds = second_in_hour(at, edge + uniform(high[i], low[i]) * mass + origin_mass_);
        out[i] = static_cast<Time>(std::bit_cast<std::uint64_t>(seconds + bias) & 0xfffffffffffffULL);
    }
}

void Arrivals::times_in_block(std::size_t stream,
                              std::size_t block,
                              std::span<const std::uint32_t> high,
                              std::span<const std::uint32_t> low,
                              std::span<Time> out) const {
    const double edge = edge_[block], mass = edge_[block + 1] - edge;
    // Every step is monotone, rounding included: if both ends fall in one hour, so does all between them.
    const HourOfLog at = hour_of(edge + origin_mass_);
    if (stream > 0 || !(hour_of(edge + mass + origin_mass_) == at)) {
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = time_in_block(stream, block, uniform(high[i], low[i]));
        return;
    }
    times_in_hour(at, edge, mass, high, low, out);
}

double Arrivals::active_mass(const Stream& stream, double begin, double end) const {
    double mass = 0;
    for (const auto& [from, to] : stream.active) {
        const double a = std::max(begin, static_cast<double>(from)),
                     b = std::min(end, static_cast<double>(to));
        if (a < b) mass += mass_before(b) - mass_before(a);
    }
    return mass;
}

/// Second at share u of the stream's mass in [begin, end).
Time Arrivals::active_second(const Stream& stream, double begin, double end, double u) const {
    double left = u * active_mass(stream, begin, end);
    Time at = 0;
    for (const auto& [from, to] : stream.active) {
        const double a = std::max(begin, static_cast<double>(from)),
                     b = std::min(end, static_cast<double>(to));
        if (a >= b) continue;
        const double before = mass_before(a), here = mass_before(b) - before;
        at = std::clamp(second_at(before + std::min(left, here)), from, to - 1);
        if (left < here) break;
        left -= here;
    }
    return at;
}

Time Arrivals::time_in_block(std::size_t stream, std::size_t block, double u) const {
    if (stream == 0) return second_at(edge_[block] + u * (edge_[block + 1] - edge_[block]));
    return active_second(streams_[stream], edge_second(block), edge_second(block + 1), u);
}

Time Arrivals::time_in_log(std::size_t stream, double u) const {
    return stream == 0 ? second_at(u * total_) : active_second(streams_[stream], 0, duration_, u);
}

double Arrivals::expected_share(std::size_t stream) const {
    return stream == 0 ? 1 : streams_[stream].share * active_mass(streams_[stream], 0, duration_) / total_;
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
