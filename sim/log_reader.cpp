// The reading half of log_file.h. Nothing in a file is believed: structure, ranges and order of the values,
// digests.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "sim/errors.h"
#include "sim/log_columns.h"
#include "sim/log_file.h"
#include "sim/log_users.h"

namespace netcvr {
namespace {

constexpr Time longest =
    Time{400} * 366 * day;  // no period of a log is longer; sums of periods do not overflow

void read_periods(const Hdf5Reader& file, ClickLog& log) {
    for_each_time(log, [&](const std::string& name, Time& value) {
        value = file.integer("/", name);
        if (value < 0 || value > longest)
            file.fail("/", fmt::format("attribute '{}' = {} is no period", name, value));
    });
    if (log.windows.conversion_attribution == 0 || log.windows.refund_attribution == 0 ||
        log.protocol.segment == 0)
        file.fail("/", "an attribution window or the protocol's segment is 0 s");
}

void read_features(const Hdf5Reader& file, ClickLog& log) {
    for (const auto& column : file.columns("/features")) {
        const std::int64_t cardinality = file.integer("/features/" + column, "cardinality");
        if (cardinality < 1 || cardinality > std::numeric_limits<std::int32_t>::max())
            file.fail("/features/" + column,
                      fmt::format("cardinality = {} is no number of categories", cardinality));
        log.features.push_back({column, static_cast<std::int32_t>(cardinality), {}});
    }
}

/// Whether the root has an attribute that, if it is there, has this one value.
bool states(const Hdf5Reader& file, const std::string& name, std::string_view value) {
    if (!file.has_attribute("/", name)) return false;
    if (const std::string stated = file.text("/", name); stated != value)
        file.fail("/", fmt::format("attribute '{}' = '{}' is not '{}'", name, stated, value));
    return true;
}

/// Which columns /truth has: rates, further statements, and after the uncensored times the law.
TruthSchema read_truth_schema(const Hdf5Reader& file) {
    TruthSchema schema{.cvr = false, .refund_rate = false, .net_cvr = false, .more = {}, .law = {}};
    schema.before_selection = file.has_group("/truth_before_selection");
    schema.given_inclusion = states(file, "selection.truth", truth_given_inclusion);
    const std::string group = schema.group();
    if (!file.has_group(group)) return schema;
    for (const auto& name : file.columns(group)) {
        const std::string path = std::string(group).append("/").append(name);
        if (name == "cvr")
            schema.cvr = true;
        else if (name == "refund_rate")
            schema.refund_rate = true;
        else if (name == "net_cvr")
            schema.net_cvr = true;
        else if (name == "conversion_time" || name == "refund_time")
            schema.full = true;
        else
            (schema.full ? schema.law : schema.more)
                .push_back({.name = name,
                            .description = file.text(path, "description"),
                            .units = file.text(path, "units"),
                            .denominator = file.has_attribute(path, "denominator")
                                               ? file.text(path, "denominator")
                                               : ""});
    }
    return schema;
}

}  // namespace

LogHeader read_header(const Hdf5Reader& file, std::string_view wanted) {
    const std::string format = file.has_attribute("/", "format") ? file.text("/", "format") : "";
    if (format == shard_format && wanted != shard_format)
        throw InputError(
            Exit::data,
            fmt::format("{}: shard {} of {} of a log: join all of them with netcvr merge", file.path(),
                        file.integer("/", "shard.index"), file.integer("/", "shard.count")));
    if (format != wanted)
        throw InputError(Exit::data, fmt::format("{}: not a netcvr log{}", file.path(),
                                                 wanted == shard_format ? "'s shard" : ""));
    const std::int64_t version = file.integer("/", "format_version");
    if (version != log_format_version)
        file.fail("/",
                  fmt::format("format_version = {}, this program reads {}", version, log_format_version));
    LogHeader header;
    header.stream_version = file.integer("/", "stream_version");
    header.seed = file.integer("/", "seed");
    header.scenario_name = file.text("/", "scenario_name");
    header.scenario_toml = file.text("/", "scenario_toml");
    header.time_origin = file.text("/", "time_origin");
    header.created_by = file.text("/", "created_by");
    header.origin = file.text("/", "origin");
    if (file.has_attribute("/", "withheld")) header.withheld = file.text("/", "withheld");
    header.schema.has_ids = file.has_column("/log/user_id");
    header.schema.has_money = file.has_column("/log/order_value");
    header.schema.has_purchases = file.has_group("/purchases");
    header.schema.has_refunds = !states(file, "refunds", refunds_not_recorded);
    read_periods(file, header.schema);
    read_features(file, header.schema);
    header.truth = read_truth_schema(file);
    return header;
}

namespace {

/// Reads columns of one length and hashes them as they lie in the file.
struct ColumnReader {
    const Hdf5Reader& file;
    std::string first;  // the column that says how many rows there are
    std::size_t rows = file.rows(first);
    std::vector<ColumnDigest> digests = {};

