#include "output/label_file.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "estimators/stage.h"
#include "output/hdf5_columns.h"
#include "sim/artifact.h"
#include "sim/errors.h"
#include "sim/log_columns.h"
#include "sim/trajectories.h"

namespace netcvr {
namespace {

constexpr std::int8_t converted = 1, refunded = 2;

/// Labels in columns, as they lie in the file.
struct LabelColumns {
    std::vector<Time> time;  // of the grid; empty for a single time
    std::vector<std::int64_t> row;
    std::vector<std::int8_t> state, conversion, refund, net, matured;
    bool has_refunds = true;  // else nothing is known of refund and net

    void add(std::size_t click, Label label) {
        row.push_back(static_cast<std::int64_t>(click));
        state.push_back(label.state);
        conversion.push_back(label.state >= converted ? 1 : 0);
        refund.push_back(label.state < converted ? -1 : label.state == refunded ? 1 : 0);
        net.push_back(label.state == converted ? 1 : 0);
        matured.push_back(label.matured ? 1 : 0);
    }
    void write(HdfColumns& out, const std::string& group) const {
        std::vector<std::string> names = {"row",          "state",     "conversion_label",
                                          "refund_label", "net_label", "matured"};
        if (!has_refunds)
            std::erase_if(names, [](auto& name) { return name == "refund_label" || name == "net_label"; });
        if (!time.empty()) names.insert(names.begin(), "time");
        out.group(group, names);
        if (!time.empty())
            out.add(group + "/time", time, since_origin, "first grid time at which this was visible");
        out.add(group + "/row", row, "1", "0-based row of the log");
        out.add(group + "/state", state, "category",
                "0 no conversion seen, 1 conversion seen, 2 its refund seen too");
        out.rate(group + "/conversion_label", conversion, "1 = a conversion within W_A has been seen",
                 "click");
        if (has_refunds) {
            out.add(group + "/refund_label", refund, "1",
                    "1 = its refund within W_R has been seen, 0 = not; -1 = no conversion seen");
            out.rate(group + "/net_label", net, "1 = a conversion has been seen and no refund of it",
                     "click");
        }
        out.add(group + "/matured", matured, "1", "1 = nothing later can change the labels");
    }
};

class LabelWriter {
public:
    LabelWriter(const LogFile& log, const LabelGrid& grid)
        : log_(log.log), all_(outcomes(log.log)), grid_(grid), end_(log_.duration + log_.follow_up) {}

    Label at(std::size_t i, Time t) const {
        Label label = visible_label(log_.click_time[i], all_.conversion.event[i], all_.refund.event[i],
                                    log_.windows, t);
        if (!log_.has_refunds && label.state >= converted) label.matured = true;
        return label;
    }
    LabelColumns single() const {
        LabelColumns columns = empty();
        for (std::size_t i = 0; i < log_.size() && log_.click_time[i] <= grid_.first; ++i)
            columns.add(i, at(i, grid_.first));
        return columns;
    }
    /// Only what is new at each time of the grid.
    LabelColumns changes() const {
        std::vector<std::pair<Time, std::size_t>> entries;
        for (std::size_t i = 0; i < log_.size(); ++i)
            for (const Time t : times_of_change(i)) entries.emplace_back(t, i);
        std::sort(entries.begin(), entries.end());
        LabelColumns columns = empty();
        for (const auto& [t, i] : entries) {
            columns.time.push_back(t);
            columns.add(i, at(i, t));
        }
        return columns;
    }
    LabelColumns oracle() const {
        LabelColumns columns = empty();
        for (std::size_t i = 0; i < log_.size(); ++i) columns.add(i, at(i, end_));
        return columns;
    }
    std::size_t immature() const {
        std::size_t count = 0;
        for (std::size_t i = 0; i < log_.size(); ++i) count += at(i, end_).matured ? 0 : 1;
        return count;
    }
    std::size_t times() const {
        return grid_.every == 0 ? 1 : static_cast<std::size_t>((end_ - grid_.first) / grid_.every) + 1;
    }

private:
    LabelColumns empty() const {
        LabelColumns columns;
        columns.has_refunds = log_.has_refunds;
        return columns;
    }
    /// First time of the grid at or after t; never if there is none.
    Time on_grid(Time t) const {
        if (t == never || t <= grid_.first) return t == never ? never : grid_.first;
        const Time on = grid_.first + (t - grid_.first + grid_.every - 1) / grid_.every * grid_.every;
        return on <= end_ ? on : never;
    }
    std::vector<Time> times_of_change(std::size_t i) const {
        const Time click = log_.click_time[i], conversion = all_.conversion.event[i];
        const Windows& w = log_.windows;
        const Time final =
            conversion == never ? click + w.conversion_attribution : conversion + w.refund_attribution;
        std::vector<Time> times = {on_grid(click), on_grid(conversion), on_grid(all_.refund.event[i]),
                                   on_grid(final)};
        std::sort(times.begin(), times.end());
        times.erase(std::unique(times.begin(), times.end()), times.end());
        std::erase(times, never);
        // After a refund nothing changes any more.
        Label last;
        std::erase_if(times, [&, first = true](Time t) mutable {
            const Label now = at(i, t);
            const bool same = !std::exchange(first, false) && now == last;
            last = now;
            return same;
        });
        return times;
    }

