// `netcvr deliver` for every registered method; the columns themselves in tests/output/stream_file_test.cpp.

#include <gtest/gtest.h>

#include "estimators/train.h"
#include "output/stream_file.h"
#include "tests/estimators/small_log.h"
#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

LogFile file_of(ClickLog log) {
    LogFile file;
    file.log = std::move(log);
    return file;
}

/// The log as far as a platform had it at t: no later clicks, no later events.
ClickLog cut_at(ClickLog log, Time t) {
    const auto clicks =
        static_cast<std::size_t>(std::ranges::upper_bound(log.click_time, t) - log.click_time.begin());
    for (auto* column : {&log.click_time, &log.conversion_time, &log.refund_time}) {
        column->resize(clicks);
        for (auto& when : *column) when = when <= t ? when : never;
    }
    for (auto& feature : log.features) feature.value.resize(clicks);
    log.duration = t + 1;
    return log;
}

/// Column `path` of the first `rows` rows as text, so that one function serves every type.
std::string column(const Hdf5Reader& file, const std::string& path, std::size_t rows) {
    const auto text = [](const auto& values) {
        return testing::PrintToString(std::vector<Time>(values.begin(), values.end()));
    };
    if (file.cell(path) == Cell::float32) return testing::PrintToString(file.read<float>(path, 0, rows));
    if (file.cell(path) == Cell::int8) return text(file.read<std::int8_t>(path, 0, rows));
    if (file.cell(path) == Cell::int32) return text(file.read<std::int32_t>(path, 0, rows));
    return text(file.read<std::int64_t>(path, 0, rows));
}

TEST(Deliver, up_to_t_writes_only_what_was_known_at_t) {
    const ScratchFolder folder;
    const ClickLog log = small_log();
    for (const Method& method : methods()) {
        if (method.claim == Claim::privileged) continue;
        write_stream(folder.file("all.h5"), file_of(log), method, true);
        const Hdf5Reader all(folder.file("all.h5"));
        for (const Time t : {3 * day + 5 * hour, 4 * day + 17, 5 * day - 7 * hour}) {
            write_stream(folder.file("cut.h5"), file_of(cut_at(log, t)), method, true);
            const Hdf5Reader cut(folder.file("cut.h5"));
            for (const auto& stage : cut.groups("/stream")) {
                const std::string group = "/stream/" + stage;
                const auto times = all.read<Time>(group + "/time");
                const auto known =
                    static_cast<std::size_t>(std::ranges::upper_bound(times, t) - times.begin());
                ASSERT_EQ(cut.rows(group + "/time"), known) << method.name << " " << stage;
                for (const auto& name : cut.columns(group))
                    ASSERT_EQ(column(cut, group + "/" + name, known), column(all, group + "/" + name, known))
                        << method.name << " " << group << "/" << name << ", t = " << t;
            }
        }
    }
}

TEST(Deliver, writes_as_many_copies_as_training_uses) {
    const ScratchFolder folder;
    const ClickLog log = small_log();
    std::vector<const Method*> all;
    for (const Method& method : methods()) all.push_back(&method);
    const auto trained = train(log, all, small_training(), 0);
    for (std::size_t m = 0; m < all.size(); ++m) {
        const auto summary = write_stream(folder.file("s.h5"), file_of(log), *all[m], true);
        EXPECT_EQ(summary.copies, trained[m].copies) << all[m]->name;
        EXPECT_EQ(summary.clicks, trained[m].row.size());
        const auto rows = Hdf5Reader(folder.file("s.h5")).read<std::int64_t>("/predict/row");
        EXPECT_EQ(rows, trained[m].row);
    }
}

TEST(Deliver, writes_value_heads_beside_the_towers_they_follow) {
    const ScratchFolder folder;
    const ClickLog log = small_log();
    const Outcomes all = outcomes(log);
    for (const std::string name : {"es-dfm", "tesla", "batch", "gmv-direct"}) {
        const Method& method = find_method(name == "gmv-direct" ? name : name + ":value=ziln");
        const auto summary = write_stream(folder.file("s.h5"), file_of(log), method, true);
        EXPECT_EQ(summary.copies, train(log, {&method}, small_training(), 1)[0].copies) << name;
        const Hdf5Reader file(folder.file("s.h5"));
        const bool net = name == "gmv-direct";
        const std::string group = net ? "/stream/net" : "/stream/refund_value";
        const auto row = file.read<std::int64_t>(group + "/row");
        const auto value = file.read<float>(group + "/value");
        ASSERT_GT(row.size(), 0U) << name;
        for (std::size_t k = 0; k < row.size(); ++k) {
            const auto i = static_cast<std::size_t>(row[k]);
            const double kept = all.net(i) ? log.order_value[i] : log.order_value[i] - log.refund_value[i];
            const double paid = all.conversion.happens(i) ? kept : 0;
            EXPECT_FLOAT_EQ(value[k],
                            static_cast<float>(net ? paid : log.refund_value[i] / log.order_value[i]))
                << name << ", row " << i;
        }
    }
}

TEST(Deliver, refuses_what_it_cannot_do_with_the_documented_codes) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny -o log.h5").exit, 0);
    const auto unknown = run_in(folder, "netcvr deliver log.h5 --rule es-dmf -o s.h5");
    EXPECT_EQ(unknown.exit, 2);
    EXPECT_EQ(unknown.err, "netcvr: unknown method 'es-dmf'; did you mean 'es-dfm'?\n");
    EXPECT_EQ(run_in(folder, "netcvr deliver no.h5 --rule fnw -o s.h5").exit, 4);
    EXPECT_EQ(run_in(folder, "netcvr deliver log.h5 --rule fnw").exit, 2);
    EXPECT_EQ(folder.entries(), 1U);
    const auto made = run_in(folder, "netcvr deliver log.h5 --rule oracle -o s.h5");
    EXPECT_EQ(made.exit, 0) << made.err;
    EXPECT_TRUE(made.out.starts_with("s.h5: oracle (privileged), ")) << made.out;
    EXPECT_EQ(made.err, "");
    EXPECT_EQ(run_in(folder, "netcvr deliver log.h5 --rule fnw -o s.h5").exit, 6);
    EXPECT_EQ(Hdf5Reader(folder.file("s.h5")).text("/", "method"), "oracle");
    EXPECT_EQ(run_in(folder, "netcvr deliver log.h5 --rule fnw -o s.h5 --force").exit, 0);
    EXPECT_EQ(Hdf5Reader(folder.file("s.h5")).text("/", "method"), "fnw");
}

TEST(Deliver, refuses_a_method_that_counts) {
    const ScratchFolder folder;
    const Ran ran = run_in(folder, "netcvr deliver no.h5 --rule aalen-johansen -o s.h5");
    EXPECT_EQ(ran.exit, 2);
    EXPECT_EQ(ran.err, "netcvr: method 'aalen-johansen' trains no network: it is sent no copies\n");
}

}  // namespace
}  // namespace netcvr
