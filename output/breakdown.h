#pragma once
// How scored clicks are cut into groups: calibration by decile, bias by hour, stratum, category, over time.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "output/score.h"

namespace netcvr {

/// Which group each scored click belongs to.
struct Groups {
    std::vector<std::string> name;  // of the groups, in the order they are shown
    std::vector<std::uint16_t> of;  // of[i] < name.size(): group of scored click i
};

/// What a dimension may look at.
struct Scored {
    const ClickLog& log;
    const Truth& truth;
    std::size_t first = 0, count = 0;  // the scored rows
    const ScoreOptions& options;
    const Ranking* ranking = nullptr;    // of the forecast in hand
    std::span<const float> weight = {};  // of its target, [count]; empty = all ones
};

/// One row: forecast_decile, refund_rate_decile, hour_of_day, activity_stratum, category, segment.
struct Dimension {
    std::string_view name, title;
    bool by_forecast = false;  // groups differ from forecast to forecast; else they are the log's own
    Groups (*groups)(const Scored& of);  // no groups at all if the log does not have it (category)
};
const std::vector<Dimension>& dimensions();

/// Scored clicks listed group by group, so that one pass sums a group.
struct Cut {
    std::vector<std::string> name;
    std::vector<std::uint32_t> row;  // scored clicks, by group, increasing within
    std::vector<std::size_t> end;    // end[g]: where group g ends in row
};
Cut cut(const Groups& groups);

/// One for each dimension, in their order: without groups where the log has none, and where groups differ
/// from forecast to forecast (`name` is there).
std::vector<Cut> own_cuts(const Scored& of);
/// Dimension → names of its groups, for those that have any.
std::map<std::string, std::vector<std::string>> names_of(const std::vector<Cut>& cuts);

/// A forecast and the truth it is held against, by scored click.
struct Compared {
    Target target = Target::cvr;
    std::span<const float> forecast, truth, weight;  // weight: empty = all ones
};
/// Sums of one forecast over the groups of every dimension. `own` comes from own_cuts(); ranking and weight
/// in `of` are the forecast's.
std::vector<Breakdown> breakdowns(const Scored& of, const std::vector<Cut>& own, const Compared& compared);

}  // namespace netcvr
