// `diff` from the command line; the comparison itself in tests/output/difference_test.cpp.

#include <gtest/gtest.h>

#include "scenarios/scenario_file.h"
#include "sim/log_file.h"
#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

const std::string tiny = "netcvr simulate tiny --set log.clicks=3000 ";

// The promise of common random numbers, seen from outside: another sparsity moves refunds and the truth
// alone.
TEST(DiffCommand, shows_that_one_dial_moves_one_thing) {
    const ScratchFolder folder;
    const Ran ran =
        run_in(folder, tiny + "-o a.h5 && " + tiny +
                           "--set targets.refunds_per_conversion=0.05 -o b.h5 && netcvr diff a.h5 b.h5");
    EXPECT_EQ(ran.exit, 4);
    EXPECT_TRUE(ran.err.starts_with("netcvr: a.h5 and b.h5 differ in 2 fields and 3 columns")) << ran.err;
    for (const char* part : {"targets.refunds_per_conversion", "solved.refund_intercept", "/log/refund_time",
                             "/truth/refund_rate", "/truth/net_cvr"})
        EXPECT_NE(ran.out.find(part), std::string::npos) << part << "\n" << ran.out;
    EXPECT_EQ(ran.out.find("/log/conversion_time"), std::string::npos) << ran.out;
}

TEST(DiffCommand, exits_0_for_the_same_and_4_for_what_cannot_be_read) {
    const ScratchFolder folder;
    const Ran same = run_in(folder, tiny + "-o a.h5 --compress 0 && " + tiny +
                                        "-o b.h5 --threads 2 && netcvr diff a.h5 b.h5 --json");
    EXPECT_EQ(same.exit, 0) << same.err;
    EXPECT_NE(same.out.find("\"same\": true"), std::string::npos);
    EXPECT_EQ(run_in(folder, "netcvr diff a.h5 none.h5").exit, 4);
    const Ran features = run_in(folder,
                                "netcvr simulate tiny --set log.clicks=3000 --seed 2 -o c.h5 && "
                                "netcvr diff a.h5 c.h5");
    EXPECT_EQ(features.exit, 4);
    EXPECT_NE(features.out.find("seed"), std::string::npos);
    EXPECT_NE(features.out.find("no row of one is a row of the other"), std::string::npos) << features.out;
}

TEST(GivenClicksCommand, adds_refunds_that_every_verb_reads) {
    const ScratchFolder folder;
    const Ran ran = run_in(
        folder,
        "netcvr simulate tiny -o a.h5 && netcvr simulate tiny --on a.h5 --add refunds -o b.h5 && "
        "netcvr inspect b.h5 && netcvr train b.h5 -m vanilla -o p.h5 2>/dev/null && netcvr score b.h5 p.h5 "
        "--bootstrap 0 --csv");
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_NE(ran.out.find(",refund_rate,excess_log_loss,"), std::string::npos) << ran.out;
    EXPECT_EQ(ran.out.find(",net_cvr,excess_log_loss,"), std::string::npos) << "there is no such truth";
    EXPECT_NE(ran.out.find(",net_cvr,auc,"), std::string::npos);
    for (const char* bad : {"--on a.h5", "--add refunds", "--on a.h5 --add refunds --truth full",
                            "--on a.h5 --add refunds --shard 1/2", "--on a.h5 --add clicks"})
        EXPECT_EQ(run_in(folder, "netcvr simulate tiny -o c.h5 " + std::string(bad)).exit, 2) << bad;
}

TEST(GivenClicksCommand, refuses_to_set_what_the_given_clicks_decide) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny -o a.h5").exit, 0);
    const std::string refunds = "netcvr simulate tiny --on a.h5 --add refunds -o b.h5 --set ",
                      both = "netcvr simulate tiny --on a.h5 --add conversions -o b.h5 --set ";
    const auto says = [&](const std::string& command, const std::string& part) {
        const Ran ran = run_in(folder, command);
        EXPECT_EQ(ran.exit, 2) << command << ran.err;
        EXPECT_NE(ran.err.find(part), std::string::npos) << command << ran.err;
    };
    says(refunds + "log.duration=2d", "--set log.duration=2d: with given clicks and conversions it is \"");
    says(refunds + "targets.cvr=.2", "--set targets.cvr=.2: with --add refunds the conversions are given");
    says(refunds + "conversion.user=1", "the conversions are given");
    says(refunds + "users.count=5", "--set users.count=5: the clicks are given");
    says(both + "log.clicks=100", "--set log.clicks=100: with given clicks it is ");
    says(both + "promotion.duration=1d", "--set promotion.duration=1d: with given clicks it is \"0s\"");
    says(both + "scale=1/2", "with given clicks it is 1");
    EXPECT_EQ(folder.entries(), 1u);
    EXPECT_EQ(run_in(folder, both + "targets.cvr=.2 --set promotion.duration=0s --set seed=3").exit, 0);
    EXPECT_EQ(run_in(folder, refunds + "targets.refunds_per_conversion=.1 --force").exit, 0);
}

TEST(GivenClicksCommand, refuses_repeats_and_says_what_to_set_instead) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny -o a.h5").exit, 0);
    const std::string add =
        "netcvr simulate tiny --on a.h5 --add conversions -o b.h5 "
        "--set targets.purchases_per_click=.09 ";
    const Ran refused = run_in(folder, add + "--set targets.repurchases_per_click=.02");
    EXPECT_EQ(refused.exit, 3);
    EXPECT_NE(refused.err.find("given clicks have no repeats: --set targets.repurchases_per_click=0 --set "
                               "targets.purchases_per_click=0.07, or"),
              std::string::npos)
        << refused.err;
    const Ran without = run_in(folder, add +
                                           "--set targets.repurchases_per_click=0 --set "
                                           "targets.purchases_per_click=0.07");
    EXPECT_EQ(without.exit, 0) << without.err;
    EXPECT_FALSE(
        parse_scenario(read_log(folder.file("b.h5")).header.scenario_toml, "b.h5").scenario.has_repeats());
}

}  // namespace
}  // namespace netcvr
