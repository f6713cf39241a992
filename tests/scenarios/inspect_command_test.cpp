#include <cmath>

#include <gtest/gtest.h>

#include "scenarios/scenario_file.h"
#include "sim/errors.h"
#include "tests/scenarios/run_program.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(InspectAgainst, prints_every_published_figure_with_its_verdict) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny -o log.h5").exit, 0);
    const auto ran = run_in(folder, "netcvr inspect log.h5 --against cascade");
    EXPECT_EQ(ran.exit, 4) << "a small log of another world misses hard figures";
    EXPECT_TRUE(contains(ran.err, "hard figures of cascade missed")) << ran.err;
    for (const auto& figure : load_settings("cascade", {}).published)
        EXPECT_TRUE(contains(ran.out, "\n" + figure.statistic + " ")) << figure.statistic << '\n' << ran.out;
    EXPECT_TRUE(contains(ran.out, "hard figures missed")) << ran.out;
    EXPECT_TRUE(
        contains(run_in(folder, "netcvr inspect log.h5 --against cascade --json").out, "\"met\": true"));
}

TEST(InspectAgainst, scales_counts_with_the_log_and_exits_0_where_no_hard_figure_is_missed) {
    const ScratchFolder folder;
    write_bytes(folder.file("mine.toml"),
                "preset = \"tiny\"\nname = \"mine\"\n"
                "[[published]]\nstatistic = \"clicks\"\nvalue = 20000\ntolerance = 0.05\n"
                "[[published]]\nstatistic = \"cvr\"\nvalue = 0.9\nkind = \"soft\"\n");
    ASSERT_EQ(run_in(folder, "netcvr simulate mine.toml --set scale=1/2 -o log.h5").exit, 0);
    const auto ran = run_in(folder, "netcvr inspect log.h5 --against mine.toml");
    EXPECT_EQ(ran.exit, 0) << ran.out << ran.err;
    EXPECT_TRUE(contains(ran.out, "mine.toml, counts at the log's scale 0.5")) << ran.out;
    EXPECT_TRUE(contains(ran.out, "10000")) << ran.out;
}

TEST(InspectAgainst, refuses_a_scenario_of_which_nothing_was_published) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny -o log.h5").exit, 0);
    const auto ran = run_in(folder, "netcvr inspect log.h5 --against tiny");
    EXPECT_EQ(ran.exit, 3);
    EXPECT_TRUE(contains(ran.err, "'tiny' has no [[published]] figures to hold a log to; cascade, criteo"))
        << ran.err;
    EXPECT_EQ(run_in(folder, "netcvr inspect log.h5 --as-targets --json").exit, 2);
}

TEST(Inspect, holds_reported_refunds_to_the_share_that_is_reported) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny --set refund.unreported=0.5 -o log.h5").exit, 0);
    const std::string text = run_in(folder, "netcvr inspect log.h5").out;
    EXPECT_TRUE(contains(text, " 0.1225 ")) << text;  // half of .245
}

// What is printed is a scenario; what it makes has the counts of the log it was taken from, up to its own
// sampling: cvr and refunds of 20,000 clicks, so 5 standard deviations of each.
TEST(InspectAsTargets, prints_a_scenario_whose_log_is_like_the_log) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny --set targets.repurchases_per_click=0.02 -o log.h5").exit,
              0);
    const auto printed = run_in(folder, "netcvr inspect log.h5 --as-targets > again.toml");
    ASSERT_EQ(printed.exit, 0) << printed.err;
    const Settings again = load_settings(folder.file("again.toml"), {});
    const auto& targets = again.scenario.targets;
    const double n = again.scenario.log.clicks;
    EXPECT_NEAR(n, 20000, 5 * std::sqrt(20000));
    EXPECT_NEAR(targets.cvr, .0665, 5 * std::sqrt(.0665 / n));
    EXPECT_NEAR(targets.refunds_per_conversion, .245, 5 * std::sqrt(.245 / (.0665 * n)));
    EXPECT_NEAR(targets.repurchases_per_click, .02,
                5 * std::sqrt(2 * .02 / n));  // repeats of a click are dependent
    EXPECT_EQ(again.scenario.features.size(), load_settings("tiny", {}).scenario.features.size());
    EXPECT_EQ(run_in(folder, "netcvr simulate again.toml -o again.h5").exit, 0);
}

TEST(ScenarioFile, checks_published_figures_where_they_stand) {
    const auto says = [](const std::string& toml) {
        try {
            parse_scenario(toml, "my.toml");
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(says("[[published]]\nstatistic = \"cvrr\"\nvalue = 1\n"),
              "my.toml:2:13: unknown statistic 'cvrr'; did you mean 'cvr'?");
    EXPECT_TRUE(contains(says("[[published]]\nstatistic = \"cvr\"\n"), "a published figure without 'value'"));
    EXPECT_TRUE(
        contains(says("[[published]]\nstatistic = \"cvr\"\nvalue = 1\nkind = \"firm\"\n"), "my.toml:4"));
    EXPECT_TRUE(contains(says("published = 3\n"), "published are written as [[published]] tables"));
    EXPECT_TRUE(parse_scenario("preset = \"cascade\"\n", "my.toml").published.empty());
}

}  // namespace
}  // namespace netcvr
