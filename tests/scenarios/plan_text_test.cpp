#include "scenarios/plan_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace netcvr {
namespace {

SweepPlan plan_of(int replicates) {
    return parse_sweep(
        fmt::format("# Who wins?\nname = \"s\"\nscenario = \"tiny\"\nmethods = [\"fnw\", \"direct\"]\n"
                    "replicates = {}\n[grid]\ntargets.cvr = [0.1, 0.2]\n[zip]\n"
                    "conversion_drift.walk = [0.1, 0]\nrefund_drift.walk = [0.1, 0]\n"
                    "label = [\"drifting\", \"standing\"]\n",
                    replicates),
        "s.toml", "", {});
}
bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}
/// Seconds of all runs as estimated.
double seconds_of(const SweepPlan& plan) {
    double seconds = 0;
    for (const auto& run : plan.runs) seconds += estimate(run, plan.methods).seconds;
    return seconds;
}

TEST(PlanText, says_what_is_asked_and_what_it_will_cost) {
    const auto text = plan_text(plan_of(2), {}, 2);
    EXPECT_TRUE(text.starts_with("Who wins?\n\nsweep s of scenario tiny\n")) << text;
    EXPECT_TRUE(contains(text, "\naxis     targets.cvr: 0.1, 0.2\n")) << text;
    EXPECT_TRUE(contains(text, "\naxis     conversion_drift.walk & refund_drift.walk: drifting, standing\n"));
    EXPECT_TRUE(contains(text, "\nmethods  fnw, direct\nseeds    1, 2\nruns     8\nexpected ")) << text;
    EXPECT_TRUE(contains(text, "with -j 2")) << text;
    EXPECT_FALSE(contains(text, "missing")) << text;
    EXPECT_EQ(std::ranges::count(text, '\n'), 10 + 1 + 8) << text;
}

TEST(PlanText, shows_the_first_and_the_last_of_many_runs) {
    const auto plan = plan_of(10);
    const auto text = plan_text(plan, {}, 1);
    EXPECT_TRUE(contains(text, "\n…\n"));
    for (const std::size_t run : {0u, 16u, 38u, 39u})
        EXPECT_TRUE(contains(text, plan.runs[run].address.substr(0, 12))) << run;
    for (const std::size_t run : {17u, 37u})
        EXPECT_FALSE(contains(text, plan.runs[run].address.substr(0, 12))) << run;
}

TEST(PlanText, counts_what_is_done_and_bills_the_rest) {
    const auto plan = plan_of(2);
    std::vector<RunState> states(8, RunState::done);
    states[3] = RunState::missing, states[5] = RunState::failed;
    EXPECT_TRUE(contains(plan_text(plan, states, 1), "runs     8: 6 done, 1 failed, 1 missing\n"));
    const auto json = nlohmann::json::parse(plan_json(plan, states, 1));
    EXPECT_EQ(json["states"]["done"], 6);
    EXPECT_EQ(json["runs"][5]["state"], "failed");
    EXPECT_NEAR(json["expected"]["seconds"].get<double>(), seconds_of(plan) / 4, 1e-9);
    const auto all_done = nlohmann::json::parse(plan_json(plan, std::vector(8, RunState::done), 1));
    EXPECT_EQ(all_done["expected"]["seconds"], 0.0);
    EXPECT_EQ(all_done["expected"]["memory_bytes"], 0.0);
}

TEST(PlanText, divides_the_time_but_not_the_memory_among_jobs) {
    const auto plan = plan_of(1);  // four runs, the last two a little larger
    const auto one = nlohmann::json::parse(plan_json(plan, {}, 1))["expected"];
    const auto two = nlohmann::json::parse(plan_json(plan, {}, 2))["expected"];
    const auto eight = nlohmann::json::parse(plan_json(plan, {}, 8))["expected"];
    EXPECT_NEAR(two["wall_seconds"].get<double>(), one["wall_seconds"].get<double>() / 2, 1e-9);
    EXPECT_NEAR(eight["wall_seconds"].get<double>(), estimate(plan.runs[3], plan.methods).seconds, 1e-9);
    EXPECT_EQ(two["memory_bytes"].get<double>(), 2 * one["run_memory_bytes"].get<double>());
    EXPECT_EQ(eight["memory_bytes"].get<double>(), 4 * one["run_memory_bytes"].get<double>());
    EXPECT_EQ(two["seconds"], one["seconds"]);
}

TEST(PlanJson, holds_every_run) {
    const auto plan = plan_of(10);
    const auto json = nlohmann::json::parse(plan_json(plan, {}, 2));
    EXPECT_EQ(json["question"], "Who wins?");
    ASSERT_EQ(json["runs"].size(), 40u);
    EXPECT_EQ(json["runs"][39]["address"], plan.runs[39].address);
    EXPECT_EQ(json["runs"][39]["labels"]["targets.cvr"], "0.2");
    EXPECT_EQ(json["axes"][1]["levels"][0], "drifting");
    EXPECT_FALSE(json.contains("states"));
}

TEST(StatusText, says_what_is_done_failed_missing_and_left_over) {
    const auto plan = plan_of(1);
    Standing standing{
        .states = {RunState::done, RunState::failed, RunState::missing, RunState::done},
        .failures = {{plan.runs[1].labels, 1, "the loss is not finite"}},
        .costs = {{.simulate_seconds = 1, .train_seconds = 2, .score_seconds = 3, .method_seconds = {}},
                  {.simulate_seconds = 2, .train_seconds = 3, .score_seconds = 4, .method_seconds = {}}},
        .stale = {"runs/x.json.tmp.5"}};
    EXPECT_EQ(status_text(plan, standing),
              "sweep s: 2 done, 1 failed, 1 missing of 4 runs\na run took 7.5 s on average\n"
              "failed: conversion_drift.walk = 0, refund_drift.walk = 0, targets.cvr = 0.1, seed 1: the loss "
              "is not finite\n"
              "left over: runs/x.json.tmp.5\n");
    const auto json = nlohmann::json::parse(status_json(plan, standing));
    EXPECT_EQ(json["states"]["missing"], 1);
    EXPECT_EQ(json["mean_seconds"], 7.5);
    EXPECT_EQ(json["failures"][0]["reason"], "the loss is not finite");
    EXPECT_EQ(json["stale"][0], "runs/x.json.tmp.5");
    EXPECT_TRUE(nlohmann::json::parse(status_json(plan, {}))["mean_seconds"].is_null());
}

}  // namespace
}  // namespace netcvr
