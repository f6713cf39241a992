#include "scenarios/scenario_file.h"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "scenarios/field_value.h"
#include "scenarios/presets.h"
#include "tests/scenarios/same_settings.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

std::string complaint(std::string_view toml) {
    return message(Exit::scenario, [&] { parse_scenario(toml, "my.toml"); });
}
std::string set_complaint(const std::string& assignment) {
    return message(Exit::scenario, [&] {
        Settings settings;
        apply_set(settings, assignment);
    });
}
bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// A value inside the field's range that is not `now`, as --set would be given it.
std::string other_value(const Field& field, const std::string& now) {
    if (field.name == "log.time_origin") return "2026-01-31T08:00:00Z";
    const double middle = field.low + (field.high - field.low) * .37;
    const auto entry = [&]() -> std::string {
        switch (field.kind) {
            case Kind::text:
                return field.choices.empty() ? "some text" : std::string(field.choices.back());
            case Kind::duration:
                return format_duration(static_cast<Time>(middle));
            case Kind::integer:
            case Kind::integers:
                return std::to_string(static_cast<std::int64_t>(middle));
            default:
                return std::to_string(middle);
        }
    }();
    if (field.kind != Kind::numbers && field.kind != Kind::integers)
        return entry == now ? std::string(field.choices.front()) : entry;
    std::string list = entry;
    for (std::size_t k = 1; k < std::max<std::size_t>(field.length, 2); ++k) list += ", " + entry;
    return "[" + list + "]";
}

/// A TOML text as --set is given it.
std::string stripped(const std::string& toml) {
    return toml.starts_with('"') ? toml.substr(1, toml.size() - 2) : toml;
}

TEST(EveryField, has_help_and_a_default_that_it_accepts) {
    const Settings defaults;
    for (const auto& row : settings_fields()) {
        EXPECT_FALSE(row->help.empty()) << row->name;
        EXPECT_TRUE(row->help.ends_with('.')) << row->name;
        if (row->kind == Kind::text) continue;
        Settings settings;
        EXPECT_NO_THROW(
            apply_set(settings, std::string(row->name) + "=" + stripped(to_toml(*row, row.in(defaults)))))
            << row->name;
        expect_same(settings, defaults);
    }
}

TEST(EveryField, is_named_once) {
    std::set<std::string_view> names;
    for (const auto& row : settings_fields()) EXPECT_TRUE(names.insert(row->name).second) << row->name;
}

TEST(EveryField, is_changed_by_set_and_survives_the_resolved_text) {
    for (const auto& row : settings_fields()) {
        const Settings defaults;
        Settings changed;
        const std::string value = other_value(*row, to_toml(*row, row.in(defaults)));
        apply_set(changed, std::string(row->name) + "=" + value);
        EXPECT_FALSE(same_value(*row, row.in(changed), row.in(defaults))) << row->name << " = " << value;
        expect_same(parse_scenario(resolved_toml(changed), "resolved"), changed);
    }
}

TEST(EveryField, is_named_when_it_is_misspelt) {
    for (const auto& row : settings_fields()) {
        const std::string typo = std::string(row->name) + "x";
        EXPECT_TRUE(contains(set_complaint(typo + "=1"), "did you mean '" + std::string(row->name) + "'?"))
            << typo;
    }
}

TEST(EveryField, refuses_what_lies_outside_its_range) {
    for (const auto& row : settings_fields()) {
        if (row->kind == Kind::text || row->kind == Kind::numbers || row->kind == Kind::integers) continue;
        for (const double bound : {row->low - 1 - std::abs(row->low), 2 * row->high + 1}) {
            if (row->kind == Kind::duration && std::abs(bound) > 9e18) continue;
            if (row->kind == Kind::integer && bound > 9e18) continue;
            const std::string value = row->kind == Kind::number ? std::to_string(bound)
                                      : row->kind == Kind::integer
                                          ? std::to_string(static_cast<std::int64_t>(bound))
                                          : format_duration(static_cast<Time>(bound));
            const auto text = set_complaint(std::string(row->name) + "=" + value);
            EXPECT_TRUE(contains(text, "is outside " + range_text(*row))) << text;
        }
    }
}

