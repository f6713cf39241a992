#include "output/results.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/output/golden_file.h"
#include "tests/output/small_log.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

Result small_result() {
    Predictions sure = small_predictions("sure");
    sure.net_cvr[0] = 1;  // wrong: infinite
    Predictions net_only = small_predictions("direct");
    net_only.cvr.clear(), net_only.refund_rate.clear();
    return {.scenario = "small",
            .seed = 7,
            .log_digest = "0123abcd",
            .labels = {{"targets.refunds_per_conversion", "0.245"}},
            .scores = score(small_log(), small_truth(), {small_predictions("oracle"), sure, net_only})};
}

TEST(Results, come_back_from_json_as_they_were) {
    const Result result = small_result();
    const std::string json = results_json(result);
    EXPECT_EQ(parse_results_json(json, "r.json"), result);
    EXPECT_NE(json.find("\"inf\""), std::string::npos);
    EXPECT_NE(json.find("null"), std::string::npos);
}

TEST(Results, come_back_with_shape_intervals_improvements_and_breakdowns_to_the_last_digit) {
    Result result = small_result();
    result.scenario_toml = "name = \"small\"  # \"quoted\"\n";
    result.shape = shape_of(small_log());
    result.scores.bootstrap = 200;
    MethodScores& method = result.scores.methods[1];
    method.copies = 12345678901;
    method.incidents = {.large = 3, .negative = 2, .clipped = 1};
    method.learning_rate = 3e-4;
    method.net_derived = true;
    method.scores[3].low = 1.0 / 3, method.scores[3].high = std::numeric_limits<double>::infinity();
    method.scores[3].skipped = 4;
    method.breakdowns.at(0).excess.at(0) = std::numeric_limits<double>::infinity();
    method.breakdowns.at(0).truth.at(1) = .1 + .2;
    method.improvements = {
        {.target = Target::net_cvr, .metric = "auc", .value = 2.0 / 3, .low = .1, .high = 1.1, .refused = ""},
        {.target = Target::cvr, .metric = "nll", .value = {}, .low = {}, .high = {}, .refused = "why"}};
    const std::string json = results_json(result);
    EXPECT_EQ(parse_results_json(json, "r.json"), result);
    std::size_t columns = 0;
    for (std::size_t at = json.find("\"weight\": ["); at != std::string::npos;
         at = json.find("\"weight\": [", at + 1))
        ++columns;
    EXPECT_EQ(columns, (3 + 3 + 1) * 5U);  // one line for each breakdown: five dimensions, no category
}

TEST(Results, show_intervals_improvements_and_refusals_as_text) {
    Result result = small_result();
    result.scores.bootstrap = 200;
    MethodScores& method = result.scores.methods[1];
    method.copies = 1234567;
    method.incidents = {.large = 2500, .negative = 0, .clipped = 31};
    method.learning_rate = 3e-4;
    result.scores.methods[0].learning_rate = 1e-3;
    for (Score& score : method.scores)
        if (score.target == Target::cvr && score.metric == "auc") score.low = .5, score.high = .75;
    method.improvements = {
        {.target = Target::cvr, .metric = "auc", .value = .75, .low = .5, .high = 1, .refused = ""},
        {.target = Target::cvr, .metric = "nll", .value = {}, .low = {}, .high = {}, .refused = "why not"}};
    const std::string text = results_text(result);
    for (const char* part :
         {"Copies trained on in the stream: sure 1,234,567.", "0.0003: sure; 0.001: ",
          "Weights above 20, below 0, clipped by the method's own rule: sure 2,500, 0, 31.", "    95 % ±",
          "0.125000", "  RI-auc", "0.250000", "refused\n", "RI-nll of cvr refused: why not",
          "200 resamples of users"})
        EXPECT_NE(text.find(part), std::string::npos) << part;
}

TEST(Results, refuse_a_breakdown_that_does_not_fit_its_groups) {
    Result result = small_result();
    result.scores.methods[0].breakdowns[0].truth.pop_back();
    EXPECT_EQ(message(Exit::data, [&] { parse_results_json(results_json(result), "r.json"); }),
              "r.json: a breakdown by 'forecast_decile' does not fit its groups");
}

TEST(Results, say_why_metrics_are_absent_after_the_way_through_json_too) {
    Result result = small_result();
    ClickLog log = small_log();
    log.follow_up = 0;
    result.scores = score(log, std::nullopt, {small_predictions("mine")});
    EXPECT_EQ(parse_results_json(results_json(result), "r.json"), result);
    const std::string text = results_text(result);
    EXPECT_NE(text.find("No metrics against the truth: the log has no /truth."), std::string::npos);
    EXPECT_NE(text.find("No metrics against labels: follow-up of 0s is shorter"), std::string::npos);
}

TEST(Results, refuse_what_is_not_theirs) {
    const auto refusal = [](const std::string& text) {
        return message(Exit::data, [&] { parse_results_json(text, "r.json"); });
    };
    EXPECT_EQ(refusal("{}"), "r.json: not a results file of `netcvr score --json`");
    EXPECT_EQ(refusal("[1]"), "r.json: not a results file of `netcvr score --json`");
    EXPECT_EQ(refusal(R"({"format": "netcvr-results", "format_version": 9})"),
              "r.json: format_version = 9; this program reads 2");
    EXPECT_EQ(refusal(R"({"format": "netcvr-results", "format_version": 1})"),
              "r.json: format_version = 1; this program reads 2");
    EXPECT_TRUE(refusal(R"({"format": "netcvr-results", "format_version": 2})")
                    .ends_with("key 'scenario' not found"));
    EXPECT_TRUE(refusal("{\"format\":").starts_with("r.json: "));
    std::string json = results_json(small_result());
    json.replace(json.find("\"rmse\""), 6, "\"rnse\"");
    EXPECT_EQ(refusal(json), "r.json: unknown metric 'rnse'; did you mean 'rmse'?");
}

TEST(Results, read_well_as_text) {
    expect_golden("results.txt", results_text(small_result()));
}

TEST(Results, wrap_methods_that_do_not_fit_the_page) {
    Result result = small_result();
    std::vector<Predictions> many;
    many.reserve(12);
    for (int k = 0; k < 12; ++k) many.push_back(small_predictions("method-" + std::to_string(k)));
    result.scores = score(small_log(), small_truth(), many);
    std::string text = results_text(result);
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        EXPECT_LE(end, 110U + 4) << text.substr(0, end);  // + 4: dashes of several bytes
        text.erase(0, end + 1);
    }
}

TEST(Results, are_one_line_a_score_as_csv) {
    const std::string csv = results_csv(small_result());
    EXPECT_TRUE(
        csv.starts_with("scenario,seed,method,target,metric,value,ceiling,count,infinite,low,high\n"
                        "small,7,oracle,cvr,excess_log_loss,"));
    EXPECT_NE(csv.find("\nsmall,7,sure,net_cvr,excess_log_loss,inf,0,5,1,,\n"), std::string::npos);
    EXPECT_NE(csv.find("\nsmall,7,sure,cvr,pcoc_truth,1,1,5,0,,\n"), std::string::npos);
    // Eighteen metrics of cvr and net_cvr, seventeen of refund_rate; `direct` has net_cvr only.
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 2 * (18 + 17 + 18) + 18);
}

TEST(Metrics, are_listed_from_their_table) {
    const std::string text = metrics_text();
    for (const Metric& metric : metrics()) EXPECT_NE(text.find(metric.name), std::string::npos);
}

}  // namespace
}  // namespace netcvr
