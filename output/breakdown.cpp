#include "output/breakdown.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

namespace netcvr {
namespace {

constexpr std::size_t tenths = 10;

std::vector<std::string> counted_names(std::size_t from, std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t k = 0; k < count; ++k) names.push_back(std::to_string(from + k));
    return names;
}

/// Lowest first. No click leaves its ties: a run of ties belongs to the tenth in which its middle lies.
Groups tenths_of(const Ranking& ranking, std::span<const float> weight) {
    Groups groups{.name = counted_names(1, tenths), .of = std::vector<std::uint16_t>(ranking.row.size())};
    const std::vector<std::uint8_t> descending = equal_mass_bins(ranking, weight, tenths);
    for (std::size_t k = 0; k < ranking.row.size(); ++k)
        groups.of[ranking.row[k]] = static_cast<std::uint16_t>(tenths - 1 - descending[k]);
    return groups;
}

Groups by_forecast(const Scored& of) {
    return tenths_of(*of.ranking, of.weight);
}

Groups by_true_refund_rate(const Scored& of) {
    return tenths_of(rank(std::span(of.truth.refund_rate).subspan(of.first, of.count)), {});
}

Groups by_hour(const Scored& of) {
    Groups groups{.name = counted_names(0, 24), .of = {}};
    for (std::size_t i = 0; i < of.count; ++i) {
        const Time local = of.log.click_time[of.first + i] + of.options.local_time_at_origin;
        groups.of.push_back(static_cast<std::uint16_t>((local % day + day) % day / hour));
    }
    return groups;
}

struct Stratum {
    std::string_view name;
    std::size_t most;  // clicks of a user in the whole log
};
constexpr std::array strata = {Stratum{"1", 1},
                               Stratum{"2–4", 4},
                               Stratum{"5–9", 9},
                               Stratum{"10–19", 19},
                               Stratum{"20–49", 49},
                               Stratum{"50–99", 99},
                               Stratum{"100 or more", static_cast<std::size_t>(-1)}};

Groups by_activity(const Scored& of) {
    if (!of.log.has_ids) return {};
    std::unordered_map<std::int32_t, std::size_t> clicks;
    for (const std::int32_t user : of.log.user_id) ++clicks[user];
    Groups groups;
    for (const Stratum& stratum : strata) groups.name.emplace_back(stratum.name);
    for (std::size_t i = 0; i < of.count; ++i) {
        const auto found =
            std::ranges::lower_bound(strata, clicks[of.log.user_id[of.first + i]], {}, &Stratum::most);
        groups.of.push_back(static_cast<std::uint16_t>(found - strata.begin()));
    }
    return groups;
}

/// The values with the most scored clicks, most first.
std::vector<std::int32_t> largest(const std::map<std::int32_t, std::size_t>& clicks, std::size_t most) {
    std::vector<std::int32_t> values;
    for (const auto& [value, count] : clicks)
        if (value >= 0) values.push_back(value);
    std::ranges::stable_sort(values, std::greater(), [&](std::int32_t value) { return clicks.at(value); });
    if (values.size() > most) values.resize(most);
    return values;
}

Groups by_category(const Scored& of) {
    constexpr std::size_t named = 9;
    const auto& features = of.log.features;
    const auto feature = std::ranges::find(features, of.options.category_feature, &FeatureColumn::name);
    if (feature == features.end()) return {};
    const auto value = std::span(feature->value).subspan(of.first, of.count);
    std::map<std::int32_t, std::size_t> clicks;
    for (const std::int32_t v : value) ++clicks[v];
    Groups groups;
    std::unordered_map<std::int32_t, std::uint16_t> group;
    const auto name = [&](std::string text) {
        groups.name.push_back(std::move(text));
        return static_cast<std::uint16_t>(groups.name.size() - 1);
    };
    for (const std::int32_t v : largest(clicks, named)) group[v] = name(std::to_string(v));
    const bool missing = clicks.contains(-1);
    if (clicks.size() > group.size() + (missing ? 1 : 0)) {
        const std::uint16_t other = name("other");
        for (const auto& [v, count] : clicks) group.try_emplace(v, other);
    }
    if (missing) group[-1] = name("missing");
    for (const std::int32_t v : value) groups.of.push_back(group[v]);
    return groups;
}

/// Several consecutive segments a group where there are more than a thousand.
Groups by_segment(const Scored& of) {
    constexpr Time most = 1000;
    const Protocol& protocol = of.log.protocol;
    const Time start = protocol.stream_start(), stream = of.log.duration - start;
    const Time segments = (stream + protocol.segment - 1) / protocol.segment;
    const Time width = protocol.segment * ((segments + most - 1) / most);
    Groups groups;
    for (Time at = start; at < of.log.duration; at += width) groups.name.push_back(format_duration(at));
    for (std::size_t i = 0; i < of.count; ++i)
        groups.of.push_back(static_cast<std::uint16_t>((of.log.click_time[of.first + i] - start) / width));
    return groups;
}

/// Σ of column over each group.
template <class Term>
std::vector<double> sums(const Cut& cut, Term term) {
    std::vector<double> all;
    std::size_t first = 0;
    for (const std::size_t end : cut.end) {
        all.push_back(pairwise_sum(end - first, [&](std::size_t k) { return term(cut.row[first + k]); }));
        first = end;
    }
    return all;
}

Breakdown summed(const Cut& cut, const Compared& of, std::span<const double> weighted_excess) {
    const auto weight = [&](std::size_t i) {
        return of.weight.empty() ? 1.0 : static_cast<double>(of.weight[i]);
    };
    Breakdown sum;
    sum.target = of.target;
    sum.weight = sums(cut, weight);
    sum.forecast = sums(cut, [&](std::size_t i) { return weight(i) * of.forecast[i]; });
    sum.truth = sums(cut, [&](std::size_t i) { return weight(i) * of.truth[i]; });
    sum.excess = sums(cut, [&](std::size_t i) { return weighted_excess[i]; });
    return sum;
}

}  // namespace

