#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/scenario.h"

namespace netcvr {

/// One of the Poisson processes that a log is a superposition of. Stream 0 is the usual traffic. A promotion,
/// and every cohort of entering users or items, is a stream of its own, so that the clicks of the others stay
/// what they are when it is switched on.
struct Stream {
    double share = 1;                           // its rate, while active, per usual rate
    std::vector<std::pair<Time, Time>> active;  // disjoint intervals [begin, end), in order
    std::uint32_t user_cohort = 0, item_cohort = 0;
};

/// A cohort of entering users or items: when they enter, and their clicks per usual click from then on.
struct Entry {
    Time at = 0;
    double share = 0;
};

/// When clicks come: Poisson processes whose rate follows the local hour, piecewise linear, and the weekday,
/// cut into blocks of a fixed grid of the scenario. A block's clicks depend on nothing outside it.
class Arrivals {
public:
    Arrivals() = default;
    explicit Arrivals(const Scenario& scenario,
                      std::span<const Entry> users = {},
                      std::span<const Entry> items = {});

    const std::vector<Stream>& streams() const { return streams_; }
    std::size_t blocks() const { return first_row_.size() - 1; }
    /// Row of the log at which block b begins; first_row(blocks()) is the number of clicks.
    std::size_t first_row(std::size_t block) const { return first_row_[block]; }
    std::size_t count(std::size_t block) const { return first_row_[block + 1] - first_row_[block]; }
    /// Of these, the clicks of one stream.
    std::size_t count(std::size_t stream, std::size_t block) const {
        return streams_.size() == 1 ? count(block) : counts_[stream][block];
    }
    /// Second of the click at share u ∈ (0, 1) of the stream's expected clicks in block b.
    Time time_in_block(std::size_t stream, std::size_t block, double u) const;
    /// The same in columns, at u = uniform(high[i], low[i]) (rng.h).
    void times_in_block(std::size_t stream,
                        std::size_t block,
                        std::span<const std::uint32_t> high,
                        std::span<const std::uint32_t> low,
                        std::span<Time> out) const;
    /// The same over the whole log.
    Time time_in_log(std::size_t stream, double u) const;
    /// Expected clicks of a stream per expected clicks of stream 0.
    double expected_share(std::size_t stream) const;

    /// Local hour of the day of second t, in [0, 24).
    double local_hour(Time t) const;
    /// Day of the week of second t, local; 0 = Monday.
    std::int64_t local_weekday(Time t) const;

private:
    double days_before(double days) const;
    double mass_before(double seconds) const;
    /// A local hour of the log: days since the midnight before second 0, and the hour of the day.
    struct HourOfLog {
        double weeks = 0, days = 0;
        std::size_t weekday = 0, hour = 0;
        bool operator==(const HourOfLog&) const = default;
    };
    // `all`: expected clicks of stream 0 since that midnight.
    HourOfLog hour_of(double all) const;
    double mass_of_day(const HourOfLog& at, double all) const;
    double second_in_hour(const HourOfLog& at, double all) const;
    void times_in_hour(const HourOfLog& at,
                       double edge,
                       double mass,
                       std::span<const std::uint32_t> high,
                       std::span<const std::uint32_t> low,
                       std::span<Time> out) const;
    Time second_at(double mass) const;
    double active_mass(const Stream& stream, double begin, double end) const;
    Time active_second(const Stream& stream, double begin, double end, double u) const;
    double edge_second(std::size_t block) const;
    void add_streams(const Scenario& scenario, std::span<const Entry> users, std::span<const Entry> items);
    void draw_counts(const Scenario& scenario);

    std::array<double, 25> knot_{};    // rate at local hours 0 … 24, mean 1
    std::array<double, 25> below_{};   // below_[h]: integral of the rate over local hours [0, h), in hours
    bool weekly_ = false;              // do weekdays differ?
    std::array<double, 7> weekday_{};  // rate on the k-th local day after the one of second 0, modulo 7
    std::array<double, 8> week_before_{};  // sum of the first k of them
    double origin_seconds_ = 0;            // local seconds of the day at second 0
    std::int64_t origin_day_ = 0;          // local days since 1970-01-01 at second 0
    double duration_ = 0, total_ = 0, origin_mass_ = 0;
    std::vector<double> edge_;  // [block + 1] expected mass of stream 0 before the block
    std::vector<Stream> streams_;
    std::vector<std::vector<std::uint32_t>> counts_;  // [stream][block]; empty for a single stream
    std::vector<std::size_t> first_row_;
};

/// The block word of an address (rng.h): streams have blocks of their own.
inline std::uint32_t block_word(std::size_t stream, std::size_t block) {
    return static_cast<std::uint32_t>(stream << 24 | block);
}

}  // namespace netcvr
