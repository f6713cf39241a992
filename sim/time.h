#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace netcvr {

/// Whole seconds since the log's time origin, or a span of them.
using Time = std::int64_t;

/// Absence: an event that does not happen. The largest time, so "seen by t" is `event <= t` without a special
/// case.
inline constexpr Time never = std::numeric_limits<Time>::max();

inline constexpr Time second = 1;
inline constexpr Time minute = 60 * second;
inline constexpr Time hour = 60 * minute;
inline constexpr Time day = 24 * hour;
inline constexpr Time week = 7 * day;

/// "15m", "0.05d", "3 d" as seconds; one unit of s m h d w is required and the result must be whole seconds.
/// Empty for anything else.
std::optional<Time> parse_duration(std::string_view text);

/// The shortest exact text that parse_duration reads back: 900 is "15m", 4320 is "72m".
std::string format_duration(Time duration);

/// Seconds since 1970 of an instant "2025-04-30T16:00:00Z"; empty if malformed or not UTC.
std::optional<Time> parse_utc(std::string_view text);

}  // namespace netcvr
