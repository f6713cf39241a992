#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/huge_pages.h"
#include "sim/time.h"

namespace netcvr {

/// Labelled deliveries of clicks, in columns. Carries an index, never a final label.
struct Copies {
    HugeVector<std::uint32_t> click;  // click[k]: row of the log
    HugeVector<Time> at;              // at[k]: when copy k reaches the trainer; non-decreasing after sort
    HugeVector<std::uint8_t> label;   // label[k]: 1 = the event has been seen
    HugeVector<std::uint8_t> part;    // part[k]: which of its rule's kinds of copy; 0 if there is one kind

    std::size_t size() const { return click.size(); }
    void reserve(std::size_t n) {
        click.reserve(n);
        at.reserve(n);
        label.reserve(n);
        part.reserve(n);
    }
    void add(std::size_t row, Time when, bool seen, std::size_t kind = 0) {
        click.push_back(static_cast<std::uint32_t>(row));
        at.push_back(when);
        label.push_back(seen);
        part.push_back(static_cast<std::uint8_t>(kind));
    }
};

/// The copies delivered in [begin, end), ordered by (at, click, order of emission).
Copies sorted_between(const Copies& copies, Time begin, Time end);

/// The same copies, each held back to the last second of its period (a multiple of `period` seconds begins
/// one), those of one period in an order that tells nothing: by a hash of the click.
Copies collected(const Copies& copies, Time period, Time begin, Time end);

}  // namespace netcvr
