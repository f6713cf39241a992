#pragma once
// Where the difference cascade − direct changes its sign along an axis.
//
// With common random numbers each seed s gives one curve d_s(x_1), …, d_s(x_L) over the levels x_1 < … < x_L.
// Between neighbours it is taken as a line in u = log x (in u = x if some level is not positive), so a change
// of sign between u_a and u_b is at
//   u_s = u_a + (u_b − u_a) d_a / (d_a − d_b).
// A curve that changes its sign once has one crossing u_s.
//
// That there is a crossing, only tests of the levels can say: neighbours in the list of the levels at which
// the difference is significant, with opposite signs, bracket one. Where it is, the seeds say if there are at
// least two and every curve changes its sign once, in the direction of the tests: at mean u ± t_{.975, n−1}
// sd(u)/√n over the n seeds, taken back to x. The seeds' crossings differ by the noise of their own
// differences only, because the levels of one seed share their clicks.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace netcvr {

/// What a test at 5 % says about a difference: −1 significantly negative, 1 significantly positive, 0
/// neither.
using Sign = int;

enum class Course : std::uint8_t {
    below,      // significantly negative at every level
    above,      // significantly positive at every level
    crosses,    // bracketed, and every seed's curve changes its sign once, in that direction
    bracketed,  // significant with both signs, one change between; the seeds do not agree on a point
    several,    // significant with both signs and more than one change
    undecided   // nothing of the above
};

struct Crossing {
    Course course = Course::undecided;
    /// crosses: mean and 95 % interval. bracketed: low and high only.
    std::optional<double> at = {}, low = {}, high = {};
    bool rising = false;    // crosses, bracketed: negative below the crossing, positive above it
    std::size_t seeds = 0;  // crosses: with a curve over all levels

    bool operator==(const Crossing&) const = default;
};

/// level  [L] increasing
/// curves seed's difference at each level, [L]; a seed without a finite difference somewhere is to be left
/// out sign   [L] what tests say of each level
Crossing crossing(const std::vector<double>& level,
                  const std::vector<std::vector<double>>& curves,
                  const std::vector<Sign>& sign);

/// Where one curve over `scale` (increasing) changes its sign: none, or several places. A stretch of exact
/// zeros between opposite signs is crossed in its middle; one between equal signs is touched, not crossed.
std::vector<double> sign_changes(const std::vector<double>& scale, const std::vector<double>& curve);

}  // namespace netcvr
