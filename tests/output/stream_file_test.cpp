#include "output/stream_file.h"

#include <gtest/gtest.h>

#include "estimators/delivery.h"
#include "sim/hdf5_file.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

/// The stream is [250, 400) in segments of 50; rows 4 to 6 are predicted.
///
///   row  click  conversion   refund            in the stream, if first copies come 10 after the start
///   0    0      5 (early)    –
///   1    50     120 (late)   130 (early)
///   2    60     –            –
///   3    200    260 (late)   275 (late)        its conversion; both copies of its refund stage
///   4    255    262 (early)  –                 one copy of each stage
///   5    300    –            –                 one copy
///   6    395    399 (early)  –                 nothing: its copies come after the last click
LogFile small_file() {
    LogFile file;
    file.log.click_time = {0, 50, 60, 200, 255, 300, 395};
    file.log.conversion_time = {5, 120, never, 260, 262, never, 399};
    file.log.refund_time = {never, 130, never, 275, never, never, never};
    file.log.windows = {.conversion_attribution = 100,
                        .refund_attribution = 50,
                        .conversion_observation = 10,
                        .refund_observation = 10};
    file.log.protocol = {.pretrain = 100, .gap = 150, .segment = 50};
    file.log.duration = 400;
    file.log.follow_up = 150;
    file.header.stream_version = 3;
    file.header.time_origin = "2025-04-30T16:00:00Z";
    file.digest_log = "abc";
    return file;
}

Method named(std::string_view name, std::vector<Learner> learners) {
    Method method;
    method.name = name;
    method.math = "p = P(event | x)";
    method.version = 2;
    method.learners = std::move(learners);
    return method;
}

Method cascade() {
    const auto rule = delivery::after_window_then_late_positive;
    return named(
        "waits",
        {{.stage = StageKind::conversion, .delivery = rule, .frozen = {frozen::late, frozen::real_negative}},
         {.stage = StageKind::refund, .delivery = rule}});
}

Method net() {
    return named("net", {{.stage = StageKind::net, .delivery = delivery::at_maturity}});
}

/// A stream file of the small log.
struct StreamFile : ScratchFolder {
    explicit StreamFile(const Method& method, const LogFile& log = small_file())
        : summary(write_stream(file("s.h5"), log, method, false)), reader(file("s.h5")) {}

    /// Any column of whole numbers.
    std::vector<Time> column(const std::string& name) const {
        const auto widened = [](const auto& values) {
            return std::vector<Time>(values.begin(), values.end());
        };
        if (reader.cell(name) == Cell::int8) return widened(reader.read<std::int8_t>(name));
        if (reader.cell(name) == Cell::int32) return widened(reader.read<std::int32_t>(name));
        return reader.read<std::int64_t>(name);
    }

    StreamSummary summary;
    Hdf5Reader reader;
};

using Column = std::vector<Time>;

TEST(StreamFile, has_the_copies_in_order_of_delivery) {
    const StreamFile stream(cascade());
    EXPECT_EQ(stream.column("/stream/conversion/time"), (Column{260, 265, 310}));
    EXPECT_EQ(stream.column("/stream/conversion/row"), (Column{3, 4, 5}));
    EXPECT_EQ(stream.column("/stream/conversion/segment"), (Column{0, 0, 1}));
    EXPECT_EQ(stream.column("/stream/conversion/label"), (Column{1, 1, 0}));
    EXPECT_EQ(stream.column("/stream/conversion/role"), (Column{2, 1, 0}));
    EXPECT_EQ(stream.column("/stream/conversion/elapsed"), (Column{60, 10, 10}));
    EXPECT_EQ(stream.column("/stream/conversion/delay"), (Column{60, 7, -1}));
    EXPECT_EQ(stream.column("/stream/refund/time"), (Column{270, 272, 275}));
    EXPECT_EQ(stream.column("/stream/refund/row"), (Column{3, 4, 3}));
    EXPECT_EQ(stream.column("/stream/refund/label"), (Column{0, 0, 1}));
    EXPECT_EQ(stream.column("/stream/refund/role"), (Column{0, 0, 2}));
    EXPECT_EQ(stream.column("/stream/refund/elapsed"), (Column{10, 10, 15}));
    EXPECT_EQ(stream.column("/stream/refund/delay"), (Column{-1, -1, 15}));
    EXPECT_EQ(stream.summary.copies, 6U);
}

