#pragma once
// Maps from predicted to corrected probabilities, fitted on predictions whose outcome is known. Which
// predictions those are is not their business: correction.h.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace netcvr {

/// Predictions of one event, with what became of them.
struct Judged {
    std::vector<double> probability = {};     // P(event | x) as predicted
    std::vector<std::uint8_t> happened = {};  // final label
    std::vector<std::uint32_t> stratum = {};  // of the click (strata.h)

    std::size_t size() const { return probability.size(); }
    void add(double p, bool event, std::uint32_t s) {
        probability.push_back(p);
        happened.push_back(event);
        stratum.push_back(s);
    }
};

/// From a prediction and its click's stratum to what it becomes, within (0, 1); empty: to itself.
using Mapping = std::function<double(double probability, std::uint32_t stratum)>;
using Calibration = std::function<Mapping(const Judged& judged)>;

/// No prediction is read, or given by a map of odds, nearer to 0 or 1: odds have to be finite, also in
/// float32, which ends at 1 − 6·10⁻⁸.
inline constexpr double certainty = 1e-7;

/// logit p̃ = slope · logit p + shift.
struct PlattLine {
    double slope = 1, shift = 0;
};
/// Minimises Σ log loss of σ(slope · z + shift) + ½ (slope − 1)² + ½ shift² by Newton's method. z: logits.
PlattLine platt_line(std::span<const double> z, std::span<const std::uint8_t> happened);
Mapping platt(const Judged& judged);

/// Neighbouring predictions pooled into one.
struct Pool {
    double low = 0, high = 0;  // its smallest and largest prediction
    double events = 0, n = 0;  // of n observations (of any weight)
    double rate() const { return events / n; }
};
/// Pools neighbours until no rate is below the one before: the weighted least-squares non-decreasing fit.
/// blocks: in order of prediction.
std::vector<Pool> pool_adjacent_violators(std::span<const Pool> blocks);
/// Events and non-events that the lowest and the highest level of an isotonic map rest on, each: what lies
/// beyond all judged predictions gets such a level, which a single click must not set.
inline constexpr double end_support = 10;
/// Nothing before 2 · end_support events and as many non-events have been judged.
Mapping isotonic(const Judged& judged);

Mapping shrinkage(const Judged& judged);

}  // namespace netcvr
