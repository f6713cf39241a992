#include "tests/bench/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/core.h>

namespace netcvr {

using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& work) {
    const auto begin = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

double Candidate::quantile(double q) const {
    auto sorted = rate;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<std::size_t>(std::lround(q * static_cast<double>(sorted.size() - 1)))];
}

void take_turns(std::vector<Candidate>& candidates, int repeats) {
    for (int r = 0; r <= repeats; ++r)
        for (auto& candidate : candidates) {
            if (!candidate.seconds) continue;
            const double seconds = candidate.seconds();
            if (r > 0) candidate.rate.push_back(candidate.amount / seconds);
        }
}

void print_line(const Candidate& c) {
    fmt::print("  {:<44} {:>9.2f} {:<12} ({:.2f} … {:.2f})  {}\n", c.name, c.median(), c.unit,
               c.quantile(0.25), c.quantile(0.75), verdict(c.median(), c.goal));
}

void measure(std::vector<Candidate>& candidates, int repeats) {
    take_turns(candidates, repeats);
    for (const auto& candidate : candidates) print_line(candidate);
}

std::string verdict(double value, double goal) {
    return goal > 0 ? fmt::format("goal {:g}: {}", goal, value >= goal ? "met" : "missed") : "";
}

}  // namespace netcvr
