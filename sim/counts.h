#pragma once
// Counts as functions of one uniform number: quantiles, monotone in it and in every parameter's direction of
// more events. For any mean; below, they start where the rest of the left tail is beyond the reach of u.

#include <cstdint>

namespace netcvr {

/// Smallest n with P(N <= n) > u, N Poisson.
std::int64_t poisson_count(double mean, double u);
/// The same of n trials that each succeed with probability p.
std::int64_t binomial_count(std::int64_t n, double p, double u);

}  // namespace netcvr
