#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/time.h"

namespace netcvr {

/// Labelled deliveries of clicks, in columns. Carries an index, never a final label.
struct Copies {
    std::vector<std::uint32_t> click;  // click[k]: row of the log
    std::vector<Time> at;              // at[k]: when copy k reaches the trainer; non-decreasing after sort
    std::vector<std::uint8_t> label;   // label[k]: 1 = the event has been seen

    std::size_t size() const { return click.size(); }
    void reserve(std::size_t n) {
        click.reserve(n);
        at.reserve(n);
        label.reserve(n);
    }
    void add(std::size_t row, Time when, bool seen) {
        click.push_back(static_cast<std::uint32_t>(row));
        at.push_back(when);
        label.push_back(seen);
    }
};

/// The copies delivered in [begin, end), ordered by (at, click, order of emission).
Copies sorted_between(const Copies& copies, Time begin, Time end);

}  // namespace netcvr
