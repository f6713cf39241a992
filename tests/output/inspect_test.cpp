#include "output/inspect.h"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/output/golden_file.h"
#include "tests/output/small_log.h"

namespace netcvr {
namespace {

LogFile small_file() {
    LogFile file;
    file.header.scenario_name = "small";
    file.header.seed = 7;
    file.header.stream_version = 1;
    file.header.time_origin = "2025-04-30T16:00:00Z";
    file.log = small_log();
    file.truth = small_truth();
    file.digest_log = "0123abcd";
    file.digest_truth = "4567cdef";
    return file;
}

const Rate& the(const Inspection& inspection, std::string_view name) {
    for (const Rate& rate : inspection.rates)
        if (rate.name == name) return rate;
    throw std::logic_error("no such rate");
}

TEST(Inspect, counts_with_the_denominator_in_the_name) {
    // All seven clicks: conversions of rows 0, 2, 4, 6; the refund of row 2.
    const Inspection i = inspect(small_file());
    const auto counts = [&](std::string_view name) {
        return std::pair{the(i, name).numerator, the(i, name).denominator};
    };
    using Counts = std::pair<std::size_t, std::size_t>;
    EXPECT_EQ(counts("conversions_per_click"), Counts(4, 7));
    EXPECT_EQ(counts("refunds_per_click"), Counts(1, 7));
    EXPECT_EQ(counts("refunds_per_conversion"), Counts(1, 4));
    EXPECT_EQ(counts("refunds_per_net_conversion"), Counts(1, 3));
    EXPECT_EQ(counts("net_conversions_per_click"), Counts(3, 7));
    EXPECT_EQ(the(i, "refunds_per_conversion").realised, .25);
    EXPECT_EQ(i.clicks, 7U);
    EXPECT_EQ(i.mature_clicks, 7U);
    EXPECT_EQ(i.streamed_clicks, 5U);
    EXPECT_EQ(i.users, 4U);
    EXPECT_EQ(i.items, 3U);
}

TEST(Inspect, expects_refunds_alone_where_conversions_are_real) {
    LogFile file = small_file();
    file.header.truth.cvr = file.header.truth.net_cvr = false;
    file.truth->cvr.clear(), file.truth->net_cvr.clear();
    const std::vector<double> rate(file.truth->refund_rate.begin(), file.truth->refund_rate.end());
    for (const std::size_t row : {1U, 3U, 5U}) file.truth->refund_rate[row] = std::nanf("");
    const Inspection i = inspect(file);
    double expected = 0, variance = 0;
    for (const std::size_t row : {0U, 2U, 4U, 6U})
        expected += rate[row], variance += rate[row] * (1 - rate[row]);
    EXPECT_NEAR(the(i, "refunds_per_conversion").expected.value(), expected / 4, 1e-12);
    EXPECT_NEAR(the(i, "refunds_per_conversion").z.value(), (1 - expected) / std::sqrt(variance), 1e-12);
    EXPECT_FALSE(the(i, "conversions_per_click").expected);
    EXPECT_TRUE(i.world_ceilings.empty());
}

TEST(Inspect, leaves_clicks_whose_labels_are_not_final_out_of_rates) {
    LogFile file = small_file();
    file.log.follow_up = 99;  // the record ends at 169: clicks up to 19 are final
    const Inspection i = inspect(file);
    EXPECT_EQ(i.mature_clicks, 2U);
    EXPECT_EQ(the(i, "conversions_per_click").numerator, 1U);
    EXPECT_EQ(the(i, "conversions_per_click").denominator, 2U);
    EXPECT_NEAR(the(i, "conversions_per_click").expected.value(), .5, 1e-7);
}

TEST(Inspect, expects_what_the_truth_says) {
    const Inspection i = inspect(small_file());
    const Truth truth = small_truth();
    double conversions = 0, refunds = 0;
    for (std::size_t k = 0; k < 7; ++k) {
        conversions += static_cast<double>(truth.cvr[k]);
        refunds += static_cast<double>(truth.cvr[k]) * static_cast<double>(truth.refund_rate[k]);
    }
    EXPECT_NEAR(the(i, "conversions_per_click").expected.value(), conversions / 7, 1e-15);
    EXPECT_NEAR(the(i, "refunds_per_click").expected.value(), refunds / 7, 1e-15);
    EXPECT_NEAR(the(i, "refunds_per_conversion").expected.value(), refunds / conversions, 1e-15);
    EXPECT_NEAR(the(i, "refunds_per_net_conversion").expected.value(), refunds / (conversions - refunds),
                1e-15);
    EXPECT_NEAR(the(i, "net_conversions_per_click").expected.value(), (conversions - refunds) / 7, 1e-15);
}

TEST(Inspect, expects_only_those_refunds_that_are_reported) {
    LogFile file = small_file();
    const Truth truth = small_truth();
    Truth::Column reported{.name = "net_cvr_reported", .description = ""};
    double conversions = 0, refunds = 0;
    for (std::size_t k = 0; k < 7; ++k) {  // a quarter goes unreported
        const double cvr = truth.cvr[k], seen = .75 * cvr * truth.refund_rate[k];
        reported.value.push_back(static_cast<float>(cvr - seen));
        conversions += cvr, refunds += seen;
    }
    file.truth->more.push_back(reported);
    const Inspection i = inspect(file);
    EXPECT_NEAR(the(i, "refunds_per_conversion").expected.value(), refunds / conversions, 1e-7);
    EXPECT_NEAR(the(i, "net_conversions_per_click").expected.value(), (conversions - refunds) / 7, 1e-7);
    EXPECT_NEAR(the(i, "conversions_per_click").expected.value(), conversions / 7, 1e-15);
}

/// Mean and variance of numerator − ρ denominator over all 3⁷ outcomes of the small truth.
std::pair<double, double> moments_by_enumeration(double rho) {
    const Truth truth = small_truth();  // refunds against conversions
    double mean = 0, square = 0;
    for (std::size_t code = 0; code < 2187; ++code) {
        double chance = 1, excess = 0;
        std::size_t rest = code;
        for (std::size_t k = 0; k < 7; ++k, rest /= 3) {
            const double cvr = truth.cvr[k], refund = truth.refund_rate[k];
            chance *= rest % 3 == 0 ? 1 - cvr : rest % 3 == 1 ? cvr * (1 - refund) : cvr * refund;
            excess += rest % 3 == 0 ? 0 : rest % 3 == 1 ? -rho : 1 - rho;
        }
        mean += chance * excess;
        square += chance * excess * excess;
    }
    return {mean, square - mean * mean};
}

TEST(Inspect, measures_the_difference_in_standard_deviations_of_the_draw) {
    const Inspection i = inspect(small_file());
    const Rate& rate = the(i, "refunds_per_conversion");
    const auto [mean, variance] = moments_by_enumeration(rate.expected.value());
    EXPECT_NEAR(mean, 0, 1e-14);
    EXPECT_NEAR(rate.z.value(), (1 - 4 * *rate.expected) / std::sqrt(variance), 1e-12);
    double binomial = 0;
    for (const float cvr : small_truth().cvr)
        binomial += static_cast<double>(cvr) * (1 - static_cast<double>(cvr));
    const Rate& cvr = the(i, "conversions_per_click");
    EXPECT_NEAR(cvr.z.value(), (4 - 7 * *cvr.expected) / std::sqrt(binomial), 1e-12);
}

TEST(Inspect, takes_delay_quantiles_within_the_windows) {
    // Conversion delays 0, 5, 5, 99 (row 3 came too late); the one refund delay 49.
    const Inspection i = inspect(small_file());
    ASSERT_EQ(i.delays.size(), 2U);
    EXPECT_EQ(i.delays[0].count, 4U);
    EXPECT_EQ(i.delays[0].quantile, (std::array<Time, 5>{0, 0, 5, 5, 99}));
    EXPECT_EQ(i.delays[1].count, 1U);
    EXPECT_EQ(i.delays[1].quantile, (std::array<Time, 5>{49, 49, 49, 49, 49}));
}

TEST(Inspect, finds_the_hours_of_lowest_and_highest_cvr_and_the_clicks_of_each_day) {
    LogFile file = small_file();
    file.log.click_time = {0, hour, hour + 5, day + hour, day + hour + 1, day + 3 * hour, day + 3 * hour + 1};
    file.log.conversion_time = {never, hour, hour + 5, never, never, never, day + 3 * hour + 2};
    file.log.refund_time.assign(7, never);
    file.log.duration = 2 * day;
    const Inspection i = inspect(file);
    EXPECT_EQ(i.clicks_per_day, (std::vector<std::size_t>{3, 4}));
    ASSERT_TRUE(i.hourly_cvr);
    EXPECT_EQ(i.hourly_cvr->low_hour, 0);
    EXPECT_EQ(i.hourly_cvr->low, 0);
    EXPECT_EQ(i.hourly_cvr->high_hour, 1);  // 2 of 4, before hour 3 with 1 of 2
    EXPECT_EQ(i.hourly_cvr->high, .5);
}

TEST(Inspect, says_nothing_that_it_does_not_know) {
    LogFile file = small_file();
    file.truth.reset();
    const Inspection i = inspect(file);
    EXPECT_TRUE(i.world_ceilings.empty());
    EXPECT_EQ(the(i, "conversions_per_click").expected, std::nullopt);
    EXPECT_NE(inspect_text(file, i).find("No world ceilings: the log has no truth of its clicks."),
              std::string::npos);

    file.log = ClickLog{};
    const Inspection empty = inspect(file);
    EXPECT_EQ(the(empty, "conversions_per_click").realised, std::nullopt);
    EXPECT_EQ(empty.hourly_cvr, std::nullopt);
    EXPECT_FALSE(inspect_text(file, empty).empty());
    EXPECT_TRUE(
        nlohmann::json::parse(inspect_json(file, empty)).at("hourly_conversions_per_click").is_null());
}

TEST(Inspect, reads_well_as_text_and_as_json) {
    const LogFile file = small_file();
    const Inspection i =
        inspect(file, {{"conversions_per_click", .4}, {"conversion_delay_median", 6}, {"other", 1}});
    EXPECT_EQ(the(i, "conversions_per_click").target, .4);
    EXPECT_EQ(i.delays[0].median_target, 6.0);
    expect_golden("inspect.txt", inspect_text(file, i));
    const auto json = nlohmann::json::parse(inspect_json(file, i));
    EXPECT_EQ(json.at("rates").at(2).at("name"), "refunds_per_conversion");
    EXPECT_EQ(json.at("rates").at(2).at("realised"), .25);
    EXPECT_EQ(json.at("rates").at(0).at("target"), .4);
    EXPECT_TRUE(json.at("rates").at(1).at("target").is_null());
    EXPECT_EQ(json.at("delays").at(0).at("quantiles_seconds").at("0.9"), 99);
    EXPECT_EQ(json.at("windows_seconds").at("conversion_attribution"), 100);
    EXPECT_EQ(json.at("world_ceilings").at(1).at("auc"), *i.world_ceilings[1].auc.value);
    EXPECT_EQ(json.at("digest_log"), "0123abcd");
}

}  // namespace
}  // namespace netcvr
