#pragma once
// Frozen heads: auxiliary probabilities given x that a method's weights need, fitted once on closed history
// and held from then on. Each is a question that has a definite answer for every click once attribution has
// closed; the answer is the training label, so in a world whose law is known the head's true value can be
// computed from it as well.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "estimators/stage.h"

namespace netcvr {

enum class Answer : std::uint8_t { no, yes, skip };  // skip: the question is not about this click

struct Frozen {
    std::string_view name;     // as a method's `math` calls it
    std::string_view meaning;  // the conditional probability, spelled out
    Answer (*answer)(const Stage& stage, std::size_t click) = nullptr;
};

namespace frozen {

Answer is_late(const Stage& stage, std::size_t click);
Answer is_real_negative(const Stage& stage, std::size_t click);
Answer is_late_given_event(const Stage& stage, std::size_t click);

inline constexpr Frozen late{"late", "P(event, delay > w | x)", is_late};
inline constexpr Frozen real_negative{"real_negative", "P(no event | x, none seen by w)", is_real_negative};
inline constexpr Frozen late_given_event{"late_given_event", "P(delay > w | event, x)", is_late_given_event};

}  // namespace frozen
}  // namespace netcvr
