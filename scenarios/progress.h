#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace netcvr {

/// "simulate  1.2 M of 4.0 M clicks (30 %), 2.4 M clicks/s, 1 s left"; first: what was done `seconds` ago.
std::string progress_text(const std::string& what,
                          const std::string& unit,
                          std::size_t done,
                          std::size_t total,
                          double seconds,
                          std::size_t first = 0);

/// Runs of a sweep as they end. Each weighs what it was expected to take, so that the time left is honest
/// when runs differ in size.
class SweepProgress {
public:
    /// done: runs that were there before, of `total`; expected: seconds of all that are not.
    SweepProgress(std::size_t done, std::size_t total, double expected)
        : done_(done), total_(total), expected_left_(expected) {}

    /// One more run has ended, `seconds` after the beginning, that was expected to take `expected`.
    void end_run(double expected, bool failed, double seconds);
    /// "sweep  12 of 80 runs (15 %), 1 failed, 8.1 runs/min, 8 min left", `seconds` after the beginning.
    std::string text(double seconds) const;

private:
    std::size_t done_, total_, failed_ = 0, ended_ = 0;
    double expected_left_, expected_ended_ = 0, last_end_ = 0;
};

/// Progress on stderr: on a terminal one rewritten line, else a plain line every 30 s. Gone at its end.
class ProgressLine {
public:
    explicit ProgressLine(std::string what = "", std::string unit = "");
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// One call at a time, from any thread. The rate counts from the first call, and anew when a pass over
    /// the same clicks begins: what went before (a calibration, a choice of users) was no work of this kind.
    void show(std::size_t done, std::size_t total);
    void show(const std::string& text);
    /// Makes room on the terminal for a line of somebody else.
    void clear();
    double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

private:
    using Clock = std::chrono::steady_clock;
    std::string what_, unit_;
    bool terminal_;
    bool shown_ = false, counting_ = false;
    std::size_t first_ = 0, done_ = 0;
    Clock::time_point begin_ = Clock::now(), last_ = begin_, count_begin_ = begin_;
};

}  // namespace netcvr
