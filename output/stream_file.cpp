#include "output/stream_file.h"

#include <set>
#include <span>
#include <utility>
#include <vector>

#include "estimators/protocol.h"
#include "output/hdf5_columns.h"
#include "sim/artifact.h"
#include "sim/log_columns.h"

namespace netcvr {
namespace {

template <class To, class Values>
std::vector<To> as(const Values& values) {
    std::vector<To> cast;
    cast.reserve(values.size());
    for (const auto value : values) cast.push_back(static_cast<To>(value));
    return cast;
}

std::vector<Time> of_rows(const std::vector<Time>& times, const std::vector<std::uint32_t>& rows) {
    std::vector<Time> some;
    some.reserve(rows.size());
    for (const std::uint32_t row : rows) some.push_back(times[row]);
    return some;
}

/// The columns of a stream.
struct Columns : HdfColumns {
    /// A column whose mean is a rate, of what.
    void labels(const std::string& path,
                std::span<const std::uint8_t> values,
                std::string_view description,
                std::string_view denominator) {
        rate(path, as<std::int8_t>(values), description, denominator);
    }

    /// Rows of the log.
    void rows(const std::string& path, std::span<const std::uint32_t> clicks) {
        add(path, as<std::int64_t>(clicks), "1", "0-based row of the log");
    }