    template <class T>
    void operator()(const LogColumn& column, std::vector<T>& values) {
        const std::string path = column.path();
        if (file.has_column(path) && file.rows(path) != rows)
            file.fail(path, fmt::format("has {} rows, {} has {}", file.rows(path), first, rows));
        values = file.read<T>(path);
        ColumnDigest digest{path, {}};
        for (std::size_t begin = 0; begin < rows; begin += chunk_rows)
            digest.slices.push_back(
                digest_of(&values[begin], std::min(chunk_rows, rows - begin) * sizeof(T)));
        digests.push_back(std::move(digest));
        if constexpr (std::is_same_v<T, Time>)
            for (auto& value : values) value = value == -1 ? never : value;
    }
};

/// Fails at the first row for which `bad(row)` says something.
template <class Bad>
void check_rows(const Hdf5Reader& file, const std::string& column, std::size_t rows, Bad bad) {
    for (std::size_t row = 0; row < rows; ++row)
        if (const std::string what = bad(row); !what.empty())
            file.fail(column, fmt::format("row {}: {}", row, what));
}

void check_clicks(const Hdf5Reader& file, const ClickLog& log) {
    const auto& time = log.click_time;
    check_rows(file, "/log/click_time", time.size(), [&](std::size_t i) -> std::string {
        if (time[i] < 0 || time[i] > log.duration)
            return time[i] == never
                       ? "-1 is no time of a click"
                       : fmt::format("{} s is outside 0 … {} s (log.duration)", time[i], log.duration);
        return i > 0 && time[i] < time[i - 1] ? fmt::format("{} s is before the row above", time[i]) : "";
    });
}

/// An event must follow its cause; it may not lack one, nor lie beyond `end`.
void check_events(const Hdf5Reader& file,
                  const std::string& column,
                  const std::vector<Time>& cause,
                  const std::vector<Time>& event,
                  Time end) {
    check_rows(file, column, event.size(), [&](std::size_t i) -> std::string {
        if (event[i] == never) return "";
        if (cause[i] == never) return fmt::format("{} s, but there is no conversion", event[i]);
        if (event[i] < cause[i]) return fmt::format("{} s is before {} s, its cause", event[i], cause[i]);
        return event[i] > end ? fmt::format("{} s is after the follow-up, {} s", event[i], end) : "";
    });
}

void check_integers(const Hdf5Reader& file,
                    const std::string& column,
                    const std::vector<std::int32_t>& values,
                    std::int32_t low,
                    std::int32_t high) {
    check_rows(file, column, values.size(), [&](std::size_t i) -> std::string {
        return values[i] < low || values[i] > high
                   ? fmt::format("{} is outside {} … {}", values[i], low, high)
                   : "";
    });
}

/// Amounts of money: finite and not negative.
void check_values(const Hdf5Reader& file, const std::string& column, const std::vector<float>& values) {
    check_rows(file, column, values.size(), [&](std::size_t i) -> std::string {
        return std::isfinite(values[i]) && values[i] >= 0 ? "" : fmt::format("{} is no amount", values[i]);
    });
}

void check_purchases(const Hdf5Reader& file, const ClickLog& log) {
    const Purchases& p = log.purchases;
    const auto clicks = static_cast<std::int64_t>(log.size());
    check_rows(file, "/purchases/row", p.size(), [&](std::size_t i) -> std::string {
        if (p.row[i] < 0 || p.row[i] >= clicks)
            return fmt::format("{} is no row of /log, which has {}", p.row[i], clicks);
        return i > 0 && p.row[i] < p.row[i - 1] ? fmt::format("{} is before the row above", p.row[i]) : "";
    });
    check_integers(file, "/purchases/ordinal", p.ordinal, 0, std::numeric_limits<std::int32_t>::max());
    std::vector<Time> click;
    for (const std::int64_t row : p.row) click.push_back(log.click_time[static_cast<std::size_t>(row)]);
    const Time end = log.duration + log.follow_up;
    check_events(file, "/purchases/purchase_time", click, p.purchase_time, end);
    check_events(file, "/purchases/refund_time", p.purchase_time, p.refund_time, end);
    check_values(file, "/purchases/order_value", p.order_value);
    check_values(file, "/purchases/refund_value", p.refund_value);
}

void check_log(const Hdf5Reader& file, const ClickLog& log) {
    constexpr std::int32_t largest = std::numeric_limits<std::int32_t>::max();
    check_clicks(file, log);
    const Time end = log.duration + log.follow_up;
    check_events(file, "/log/conversion_time", log.click_time, log.conversion_time, end);
    check_events(file, "/log/refund_time", log.conversion_time, log.refund_time, end);
    if (!log.has_refunds)
        check_rows(file, "/log/refund_time", log.size(), [&](std::size_t i) -> std::string {
            return log.refund_time[i] == never ? "" : "a refund, but attribute 'refunds' is 'not recorded'";
        });
    check_integers(file, "/log/user_id", log.user_id, 0, largest);
    check_integers(file, "/log/item_id", log.item_id, 0, largest);
    check_values(file, "/log/order_value", log.order_value);
    check_values(file, "/log/refund_value", log.refund_value);
    for (const auto& feature : log.features)
        check_integers(file, "/features/" + feature.name, feature.value, -1, feature.cardinality - 1);
}

void check_truth(const Hdf5Reader& file, const ClickLog& log, const Truth& truth, const TruthSchema& schema) {
    for_each_truth_column(truth, schema, [&]<class T>(const LogColumn& column, const std::vector<T>& values) {
        if constexpr (std::is_same_v<T, float>) {
            const bool missing = column.has_missing;
            const auto attributed = [&](std::size_t i) {
                const Time conversion = log.conversion_time[i];
                return conversion != never &&
                       conversion - log.click_time[i] < log.windows.conversion_attribution;
            };
            const bool rate = column.units == "1" && !column.denominator.empty();
            check_rows(file, column.path(), values.size(), [&](std::size_t i) -> std::string {
                if (missing && !attributed(i))
                    return std::isnan(values[i])
                               ? ""
                               : fmt::format("{}, but there is no conversion within W_A", values[i]);
                if (rate && !(values[i] >= 0 && values[i] <= 1))
                    return fmt::format("{} is outside 0 … 1", values[i]);
                return std::isfinite(values[i]) ? "" : fmt::format("{} is no number", values[i]);
            });
        }
    });
    if (!schema.full) return;
    check_events(file, "/truth/conversion_time", log.click_time, truth.conversion_time, never);
    check_events(file, "/truth/refund_time", truth.conversion_time, truth.refund_time, never);
}

void check_digests(const Hdf5Reader& file, const LogDigests& digests) {
    const auto check = [&](const std::string& object, const std::string& digest) {
        const std::string stated = file.text(object, "content_digest");
        if (stated != digest)
            file.fail(object, fmt::format("content digest is {}, the file says {}: its values were changed",
                                          digest, stated));
    };
    for (const auto& [group, digest] : digests.group) check(group, digest);
    check("/", digests.log_and_features);
}

void read_purchases(const Hdf5Reader& file, ClickLog& log, std::vector<ColumnDigest>& digests) {
    ColumnReader column{file, "/purchases/row"};
    for_each_purchase_column(log, [&](const LogColumn& of, auto& values) { column(of, values); });
    check_purchases(file, log);
    digests.insert(digests.end(), column.digests.begin(), column.digests.end());
}

LogFile without_columns(const Hdf5Reader& file, LogHeader header) {
    LogFile log;
    log.digest_log = file.text("/", "content_digest");
    if (file.has_group("/truth")) log.digest_truth = file.text("/truth", "content_digest");
    log.log = header.schema;
    log.header = std::move(header);
    return log;
}

}  // namespace

LogFile read_log_header(const std::string& path) {
    const Hdf5Reader file(path);
    return without_columns(file, read_header(file, log_format));
}

LogFile read_log(const std::string& path) {
    const Hdf5Reader file(path);
    LogFile read = without_columns(file, read_header(file, log_format));
    ColumnReader column{file, "/log/click_time"};
    for_each_log_column(read.log, [&](const LogColumn& of, auto& values) { column(of, values); });
    check_log(file, read.log);
    const TruthSchema& schema = read.header.truth;
    if (schema.any()) {
        Truth truth = empty_truth(schema);
        for_each_truth_column(truth, schema, [&](const LogColumn& of, auto& values) { column(of, values); });
        check_truth(file, read.log, truth, schema);
        (schema.before_selection ? read.truth_before_selection : read.truth) = std::move(truth);
    }
    auto digests = std::move(column.digests);
    if (read.log.has_purchases) read_purchases(file, read.log, digests);
    if (file.has_group("/users")) {
        Sampled sampled = read_selection(file);
        read.header.selection = std::move(sampled.selection);
        digests.insert(digests.end(), sampled.digests.begin(), sampled.digests.end());
    }
    check_digests(file, LogDigests(digests));
    return read;
}

}  // namespace netcvr
