#include "scenarios/presets.h"

#include <gtest/gtest.h>

#include "scenarios/scenario_file.h"
#include "sim/calibrate.h"
#include "sim/simulate.h"
#include "sim/world.h"
#include "tests/scenarios/same_settings.h"

namespace netcvr {
namespace {

class EveryPreset : public testing::TestWithParam<Preset> {};

TEST_P(EveryPreset, opens_with_a_question_and_bears_its_own_name) {
    const std::string_view toml = GetParam().toml;
    const std::string_view first = toml.substr(0, toml.find('\n'));
    EXPECT_TRUE(first.starts_with("# ")) << first;
    EXPECT_TRUE(first.ends_with("?")) << first;
    EXPECT_EQ(load_settings(std::string(GetParam().name), {}).scenario.name, GetParam().name);
}

TEST_P(EveryPreset, resolves_to_a_text_that_reads_back_equal) {
    const Settings settings = load_settings(std::string(GetParam().name), {});
    const std::string resolved = resolved_toml(settings);
    const Settings back = parse_scenario(resolved, "resolved");
    expect_same(back, settings);
    EXPECT_EQ(resolved_toml(back), resolved);
}

/// As if it had been solved: whether its targets can be met at full size, `inspect --against` shows.
TEST_P(EveryPreset, makes_a_small_world_with_a_stream_to_score) {
    Scenario s = load_settings(std::string(GetParam().name), {}).scenario;
    s.scale = 3000 / s.log.clicks;
    s.solved.key = solution_key(s);
    const World world = make_world(s, 1);
    const ClickLog log = draw_rows(world, 0, row_count(world), false).log;
    EXPECT_NEAR(static_cast<double>(log.size()), 3000 * (s.has_promotion() ? 1.1 : 1), 400);
    ASSERT_GT(log.size(), 0u);
    EXPECT_GT(log.click_time.back(), s.protocol.stream_start());
    EXPECT_EQ(log.features.size(), s.features.size());
}

INSTANTIATE_TEST_SUITE_P(, EveryPreset, testing::ValuesIn(presets()), [](const auto& instance) {
    std::string name(instance.param.name);
    for (char& c : name)
        if (c == '-') c = '_';
    return name;
});

TEST(Criteo, has_the_published_columns_in_their_order) {
    const auto features = load_settings("criteo", {}).scenario.features;
    ASSERT_EQ(features.size(), 17u);
    for (std::size_t k = 0; k < 8; ++k) {
        EXPECT_EQ(features[k].name, "integer_" + std::to_string(k + 1));
        EXPECT_GT(features[k].missing, 0);
    }
    for (std::size_t k = 8; k < 17; ++k) EXPECT_EQ(features[k].name, "categorical_" + std::to_string(k - 7));
}

}  // namespace
}  // namespace netcvr
