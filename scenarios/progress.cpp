#include "scenarios/progress.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <utility>

#include <fmt/core.h>

namespace netcvr {
namespace {

std::string count_text(double count) {
    if (count >= 1e6) return fmt::format("{:.1f} M", count / 1e6);
    if (count >= 1e4) return fmt::format("{:.0f} k", count / 1e3);
    return fmt::format("{:.0f}", count);
}

std::string time_text(double seconds) {
    if (seconds >= 5400) return fmt::format("{:.1f} h", seconds / 3600);
    if (seconds >= 90) return fmt::format("{:.0f} min", seconds / 60);
    return fmt::format("{:.0f} s", seconds);
}

}  // namespace

std::string progress_text(const std::string& what,
                          const std::string& unit,
                          std::size_t done,
                          std::size_t total,
                          double seconds,
                          std::size_t first) {
    const auto part = static_cast<double>(done), whole = static_cast<double>(total);
    std::string text = fmt::format("{}  {} of {} {}", what, count_text(part), count_text(whole), unit);
    if (total > 0) text += fmt::format(" ({:.0f} %)", 100 * part / whole);
    if (done <= first || seconds <= 0) return text;
    const double rate = static_cast<double>(done - first) / seconds;
    return text + fmt::format(", {} {}/s, {} left", count_text(rate), unit, time_text((whole - part) / rate));
}

ProgressLine::ProgressLine(std::string what, std::string unit)
    : what_(std::move(what)), unit_(std::move(unit)), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
    clear();
}

void ProgressLine::clear() {
    if (terminal_ && shown_) std::fputs("\r\x1b[K", stderr);
    shown_ = false;
}

void ProgressLine::show(std::size_t done, std::size_t total) {
    const auto now = Clock::now();
    if (!counting_ || done < done_) {
        count_begin_ = now;
        first_ = done;
    }
    counting_ = true;
    done_ = done;
    const double passed = std::chrono::duration<double>(now - count_begin_).count();
    show(progress_text(what_, unit_, done, total, passed, first_));
}

void ProgressLine::show(const std::string& text) {
    const double every = terminal_ ? 0.1 : 30;
    const auto now = Clock::now();
    if (std::chrono::duration<double>(now - last_).count() < every) return;
    last_ = now;
    shown_ = true;
    fmt::print(stderr, "{}{}{}", terminal_ ? "\r\x1b[K" : "", text, terminal_ ? "" : "\n");
}

void SweepProgress::end_run(double expected, bool failed, double seconds) {
    ++ended_;
    failed_ += failed;
    expected_left_ -= expected;
    expected_ended_ += expected;
    last_end_ = seconds;
}

std::string SweepProgress::text(double seconds) const {
    const std::size_t done = done_ + ended_;
    std::string text = fmt::format("sweep  {} of {} runs", done, total_);
    if (total_ > 0)
        text += fmt::format(" ({:.0f} %)", 100 * static_cast<double>(done) / static_cast<double>(total_));
    if (failed_ > 0) text += fmt::format(", {} failed", failed_);
    if (ended_ == 0 || seconds <= 0 || expected_ended_ <= 0) return text;
    // What the runs in flight have done by now is not known before they end: until then the time left shrinks
    // by the clock.
    const double left = last_end_ * expected_left_ / expected_ended_ - (seconds - last_end_);
    return text + fmt::format(", {:.1f} runs/min, {} left", 60 * static_cast<double>(ended_) / seconds,
                              time_text(std::max(left, 0.0)));
}

}  // namespace netcvr
