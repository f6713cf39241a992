#include "output/validation.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "output/goodness.h"
#include "output/table.h"

namespace netcvr {
namespace {

/// Strata of λ in factors of four.
constexpr std::size_t strata_of_means = 8;
std::size_t stratum_of_mean(double lambda) {
    const double k = std::floor(std::log(lambda) / std::log(4.0)) + 4;
    return static_cast<std::size_t>(std::min(std::max(k, 0.0), static_cast<double>(strata_of_means - 1)));
}

/// How many clicks everybody has: the total by stratum of the mean, and the scatter where means are not tiny.
void add_entities(const std::string& who,
                  const std::vector<std::int32_t>& ids,
                  const std::vector<double>& mean,
                  std::vector<TruthTest>& tests) {
    std::vector<double> count(mean.size(), 0);
    for (const std::int32_t id : ids)
        if (static_cast<std::size_t>(id) < count.size()) ++count[static_cast<std::size_t>(id)];
    std::vector<Dispersion> strata(strata_of_means);
    for (std::size_t e = 0; e < mean.size(); ++e)
        if (mean[e] > 0) strata[stratum_of_mean(mean[e])].add(count[e], mean[e]);
    TruthTest level{"clicks", "mean of the " + who}, scatter{"scatter of clicks", "mean of the " + who};
    for (std::size_t k = 0; k < strata.size(); ++k) {
        const Dispersion& d = strata[k];
        if (d.entities == 0) continue;
        const std::string name = fmt::format("4^{}", static_cast<int>(k) - 4);
        level.cells.push_back({name, d.count, d.expected, d.level_z()});
        if (d.expected / d.entities >= .25 && d.entities >= 10)
            scatter.cells.push_back({name, d.squares, d.entities, d.scatter_z()});
    }
    tests.push_back(std::move(level));
    tests.push_back(std::move(scatter));
}

void add_times(const std::string& by,
               const std::vector<Time>& times,
               Time width,
               const std::vector<double>& mean,
               std::vector<TruthTest>& tests) {
    std::vector<double> count(mean.size(), 0);
    for (const Time t : times) {
        const auto k = static_cast<std::size_t>(t / width) % count.size();
        ++count[k];
    }
    TruthTest test{"clicks", by};
    for (std::size_t k = 0; k < mean.size(); ++k)
        test.cells.push_back({std::to_string(k), count[k], mean[k], z_of(count[k], mean[k], mean[k])});
    tests.push_back(std::move(test));
}

void add_clicks(const ClickLog& log, const ExpectedClicks& expected, std::vector<TruthTest>& tests) {
    add_times("day", log.click_time, day, expected.per_day, tests);
    add_times("hour since the time origin", log.click_time, hour, expected.per_hour, tests);
    if (!log.has_ids) return;
    add_entities("user", log.user_id, expected.per_user, tests);
    add_entities("item", log.item_id, expected.per_item, tests);
}

std::string cell_text(const TruthTest& test, const TestCell& cell) {
    return fmt::format("{} by {}{}{}: {} = {:.2f}", test.quantity, test.by, cell.name.empty() ? "" : " ",
                       cell.name, test.kolmogorov ? "KS" : "z", cell.statistic);
}

const TestCell& worst_of(const TruthTest& test) {
    return *std::max_element(test.cells.begin(), test.cells.end(), [](const auto& a, const auto& b) {
        return std::fabs(a.statistic) < std::fabs(b.statistic);
    });
}

}  // namespace

TruthValidation validate_truth(const LogFile& file, const Scenario& scenario, const ExpectedClicks* clicks) {
    TruthValidation validation;
    validation.tests =
        outcome_tests(file, scenario, clicks != nullptr ? clicks->strata : std::vector<Strata>{});
    if (clicks != nullptr) add_clicks(file.log, *clicks, validation.tests);
    std::erase_if(validation.tests, [](const TruthTest& test) { return test.cells.empty(); });
    for (const TruthTest& test : validation.tests) validation.cells += test.cells.size();
    validation.z_bound = bound_of(std::max<std::size_t>(1, validation.cells));
    validation.kolmogorov_bound = kolmogorov_bound(std::max<std::size_t>(1, validation.cells));
    for (const TruthTest& test : validation.tests)
        for (const TestCell& cell : test.cells)
            if (!(std::fabs(cell.statistic) <= validation.bound(test)))
                validation.failing.push_back(cell_text(test, cell));
    return validation;
}

std::string validation_text(const TruthValidation& v) {
    Table table{.header = {"quantity by", "cells", "observed", "expected", "worst", "at", "bound", ""},
                .rows = {}};
    for (const TruthTest& test : v.tests) {
        const TestCell& worst = worst_of(test);
        const bool good = std::fabs(worst.statistic) <= v.bound(test);
        table.rows.push_back({test.quantity + " by " + test.by, std::to_string(test.cells.size()),
                              fmt::format("{:.7g}", worst.observed), fmt::format("{:.7g}", worst.expected),
                              fmt::format("{}{:+.2f}", test.kolmogorov ? "KS " : "", worst.statistic),
                              worst.name, fmt::format("{:.2f}", v.bound(test)), good ? "ok" : "FAIL"});
    }
    return text_table(table) +
           wrapped(
               fmt::format("  Every line shows its worst cell: events observed, events expected under the "
                           "truth, and their difference in standard deviations (exact Poisson tails "
                           "below 25 expected events), or Kolmogorov's distance of randomised "
                           "probability transforms times the root of their number. {} cells in all: a "
                           "right truth exceeds a bound with probability {}.",
                           v.cells, family_level),
               2);
}

}  // namespace netcvr
