#include "estimators/copies.h"

#include <algorithm>
#include <tuple>

#include "estimators/addressed.h"

namespace netcvr {
namespace {

std::vector<std::size_t> between(const std::vector<Time>& at, Time begin, Time end) {
    std::vector<std::size_t> order;
    for (std::size_t k = 0; k < at.size(); ++k)
        if (begin <= at[k] && at[k] < end) order.push_back(k);
    return order;
}

Copies picked(const Copies& copies, const std::vector<std::size_t>& order, const std::vector<Time>& at) {
    Copies some;
    some.reserve(order.size());
    for (const std::size_t k : order) some.add(copies.click[k], at[k], copies.label[k] != 0, copies.part[k]);
    return some;
}

}  // namespace

Copies sorted_between(const Copies& copies, Time begin, Time end) {
    std::vector<std::size_t> order = between(copies.at, begin, end);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::tie(copies.at[a], copies.click[a]) < std::tie(copies.at[b], copies.click[b]);
    });
    return picked(copies, order, copies.at);
}

Copies collected(const Copies& copies, Time period, Time begin, Time end) {
    std::vector<Time> at = copies.at;
    for (Time& when : at) when = (when + period - 1) / period * period;
    std::vector<std::size_t> order = between(at, begin, end);
    const auto place = [&](std::size_t k) {
        return std::tuple(at[k], mixed(copies.click[k]), copies.click[k]);
    };
    std::ranges::stable_sort(order, {}, place);
    return picked(copies, order, at);
}

}  // namespace netcvr
