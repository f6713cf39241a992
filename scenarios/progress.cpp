#include "scenarios/progress.h"

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

std::string progress_text(
    const std::string& what, const std::string& unit, std::size_t done, std::size_t total, double seconds) {
    const auto part = static_cast<double>(done), whole = static_cast<double>(total);
    std::string text = fmt::format("{}  {} of {} {}", what, count_text(part), count_text(whole), unit);
    if (total > 0) text += fmt::format(" ({:.0f} %)", 100 * part / whole);
    if (done == 0 || seconds <= 0) return text;
    const double rate = part / seconds;
    return text + fmt::format(", {} {}/s, {} left", count_text(rate), unit, time_text((whole - part) / rate));
}

ProgressLine::ProgressLine(std::string what, std::string unit)
    : what_(std::move(what)), unit_(std::move(unit)), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
    if (terminal_ && shown_) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::show(std::size_t done, std::size_t total) {
    using Seconds = std::chrono::duration<double>;
    const double every = terminal_ ? 0.1 : 30;
    const auto now = Clock::now();
    if (Seconds(now - last_).count() < every) return;
    last_ = now;
    shown_ = true;
    const std::string text = progress_text(what_, unit_, done, total, Seconds(now - begin_).count());
    fmt::print(stderr, "{}{}{}", terminal_ ? "\r\x1b[K" : "", text, terminal_ ? "" : "\n");
}

}  // namespace netcvr
