#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "estimators/frozen.h"

namespace netcvr {

/// Clicks with final answers to one or more questions, in time order.
struct Examples {
    std::size_t questions = 1;
    std::vector<std::uint32_t> click;  // rows of the log
    std::vector<Answer> label;         // [clicks × questions], row-major

    std::size_t size() const { return click.size(); }
    void add(std::size_t row, Answer only) {
        click.push_back(static_cast<std::uint32_t>(row));
        label.push_back(only);
    }
    /// Of each question: logit of (k + ½) / (n + 1), k of n answers being yes; finite also where all answers
    /// agree, or there are none.
    std::vector<double> base_logits() const;
};

/// Mean over examples of the log loss of each head where its question was answered; its gradient is added to
/// dz. label, z, dz are [examples × questions].
double examples_log_loss(std::span<const Answer> label,
                         std::size_t questions,
                         std::span<const double> z,
                         std::span<double> dz);

}  // namespace netcvr
