#include "output/predictions_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "output/predictions_csv.h"
#include "sim/artifact.h"
#include "sim/errors.h"
#include "sim/hdf5_file.h"

namespace netcvr {
namespace {

constexpr std::string_view format_name = "netcvr-predictions";
constexpr int compress = 1;

struct Quantity {
    std::string name, description, denominator;
    std::vector<float> Predictions::*column;
    bool money = false;  // an amount, not a probability

    bool allows(float value) const { return value >= 0 && (money ? std::isfinite(value) : value <= 1); }
};

const std::vector<Quantity>& quantities() {
    static const std::vector<Quantity> table = {
        {"cvr", "P(converts within W_A | click)", "click", &Predictions::cvr},
        {"refund_rate", "P(refund within W_R of the conversion | converts within W_A, click)", "conversion",
         &Predictions::refund_rate},
        {"net_cvr", "P(converts within W_A and no refund within W_R of it | click)", "click",
         &Predictions::net_cvr},
        {"gmv", "E[order value of a conversion within W_A | click]", "click", &Predictions::gmv, true},
        {"net_gmv", "the same less what a refund within W_R of it pays back", "click", &Predictions::net_gmv,
         true},
    };
    return table;
}

/// An attribute that counts; 0 if it is not there.
std::size_t count_of(const Hdf5Reader& file, const std::string& group, const std::string& name) {
    if (!file.has_attribute(group, name)) return 0;
    const std::int64_t count = file.integer(group, name);
    if (count < 0) file.fail(group, fmt::format("{} = {}; allowed: 0 and more", name, count));
    return static_cast<std::size_t>(count);
}

/// Counts of a run, attributes of its group.
template <class Of>
auto counts_of(Of& predictions) {
    return std::array{std::pair{"copies", &predictions.copies},
                      std::pair{"weights_above_20", &predictions.incidents.large},
                      std::pair{"weights_below_0", &predictions.incidents.negative},
                      std::pair{"weights_clipped", &predictions.incidents.clipped}};
}

constexpr const char* rate_name = "learning_rate";

Predictions read_method(const Hdf5Reader& file, const std::string& method) {
    const std::string group = "/predictions/" + method;
    if (!file.has_column(group + "/row")) file.fail(group, "column 'row' is missing");
    Predictions predictions;
    predictions.method = method;
    predictions.row = file.read<std::int64_t>(group + "/row");
    for (const auto& [name, count] : counts_of(predictions)) *count = count_of(file, group, name);
    if (file.has_attribute(group, rate_name)) predictions.learning_rate = file.number(group, rate_name);
    bool any = false;
    for (const Quantity& quantity : quantities()) {
        const std::string column = group + "/" + quantity.name;
        if (!file.has_column(column)) continue;
        any = true;
        predictions.*quantity.column = file.read<float>(column);
        if ((predictions.*quantity.column).size() != predictions.row.size())
            file.fail(column, fmt::format("{} values for {} rows", (predictions.*quantity.column).size(),
                                          predictions.row.size()));
    }
    if (!any) file.fail(group, "none of the columns cvr, refund_rate, net_cvr, gmv, net_gmv");
    return predictions;
}

std::vector<Predictions> read_hdf5(const std::string& path, const std::string& log_digest) {
    const Hdf5Reader file(path);
    if (!file.has_attribute("/", "format") || file.text("/", "format") != format_name ||
        !file.has_group("/predictions"))
        throw InputError(Exit::data,
                         path + ": not a predictions file (no attribute format = \"netcvr-predictions\")");
    const std::string stated = file.has_attribute("/", "log_digest") ? file.text("/", "log_digest") : "";
    if (!stated.empty() && !log_digest.empty() && stated != log_digest)
        throw InputError(
            Exit::data, fmt::format("{}: predictions of another log: log_digest is {}, the log's is {}", path,
                                    stated, log_digest));
    std::vector<Predictions> all;
    for (const std::string& method : file.groups("/predictions")) all.push_back(read_method(file, method));
    if (all.empty()) file.fail("/predictions", "no method");
    return all;
}

void check_values(const Predictions& predictions, const std::string& source) {
    for (const Quantity& quantity : quantities()) {
        const std::vector<float>& column = predictions.*quantity.column;
        for (std::size_t k = 0; k < column.size(); ++k)
            if (!quantity.allows(column[k]))
                throw InputError(Exit::data, fmt::format("{}/{}[{}] = {} of row {}; allowed: {}", source,
                                                         quantity.name, k, column[k], predictions.row[k],
                                                         quantity.money ? "0 and more" : "0 to 1"));
    }
}

/// Says where entry k of a method stands in its file, for messages.
using Place = std::function<std::string(std::size_t)>;

/// The entries in order of row. Throws at the first row that is outside the streamed period, repeated or
/// missing.
std::vector<std::size_t> order_of_rows(const Predictions& predictions,
                                       StreamedRows rows,
                                       const std::string& source,
                                       const Place& place) {
    const auto first = static_cast<std::int64_t>(rows.first),
               end = first + static_cast<std::int64_t>(rows.count);
    const std::string range = fmt::format("{} to {}, the clicks of the streamed period", first, end - 1);
    constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
    std::vector<std::size_t> entry(rows.count, nowhere);
    for (std::size_t k = 0; k < predictions.row.size(); ++k) {
        const std::int64_t row = predictions.row[k];
        if (row < first || row >= end)
            throw InputError(Exit::data, fmt::format("{}: row = {}; allowed: {}", place(k), row, range));
        std::size_t& seat = entry[static_cast<std::size_t>(row - first)];
        if (seat != nowhere)
            throw InputError(Exit::data,
                             fmt::format("{}: row {} is repeated, first at {}", place(k), row, place(seat)));
        seat = k;
    }
    const auto gap = std::ranges::find(entry, nowhere);
    if (gap != entry.end())
        throw InputError(Exit::data, fmt::format("{}: row {} is missing; needed: {}", source,
                                                 first + (gap - entry.begin()), range));
    return entry;
}

void check_and_sort(Predictions& predictions,
                    StreamedRows rows,
                    const std::string& source,
                    const Place& place) {
    const std::vector<std::size_t> order = order_of_rows(predictions, rows, source, place);
    std::iota(predictions.row.begin(), predictions.row.end(), static_cast<std::int64_t>(rows.first));
    for (const Quantity& quantity : quantities()) {
        std::vector<float>& column = predictions.*quantity.column;
        if (column.empty()) continue;
        std::vector<float> sorted(column.size());
        std::ranges::transform(order, sorted.begin(), [&](std::size_t k) { return column[k]; });
        column = std::move(sorted);
    }
}

}  // namespace

StreamedRows streamed_rows(const ClickLog& log) {
    const auto first = std::ranges::lower_bound(log.click_time, log.protocol.stream_start());
    const StreamedRows rows{.first = static_cast<std::size_t>(first - log.click_time.begin()),
                            .count = static_cast<std::size_t>(log.click_time.end() - first)};
    if (rows.count == 0)
        throw InputError(Exit::data, fmt::format("the log has no click in its streamed period, {} to {}",
                                                 format_duration(log.protocol.stream_start()),
                                                 format_duration(log.duration)));
    return rows;
}

void write_predictions(const std::string& path,
                       const PredictionsHeader& header,
                       const std::vector<Predictions>& predictions,
                       bool force) {
    Artifact artifact(path, force);
    Hdf5Writer file(artifact.temporary(), path);
    file.text("/", "format", format_name);
    file.integer("/", "format_version", 1);
    file.text("/", "log_digest", header.log_digest);
    file.integer("/", "stream_version", header.stream_version);
    file.text("/", "training", header.training);
    file.group("/predictions");
    for (const Predictions& method : predictions) {
        const std::string group = "/predictions/" + method.method;
        file.group(group);
        for (const auto& [name, count] : counts_of(method))
            file.integer(group, name, static_cast<std::int64_t>(*count));
        file.number(group, rate_name, method.learning_rate);
        file.column<std::int64_t>(group + "/row", method.row, compress);
        file.text(group + "/row", "units", "1");
        file.text(group + "/row", "description", "0-based row of the log");
        for (const Quantity& quantity : quantities()) {
            const std::string column = group + "/" + quantity.name;
            if ((method.*quantity.column).empty()) continue;
            file.column<float>(column, method.*quantity.column, compress);
            file.text(column, "units", quantity.money ? "currency" : "1");
            file.text(column, "description", quantity.description);
            file.text(column, "denominator", quantity.denominator);
        }
    }
    file.close();
    artifact.commit();
}

std::vector<Predictions> read_predictions(const std::string& path,
                                          const ClickLog& log,
                                          const std::string& log_digest) {
    const StreamedRows rows = streamed_rows(log);
    if (std::filesystem::path(path).extension() == ".csv") {
        CsvPredictions csv = read_predictions_csv(path);
        check_and_sort(csv.predictions, rows, path,
                       [&](std::size_t k) { return fmt::format("{}:{}", path, csv.line[k]); });
        return {std::move(csv.predictions)};
    }
    std::vector<Predictions> all = read_hdf5(path, log_digest);
    for (Predictions& method : all) {
        const std::string source = path + ": /predictions/" + method.method;
        check_values(method, source);
        check_and_sort(method, rows, source,
                       [&](std::size_t k) { return fmt::format("{}/row[{}]", source, k); });
    }
    return all;
}

std::vector<Predictions> read_predictions(const std::vector<std::string>& paths,
                                          const ClickLog& log,
                                          const std::string& log_digest) {
    std::vector<Predictions> all;
    std::map<std::string, std::string> seen;  // method → file
    for (const std::string& path : paths)
        for (Predictions& method : read_predictions(path, log, log_digest)) {
            const auto [first, fresh] = seen.emplace(method.method, path);
            if (!fresh)
                throw InputError(Exit::usage, fmt::format("method '{}' is in both {} and {}; rename one",
                                                          method.method, first->second, path));
            all.push_back(std::move(method));
        }
    return all;
}

}  // namespace netcvr
