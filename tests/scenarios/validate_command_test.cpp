// `netcvr validate`; its tests themselves in tests/output/validation_test.cpp.

#include <gtest/gtest.h>

#include "sim/log_columns.h"
#include "sim/log_file.h"
#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

TEST(ValidateCommand, passes_what_simulate_wrote_and_fails_a_false_truth_by_name) {
    const ScratchFolder folder;
    const auto run = [&](const std::string& arguments) { return run_in(folder, "netcvr " + arguments); };
    ASSERT_EQ(run("simulate tiny --truth full -o good.h5").exit, 0);
    const auto structure = run("validate good.h5");
    EXPECT_EQ(structure.exit, 0) << structure.err;
    EXPECT_NE(structure.out.find("/log/conversion_time"), std::string::npos) << structure.out;
    const auto good = run("validate good.h5 --truth");
    EXPECT_EQ(good.exit, 0) << good.err;
    EXPECT_NE(good.out.find("the truth holds in all"), std::string::npos) << good.out;

    LogFile log = read_log(folder.file("good.h5"));
    for (float& p : log.truth->cvr) p *= .8F;
    for (float& p : log.truth->net_cvr) p *= .8F;
    LogWriter writer(folder.file("bad.h5"), log.header, 0, false);
    writer.append(encode_rows({log.log, *log.truth}, log.header, 0));
    writer.finish();
    EXPECT_EQ(run("validate bad.h5").exit, 0);
    const auto bad = run("validate bad.h5 --truth");
    EXPECT_EQ(bad.exit, 4);
    EXPECT_NE(bad.err.find("the truth fails in"), std::string::npos) << bad.err;
    EXPECT_NE(bad.err.find("cvr by all: z = "), std::string::npos) << bad.err;
}

TEST(ValidateCommand, and_diff_see_attributes_that_decide_labels) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny -o log.h5").exit, 0);
    LogFile log = read_log(folder.file("log.h5"));
    const auto refused_when = [&](const auto& change, const std::string& says) {
        LogHeader header = log.header;
        change(header);
        LogWriter writer(folder.file("changed.h5"), header, 0, true);
        writer.append(encode_rows({log.log, *log.truth}, header, 0));
        writer.finish();
        const auto ran = run_in(folder, "netcvr validate changed.h5");
        EXPECT_EQ(ran.exit, 4) << says;
        EXPECT_NE(ran.err.find(says), std::string::npos) << ran.err;
        EXPECT_EQ(run_in(folder, "netcvr diff log.h5 changed.h5").exit, 4) << says;
    };
    refused_when([](LogHeader& h) { h.schema.windows.conversion_attribution = day; },
                 "attribute 'windows.conversion_attribution' is 1d, but the log's scenario_toml has 3d");
    refused_when([](LogHeader& h) { h.schema.protocol.gap = 7 * day; }, "attribute 'protocol.gap' is 1w");
    refused_when([](LogHeader& h) { h.seed = 77; }, "attribute 'seed' is 77");
    refused_when([](LogHeader& h) { h.time_origin = "2024-01-01T00:00:00Z"; },
                 "attribute 'time_origin' is 2024");
    refused_when([](LogHeader& h) { h.scenario_toml = "garbage = ["; }, "scenario_toml");
}

TEST(ValidateCommand, knows_a_log_by_its_first_bytes_and_takes_it_as_it_is) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny -o log.h5 && mv log.h5 log.v2 && cp log.v2 log.toml").exit,
              0);
    for (const char* name : {"log.v2", "log.toml"}) {
        const auto ran = run_in(folder, std::string("netcvr validate ") + name);
        EXPECT_EQ(ran.exit, 0) << ran.err;
        EXPECT_NE(ran.out.find("/log/conversion_time"), std::string::npos) << ran.out;
        for (const char* change : {" --seed 7", " --set seed=7"}) {
            const auto refused = run_in(folder, std::string("netcvr validate ") + name + change);
            EXPECT_EQ(refused.exit, 2) << change;
            EXPECT_NE(refused.err.find("a log is what it is"), std::string::npos) << refused.err;
        }
    }
}

TEST(ValidateCommand, takes_a_scenario) {
    const ScratchFolder folder;
    const auto sound = run_in(folder, "netcvr validate tiny");
    EXPECT_EQ(sound.exit, 0) << sound.err;
    EXPECT_NE(sound.out.find("every target is met"), std::string::npos) << sound.out;
    EXPECT_EQ(run_in(folder, "netcvr validate tiny --truth --set scale=1/4 --seed 3").exit, 0);
    const auto unknown = run_in(folder, "netcvr validate tinny");
    EXPECT_EQ(unknown.exit, 3);
    EXPECT_NE(unknown.err.find("tiny"), std::string::npos) << unknown.err;
    EXPECT_EQ(run_in(folder, "netcvr validate tiny --set scale=100000 --truth").exit, 3);
    EXPECT_EQ(run_in(folder, "netcvr validate none.h5").exit, 4);
    EXPECT_EQ(folder.entries(), 0U);
}

}  // namespace
}  // namespace netcvr
