#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "output/inspect.h"
#include "output/table.h"

namespace netcvr {
namespace {

using Json = nlohmann::ordered_json;

std::string number(const std::optional<double>& value, std::string_view format) {
    return value ? fmt::format(fmt::runtime(format), *value) : "–";
}

/// "3.9 h": readable, for delays of any size.
std::string readable(Time delay) {
    const auto seconds = static_cast<double>(delay);
    if (delay < 2 * minute) return fmt::format("{} s", delay);
    if (delay < 2 * hour) return fmt::format("{:.1f} min", seconds / minute);
    if (delay < 2 * day) return fmt::format("{:.2f} h", seconds / hour);
    return fmt::format("{:.2f} d", seconds / day);
}

/// A blind copy names neither its scenario nor its seed.
bool has_scenario(const LogHeader& header) {
    return !header.scenario_name.empty();
}

std::string head(const LogFile& file, const Inspection& i) {
    const ClickLog& log = file.log;
    const Windows& w = log.windows;
    std::string text = has_scenario(file.header)
                           ? fmt::format("{}, seed {}", file.header.scenario_name, file.header.seed)
                           : "a world withheld";
    text += fmt::format(", stream version {}, time origin {}\n", file.header.stream_version,
                        file.header.time_origin);
    text += fmt::format("  clicks for {}, outcomes for {} more; windows W_A {}, W_R {}, w_c {}, w_r {}\n",
                        format_duration(log.duration), format_duration(log.follow_up),
                        format_duration(w.conversion_attribution), format_duration(w.refund_attribution),
                        format_duration(w.conversion_observation), format_duration(w.refund_observation));
    text += fmt::format(
        "  {} clicks ({} in the streamed period, {} with final labels), {}, {} features\n", grouped(i.clicks),
        grouped(i.streamed_clicks), grouped(i.mature_clicks),
        log.has_ids ? fmt::format("{} users, {} items", grouped(i.users), grouped(i.items)) : "no ids",
        i.features);
    if (file.header.origin != "simulated") text += fmt::format("  origin: {}\n", file.header.origin);
    if (!log.has_refunds) text += "  refunds were not recorded: nothing is said of them\n";
    if (!file.header.withheld.empty()) text += fmt::format("  withheld: {}\n", file.header.withheld);
    text += fmt::format("  digest of /log and /features {}\n", file.digest_log);
    if (file.truth) text += fmt::format("  digest of /truth             {}\n", file.digest_truth);
    if (const auto& sample = file.header.selection)
        text += fmt::format(
            "  a sample of {} users: {} by the {} period, purchases counted: {}{}\n",
            grouped(sample->user_id.size()), sample->scheme, sample->period, sample->count,
            file.header.truth.before_selection  ? "; what was true before it is no longer the law"
            : file.header.truth.given_inclusion ? "; /truth is the law given that they were chosen"
                                                : "");
    return text;
}

std::string rates(const Inspection& inspection) {
    Table table{
        .header = {"rate", "events", "of", "realised", "expected", "z", "target", "expected / target"},
        .rows = {}};
    for (const Rate& rate : inspection.rates) {
        const bool both = rate.expected && rate.target && *rate.target != 0;
        table.rows.push_back({rate.name, grouped(rate.numerator), grouped(rate.denominator),
                              number(rate.realised, "{:.5f}"), number(rate.expected, "{:.5f}"),
                              number(rate.z, "{:+.2f}"), number(rate.target, "{:.5g}"),
                              both ? fmt::format("{:.4f}", *rate.expected / *rate.target) : "–"});
    }
    return text_table(table) + wrapped(
                                   "  Events within W_A and W_R, over clicks with final labels. expected: "
                                   "under the truth; z: realised "
                                   "- expected in standard deviations of the draw.",
                                   2);
}

std::string delays(const Inspection& inspection) {
    Table table{.header = {"delay", "events"}, .rows = {}};
    for (const double level : delay_levels) table.header.push_back(fmt::format("{:g}%", 100 * level));
    table.header.emplace_back("median target");
    for (const Delays& delay : inspection.delays) {
        std::vector<std::string> row = {delay.name, grouped(delay.count)};
        for (const Time quantile : delay.quantile) row.push_back(delay.count == 0 ? "–" : readable(quantile));
        row.push_back(delay.median_target ? readable(static_cast<Time>(*delay.median_target)) : "–");
        table.rows.push_back(std::move(row));
    }
    return text_table(table) +
           "  Quantiles of the realised delays within W_A of the click and W_R of the conversion.\n";
}

std::string ceilings(const Inspection& inspection) {
    if (inspection.world_ceilings.empty()) return "No world ceilings: the log has no truth of its clicks.\n";
    Table table{.header = {"world ceiling", "AUC", "average precision", "NLL"}, .rows = {}};
    for (const Ceiling& ceiling : inspection.world_ceilings)
        table.rows.push_back({ceiling.target, number(ceiling.auc.value, "{:.4f}"),
                              number(ceiling.average_precision.value, "{:.4f}"),
                              number(ceiling.nll.value, "{:.5f}")});
    return text_table(table) + wrapped(
                                   "  What the generating probabilities themselves would score over all "
                                   "clicks, expected over labels; "
                                   "NLL in nats per click.",
                                   2);
}

std::string traffic(const Inspection& inspection) {
    if (inspection.clicks_per_day.empty()) return "";
    const auto [low, high] = std::ranges::minmax(inspection.clicks_per_day);
    std::string text = fmt::format("clicks per day: {} to {} over {} days\n", grouped(low), grouped(high),
                                   inspection.clicks_per_day.size());
    if (const auto& range = inspection.hourly_cvr)
        text += fmt::format(
            "conversions_per_click by hour since the time origin: {:.4f} (hour {}) to {:.4f} (hour {})\n",
            range->low, range->low_hour, range->high, range->high_hour);
    return text;
}

Json json_of(const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json json_of(const Delays& delay) {
    Json quantiles = Json::object();
    for (std::size_t q = 0; delay.count > 0 && q < delay_levels.size(); ++q)
        quantiles[fmt::format("{:g}", delay_levels[q])] = delay.quantile[q];
    return {{"name", delay.name},
            {"count", delay.count},
            {"quantiles_seconds", quantiles},
            {"median_target_seconds", json_of(delay.median_target)}};
}

Json json_of(const Rate& rate) {
    return {{"name", rate.name},
            {"numerator", rate.numerator},
            {"denominator", rate.denominator},
            {"realised", json_of(rate.realised)},
            {"expected", json_of(rate.expected)},
            {"z", json_of(rate.z)},
            {"target", json_of(rate.target)}};
}

Json json_of(const Ceiling& ceiling) {
    return {{"target", ceiling.target},
            {"auc", json_of(ceiling.auc.value)},
            {"average_precision", json_of(ceiling.average_precision.value)},
            {"nll_nats_per_click", json_of(ceiling.nll.value)}};
}

template <class T>
Json list_of(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) list.push_back(json_of(value));
    return list;
}

}  // namespace

std::string inspect_text(const LogFile& file, const Inspection& inspection) {
    return head(file, inspection) + "\n" + rates(inspection) + "\n" + delays(inspection) + "\n" +
           traffic(inspection) + "\n" + ceilings(inspection);
}

std::string inspect_json(const LogFile& file, const Inspection& inspection) {
    const Windows& windows = file.log.windows;
    Json json = {{"format", "netcvr-inspection"},
                 {"format_version", 1},
                 {"scenario", has_scenario(file.header) ? Json(file.header.scenario_name) : Json()},
                 {"seed", has_scenario(file.header) ? Json(file.header.seed) : Json()},
                 {"stream_version", file.header.stream_version},
                 {"time_origin", file.header.time_origin},
                 {"duration_seconds", file.log.duration},
                 {"follow_up_seconds", file.log.follow_up},
                 {"windows_seconds",
                  {{"conversion_attribution", windows.conversion_attribution},
                   {"refund_attribution", windows.refund_attribution},
                   {"conversion_observation", windows.conversion_observation},
                   {"refund_observation", windows.refund_observation}}},
                 {"digest_log", file.digest_log},
                 {"digest_truth", file.digest_truth},
                 {"clicks", inspection.clicks},
                 {"mature_clicks", inspection.mature_clicks},
                 {"streamed_clicks", inspection.streamed_clicks},
                 {"users", file.log.has_ids ? Json(inspection.users) : Json(nullptr)},
                 {"items", file.log.has_ids ? Json(inspection.items) : Json(nullptr)},
                 {"features", inspection.features},
                 {"rates", list_of(inspection.rates)},
                 {"delays", list_of(inspection.delays)},
                 {"clicks_per_day", inspection.clicks_per_day},
                 {"hourly_conversions_per_click", nullptr},
                 {"world_ceilings", list_of(inspection.world_ceilings)}};
    if (const auto& range = inspection.hourly_cvr)
        json["hourly_conversions_per_click"] = {{"low", range->low},
                                                {"low_hour", range->low_hour},
                                                {"high", range->high},
                                                {"high_hour", range->high_hour}};
    return json.dump(1) + "\n";
}

}  // namespace netcvr
