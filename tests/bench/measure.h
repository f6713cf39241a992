#pragma once
// Measurements that are compared are taken in turn, not one after the other, because the machine's own speed
// wanders; medians and quartiles of the repetitions.

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace netcvr {

double seconds_of(const std::function<void()>& work);
/// What takes its own time.
inline std::function<double()> timed(std::function<void()> work) {
    return [work = std::move(work)] { return seconds_of(work); };
}

struct Candidate {
    std::string name;
    double amount = 0;  // per repetition, in `unit`
    std::string unit;
    double goal = 0;                  // a rate to reach; 0 = none
    std::function<double()> seconds;  // none: left out
    std::vector<double> rate = {};

    double quantile(double q) const;
    double median() const { return quantile(0.5); }
};

/// Each candidate once per repetition, in turn; the first repetition only warms up.
void take_turns(std::vector<Candidate>& candidates, int repeats);
void print_line(const Candidate& candidate);
/// Both.
void measure(std::vector<Candidate>& candidates, int repeats);

/// "goal 12: met", "goal 12: missed".
std::string verdict(double value, double goal);

void bench_simulate(int repeats, double clicks);
void bench_text(int repeats);
void bench_train(int repeats);
void bench_tesla(int repeats);
void bench_deliver(int repeats);

}  // namespace netcvr
