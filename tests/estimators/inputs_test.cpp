#include "estimators/inputs.h"

#include <gtest/gtest.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

ClickLog log_of(std::vector<FeatureColumn> features) {
    ClickLog log;
    log.click_time.resize(features[0].value.size());
    log.features = std::move(features);
    return log;
}

TEST(SeparateInputs, give_a_row_to_each_value_that_occurs_and_to_missing) {
    const Inputs inputs =
        separate_inputs(log_of({{"a", 655'360, {7, -1, 655'359, 7}}, {"b", 2, {0, 0, 1, 1}}}), {});
    EXPECT_EQ(inputs.fields, 2U);
    EXPECT_EQ(inputs.row_value, (std::vector<std::int32_t>{7, -1, 655'359, 0, 1}));
    EXPECT_EQ(inputs.row_field, (std::vector<std::uint32_t>{0, 0, 0, 1, 1}));
    EXPECT_EQ(inputs.row, (std::vector<std::uint32_t>{0, 3, 1, 3, 2, 4, 0, 4}));
}

TEST(SeparateInputs, read_only_the_named_features_in_the_named_order) {
    const Inputs inputs = separate_inputs(log_of({{"a", 2, {0}}, {"b", 9, {5}}, {"c", 9, {6}}}), {"c", "a"});
    EXPECT_EQ(inputs.row_value, (std::vector<std::int32_t>{6, 0}));
}

template <class Read>
void expect_refusal(Read read, Exit exit, const std::string& what) {
    try {
        read();
        FAIL() << "not refused";
    } catch (const InputError& error) {
        EXPECT_EQ(error.exit, exit);
        EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
}

TEST(SeparateInputs, refuse_an_unknown_name_and_a_value_out_of_range) {
    const ClickLog log = log_of({{"channel", 2, {0, 2}}});
    expect_refusal([&] { separate_inputs(log, {"chanel"}); }, Exit::usage, "did you mean 'channel'?");
    expect_refusal([&] { separate_inputs(log, {}); }, Exit::data, "'channel', row 1: value 2");
}

TEST(CombinedInputs, number_the_combinations_that_occur) {
    const Inputs inputs =
        combined_inputs(log_of({{"a", 3, {2, -1, 2, 2, -1}}, {"b", 2, {0, 0, 1, 0, 0}}}), {"a", "b"});
    EXPECT_EQ(inputs.fields, 1U);
    EXPECT_EQ(inputs.rows(), 3U);
    EXPECT_EQ(inputs.row, (std::vector<std::uint32_t>{0, 1, 2, 0, 1}));
}

TEST(CombinedInputs, refuse_none_and_more_than_a_hundred_thousand) {
    std::vector<std::int32_t> value(100'001);
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<std::int32_t>(i);
    const ClickLog log = log_of({{"id", 200'000, value}});
    expect_refusal([&] { combined_inputs(log, {}); }, Exit::usage, "--fields");
    expect_refusal([&] { combined_inputs(log, {"id"}); }, Exit::usage, "more than 100000");
    value.pop_back();
    EXPECT_EQ(combined_inputs(log_of({{"id", 200'000, value}}), {"id"}).rows(), 100'000U);
}

}  // namespace
}  // namespace netcvr