    void segments(const std::string& path, const Protocol& protocol, std::span<const Time> times) {
        std::vector<std::int32_t> segment;
        segment.reserve(times.size());
        for (const Time t : times) segment.push_back(static_cast<std::int32_t>(segment_of(protocol, t)));
        add(path, segment, "1", "0-based segment of the stream");
    }
};

void write_root(Hdf5Writer& file, const LogFile& log, const Method& method) {
    file.text("/", "format", "netcvr-stream");
    file.integer("/", "format_version", stream_format_version);
    file.text("/", "log_digest", log.digest_log);
    file.integer("/", "stream_version", log.header.stream_version);
    file.text("/", "time_origin", log.header.time_origin);
    file.text("/", "method", method.name);
    file.integer("/", "method_version", method.version);
    file.text("/", "math", method.math);
    file.integer("/", "privileged", method.claim == Claim::privileged);
    file.integer("/", "segments", static_cast<std::int64_t>(segments(log.log)));
    for_each_time(log.log, [&](const std::string& name, Time value) { file.integer("/", name, value); });
}

/// The same copies, each tower's of a click as if of another click.
Copies by_tower(Copies copies, const Learner& learner) {
    const auto towers = static_cast<std::uint32_t>(learner.stages().size());
    for (std::size_t k = 0; k < copies.size(); ++k)
        copies.click[k] =
            copies.click[k] * towers + static_cast<std::uint32_t>(learner.tower(copies.part[k]));
    return copies;
}

/// "; of conversion: 0, 1; of refund: 2, 3": nothing if all are of one stage.
std::string stages_of_parts(const Learner& learner) {
    std::string text;
    for (const StageKind tower : learner.towers) {
        std::string before = "; of " + std::string(name_of(tower)) + ": ";
        for (std::size_t part = 0; part < learner.clocks.size(); ++part)
            if (learner.clocks[part] == tower) {
                text += before;
                text += std::to_string(part);
                before = ", ";
            }
    }
    return text;
}

/// Of a value head, which follows a tower of the same stage, by another name than that tower.
std::string group_of(const Learner& learner, StageKind stage) {
    return std::string(name_of(stage)) + (learner.reads_value && stage != StageKind::net ? "_value" : "");
}

std::size_t write_copies(Columns& out, const ClickLog& log, const Outcomes& all, const Learner& learner) {
    const Copies stream = stream_of(log, all, learner);
    std::vector<Time> elapsed, delay;
    for (std::size_t k = 0; k < stream.size(); ++k) {
        const std::size_t i = stream.click[k];
        const Stage& stage = all.stage(learner.clock(stream.part[k]));
        elapsed.push_back(stream.at[k] - stage.start[i]);
        delay.push_back(stream.label[k] ? stage.event[i] - stage.start[i] : -1);
    }
    const std::string group = "/stream/" + group_of(learner, learner.stage);
    std::vector<std::string> columns = {"segment", "row",  "time",    "label",
                                        "part",    "role", "elapsed", "delay"};
    if (learner.reads_value) columns.emplace_back("value");
    out.group(group, columns);
    out.segments(group + "/segment", log.protocol, stream.at);
    out.rows(group + "/row", stream.click);
    out.add(group + "/time", as<Time>(stream.at), since_origin, "when the copy reaches the trainer");
    out.labels(group + "/label", stream.label, "1 = the event has been seen", "copy");
    out.add(group + "/part", as<std::int8_t>(stream.part), "category",
            "which of the rule's kinds of copy; 0 if it has one" + stages_of_parts(learner));
    out.add(group + "/role",
            as<std::int8_t>(
                roles(by_tower(sent_before_stream(log, all, learner), learner), by_tower(stream, learner))),
            "category",
            "beside earlier copies of its row (and tower): 0 first, negative; 1 first, positive; 2 positive "
            "after "
            "negative; 3 negative again; 4 positive again; 5 negative after positive");
    out.add(group + "/elapsed", elapsed, "s", "time - start of the stage");
    out.add(group + "/delay", delay, "s", "event - start of the stage where label is 1, else -1");
    if (learner.reads_value) {
        std::vector<float> value;
        for (std::size_t k = 0; k < stream.size(); ++k)
            value.push_back(
                static_cast<float>(value_of(all, learner.stage, stream.click[k], stream.label[k] != 0)));
        out.add(group + "/value", value, "currency of the log or 1",
                "what a value head learns: what was paid, the share paid back, or what is kept; 0 where it "
                "is not known");
    }
    return stream.size();
}

void write_examples(Columns& out,
                    const std::string& group,
                    const Examples& examples,
                    std::string_view question,
                    std::string_view denominator) {
    std::vector<std::uint32_t> rows;
    std::vector<std::uint8_t> labels, parts;
    for (std::size_t k = 0; k < examples.label.size(); ++k) {
        if (examples.label[k] == Answer::skip) continue;
        rows.push_back(examples.click[k / examples.questions]);
        labels.push_back(examples.label[k] == Answer::yes);
        parts.push_back(static_cast<std::uint8_t>(k % examples.questions));
    }
    out.rows(group + "/row", rows);
    out.labels(group + "/label", labels, question, denominator);
    if (examples.questions > 1)
        out.add(group + "/part", as<std::int8_t>(parts), "category",
                "the age asked about, as /stream's part");
}

/// What one stage of the learner, its only one or that of a tower, is pretrained on.
std::size_t write_pretrain(
    Columns& out, const ClickLog& log, const Outcomes& all, const Learner& learner, StageKind stage) {
    const std::string group = "/pretrain/" + group_of(learner, stage);
    const Examples examples = pretrain_examples(log, all, {stage});
    out.group(group, {"row", "label", "start"});
    write_examples(out, group, examples, "1 = the event happens within attribution; final",
                   "click that enters the stage");
    out.add(group + "/start", of_rows(all.stage(stage).start, examples.click), since_origin,
            "start of the stage");
    out.file.group(group + "/frozen");
    std::set<std::string_view> written;  // a head may be asked for at several ages
    for (const Frozen& head : learner.frozen) {
        if (!learner.towers.empty() && learner.stage_of(head) != stage) continue;
        if (!written.insert(head.name).second) continue;
        const std::string answers = group + "/frozen/" + std::string(head.name);
        out.group(answers, head.by_age ? std::vector<std::string>{"row", "label", "part"}
                                       : std::vector<std::string>{"row", "label"});
        write_examples(out, answers, pretrain_examples(log, all, learner.stage, head),
                       "1 = yes; the head is " + std::string(head.meaning),
                       "click that the question is about");
    }
    return examples.size();
}

std::size_t write_predict(Columns& out, const ClickLog& log) {
    const std::vector<std::uint32_t> clicks = streamed_clicks(log);
    const std::vector<Time> times = of_rows(log.click_time, clicks);
    out.group("/predict", {"segment", "row", "time"});
    out.segments("/predict/segment", log.protocol, times);
    out.rows("/predict/row", clicks);
    out.add("/predict/time", times, since_origin, "when the ad was clicked");
    return clicks.size();
}

}  // namespace

StreamSummary write_stream(const std::string& path, const LogFile& log, const Method& method, bool force) {
    check_protocol(log.log);
    check_values(log.log, {&method});
    const Outcomes all = outcomes(log.log);
    Artifact artifact(path, force);
    Hdf5Writer file(artifact.temporary(), path);
    write_root(file, log, method);
    Columns out{{.file = file}};
    StreamSummary summary{.segments = segments(log.log)};
    for (const char* group : {"/stream", "/pretrain"}) file.group(group);
    for (const Learner& learner : method.learners) {
        summary.copies += write_copies(out, log.log, all, learner);
        for (const StageKind stage : learner.stages())
            summary.pretrain += write_pretrain(out, log.log, all, learner, stage);
    }
    summary.clicks = write_predict(out, log.log);
    for (const std::string group : {"/stream", "/pretrain", "/predict"})
        file.text(group, "content_digest", out.digest(group + "/"));
    file.text("/", "content_digest", out.digest("/"));
    file.close();
    artifact.commit();
    return summary;
}

}  // namespace netcvr
