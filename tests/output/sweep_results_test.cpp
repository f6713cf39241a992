#include "output/sweep_results.h"

#include <gtest/gtest.h>

#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

SweepResults made_up_sweep() {
    SweepResults sweep;
    sweep.name = "sparsity";
    sweep.question = "When does the cascade lose?\nAnd \"why\"?";
    sweep.scenario = "cascade";
    sweep.axes = {{.title = "targets.refunds_per_conversion",
                   .keys = {"targets.refunds_per_conversion"},
                   .levels = {"0.1", "0.01"},
                   .labels = {{{"targets.refunds_per_conversion", "0.1"}},
                              {{"targets.refunds_per_conversion", "0.01"}}},
                   .numbers = {0.1, 0.01}},
                  {.title = "a & b",
                   .keys = {"a", "b"},
                   .levels = {"both"},
                   .labels = {{{"a", "1"}, {"b", "2"}}},
                   .numbers = {}}};
    sweep.methods = {"direct", "es-dfm"};
    sweep.seeds = {1, 9007199254740993};
    sweep.planned = 4;
    for (const double value : {0.1 + 0.2, 1e-300}) {
        Result result;
        result.scenario = "cascade";
        result.seed = 1;
        result.labels = {{"a", "1"}};
        result.scores.methods = {{.method = "direct",
                                  .scores = {{.target = Target::net_cvr,
                                              .metric = "excess_log_loss",
                                              .value = value,
                                              .ceiling = 0.0,
                                              .count = 10,
                                              .low = {},
                                              .high = {}}}}};
        sweep.results.push_back(result);
    }
    sweep.failures = {{.labels = {{"a", "1"}}, .seed = 2, .reason = "killed by signal 9"}};
    sweep.sweep_toml = "name = \"sparsity\"\n";
    sweep.created_by = "netcvr 0.1.0";
    sweep.stream_version = 1;
    sweep.training_version = 3;
    return sweep;
}

TEST(SweepResults, reads_back_what_it_wrote) {
    const SweepResults sweep = made_up_sweep();
    const std::string text = sweep_results_json(sweep);
    EXPECT_EQ(parse_sweep_results(text, "x.json"), sweep);
    EXPECT_EQ(sweep_results_json(parse_sweep_results(text, "x.json")), text);
}

TEST(SweepResults, says_whether_it_is_complete) {
    SweepResults sweep = made_up_sweep();
    EXPECT_NE(sweep_results_json(sweep).find("\"complete\": false"), std::string::npos);
    sweep.planned = 2;
    EXPECT_NE(sweep_results_json(sweep).find("\"complete\": true"), std::string::npos);
}

TEST(SweepResults, writes_a_reason_that_is_no_text) {
    SweepResults sweep = made_up_sweep();
    sweep.failures[0].reason = "bytes \xff\xfe";
    EXPECT_EQ(parse_sweep_results(sweep_results_json(sweep), "x.json").failures[0].reason,
              "bytes \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(SweepResults, refuses_what_is_none_naming_the_file) {
    const std::string text = sweep_results_json(made_up_sweep());
    const auto refused = [](const std::string& bad) {
        const auto said = message(Exit::data, [&] { parse_sweep_results(bad, "x.json"); });
        EXPECT_TRUE(said.starts_with("x.json: ")) << said;
        return said;
    };
    const auto replaced = [&](std::string_view from, std::string_view to) {
        return std::string(text).replace(text.find(from), from.size(), to);
    };
    EXPECT_NE(refused("{}").find("not a results file of `netcvr sweep merge`"), std::string::npos);
    refused("[]");
    EXPECT_NE(refused(replaced("\"format_version\": 2", "\"format_version\": 99"))
                  .find("format_version = 99; this program reads 2"),
              std::string::npos);
    EXPECT_NE(refused(replaced("\"levels\": [\n    \"0.1\",", "\"levels\": [")).find("differ in number"),
              std::string::npos);
    for (const char* key : {"name", "axes", "results", "failures", "planned", "seeds", "training_version"})
        EXPECT_NE(refused(replaced("\"" + std::string(key) + "\":", "\"other\":")).find(key),
                  std::string::npos);
    for (std::size_t size = 0; size + 2 < text.size(); size += 17) refused(text.substr(0, size));
}

TEST(RunCost, reads_back_what_it_wrote) {
    const RunCost cost{.simulate_seconds = 0.1,
                       .train_seconds = 1e6,
                       .score_seconds = 0,
                       .peak_memory = std::size_t{9} << 32,
                       .method_seconds = {{"direct", 0.3}}};
    EXPECT_EQ(parse_cost(cost_json(cost), "x.json"), cost);
    EXPECT_TRUE(message(Exit::data, [] { parse_cost("{", "x.json"); }).starts_with("x.json: "));
}

}  // namespace
}  // namespace netcvr