TEST(ScenarioFile, names_the_nearest_key_for_a_typo) {
    EXPECT_EQ(complaint("[targets]\ncvr = 0.1\nrefund_per_conversion = 0.2\n"),
              "my.toml:3:1: unknown key 'targets.refund_per_conversion'; did you mean "
              "'targets.refunds_per_conversion'?");
    EXPECT_EQ(complaint("sed = 3"), "my.toml:1:1: unknown key 'sed'; did you mean 'seed'?");
    EXPECT_EQ(complaint("[window]\nx = 1"), "my.toml:1:2: unknown section 'window'; did you mean 'windows'?");
    EXPECT_EQ(complaint("windows = 3"), "my.toml:1:1: 'windows' is a section: write [windows]");
    EXPECT_EQ(complaint("preset = \"cascad\""),
              "my.toml:1:10: unknown preset 'cascad'; did you mean 'cascade'?");
}

TEST(ScenarioFile, refuses_a_window_without_unit) {
    EXPECT_EQ(complaint("[windows]\nconversion_attribution = 3\n"),
              "my.toml:2:26: windows.conversion_attribution = 3 has no unit (s m h d w); write \"3d\" or "
              "\"4320m\"");
    EXPECT_TRUE(contains(complaint("windows.conversion_attribution = 0.05"), "write \"0.05d\" or \"72m\""));
    EXPECT_TRUE(contains(complaint("windows.conversion_attribution = \"3\""), "has no unit"));
    EXPECT_TRUE(contains(complaint("windows.conversion_attribution = nan"), "has no unit"));
    EXPECT_TRUE(contains(complaint("windows.conversion_attribution = \"3 days\""), "is not a duration"));
    EXPECT_TRUE(contains(complaint("windows.conversion_attribution = \"0.3s\""),
                         "is not a duration in whole seconds"));
    EXPECT_TRUE(contains(complaint("windows.conversion_attribution = \"1000000d\""), "is outside 1s … 366d"));
}

TEST(ScenarioFile, states_the_range_of_a_number) {
    const auto text = complaint("[targets]\ncvr = 1.5");
    EXPECT_TRUE(contains(text, "my.toml:2:7: targets.cvr = 1.5 is outside ")) << text;
    EXPECT_TRUE(contains(complaint("targets.cvr = nan"), "targets.cvr = nan is not a finite number"));
    EXPECT_TRUE(contains(complaint("targets.cvr = inf"), "targets.cvr = inf is not a finite number"));
    EXPECT_TRUE(contains(complaint("targets.cvr = \"nan\""), "is not a finite number"));
    EXPECT_TRUE(contains(complaint("targets.cvr = \"1/0\""), "targets.cvr = \"1/0\" is not a number"));
    EXPECT_TRUE(contains(complaint("targets.cvr = \"abc\""), "targets.cvr = \"abc\" is not a number"));
    EXPECT_TRUE(contains(complaint("targets.cvr = true"), "true, false, dates and tables are no values"));
    EXPECT_TRUE(contains(complaint("targets.cvr = [0.1]"), "targets.cvr = [0.1] is not a number"));
    EXPECT_TRUE(contains(complaint("items.categories = 2.5"), "is not a whole number"));
    EXPECT_TRUE(contains(complaint("name = 5"), "name = 5 is not a text"));
    EXPECT_TRUE(contains(complaint("training.network = \"mpl\""), "did you mean 'mlp'?"));
    EXPECT_TRUE(contains(complaint("hours.traffic = [1, 2]"), "hours.traffic has 2 entries, not 24"));
    EXPECT_TRUE(contains(complaint("training.hidden = [64, 0]"), "training.hidden = 0 is outside"));
}

