#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/time.h"

namespace netcvr {

enum class Kind : std::uint8_t {
    number,    // double; "1/41" is accepted
    integer,   // int64
    duration,  // Time; written with a unit
    text,      // string; one of `choices` if there are any
    numbers,   // array of double, of `length` entries (0 = any)
    integers,  // array of int64
};

/// Column groups of a log that a field may change; everything else stays bit-identical with the same seed.
/// The contract is a test: it changes each field and compares the digests of all other columns.
enum Moves : unsigned {
    moves_nothing = 0,
    moves_conversion = 1,        // whether a click converts (and all that follows)
    moves_conversion_delay = 2,  // when
    moves_refund = 4,            // whether a conversion is refunded
    moves_refund_delay = 8,      // when
    moves_features = 16,
    moves_clicks = 32,          // clicks themselves: everything may change
    moves_truth = 64,           // the stated probabilities only (windows)
    moves_repeats = 128,        // /purchases beyond the first of each click, and what is stated of them
    moves_money = 256,          // order and refund values, and what is stated of them
    moves_prior = 512,          // nothing of a log: whom `sample` selects
    moves_added_clicks = 1024,  // clicks are added; those there were stay as they were
};

/// Where a field lives inside its settings struct.
using Slot =
    std::variant<double*, std::int64_t*, std::string*, std::vector<double>*, std::vector<std::int64_t>*>;

/// One row of the table from which the TOML reader, --set, ranges, `list fields`, `show` and the resolved
/// dump come.
struct Field {
    std::string_view name;  // dotted key, "log.clicks"
    Kind kind = Kind::number;
    Slot (*slot)(void* settings) = nullptr;
    double low = 0, high = 0;  // inclusive; of each entry of an array; durations in seconds
    std::string_view unit;     // "clicks", "logit", "1"; "" for durations and texts
    std::string_view help;     // one sentence
    unsigned moves = moves_nothing;
    std::vector<std::string_view> choices = {};
    std::size_t length = 0;
};

/// The accessor of member `m` of section `s` of settings type Root: slot_of<&Scenario::log,
/// &Scenario::Log::clicks>.
template <class T>
struct MemberOf;
template <class Root, class Member>
struct MemberOf<Member Root::*> {
    using root = Root;
};

template <auto Section, auto Member>
Slot slot_of(void* settings) {
    return &((static_cast<typename MemberOf<decltype(Section)>::root*>(settings)->*Section).*Member);
}
template <auto Member>
Slot slot_of(void* settings) {
    return &(static_cast<typename MemberOf<decltype(Member)>::root*>(settings)->*Member);
}

}  // namespace netcvr
