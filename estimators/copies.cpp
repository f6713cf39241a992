#include "estimators/copies.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "estimators/addressed.h"

namespace netcvr {
namespace {

/// A copy and a number by which it goes.
struct Keyed {
    std::uint64_t key;
    std::uint32_t click;
    std::uint8_t label, part;
};

/// key(k) of each copy with begin <= at(k) < end.
template <class At, class Key>
HugeVector<Keyed> keyed_between(const Copies& copies, Time begin, Time end, At at, Key key) {
    HugeVector<Keyed> some;
    some.reserve(copies.size());
    for (std::size_t k = 0; k < copies.size(); ++k)
        if (const Time when = at(k); begin <= when && when < end)
            some.push_back({key(k, when), copies.click[k], copies.label[k], copies.part[k]});
    return some;
}

/// By key, those of equal keys as they were: by one digit after the other, the least first, each by counting
/// (Knuth, The Art of Computer Programming 3, 5.2.5). Times of a log have two digits.
void sort_by_key(HugeVector<Keyed>& items) {
    constexpr int widest = 11;
    std::uint64_t all = 0;
    for (const Keyed& item : items) all |= item.key;
    const int bits = static_cast<int>(std::bit_width(all)),
              digits = std::max(1, (bits + widest - 1) / widest);
    const int width = (bits + digits - 1) / digits;
    const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
    HugeVector<Keyed> sorted(items.size());
    for (int shift = 0; shift < bits; shift += width) {
        std::vector<std::size_t> place((std::size_t{1} << width) + 1, 0);
        for (const Keyed& item : items) ++place[(item.key >> shift & mask) + 1];
        for (std::size_t d = 1; d < place.size(); ++d) place[d] += place[d - 1];
        for (const Keyed& item : items) sorted[place[item.key >> shift & mask]++] = item;
        items.swap(sorted);
    }
}

/// Sorts those of equal keys by place(item), and of equal places as they were.
template <class Place>
void sort_ties(HugeVector<Keyed>& items, Place place) {
    for (auto begin = items.begin(); begin != items.end();) {
        auto end = begin + 1;
        bool sorted = true;
        for (; end != items.end() && end->key == begin->key; ++end)
            sorted = sorted && !(place(*end) < place(*(end - 1)));
        if (!sorted) std::ranges::stable_sort(begin, end, {}, place);
        begin = end;
    }
}

template <class TimeOfKey>
Copies copies_of(const HugeVector<Keyed>& items, TimeOfKey time) {
    Copies some;
    some.reserve(items.size());
    for (const Keyed& item : items) some.add(item.click, time(item.key), item.label != 0, item.part);
    return some;
}

}  // namespace

Copies sorted_between(const Copies& copies, Time begin, Time end) {
    if (copies.size() == 0) return {};
    const Time from = std::max(begin, *std::ranges::min_element(copies.at));
    auto items = keyed_between(
        copies, from, end, [&](std::size_t k) { return copies.at[k]; },
        [&](std::size_t, Time when) { return static_cast<std::uint64_t>(when - from); });
    sort_by_key(items);
    sort_ties(items, [](const Keyed& item) { return item.click; });
    return copies_of(items, [&](std::uint64_t key) { return from + static_cast<Time>(key); });
}

Copies collected(const Copies& copies, Time period, Time begin, Time end) {
    if (copies.size() == 0) return {};
    // The key is the number of the period, and as much of the hash as leaves few ties.
    constexpr int hash_bits = 22;
    const auto last_of = [&](Time number) { return (number + 1) * period - 1; };
    const Time from = std::max(begin, *std::ranges::min_element(copies.at)) / period;
    auto items = keyed_between(
        copies, begin, end, [&](std::size_t k) { return last_of(copies.at[k] / period); },
        [&](std::size_t k, Time when) {
            return static_cast<std::uint64_t>(when / period - from) << hash_bits |
                   mixed(copies.click[k]) >> (64 - hash_bits);
        });
    sort_by_key(items);
    sort_ties(items, [](const Keyed& item) { return std::pair(mixed(item.click), item.click); });
    return copies_of(items,
                     [&](std::uint64_t key) { return last_of(from + static_cast<Time>(key >> hash_bits)); });
}

}  // namespace netcvr