TEST(StreamFile, has_final_labels_to_pretrain_each_stage_on) {
    const StreamFile stream(cascade());
    EXPECT_EQ(stream.column("/pretrain/conversion/row"), (Column{0, 1, 2}));
    EXPECT_EQ(stream.column("/pretrain/conversion/label"), (Column{1, 1, 0}));
    EXPECT_EQ(stream.column("/pretrain/conversion/start"), (Column{0, 50, 60}));
    EXPECT_EQ(stream.column("/pretrain/refund/row"), (Column{0, 1}));
    EXPECT_EQ(stream.column("/pretrain/refund/label"), (Column{0, 1}));
    EXPECT_EQ(stream.column("/pretrain/refund/start"), (Column{5, 120}));
    EXPECT_EQ(stream.summary.pretrain, 5U);
}

TEST(StreamFile, has_the_answers_for_frozen_heads) {
    const StreamFile stream(cascade());
    const std::string heads = "/pretrain/conversion/frozen";
    EXPECT_EQ(stream.reader.groups(heads), (std::vector<std::string>{"late", "real_negative"}));
    EXPECT_EQ(stream.column(heads + "/late/row"), (Column{0, 1, 2}));
    EXPECT_EQ(stream.column(heads + "/late/label"), (Column{0, 1, 0}));
    EXPECT_EQ(stream.column(heads + "/real_negative/row"), (Column{1, 2})) << "an early event is not asked";
    EXPECT_EQ(stream.column(heads + "/real_negative/label"), (Column{0, 1}));
    EXPECT_TRUE(stream.reader.groups("/pretrain/refund/frozen").empty());
}

TEST(StreamFile, has_every_scored_click_in_its_segment) {
    const StreamFile stream(cascade());
    EXPECT_EQ(stream.column("/predict/row"), (Column{4, 5, 6}));
    EXPECT_EQ(stream.column("/predict/time"), (Column{255, 300, 395}));
    EXPECT_EQ(stream.column("/predict/segment"), (Column{0, 1, 2}));
    EXPECT_EQ(stream.summary.segments, 3U);
    EXPECT_EQ(stream.summary.clicks, 3U);
}

TEST(StreamFile, of_a_net_learner_has_one_stage_with_net_labels) {
    const StreamFile stream(net());
    EXPECT_EQ(stream.reader.groups("/stream"), std::vector<std::string>{"net"});
    EXPECT_EQ(stream.column("/pretrain/net/label"), (Column{1, 0, 0})) << "row 1 is refunded";
    EXPECT_EQ(stream.column("/stream/net/row"), Column{3});
    EXPECT_EQ(stream.column("/stream/net/time"), Column{350});
    EXPECT_EQ(stream.column("/stream/net/label"), Column{0});
    EXPECT_EQ(stream.column("/stream/net/elapsed"), Column{150});
    EXPECT_EQ(stream.column("/stream/net/delay"), Column{-1});
}

TEST(StreamFile, of_a_network_with_two_towers_says_which_copies_are_whose) {
    Method both = cascade();
    both.learners.resize(1);
    both.learners[0].clocks = {StageKind::conversion, StageKind::refund, StageKind::conversion};
    both.learners[0].towers = {StageKind::conversion, StageKind::refund};
    const auto description = [](const Method& method) {
        return StreamFile(method).reader.text("/stream/conversion/part", "description");
    };
    EXPECT_EQ(description(both), description(cascade()) + "; of conversion: 0, 2; of refund: 1");
}

