#pragma once
// The seven trajectories of a click. Early: delay <= observation window; counted at all: delay < attribution
// window.

#include <array>
#include <cstdint>
#include <string_view>

namespace netcvr {

enum Trajectory : std::uint8_t { t0, a0, a1, a2, b0, b1, b2 };
struct TrajectoryName {
    std::string_view name, meaning;
};
inline constexpr std::array trajectory_names = {
    TrajectoryName{"T0", "no conversion within W_A"},
    TrajectoryName{"A0", "early conversion (D <= w_c), no refund within W_R"},
    TrajectoryName{"A1", "early conversion, early refund (R <= w_r)"},
    TrajectoryName{"A2", "early conversion, late refund (w_r < R < W_R)"},
    TrajectoryName{"B0", "late conversion (w_c < D < W_A), no refund within W_R"},
    TrajectoryName{"B1", "late conversion, early refund"},
    TrajectoryName{"B2", "late conversion, late refund"},
};
/// A number for each: a mass or P(trajectory | x); they sum to 1.
using Trajectories = std::array<double, trajectory_names.size()>;

}  // namespace netcvr
