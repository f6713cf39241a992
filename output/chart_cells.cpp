#include "output/chart_cells.h"

#include <algorithm>

#include <fmt/format.h>

namespace netcvr {
namespace {

/// One seed's sums, `width` neighbours put together, named by the first of them.
std::vector<Cell> cells_of(const Breakdown& sums, const std::vector<std::string>& names, std::size_t width) {
    std::vector<Cell> cells;
    for (std::size_t g = 0; g < sums.weight.size() && g < names.size(); ++g) {
        if (g % width == 0) cells.push_back({.name = names[g], .pcoc = {}});
        cells.back().weight += sums.weight[g];
        cells.back().forecast += sums.forecast[g];
        cells.back().truth += sums.truth[g];
    }
    for (Cell& cell : cells)
        if (cell.truth > 0) cell.pcoc.push_back(cell.forecast / cell.truth);
    return cells;
}

void add(std::vector<Cell>& all, const std::vector<Cell>& more) {
    for (const Cell& cell : more) {
        auto found = std::ranges::find(all, cell.name, &Cell::name);
        if (found == all.end()) found = all.insert(all.end(), Cell{.name = cell.name, .pcoc = {}});
        found->weight += cell.weight;
        found->forecast += cell.forecast;
        found->truth += cell.truth;
        found->pcoc.insert(found->pcoc.end(), cell.pcoc.begin(), cell.pcoc.end());
    }
}

}  // namespace

std::vector<Cell> cells_of(const Drawing& of,
                           const Group& group,
                           std::string_view method,
                           std::string_view dimension,
                           Target target,
                           std::size_t most) {
    std::vector<Cell> all;
    for (const std::size_t r : group.results) {
        const Scores& scores = of.sweep.results[r].scores;
        const auto names = scores.groups.find(std::string(dimension));
        const auto scored = std::ranges::find(scores.methods, method, &MethodScores::method);
        if (names == scores.groups.end() || names->second.empty() || scored == scores.methods.end()) continue;
        const auto sums = std::ranges::find_if(scored->breakdowns, [&](const Breakdown& breakdown) {
            return breakdown.dimension == dimension && breakdown.target == target;
        });
        if (sums == scored->breakdowns.end()) continue;
        const std::size_t width = 1 + (names->second.size() - 1) / most;
        add(all, cells_of(*sums, names->second, width));
    }
    std::erase_if(all, [](const Cell& cell) { return cell.weight == 0; });
    return all;
}

std::vector<const Group*> some_groups(const Drawing& of, std::size_t count) {
    const std::vector<Group>& groups = of.comparison.groups;
    std::vector<const Group*> some;
    count = std::min(count, groups.size());
    for (std::size_t k = 0; k < count; ++k)
        some.push_back(&groups[count == 1 ? 0 : k * (groups.size() - 1) / (count - 1)]);
    return some;
}

std::string which_groups(const Drawing& of, std::size_t shown) {
    return shown == of.comparison.groups.size() ? ""
                                                : fmt::format(" {} of {} combinations of levels are shown.",
                                                              shown, of.comparison.groups.size());
}

}  // namespace netcvr