TEST(StreamFile, of_a_method_that_never_trains_has_empty_columns) {
    const StreamFile stream(named("still", {{.stage = StageKind::conversion}}));
    for (const auto& column : stream.reader.columns("/stream/conversion"))
        EXPECT_EQ(stream.reader.rows("/stream/conversion/" + column), 0U) << column;
    EXPECT_EQ(stream.summary.copies, 0U);
    EXPECT_EQ(stream.column("/pretrain/conversion/row"), (Column{0, 1, 2}));
}

TEST(StreamFile, says_what_it_is) {
    const StreamFile stream(cascade());
    const Hdf5Reader& file = stream.reader;
    EXPECT_EQ(file.text("/", "format"), "netcvr-stream");
    EXPECT_EQ(file.integer("/", "format_version"), stream_format_version);
    EXPECT_EQ(file.text("/", "log_digest"), "abc");
    EXPECT_EQ(file.text("/", "method"), "waits");
    EXPECT_EQ(file.text("/", "math"), "p = P(event | x)");
    EXPECT_EQ(file.integer("/", "method_version"), 2);
    EXPECT_EQ(file.integer("/", "stream_version"), 3);
    EXPECT_EQ(file.integer("/", "privileged"), 0);
    EXPECT_EQ(file.integer("/", "segments"), 3);
    EXPECT_EQ(file.integer("/", "protocol.segment"), 50);
    EXPECT_EQ(file.integer("/", "windows.refund_attribution"), 50);
    EXPECT_EQ(file.text("/stream/conversion/label", "denominator"), "copy");
    for (const std::string group : {"/stream/refund", "/pretrain/refund", "/predict"})
        for (const auto& column : file.columns(group))
            EXPECT_FALSE(file.text(group + "/" + column, "units").empty() ||
                         file.text(group + "/" + column, "description").empty())
                << group << "/" << column;
    Method oracle = net();
    oracle.claim = Claim::privileged;
    EXPECT_EQ(StreamFile(oracle).reader.integer("/", "privileged"), 1);
}

TEST(StreamFile, is_the_same_bytes_again_and_its_digests_move_with_what_changed) {
    const StreamFile one(cascade()), two(cascade());
    EXPECT_EQ(bytes_of(one.file("s.h5")), bytes_of(two.file("s.h5")));
    LogFile other = small_file();
    other.log.conversion_time[5] = 305;  // of a streamed click, early
    const StreamFile three(cascade(), other);
    const auto digest = [](const StreamFile& stream, const std::string& object) {
        return stream.reader.text(object, "content_digest");
    };
    EXPECT_NE(digest(one, "/"), digest(three, "/"));
    EXPECT_NE(digest(one, "/stream"), digest(three, "/stream"));
    EXPECT_EQ(digest(one, "/pretrain"), digest(three, "/pretrain"));
    EXPECT_EQ(digest(one, "/predict"), digest(three, "/predict"));
}

TEST(StreamFile, is_not_overwritten_unless_forced) {
    const ScratchFolder folder;
    write_stream(folder.file("s.h5"), small_file(), net(), false);
    message(Exit::exists, [&] { write_stream(folder.file("s.h5"), small_file(), cascade(), false); });
    EXPECT_EQ(Hdf5Reader(folder.file("s.h5")).text("/", "method"), "net");
    write_stream(folder.file("s.h5"), small_file(), cascade(), true);
    EXPECT_EQ(Hdf5Reader(folder.file("s.h5")).text("/", "method"), "waits");
}

TEST(StreamFile, of_a_log_without_a_stream_is_refused_and_not_there) {
    const ScratchFolder folder;
    LogFile log = small_file();
    log.log.protocol.gap = 149;
    EXPECT_EQ(
        message(Exit::scenario, [&] { write_stream(folder.file("s.h5"), log, net(), false); }).substr(0, 20),
        "protocol.gap is 149s");
    EXPECT_EQ(folder.entries(), 0U);
}

}  // namespace
}  // namespace netcvr
