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

/// Clicks with the trajectory that each took, with one or more settings of the windows.
struct TrajectoryExamples {
    std::size_t settings = 1;
    std::vector<std::uint32_t> click;    // rows of the log
    std::vector<Trajectory> trajectory;  // [clicks × settings], row-major

    std::size_t size() const { return click.size(); }
    /// Of each setting and trajectory: log of (k + ½) / (n + 3½), k of n clicks having taken it.
    std::vector<double> base_logits() const;
};

/// From seven logits to masses.
Trajectories softmax(std::span<const double> z);

/// Mean over examples of the log losses of the settings' softmaxes; its gradient is added to dz. trajectory
/// is [examples × settings], z and dz are [examples × settings × 7].
double trajectories_log_loss(std::span<const Trajectory> trajectory,
                             std::size_t settings,
                             std::span<const double> z,
                             std::span<double> dz);

}  // namespace netcvr
