#include "scenarios/run_result.h"

#include <algorithm>
#include <utility>

#include "scenarios/field_value.h"
#include "scenarios/scenario_file.h"
#include "scenarios/settings_of_log.h"

namespace netcvr {
namespace {

/// How a log is read, whatever its world is.
bool is_reading(std::string_view name) {
    return name.starts_with("windows.") || name.starts_with("protocol.");
}

/// What sets one group of replicates apart from another: every field but the seed and what was solved for it.
std::map<std::string, std::string> labels_of(const Settings& settings, bool stated) {
    std::map<std::string, std::string> labels;
    for (const auto& row : settings_fields()) {
        if (row.training || row->name == "seed" || row->name == "name" || row->name.starts_with("solved."))
            continue;
        if (!stated && !is_reading(row->name)) continue;
        labels[std::string(row->name)] = to_toml(*row, row.in(settings));
    }
    return labels;
}

std::string category_feature(const Scenario& scenario) {
    const auto found = std::ranges::find(scenario.features, "item.category", &Feature::source);
    return found == scenario.features.end() ? "" : found->name;
}

Time local_time_at_origin(const Scenario::Log& log) {
    const Time local = parse_utc(log.time_origin).value_or(0) + log.utc_offset;
    return (local % day + day) % day;
}

}  // namespace

Result result_of(const LogFile& file,
                 const Settings& settings,
                 const std::vector<Predictions>& predictions,
                 int bootstrap,
                 const std::optional<Time>& as_of) {
    const ScoreOptions options{.bootstrap = bootstrap,
                               .category_feature = category_feature(settings.scenario),
                               .local_time_at_origin = local_time_at_origin(settings.scenario.log),
                               .labels_as_of = as_of};
    auto labels = labels_of(settings, states_refunds(file.header));
    if (as_of) labels["labels_as_of"] = format_duration(*as_of);
    return {.scenario = file.header.scenario_name,
            .seed = file.header.seed,
            .log_digest = file.digest_log,
            .labels = std::move(labels),
            .scenario_toml = file.header.scenario_toml,
            .shape = shape_of(file.log),
            .scores = score(file.log, file.truth, predictions, options)};
}

}  // namespace netcvr
