#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace netcvr {

/// "simulate  1.2 M of 4.0 M clicks (30 %), 2.4 M clicks/s, 1 s left"
std::string progress_text(
    const std::string& what, const std::string& unit, std::size_t done, std::size_t total, double seconds);

/// Progress on stderr: on a terminal one rewritten line, else a plain line every 30 s. Gone at its end.
class ProgressLine {
public:
    ProgressLine(std::string what, std::string unit);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// One call at a time, from any thread.
    void show(std::size_t done, std::size_t total);

private:
    using Clock = std::chrono::steady_clock;
    std::string what_, unit_;
    bool terminal_;
    bool shown_ = false;
    Clock::time_point begin_ = Clock::now(), last_ = begin_;
};

}  // namespace netcvr
