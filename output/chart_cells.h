#pragma once
// Breakdowns (breakdown.h) of one method and target on one level of a sweep, over its seeds.

#include <string>
#include <string_view>
#include <vector>

#include "output/chart_parts.h"

namespace netcvr {

/// One group of a dimension.
struct Cell {
    std::string name;
    double weight = 0, forecast = 0, truth = 0;  // Σ over seeds
    std::vector<double> pcoc;                    // of each seed that has some truth there
};

/// By name, in the order of the dimension; without groups that no click is in. Where a dimension has more
/// than `most`, so many neighbours are put together, named by the first of them, that it has not.
std::vector<Cell> cells_of(const Drawing& of,
                           const Group& group,
                           std::string_view method,
                           std::string_view dimension,
                           Target target,
                           std::size_t most = static_cast<std::size_t>(-1));

/// `count` of the groups of the comparison, spread evenly, the first and the last among them.
std::vector<const Group*> some_groups(const Drawing& of, std::size_t count);
/// " 3 of 8 combinations of levels are shown.", or nothing if all are.
std::string which_groups(const Drawing& of, std::size_t shown);

}  // namespace netcvr
