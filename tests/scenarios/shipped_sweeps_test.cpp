#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "scenarios/plan_text.h"
#include "scenarios/scenario_file.h"
#include "scenarios/sweep.h"

namespace netcvr {
namespace {

std::vector<SweepPlan> shipped() {
    std::vector<SweepPlan> plans;
    for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/scenarios/sweeps")) {
        if (entry.path().extension() != ".toml") continue;  // a sweep's figure lies beside it
        plans.push_back(load_sweep(entry.path().string(), {}));
        EXPECT_EQ(plans.back().name, entry.path().stem());
    }
    return plans;
}

TEST(ShippedSweeps, open_with_a_question) {
    const auto plans = shipped();
    EXPECT_GE(plans.size(), 5u);
    for (const auto& plan : plans) {
        const auto first = plan.question.substr(0, plan.question.find("\n\n"));
        EXPECT_NE(first.find('?'), std::string::npos) << plan.name << ": " << first;
    }
}

TEST(ShippedSweeps, have_five_seeds_and_a_plan_that_reads_back) {
    for (const auto& plan : shipped()) {
        EXPECT_GE(plan.seeds.size(), 5u) << plan.name;
        const auto back = parse_sweep(plan.toml, "plan", "", {});
        ASSERT_EQ(back.runs.size(), plan.runs.size()) << plan.name;
        std::set<std::string> addresses;
        for (std::size_t k = 0; k < plan.runs.size(); ++k) {
            EXPECT_EQ(back.runs[k].address, plan.runs[k].address) << plan.name;
            addresses.insert(plan.runs[k].address);
        }
        EXPECT_EQ(addresses.size(), plan.runs.size()) << plan.name;
        EXPECT_NE(plan_text(plan, {}, 2).find(plan.runs.back().address.substr(0, 12)), std::string::npos);
    }
}

/// What its file says of a sweep's size holds by the estimate.
TEST(ShippedSweeps, take_the_time_they_say) {
    const auto minutes = [](const std::string& name) {
        double seconds = 0;
        const auto plan = load_sweep(SOURCE_DIR "/scenarios/sweeps/" + name + ".toml", {});
        for (const auto& run : plan.runs) seconds += estimate(run, plan.methods).seconds;
        return seconds / 60;
    };
    EXPECT_LT(minutes("sparsity-small"), 2 * 2.25);
    EXPECT_LT(minutes("sparsity"), 2 * 60);
}

/// A longer window delays the net label and nothing else.
TEST(ShippedSweeps, of_windows_keep_the_stream_and_the_rate_of_clicks) {
    const auto plan = load_sweep(SOURCE_DIR "/scenarios/sweeps/windows.toml", {});
    for (const auto& run : plan.runs) {
        const auto& s = run.settings.scenario;
        EXPECT_EQ(s.log.duration - s.protocol.stream_start(), 8 * day);
        EXPECT_EQ(s.protocol.gap, s.windows.maturity());
        EXPECT_EQ(s.log.follow_up, s.windows.maturity());
        EXPECT_NEAR(s.log.clicks / static_cast<double>(s.log.duration), 41e6 / static_cast<double>(25 * day),
                    1e-6);
    }
}

}  // namespace
}  // namespace netcvr
