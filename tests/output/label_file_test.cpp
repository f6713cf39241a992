#include "output/label_file.h"

#include <map>

#include <gtest/gtest.h>

#include "sim/hdf5_file.h"
#include "sim/trajectories.h"
#include "tests/output/small_log.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

LogFile small_file() {
    LogFile file;
    file.log = small_log();
    file.header.time_origin = "2025-04-30T16:00:00Z";
    file.digest_log = "abc";
    return file;
}

using Column = std::vector<int>;

struct Labels : ScratchFolder {
    explicit Labels(const LabelGrid& grid, const LogFile& log = small_file(), const Scenario& scenario = {})
        : summary(write_labels(file("l.h5"), log, scenario, grid, false)), reader(file("l.h5")) {}
    Column column(const std::string& name) const {
        if (reader.cell(name) == Cell::int64) {
            const auto values = reader.read<std::int64_t>(name);
            return {values.begin(), values.end()};
        }
        const auto values = reader.read<std::int8_t>(name);
        return {values.begin(), values.end()};
    }
    LabelSummary summary;
    Hdf5Reader reader;
};

// small_log.h has the table: W_A = 100, W_R = 50, the record ends at 220.
TEST(Labels, are_what_was_visible_at_their_time) {
    const Labels at(LabelGrid{.first = 45});
    const std::string group = "/labels/t=45";
    EXPECT_EQ(at.column(group + "/row"), Column({0, 1, 2, 3, 4}));
    EXPECT_EQ(at.column(group + "/state"), Column({1, 0, 0, 0, 1}));
    EXPECT_EQ(at.column(group + "/conversion_label"), Column({1, 0, 0, 0, 1}));
    EXPECT_EQ(at.column(group + "/refund_label"), Column({0, -1, -1, -1, 0}));
    EXPECT_EQ(at.column(group + "/net_label"), Column({1, 0, 0, 0, 1}));
    EXPECT_EQ(at.column(group + "/matured"), Column({0, 0, 0, 0, 0}));
    EXPECT_EQ(at.summary.entries, 5U);
    EXPECT_FALSE(at.summary.trajectories);
    EXPECT_FALSE(at.reader.has_group("/trajectories"));
    EXPECT_EQ(at.reader.text("/", "log_digest"), "abc");
    EXPECT_EQ(at.reader.text(group + "/net_label", "denominator"), "click");
}

TEST(Labels, of_the_oracle_are_those_when_all_is_known) {
    LogFile log = small_file();
    const Labels all(LabelGrid{.first = 0}, log);
    EXPECT_EQ(all.column("/oracle/state"), Column({1, 0, 2, 0, 1, 0, 1}));
    EXPECT_EQ(all.column("/oracle/net_label"), Column({1, 0, 0, 0, 1, 0, 1}));
    EXPECT_EQ(all.column("/oracle/matured"), Column(7, 1));
    log.log.follow_up = 80;  // ends at 150: row 2 waits for its refund until 169
    EXPECT_EQ(Labels(LabelGrid{.first = 0}, log).column("/oracle/matured"), Column({1, 1, 0, 1, 1, 1, 1}));
    log.log.follow_up = 79;  // ends at 149: row 5 waits for its conversion until 150
    EXPECT_EQ(Labels(LabelGrid{.first = 0}, log).column("/oracle/matured"), Column({1, 1, 0, 1, 1, 0, 1}));
}

// To the second: a conversion and a refund are seen at their own second, and are final W_A after the click
// or W_R after the conversion.
TEST(Labels, change_at_the_second_of_the_event) {
    const Windows w = small_log().windows;
    EXPECT_EQ(visible_label(20, 119, 168, w, 118), (Label{0, false}));
    EXPECT_EQ(visible_label(20, 119, 168, w, 119), (Label{1, false}));
    EXPECT_EQ(visible_label(20, 119, 168, w, 167), (Label{1, false}));
    EXPECT_EQ(visible_label(20, 119, 168, w, 168), (Label{2, true}));
    EXPECT_EQ(visible_label(20, 119, never, w, 168), (Label{1, false}));
    EXPECT_EQ(visible_label(20, 119, never, w, 169), (Label{1, true}));
    EXPECT_EQ(visible_label(20, never, never, w, 119), (Label{0, false}));
    EXPECT_EQ(visible_label(20, never, never, w, 120), (Label{0, true}));
}

// Replayed, the changes give at every time of the grid what a file for that time alone says.
TEST(Labels, of_a_grid_are_written_where_they_change_and_say_the_same) {
    for (const Time every : {1, 7, 60}) {
        const Labels grid(LabelGrid{.first = 12, .every = every});
        const Column time = grid.column("/labels/changes/time"), row = grid.column("/labels/changes/row");
        EXPECT_TRUE(std::is_sorted(time.begin(), time.end()));
        EXPECT_LE(time.size(), 4U * 7) << "at most four entries a click";
        for (Time t = 12; t <= 220; t += every) {
            const Labels alone(LabelGrid{.first = t});
            for (const std::string name :
                 {"state", "conversion_label", "refund_label", "net_label", "matured"}) {
                const Column value = grid.column("/labels/changes/" + name);
                std::map<int, int> replayed;
                for (std::size_t k = 0; k < time.size() && time[k] <= t; ++k) replayed[row[k]] = value[k];
                Column now;
                for (const auto& [click, label] : replayed) now.push_back(label);
                ASSERT_EQ(now, alone.column("/labels/t=" + std::to_string(t) + "/" + name))
                    << name << " at " << t << ", every " << every;
            }
        }
    }
}

TEST(Labels, of_a_full_truth_come_with_its_trajectories_at_the_windows_given) {
    const Scenario scenario;
    LogFile log = small_file();
    log.header.truth.full = true;
    log.truth = Truth{};
    const std::vector<std::pair<const char*, float>> law = {
        {"conversion_probability", .5F},     {"considered_share", .25F},
        {"refund_probability_impulse", .4F}, {"refund_probability_considered", .2F},
        {"conversion_delay_log_scale", 3.F}, {"refund_delay_log_scale", 2.F}};
    for (const auto& [name, value] : law)
        log.truth->law.push_back({.name = name, .description = "", .value = std::vector<float>(7, value)});
    const Labels labels(LabelGrid{.first = 45}, log, scenario);
    const ClickLaw click = {.5, .25, {.4F, .2F}, 3, 2};
    const Trajectories p = trajectories(DelayLaws(scenario), click, log.log.windows);
    double sum = 0;
    for (std::size_t j = 0; j < p.size(); ++j) {
        const std::string path = "/trajectories/" + std::string(trajectory_names[j].name);
        const auto column = labels.reader.read<double>(path);
        EXPECT_EQ(column, std::vector<double>(7, p[j])) << path;
        sum += column[0];
    }
    EXPECT_NEAR(sum, 1, 1e-12);
    EXPECT_EQ(labels.reader.read<double>("/trajectories/net_cvr")[6], rates(p).net_cvr);
    EXPECT_TRUE(labels.summary.trajectories);
}

TEST(Labels, are_refused_outside_the_record_and_over_another_file) {
    const ScratchFolder folder;
    const auto write = [&](Time at) { write_labels(folder.file("l.h5"), small_file(), {}, {at, 0}, false); };
    EXPECT_NE(message(Exit::usage, [&] { write(221); }).find("221 s"), std::string::npos);
    EXPECT_NE(message(Exit::usage, [&] { write(-1); }).find("-1 s"), std::string::npos);
    EXPECT_EQ(folder.entries(), 0U);
    write(220);
    message(Exit::exists, [&] { write(220); });
}

}  // namespace
}  // namespace netcvr
