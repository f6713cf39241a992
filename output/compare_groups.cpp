#include "output/compare_groups.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

/// The level of the axis whose labels the result has.
std::size_t level_of(const Axis& axis, const Result& result) {
    const auto has = [&](const std::map<std::string, std::string>& labels) {
        return std::ranges::all_of(axis.keys, [&](const std::string& key) {
            const auto wanted = labels.find(key), found = result.labels.find(key);
            const bool both = wanted != labels.end() && found != result.labels.end();
            return both ? wanted->second == found->second
                        : wanted == labels.end() && found == result.labels.end();
        });
    };
    const auto found = std::ranges::find_if(axis.labels, has);
    if (found == axis.labels.end())
        throw InputError(Exit::data, fmt::format("the result of {}, seed {}, is on no level of {}",
                                                 result.scenario, result.seed, axis.title));
    return static_cast<std::size_t>(found - axis.labels.begin());
}

std::string title_of(const SweepResults& sweep,
                     const std::vector<std::size_t>& level,
                     std::size_t first_axis) {
    std::vector<std::string> parts;
    for (std::size_t a = first_axis; a < sweep.axes.size(); ++a)
        parts.push_back(fmt::format("{} = {}", sweep.axes[a].title, sweep.axes[a].levels[level[a]]));
    return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::vector<Group> groups_of(const SweepResults& sweep) {
    std::vector<Group> groups;
    for (std::size_t r = 0; r < sweep.results.size(); ++r) {
        std::vector<std::size_t> level;
        for (const Axis& axis : sweep.axes) level.push_back(level_of(axis, sweep.results[r]));
        auto group = std::ranges::find(groups, level, &Group::level);
        if (group == groups.end()) {
            const std::string title =
                sweep.axes.empty() ? sweep.results[r].scenario : title_of(sweep, level, 0);
            group = groups.insert(groups.end(), Group());
            group->title = title;
            group->level = level;
            group->panel = title_of(sweep, level, 1);
        }
        group->results.push_back(r);
    }
    for (Group& group : groups)
        std::ranges::stable_sort(group.results, {}, [&](std::size_t r) { return sweep.results[r].seed; });
    return groups;
}

}  // namespace netcvr
