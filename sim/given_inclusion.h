#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace netcvr {

/// P(y_i = 1 | fewest <= S <= most), S = Σ y_i of independent labels with P(y_i = 1) = p_i: the law of one
/// user's labels in a log that has the user because of them. With prefix j = y_1 + … + y_{i−1},
///
///   p_i Σ_j P(j) P(fewest <= j + 1 + S_{>i} <= most) / P(fewest <= S <= most)
///
/// by two recursions over 0 … min(n, most) + 1, in O(n · fewest) if `most` is no bound. Sums of positive
/// terms only, so that rare inclusions keep their digits. The condition must be possible.
std::vector<double> given_inclusion(std::span<const float> p, std::int64_t fewest, std::int64_t most);

}  // namespace netcvr