    const ClickLog& log_;
    Outcomes all_;
    LabelGrid grid_;
    Time end_;
};

void write_trajectories(HdfColumns& out, const LogFile& log, const Scenario& scenario) {
    const FullTruth truth(scenario, log.truth->law);
    auto p = truth.trajectories(log.log.windows);
    std::vector<std::string> names;
    names.reserve(trajectory_names.size() + 3);
    for (const auto& [name, meaning] : trajectory_names) names.emplace_back(name);
    for (const char* rate : {"cvr", "refund_rate", "net_cvr"}) names.emplace_back(rate);
    out.group("/trajectories", names);
    std::vector<double> cvr(truth.size()), refund_rate(truth.size()), net_cvr(truth.size());
    for (std::size_t i = 0; i < truth.size(); ++i) {
        const Rates r = rates({p[t0][i], p[a0][i], p[a1][i], p[a2][i], p[b0][i], p[b1][i], p[b2][i]});
        cvr[i] = r.cvr, refund_rate[i] = r.refund_rate, net_cvr[i] = r.net_cvr;
    }
    for (std::size_t j = 0; j < p.size(); ++j)
        out.rate("/trajectories/" + names[j], p[j], "P(" + std::string(trajectory_names[j].meaning) + ")",
                 "per click");
    out.rate("/trajectories/cvr", cvr, "P(conversion within W_A | click)", "per click");
    out.rate("/trajectories/refund_rate", refund_rate,
             "P(refund within W_R of the conversion | conversion within W_A, click)",
             "per conversion within W_A");
    out.rate("/trajectories/net_cvr", net_cvr,
             "P(conversion within W_A and no refund within W_R of it | click)", "per click");
}

void check_grid(const ClickLog& log, const LabelGrid& grid) {
    const Time end = log.duration + log.follow_up;
    if (grid.first < 0 || grid.first > end)
        throw InputError(Exit::usage, fmt::format("--at {} s is outside the log's record, 0 s … {} s ({})",
                                                  grid.first, end, format_duration(end)));
}

}  // namespace

Label visible_label(Time click, Time conversion, Time refund, const Windows& w, Time at) {
    if (conversion > at) return {0, at - click >= w.conversion_attribution};
    if (refund > at) return {converted, at - conversion >= w.refund_attribution};
    return {refunded, true};
}

LabelSummary write_labels(const std::string& path,
                          const LogFile& log,
                          const Scenario& scenario,
                          const LabelGrid& grid,
                          bool force) {
    check_grid(log.log, grid);
    Artifact artifact(path, force);
    Hdf5Writer file(artifact.temporary(), path);
    file.text("/", "format", "netcvr-labels");
    file.integer("/", "format_version", label_format_version);
    file.text("/", "log_digest", log.digest_log);
    file.integer("/", "stream_version", log.header.stream_version);
    file.text("/", "time_origin", log.header.time_origin);
    for_each_time(log.log, [&](const std::string& name, Time value) { file.integer("/", name, value); });
    file.integer("/", "at", grid.first);
    file.integer("/", "every", grid.every);
    HdfColumns out{.file = file};
    const LabelWriter writer(log, grid);
    const LabelColumns labels = grid.every == 0 ? writer.single() : writer.changes();
    file.group("/labels");
    labels.write(out, grid.every == 0 ? fmt::format("/labels/t={}", grid.first) : "/labels/changes");
    writer.oracle().write(out, "/oracle");
    const bool full = log.truth && log.header.truth.full;
    if (full) write_trajectories(out, log, scenario);
    for (const std::string group : {"/labels", "/oracle"})
        file.text(group, "content_digest", out.digest(group + "/"));
    if (full) file.text("/trajectories", "content_digest", out.digest("/trajectories/"));
    file.text("/", "content_digest", out.digest("/"));
    file.close();
    artifact.commit();
    return {writer.times(), labels.row.size(), log.log.size(), writer.immature(), full};
}

}  // namespace netcvr
