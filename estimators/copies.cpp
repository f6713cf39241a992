#include "estimators/copies.h"

#include <algorithm>
#include <tuple>

namespace netcvr {

Copies sorted_between(const Copies& copies, Time begin, Time end) {
    std::vector<std::size_t> order;
    for (std::size_t k = 0; k < copies.size(); ++k)
        if (begin <= copies.at[k] && copies.at[k] < end) order.push_back(k);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::tie(copies.at[a], copies.click[a]) < std::tie(copies.at[b], copies.click[b]);
    });
    Copies sorted;
    sorted.reserve(order.size());
    for (const std::size_t k : order) sorted.add(copies.click[k], copies.at[k], copies.label[k] != 0);
    return sorted;
}

}  // namespace netcvr