const std::vector<Dimension>& dimensions() {
    static const std::vector<Dimension> table = {
        {"forecast_decile", "tenths of the scored clicks by the forecast itself, lowest first", true,
         by_forecast},
        {"refund_rate_decile", "tenths of the scored clicks by the true refund_rate, lowest first", false,
         by_true_refund_rate},
        {"hour_of_day", "local hour of the click", false, by_hour},
        {"activity_stratum", "clicks of the user in the whole log", false, by_activity},
        {"category", "category of the item: the nine with the most scored clicks, the others, missing", false,
         by_category},
        {"segment", "segment of the stream, by its start since the log's time origin", false, by_segment},
    };
    return table;
}

Cut cut(const Groups& groups) {
    Cut cut{.name = groups.name, .row = std::vector<std::uint32_t>(groups.of.size()), .end = {}};
    std::vector<std::size_t> next(groups.name.size() + 1, 0);
    for (const std::uint16_t g : groups.of) ++next[g + 1U];
    for (std::size_t g = 1; g < next.size(); ++g) next[g] += next[g - 1];
    cut.end.assign(next.begin() + 1, next.end());
    for (std::size_t i = 0; i < groups.of.size(); ++i)
        cut.row[next[groups.of[i]]++] = static_cast<std::uint32_t>(i);
    return cut;
}

std::vector<Cut> own_cuts(const Scored& of) {
    std::vector<Cut> cuts;
    for (const Dimension& dimension : dimensions())
        cuts.push_back(dimension.by_forecast ? Cut{.name = counted_names(1, tenths), .row = {}, .end = {}}
                                             : cut(dimension.groups(of)));
    return cuts;
}

std::map<std::string, std::vector<std::string>> names_of(const std::vector<Cut>& cuts) {
    std::map<std::string, std::vector<std::string>> names;
    for (std::size_t d = 0; d < cuts.size(); ++d)
        if (!cuts[d].name.empty()) names[std::string(dimensions()[d].name)] = cuts[d].name;
    return names;
}

std::vector<Breakdown> breakdowns(const Scored& of, const std::vector<Cut>& own, const Compared& compared) {
    const std::vector<double> excess = excess_terms(compared.truth, compared.forecast, compared.weight);
    std::vector<Breakdown> all;
    for (std::size_t d = 0; d < own.size(); ++d) {
        const Dimension& dimension = dimensions()[d];
        if (own[d].name.empty()) continue;
        all.push_back(summed(dimension.by_forecast ? cut(dimension.groups(of)) : own[d], compared, excess));
        all.back().dimension = dimension.name;
    }
    return all;
}

}  // namespace netcvr
