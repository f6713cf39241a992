#include "sim/time.h"

#include <array>
#include <chrono>

#include <fmt/core.h>

namespace netcvr {
namespace {

struct Unit {
    char letter;
    Time seconds;
};
constexpr std::array<Unit, 5> units = {{{'w', week}, {'d', day}, {'h', hour}, {'m', minute}, {'s', second}}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// A decimal number without sign or exponent, exactly: digits / scale.
struct Decimal {
    Time digits = 0, scale = 1;
};

std::optional<Decimal> parse_decimal(std::string_view text) {
    constexpr std::size_t most_digits = 17;  // digits and scale stay below 10^18
    Decimal number;
    std::size_t count = 0;
    bool fraction = false;
    for (const char c : text) {
        if (c == '.' && !fraction && count > 0) {
            fraction = true;
            continue;
        }
        if (!is_digit(c) || ++count > most_digits) return {};
        number.digits = 10 * number.digits + (c - '0');
        if (fraction) number.scale *= 10;
    }
    if (count == 0 || text.back() == '.') return {};
    return number;
}

std::optional<int> parse_digits(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return {};
        value = 10 * value + (c - '0');
    }
    return value;
}

/// `duration` in `unit` as an exact decimal of at most three places; empty if it has none.
std::string written_in(Time duration, const Unit& unit) {
    Time scale = 1;
    for (int places = 0; places <= 3; ++places, scale *= 10) {
        Time scaled = 0;
        if (__builtin_mul_overflow(duration, scale, &scaled)) return {};
        if (scaled % unit.seconds != 0) continue;
        const Time digits = scaled / unit.seconds;
        if (places == 0) return fmt::format("{}{}", digits, unit.letter);
        return fmt::format("{}.{:0{}}{}", digits / scale, digits % scale, places, unit.letter);
    }
    return {};
}

}  // namespace

std::optional<Time> parse_duration(std::string_view text) {
    if (text.size() < 2) return {};
    if (text.front() == '-') {
        const auto opposite = text[1] == '-' ? std::nullopt : parse_duration(text.substr(1));
        return opposite ? std::optional(-*opposite) : std::nullopt;
    }
    Time unit = 0;
    for (const auto& u : units)
        if (u.letter == text.back()) unit = u.seconds;
    text.remove_suffix(1);
    if (text.back() == ' ') text.remove_suffix(1);
    const auto number = parse_decimal(text);
    Time seconds = 0;
    if (unit == 0 || !number || __builtin_mul_overflow(number->digits, unit, &seconds)) return {};
    if (seconds % number->scale != 0) return {};
    return seconds / number->scale;
}

std::string format_duration(Time duration) {
    if (duration == 0) return "0s";
    if (duration < 0) return fmt::format("-{}", format_duration(-duration));
    std::string best = written_in(duration, units.back());
    for (auto unit = units.rbegin() + 1; unit != units.rend(); ++unit) {
        const std::string text = written_in(duration, *unit);
        const bool whole = text.find('.') == std::string::npos;
        if (!text.empty() && (text.size() < best.size() || (whole && text.size() == best.size())))
            best = text;
    }
    return best;
}

std::optional<Time> parse_utc(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00T00:00:00Z";
    if (text.size() != shape.size()) return {};
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] != '0' && text[i] != shape[i]) return {};
    const auto part = [&](std::size_t at, std::size_t count) { return parse_digits(text.substr(at, count)); };
    const auto y = part(0, 4), mo = part(5, 2), d = part(8, 2), h = part(11, 2), mi = part(14, 2),
               s = part(17, 2);
    if (!y || !mo || !d || !h || !mi || !s || *h > 23 || *mi > 59 || *s > 59) return {};
    const std::chrono::year_month_day date{std::chrono::year{*y},
                                           std::chrono::month{static_cast<unsigned>(*mo)},
                                           std::chrono::day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return {};
    return std::chrono::sys_days{date}.time_since_epoch().count() * day + *h * hour + *mi * minute + *s;
}

}  // namespace netcvr
