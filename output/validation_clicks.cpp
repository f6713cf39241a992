// What a world expects of its clicks: by user, item, day and hour.

#include <algorithm>

#include "output/validation.h"

namespace netcvr {
namespace {

/// Share of the stream's expected clicks that come before second t, by halving.
double share_before(const Arrivals& arrivals, std::size_t stream, Time t) {
    double low = 0, high = 1;
    for (int i = 0; i < 50; ++i) {
        const double middle = (low + high) / 2;
        (arrivals.time_in_log(stream, middle) < t ? low : high) = middle;
    }
    return high;
}

/// means[id] of everyone in the cohorts, whose clicks are shared out by weight.
std::vector<double> by_weight(const Cohorts& cohorts,
                              const std::vector<float>& weight,
                              const std::vector<double>& clicks_of_cohort) {
    std::vector<double> means(weight.begin(), weight.end());
    for (std::size_t c = 0; c < cohorts.size(); ++c) {
        const auto begin = means.begin() + cohorts.first[c], end = means.begin() + cohorts.first[c + 1];
        double all = 0;
        std::for_each(begin, end, [&](double w) { all += w; });
        std::for_each(begin, end, [&](double& w) { w *= clicks_of_cohort[c] / all; });
    }
    return means;
}

}  // namespace

ExpectedClicks expected_clicks(const World& world, const ClickLog& log) {
    const Arrivals& arrivals = world.arrivals;
    const Population& people = world.population;
    const auto days = static_cast<std::size_t>((log.duration + day - 1) / day);
    ExpectedClicks expected;
    expected.per_day.assign(days, 0);
    expected.per_hour.assign(24, 0);
    std::vector<double> users(people.user_cohorts.size(), 0), items(people.item_cohorts.size(), 0);
    for (std::size_t k = 0; k < arrivals.streams().size(); ++k) {
        const double clicks = world.scenario.mean_clicks() * arrivals.expected_share(k);
        users[arrivals.streams()[k].user_cohort] += clicks;
        items[arrivals.streams()[k].item_cohort] += clicks;
        double before = 0;
        for (std::size_t h = 0; h < 24 * days; ++h) {
            const double until = share_before(arrivals, k, static_cast<Time>(h + 1) * hour);
            expected.per_hour[h % 24] += clicks * (until - before);
            expected.per_day[h / 24] += clicks * (until - before);
            before = until;
        }
    }
    expected.per_user = by_weight(people.user_cohorts, people.activity, users);
    expected.per_item = by_weight(people.item_cohorts, people.popularity, items);
    Strata category{"item category", static_cast<std::size_t>(world.scenario.items.categories), {}};
    for (const std::int32_t id : log.item_id)
        category.of_row.push_back(people.items[static_cast<std::size_t>(id)].category);
    if (log.has_ids) expected.strata.push_back(std::move(category));
    return expected;
}

}  // namespace netcvr
