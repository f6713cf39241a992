#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace netcvr {

/// Clicks with a final label, in time order.
struct Examples {
    std::vector<std::uint32_t> click;  // rows of the log
    std::vector<std::uint8_t> label;

    std::size_t size() const { return click.size(); }
    void add(std::size_t row, bool yes) {
        click.push_back(static_cast<std::uint32_t>(row));
        label.push_back(yes);
    }
    /// Logit of (k + ½) / (n + 1), k of n labels being 1: finite also where all labels agree, or there are
    /// none.
    double base_logit() const;
};

}  // namespace netcvr
