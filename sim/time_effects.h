#pragma once
// What a click's own second adds to its law: hour and weekday curves, drift, promotions. Everything is read
// at that second and never later, which is what keeps the truth in closed form (world.h). A refund wave is
// therefore "clicks of the promotion refund more"; it arrives when their refunds do.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/arrivals.h"
#include "sim/scenario.h"

namespace netcvr {

/// What moves with time, each switched separately.
enum Quantity : std::size_t { of_conversion, of_conversion_delay, of_refund, of_refund_delay, quantities };

class TimeEffects {
public:
    TimeEffects() = default;
    explicit TimeEffects(const Scenario& scenario);

    /// The curve of the local hour, linear between whole hours; logit. 0 for delays.
    double hourly(Quantity q, double local_hour) const;
    /// All the rest at second t, for clicks on items of `category`; logit or log seconds.
    double at(Quantity q, const Arrivals& arrivals, std::size_t category, Time t) const {
        return (walk_[q].empty() ? 0 : walk(q, category, t)) + (common_[q] ? common(q, arrivals, t) : 0);
    }
    /// Both in columns, for times in any order; fastest in order of time, because a second's share is
    /// computed once.
    void hourly(Quantity q,
                const Arrivals& arrivals,
                std::span<const Time> time,
                std::span<double> out) const;
    void at(Quantity q,
            const Arrivals& arrivals,
            std::span<const std::uint32_t> category,
            std::span<const Time> time,
            std::span<double> out) const;
    /// The random walk alone: linear between daily knots, 0 at second 0.
    double walk(Quantity q, std::size_t category, Time t) const;
    /// knots(q)[d · categories + g]: the walk of category g at day d; empty without one.
    const std::vector<double>& knots(Quantity q) const { return walk_[q]; }

private:
    double common(Quantity q, const Arrivals& arrivals, Time t) const;

    std::size_t categories_ = 0;
    std::array<std::vector<double>, quantities> walk_, hours_, weekdays_;
    std::array<bool, quantities> common_{};  // is there anything but hours and the walk?
    std::array<Scenario::Drift, quantities> drift_;
    std::array<double, quantities> promoted_{};
    Scenario::Promotion promotion_;
};

/// Is the promotion on at second t?
bool promoted(const Scenario::Promotion& promotion, Time t);

}  // namespace netcvr