TEST(ScenarioFile, reads_a_fraction) {
    EXPECT_EQ(parse_scenario("scale = \"1/41\"", "x").scenario.scale, 1.0 / 41);
    Settings settings;
    apply_set(settings, "scale=1/8");
    EXPECT_EQ(settings.scenario.scale, 0.125);
}

TEST(ScenarioFile, refuses_malformed_text_with_its_place) {
    EXPECT_TRUE(contains(complaint("seed = \n"), "my.toml:1:"));
    EXPECT_TRUE(contains(complaint("seed = 1\nseed = 2\n"), "my.toml:2:"));
    EXPECT_TRUE(contains(complaint("[&"), "my.toml:1:"));
    EXPECT_TRUE(contains(complaint("seed = 18446744073709551615"), "my.toml:1:"));
}

TEST(ScenarioFile, allows_only_ascii_outside_comments) {
    EXPECT_EQ(parse_scenario("# σ × é\nseed = 5 # …\nname = '#'\n", "x").scenario.seed, 5);
    EXPECT_EQ(parse_scenario("seed = 5 # \xff\xfe no UTF-8\n", "x").scenario.seed, 5);
    EXPECT_EQ(complaint("seed = 1\nname = \"é\""),
              "my.toml:2:9: byte 0xc3 is not ASCII (allowed in comments only)");
    EXPECT_EQ(complaint("[\x03]"), "my.toml:1:2: byte 0x03 is a control character");
    EXPECT_EQ(complaint(std::string_view("seed = 1\n\0", 10)),
              "my.toml:2:1: byte 0x00 is a control character");
    EXPECT_TRUE(contains(complaint("name = \"# é\""), "not ASCII"));
    EXPECT_TRUE(contains(complaint("name = \"\"\"\n# é\"\"\""), "not ASCII"));
    EXPECT_TRUE(contains(complaint("name = '''\n# é'''"), "not ASCII"));
    EXPECT_TRUE(contains(complaint("name = \"\\\"# é\""), "not ASCII"));
    EXPECT_TRUE(contains(complaint("name = \"\\u00e9\""), "not printable ASCII"));
}

TEST(ScenarioFile, starts_from_a_preset) {
    const auto base = load_settings("tiny", {});
    auto expected = base;
    expected.scenario.targets.cvr = 0.2;
    expect_same(parse_scenario("preset = \"tiny\"\n[targets]\ncvr = 0.2\n", "x"), expected);
}

TEST(ScenarioFile, replaces_the_list_of_features_as_a_whole) {
    const auto settings = parse_scenario(
        "preset = \"tiny\"\n[[features]]\nname = \"user\"\nsource = \"user.id\"\ncardinality = 8\nfidelity = "
        "0.5\n",
        "x");
    ASSERT_EQ(settings.scenario.features.size(), 1u);
    EXPECT_EQ(settings.scenario.features[0], (Feature{"user", "user.id", 8, 0.5, 0}));
    EXPECT_TRUE(parse_scenario("preset = \"tiny\"\nfeatures = []", "x").scenario.features.empty());
    EXPECT_TRUE(contains(complaint("[[features]]\nname = \"a\"\nsorce = \"b\""),
                         "my.toml:3:1: unknown key 'sorce' of a feature; did you mean 'source'?"));
    EXPECT_TRUE(contains(complaint("[[features]]\nname = \"a\""), "a feature without 'source'"));
    EXPECT_TRUE(contains(complaint("[[features]]\nname = \"a\"\nsource = \"b\"\nmissing = 2"),
                         "missing = 2 is outside 0 … 1"));
    EXPECT_TRUE(contains(complaint("features = 3"), "[[features]]"));
    EXPECT_TRUE(contains(complaint("features = [1]"), "[[features]]"));
}

