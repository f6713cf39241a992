// What a text does not say is set or derived: clicks last for the whole days that hold them, outcomes are
// recorded for as many more days as there are events.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/progress.h"
#include "scenarios/scenario_file.h"
#include "scenarios/version.h"
#include "sim/artifact.h"
#include "sim/errors.h"
#include "sim/text_import.h"
#include "sim/write_log.h"

namespace netcvr {
namespace {

[[noreturn]] void refuse(const std::string& why) {
    throw InputError(Exit::scenario, why);
}

/// Whether a field says how a log is read, not of which world it is.
bool can_be_set(std::string_view key) {
    constexpr std::array periods = {"log.duration", "log.follow_up", "log.utc_offset"};
    return key.starts_with("windows.") || key.starts_with("protocol.") ||
           std::ranges::count(periods, key) > 0;
}

std::string_view key_of(std::string_view assignment) {
    return assignment.substr(0, assignment.find('='));
}

Settings settings_of(const ImportArguments& arguments) {
    Settings settings;
    for (const auto& assignment : arguments.sets) {
        if (find_field(key_of(assignment)) != nullptr && !can_be_set(key_of(assignment)))
            throw InputError(Exit::usage,
                             fmt::format("--set {}: a text is what it is; only windows.…, protocol.…, "
                                         "log.duration, log.follow_up and log.utc_offset can be set",
                                         assignment));
        apply_set(settings, assignment);
    }
    settings.scenario.log.time_origin = arguments.time_origin;
    settings.scenario.name = "imported-" + std::string(find_text_layout(arguments.layout)->origin);
    return settings;
}

Time whole_days(Time time) {
    return (time + day - 1) / day * day;
}

/// The periods that were not set, from the data; those that were must hold the data.
void settle_periods(const ImportArguments& arguments, const TextImport& text, Scenario::Log& log) {
    const auto is_set = [&](std::string_view key) {
        return std::ranges::any_of(arguments.sets, [&](const auto& set) { return key_of(set) == key; });
    };
    const Time last_click = text.log.click_time.back();
    if (!is_set("log.duration")) log.duration = whole_days(last_click + 1);
    if (last_click >= log.duration)
        refuse(fmt::format("log.duration = {}, but the last click in '{}' is at {}",
                           format_duration(log.duration), arguments.text, format_duration(last_click)));
    const Time after = std::max(Time{0}, text.last_event - log.duration);
    if (!is_set("log.follow_up")) log.follow_up = whole_days(after);
    if (after > log.follow_up)
        refuse(fmt::format("log.follow_up = {}, but '{}' has an event {} after log.duration = {}",
                           format_duration(log.follow_up), arguments.text, format_duration(after),
                           format_duration(log.duration)));
}

void check_protocol(const Scenario& s) {
    if (s.protocol.gap < s.windows.maturity())
        refuse(
            fmt::format("protocol.gap = {} is shorter than W_A + W_R = {}: pretraining labels would not be "
                        "final when the stream begins",
                        format_duration(s.protocol.gap), format_duration(s.windows.maturity())));
}

/// What the text and its reader say of a scenario, and no more.
std::string known_toml(const Settings& settings) {
    std::string text, section;
    for (const auto& row : settings_fields()) {
        if (!can_be_set(row->name) && row->name != "name" && row->name != "log.time_origin") continue;
        const std::size_t dot = row->name.find('.');
        if (dot != std::string_view::npos && row->name.substr(0, dot) != section)
            text += fmt::format("\n[{}]\n", section = row->name.substr(0, dot));
        text += fmt::format("{} = {}\n", row->name.substr(dot + 1), to_toml(*row, row.in(settings)));
    }
    return text;
}

/// The log without rows.
ClickLog schema_of(const ClickLog& log, const Scenario& s) {
    ClickLog schema;
    for (const auto& feature : log.features)
        schema.features.push_back({feature.name, feature.cardinality, {}});
    schema.has_ids = log.has_ids;
    schema.has_purchases = log.has_purchases;
    schema.has_refunds = log.has_refunds;
    schema.windows = s.windows;
    schema.protocol = s.protocol;
    schema.duration = s.log.duration;
    schema.follow_up = s.log.follow_up;
    return schema;
}

LogHeader header_of(const Settings& settings, const TextLayout& layout, const ClickLog& log) {
    const Scenario& s = settings.scenario;
    LogHeader header;
    header.scenario_toml = known_toml(settings);
    header.scenario_name = s.name;
    header.time_origin = s.log.time_origin;
    header.created_by = program_version();
    header.origin = layout.origin;
    header.truth = {.cvr = false, .refund_rate = false, .net_cvr = false, .more = {}, .law = {}};
    header.schema = schema_of(log, s);
    return header;
}

std::string summary(const std::string& path,
                    const TextImport& text,
                    const Scenario& s,
                    const std::string& digest) {
    std::string lines = fmt::format("{}: {} clicks, content digest {}\n", path, text.log.size(), digest);
    if (text.dropped_refunds > 0)
        lines += fmt::format(
            "  {} refunds dropped: of a list of refunds that is not as long as that of the purchases, or has "
            "one "
            "before its purchase, only the first has a known purchase\n",
            text.dropped_refunds);
    // A short log is worth reading all the same; only what trains asks for a stream.
    if (s.log.duration <= s.protocol.stream_start())
        lines +=
            fmt::format("  no streamed period: it would begin at {} = protocol.pretrain + protocol.gap\n",
                        format_duration(s.protocol.stream_start()));
    return lines;
}

std::vector<std::string> layout_names() {
    std::vector<std::string> names;
    for (const auto& layout : text_layouts()) names.emplace_back(layout.name);
    return names;
}

}  // namespace

void add_options(Options& add, ImportArguments& to) {
    add.required("TEXT", to.text, "FILE", "A log as text: lines of tab-separated columns without a header");
    add.choice("--from", to.layout, layout_names(), "Layout of the text [required]", true);
    add.required("-o,--output", to.output, "FILE", "The log to write, HDF5 [required]");
    add.optional("--time-origin", to.time_origin, "UTC",
                 "Instant of second 0; raw times become seconds since then [default " + to.time_origin + "]");
    add.repeated(
        "--set", to.sets, "KEY=VALUE",
        "Set a field (`netcvr list fields`) under windows. or protocol., or log.duration, log.follow_up, "
        "log.utc_offset; may be repeated [default: periods as the data show, in days]");
    add.threads(to.threads);
    add.force(to.force);
}

void run(const ImportArguments& arguments) {
    const TextLayout& layout = *find_text_layout(arguments.layout);
    Settings settings = settings_of(arguments);
    const auto origin = parse_utc(arguments.time_origin);
    if (!origin)
        throw InputError(Exit::usage,
                         fmt::format("--time-origin {}: not a UTC instant like 2025-04-30T16:00:00Z",
                                     arguments.time_origin));
    check_can_write(arguments.output, arguments.force, {arguments.text});
    const TextSource source(arguments.text);
    TextImport text;
    {
        ProgressLine line("import", "bytes");
        text = read_text_log(source, layout, *origin, arguments.threads,
                             [&](std::size_t done, std::size_t total) { line.show(done, total); });
    }
    settle_periods(arguments, text, settings.scenario.log);
    check_protocol(settings.scenario);
    const LogHeader header = header_of(settings, layout, text.log);
    const std::string digest =
        write_log(arguments.output, header, text.log, {}, 1, arguments.threads, arguments.force);
    print(summary(arguments.output, text, settings.scenario, digest));
}

}  // namespace netcvr
