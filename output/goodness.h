#pragma once
// Statistics of a log against its truth. Given everything drawn before the outcomes, labels of different
// clicks are independent, so a sum of label − p over any set chosen without looking at outcomes has mean 0
// and variance Σ p (1 − p) exactly. A family of tests shares its false-positive rate by Bonferroni's bound.

#include <cstddef>
#include <vector>

namespace netcvr {

inline constexpr double family_level = 1e-4;

/// |z| exceeded with probability family_level by the worst of so many tests of a right truth.
double bound_of(std::size_t tests);

/// A sum over independent Bernoulli outcomes as a z: by the normal law, or by Poisson tails (wider than
/// those of any sum of Bernoullis of this mean) where fewer than 25 events are expected.
double z_of(double observed, double expected, double variance);

/// Events among independent Bernoulli outcomes of known probabilities.
struct Tally {
    double observed = 0, expected = 0, variance = 0;
    void add(bool event, double p) { observed += event ? 1 : 0, expected += p, variance += p * (1 - p); }
    double z() const { return z_of(observed, expected, variance); }
};

/// Counts of Poisson laws of known means: their total, and whether they scatter as they should.
struct Dispersion {
    double entities = 0, count = 0, expected = 0;
    double squares = 0, variance = 0;  // of Σ (n − λ)² / λ, whose terms have mean 1, variance 2 + 1 / λ
    void add(double n, double lambda) {
        entities += 1, count += n, expected += lambda;
        squares += (n - lambda) * (n - lambda) / lambda, variance += 2 + 1 / lambda;
    }
    double level_z() const { return z_of(count, expected, expected); }
    /// The sum of squares as a z, by Wilson and Hilferty's root of a chi squared of its mean and variance.
    double scatter_z() const;
};

/// Kolmogorov's distance of numbers to the uniform law, times √n; 0 of none.
double kolmogorov(std::vector<double> u);
/// Exceeded with probability at most family_level by the worst of so many, at every n (Massart 1990).
double kolmogorov_bound(std::size_t tests);

}  // namespace netcvr