TEST(ScenarioFile, is_found_as_a_preset_or_a_file) {
    const ScratchFolder folder;
    write_bytes(folder.file("my.toml"), "preset = \"tiny\"\nseed = 77\n");
    EXPECT_EQ(load_settings(folder.file("my.toml"), {}).scenario.seed, 77);
    EXPECT_TRUE(contains(message(Exit::scenario, [] { load_settings("cascadee", {}); }),
                         "unknown preset 'cascadee'; did you mean 'cascade'?"));
    EXPECT_EQ(message(Exit::scenario, [] { load_settings("nowhere.toml", {}); }),
              "cannot read 'nowhere.toml': No such file or directory");
    write_bytes(folder.file("big.toml"), std::string(2 << 20, '#'));
    EXPECT_TRUE(
        contains(message(Exit::scenario, [&] { load_settings(folder.file("big.toml"), {}); }), "1 MiB"));
}

TEST(ScenarioFile, is_checked_across_fields_after_the_assignments) {
    EXPECT_TRUE(contains(message(Exit::scenario, [] { load_settings("tiny", {"protocol.gap=1d"}); }),
                         "protocol.gap"));
}

TEST(ScenarioFile, is_named_where_its_fields_do_not_go_together) {
    const ScratchFolder folder;
    const std::string file = folder.file("sale.toml");
    const std::string fault = ": promotion.duration = 3d is longer than promotion.every = 2d";
    write_bytes(file, "preset = \"tiny\"\npromotion.duration = \"3d\"\npromotion.every = \"2d\"\n");
    EXPECT_EQ(message(Exit::scenario, [&] { load_settings(file, {}); }), file + fault);
    const std::vector<std::string> sets = {"promotion.duration=3d", "promotion.every=2d"};
    EXPECT_EQ(message(Exit::scenario, [&] { load_settings("tiny", sets); }),
              "tiny --set promotion.duration=3d --set promotion.every=2d" + fault);
}

TEST(ScenarioFile, has_the_place_of_a_text_that_cannot_be) {
    const auto fault = [](const std::string& text) {
        return message(Exit::scenario, [&] { parse_scenario(text, "my.toml"); });
    };
    EXPECT_EQ(fault("seed = 1\n[log]\ntime_origin = \"noon\"\n"),
              "my.toml:3:15: log.time_origin = 'noon' is not a UTC instant like 2025-04-30T16:00:00Z");
    EXPECT_EQ(fault("[[features]]\nname = \"a\"\nsource = \"user.id\"\n[[features]]\nname = \"b\"\n"
                    "source = \"user.idd\"\n"),
              "my.toml:6:10: feature 'b': unknown source 'user.idd'; did you mean 'user.id'?");
    EXPECT_EQ(set_complaint("log.time_origin=noon"),
              "--set log.time_origin=noon: log.time_origin = 'noon' is not a UTC instant like "
              "2025-04-30T16:00:00Z");
}

TEST(SetArgument, says_which_assignment_is_wrong) {
    EXPECT_TRUE(
        contains(set_complaint("targets.cvr=1.5"), "--set targets.cvr=1.5: targets.cvr = 1.5 is outside "));
    EXPECT_EQ(set_complaint("targets.cvr"), "--set targets.cvr: write key=value");
    EXPECT_EQ(set_complaint("features=1"), "--set features=1: can only stand in a scenario file");
    EXPECT_TRUE(contains(set_complaint("windows.refund_attribution=3"), "write \"3d\" or \"4320m\""));
    EXPECT_TRUE(contains(set_complaint("name=a\"b\n"), "not printable ASCII"));
}

TEST(SetArgument, takes_lists_and_texts) {
    Settings settings;
    apply_set(settings, "training.hidden=[32, 16]");
    apply_set(settings, "name=12 \"monkeys\\");
    EXPECT_EQ(settings.training.hidden, (std::vector<std::int64_t>{32, 16}));
    EXPECT_EQ(settings.scenario.name, "12 \"monkeys\\");
    expect_same(parse_scenario(resolved_toml(settings), "x"), settings);
}

}  // namespace
}  // namespace netcvr
