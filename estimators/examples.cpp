#include "estimators/examples.h"

#include <algorithm>
#include <cmath>

#include "estimators/loss.h"

namespace netcvr {

std::vector<double> Examples::base_logits() const {
    std::vector<double> logits;
    for (std::size_t q = 0; q < questions; ++q) {
        double yes = 0.5, asked = 1;
        for (std::size_t k = q; k < label.size(); k += questions) {
            yes += label[k] == Answer::yes;
            asked += label[k] != Answer::skip;
        }
        logits.push_back(logit(yes / asked));
    }
    return logits;
}

double examples_log_loss(std::span<const Answer> label,
                         std::size_t questions,
                         std::span<const double> z,
                         std::span<double> dz) {
    const std::size_t clicks = label.size() / questions;
    const auto n = static_cast<double>(clicks);
    double sum = 0;
    for (std::size_t k = 0; k < label.size(); ++k) {
        if (label[k] == Answer::skip) continue;
        const bool yes = label[k] == Answer::yes;
        sum += softplus(yes ? -z[k] : z[k]);
        dz[k] += (yes ? -sigmoid(-z[k]) : sigmoid(z[k])) / n;
    }
    return sum / n;
}

std::vector<double> TrajectoryExamples::base_logits() const {
    std::vector<double> count(settings * trajectory_names.size(), 0.5);
    for (std::size_t k = 0; k < trajectory.size(); ++k)
        ++count[k % settings * trajectory_names.size() + trajectory[k]];
    const double n = static_cast<double>(size()) + 0.5 * static_cast<double>(trajectory_names.size());
    for (double& each : count) each = std::log(each / n);
    return count;
}

Trajectories softmax(std::span<const double> z) {
    const double largest = *std::ranges::max_element(z);
    Trajectories masses{};
    double sum = 0;
    for (std::size_t j = 0; j < masses.size(); ++j) sum += masses[j] = std::exp(z[j] - largest);
    for (double& mass : masses) mass /= sum;
    return masses;
}

double trajectories_log_loss(std::span<const Trajectory> trajectory,
                             std::size_t settings,
                             std::span<const double> z,
                             std::span<double> dz) {
    constexpr std::size_t each = trajectory_names.size();
    const std::size_t clicks = trajectory.size() / settings;
    const auto n = static_cast<double>(clicks);
    double sum = 0;
    for (std::size_t k = 0; k < trajectory.size(); ++k) {
        const auto logits = z.subspan(k * each, each);
        const double largest = *std::ranges::max_element(logits);
        double total = 0;
        for (const double logit : logits) total += std::exp(logit - largest);
        sum += std::log(total) + largest - logits[trajectory[k]];
        for (std::size_t j = 0; j < each; ++j)
            dz[k * each + j] += (std::exp(logits[j] - largest) / total - (j == trajectory[k])) / n;
    }
    return sum / n;
}

}  // namespace netcvr
