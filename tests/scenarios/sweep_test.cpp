#include "scenarios/sweep.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "scenarios/field_value.h"
#include "scenarios/presets.h"
#include "scenarios/scenario_file.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

constexpr const char* head = "name = \"s\"\nscenario = \"tiny\"\nmethods = [\"es-dfm\", \"direct\"]\n";

SweepPlan plan_of(const std::string& body) {
    return parse_sweep(head + body, "s.toml", "", {});
}
/// What is said about a sweep whose fourth line is the first of `body`.
std::string complaint(const std::string& body, Exit exit = Exit::scenario) {
    return message(exit, [&] { plan_of(body); });
}
std::string complaint_of_all(const std::string& toml, Exit exit = Exit::scenario) {
    return message(exit, [&] { parse_sweep(toml, "s.toml", "", {}); });
}
bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}
std::vector<std::string> addresses(const SweepPlan& plan) {
    std::vector<std::string> all;
    for (const auto& run : plan.runs) all.push_back(run.address);
    return all;
}
std::string address(const std::string& body) {
    const auto plan = plan_of(body);
    EXPECT_EQ(plan.runs.size(), 1u);
    return plan.runs.at(0).address;
}

TEST(SweepRuns, runs_all_combinations_with_the_first_axis_outermost_and_seeds_innermost) {
    const auto plan = plan_of(
        "replicates = 2\nfirst_seed = 7\n[grid]\ntargets.refunds_per_conversion = [0.45, 0.10]\n"
        "users.explained = [0.6, 0.7]\n[zip]\nconversion_drift.walk = [0.2, 0]\nrefund_drift.walk = [0.1, "
        "0]\n");
    ASSERT_EQ(plan.runs.size(), 16u);
    std::vector<std::tuple<double, double, double, double, std::int64_t>> seen;
    for (const auto& run : plan.runs) {
        const auto& s = run.settings.scenario;
        EXPECT_EQ(s.seed, run.seed);
        seen.emplace_back(-s.targets.refunds_per_conversion, s.users.explained, -s.conversion_drift.walk,
                          -s.refund_drift.walk, run.seed);
    }
    EXPECT_TRUE(std::ranges::is_sorted(seen));
    EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 16u);
    EXPECT_EQ(plan.seeds, (std::vector<std::int64_t>{7, 8}));
    EXPECT_EQ(plan.runs[3].labels,
              (std::map<std::string, std::string>{{"targets.refunds_per_conversion", "0.45"},
                                                  {"users.explained", "0.6"},
                                                  {"conversion_drift.walk", "0"},
                                                  {"refund_drift.walk", "0"}}));
}

TEST(SweepRuns, of_one_combination_needs_no_axis) {
    const auto plan = plan_of("seeds = [3, 1]\n");
    ASSERT_EQ(plan.runs.size(), 2u);
    EXPECT_EQ(plan.runs[0].seed, 3);
    EXPECT_TRUE(plan.runs[0].labels.empty());
    EXPECT_TRUE(plan.axes.empty());
    EXPECT_EQ(plan.methods[1]->name, "direct");
}

TEST(SweepRuns, sets_a_field_for_all_runs_before_the_axes_move_theirs) {
    const auto plan = plan_of(
        "[set]\nscale = \"1/4\"\ntraining.hidden = [8, 4]\nlog.follow_up = \"7d\"\n[grid]\n"
        "training.batch = [64, 128]\n");
    for (const auto& run : plan.runs) {
        EXPECT_EQ(run.settings.scenario.scale, 0.25);
        EXPECT_EQ(run.settings.training.hidden, (std::vector<std::int64_t>{8, 4}));
    }
    EXPECT_EQ(plan.runs[1].settings.training.batch, 128);
}

TEST(SweepRuns, takes_dotted_keys_quoted_keys_and_tables_alike) {
    const auto dotted = plan_of("[grid]\ntargets.cvr = [0.1, 0.2]\n");
    EXPECT_EQ(addresses(plan_of("[grid]\n\"targets.cvr\" = [0.1, 0.2]\n")), addresses(dotted));
    EXPECT_EQ(addresses(plan_of("[grid.targets]\ncvr = [0.1, 0.2]\n")), addresses(dotted));
    EXPECT_EQ(addresses(plan_of("grid.targets.cvr = [0.1, 0.2]\n")), addresses(dotted));
}

TEST(SweepRuns, keeps_the_order_of_its_axes_as_written) {
    const auto titles = [](const SweepPlan& plan) {
        std::vector<std::string> all;
        for (const auto& axis : plan.axes) all.push_back(axis.title);
        return all;
    };
    using Titles = std::vector<std::string>;
    const std::string grid =
        "[grid]\nusers.explained = [0.5]\ntargets.cvr = [0.1]\nrefund_drift.walk = [0]\n";
    const std::string zip = "[zip]\nitems.categories = [5]\nconversion.user = [0]\n";
    EXPECT_EQ(titles(plan_of(grid + zip)), (Titles{"users.explained", "targets.cvr", "refund_drift.walk",
                                                   "items.categories & conversion.user"}));
    EXPECT_EQ(titles(plan_of(zip + grid)).front(), "items.categories & conversion.user");
    EXPECT_EQ(titles(parse_sweep(plan_of(zip + grid).toml, "x", "", {})), titles(plan_of(zip + grid)));
}

TEST(SweepAxis, of_numbers_or_durations_says_them_in_numbers) {
    const auto axes = plan_of(
                          "[grid]\ntargets.cvr = [0.10, 1e-2]\nlog.follow_up = [\"168h\", \"1.5w\"]\n"
                          "items.categories = [3]\nconversion_delay.family = [\"exponential\", \"weibull\"]\n"
                          "training.hidden = [[8, 4]]\n")
                          .axes;
    using Numbers = std::vector<double>;
    using Levels = std::vector<std::string>;
    EXPECT_EQ(axes.at(0).numbers, (Numbers{0.1, 0.01}));
    EXPECT_EQ(axes.at(0).levels, (Levels{"0.1", "0.01"}));
    EXPECT_EQ(axes.at(1).numbers, (Numbers{7.0 * day, 10.5 * day}));
    EXPECT_EQ(axes.at(1).levels, (Levels{"1w", "252h"}));
    EXPECT_EQ(axes.at(1).labels[0].at("log.follow_up"), "\"1w\"");
    EXPECT_EQ(axes.at(2).numbers, Numbers{3});
    EXPECT_TRUE(axes.at(3).numbers.empty());
    EXPECT_EQ(axes.at(3).levels, (Levels{"exponential", "weibull"}));
    EXPECT_TRUE(axes.at(4).numbers.empty());
    EXPECT_EQ(axes.at(4).levels, Levels{"[8, 4]"});
}

TEST(SweepAxis, of_a_zip_is_named_by_its_labels_or_its_values) {
    const std::string zip = "[zip]\nconversion_drift.walk = [0.2, 0]\nrefund_drift.walk = [0.1, 0]\n";
    const auto unnamed = plan_of(zip).axes.at(0);
    EXPECT_EQ(unnamed.levels, (std::vector<std::string>{"0.2 & 0.1", "0 & 0"}));
    EXPECT_EQ(unnamed.keys, (std::vector<std::string>{"conversion_drift.walk", "refund_drift.walk"}));
    EXPECT_EQ(unnamed.labels[1], (std::map<std::string, std::string>{{"conversion_drift.walk", "0"},
                                                                     {"refund_drift.walk", "0"}}));
    EXPECT_TRUE(unnamed.numbers.empty());
    const auto named = plan_of(zip + "label = [\"drifting\", \"standing\"]\n").axes.at(0);
    EXPECT_EQ(named.levels, (std::vector<std::string>{"drifting", "standing"}));
    EXPECT_EQ(named.labels, unnamed.labels);
    EXPECT_EQ(named.title, "conversion_drift.walk & refund_drift.walk");
    EXPECT_EQ(plan_of(zip + "title = \"drift\"\n").axes.at(0).title, "drift");
}

TEST(SweepQuestion, is_the_comment_that_opens_the_file) {
    const auto question = [](const std::string& before) {
        return parse_sweep(before + head, "s.toml", "", {}).question;
    };
    EXPECT_EQ(question("# Who wins?\n#\n#  And why?\r\n\n# not this\n"), "Who wins?\n\n And why?");
    EXPECT_EQ(question(""), "");
    EXPECT_EQ(question("\n# late\n"), "");
    EXPECT_EQ(question("# σ × é?\n"), "σ × é?");
    EXPECT_EQ(question("# \xff?\n"), "\xef\xbf\xbd?");
}

TEST(SweepAddress, does_not_depend_on_how_the_file_is_written) {
    const std::string plain = address("[set]\ntargets.cvr = 0.1\nlog.follow_up = \"8d\"\n");
    EXPECT_EQ(address("[set]\nlog.follow_up = \"192h\"\ntargets.cvr = 0.10\n"), plain);
    EXPECT_EQ(address("[set]\ntargets.cvr = \"1/10\"\nlog.follow_up = \"8d\"\n"), plain);
    EXPECT_EQ(address("[grid]\ntargets.cvr = [1e-1]\n[set]\nlog.follow_up = \"8d\"\n"), plain);
    EXPECT_EQ(address("[zip]\ntargets.cvr = [0.1]\nlog.follow_up = [\"8d\"]\nlabel = [\"x\"]\n"), plain);
    EXPECT_EQ(address("seeds = [1]\n[set]\ntargets.cvr = 0.1\nlog.follow_up = \"8d\"\n"), plain);
    const auto renamed = parse_sweep(
        "# Another question?\nname = \"other\"\nscenario = \"tiny\"\nmethods = [\"es-dfm\", \"direct\"]\n",
        "elsewhere.toml", "", {"targets.cvr=0.1", "log.follow_up=8d"});
    EXPECT_EQ(renamed.runs.at(0).address, plain);
    EXPECT_EQ(address("[set]\nconversion.user = -0.0\n"), address("[set]\nconversion.user = 0\n"));
}

TEST(SweepAddress, does_not_depend_on_the_other_runs) {
    const auto few = addresses(plan_of("seeds = [2]\n[grid]\ntargets.cvr = [0.2]\n"));
    const auto many = addresses(plan_of("replicates = 3\n[grid]\ntargets.cvr = [0.1, 0.2, 0.3]\n"));
    EXPECT_EQ(std::ranges::count(many, few.at(0)), 1);
    EXPECT_EQ(std::set(many.begin(), many.end()).size(), 9u);
}

/// Moves the field a little, up or down.
void move(const SettingsField& field, Settings& settings, bool up) {
    const auto scaled = [&](double& value) { value = value == 0 ? 0.01 : value * (up ? 1.01 : 0.99); };
    const Slot slot = field->slot(field.in(settings));
    if (auto* const* number = std::get_if<double*>(&slot)) scaled(**number);
    if (auto* const* whole = std::get_if<std::int64_t*>(&slot))
        **whole += (up ? 1 : -1) * (field->kind == Kind::duration ? minute : 1);
    if (auto* const* text = std::get_if<std::string*>(&slot))
        **text = field->choices.empty()
                     ? "2025-06-01T00:00:00Z"
                     : std::string(**text == field->choices.front() ? field->choices.back()
                                                                    : field->choices.front());
    if (auto* const* numbers = std::get_if<std::vector<double>*>(&slot)) {
        for (double& entry : **numbers) scaled(entry);
        if ((*numbers)->empty()) (*numbers)->push_back(field->high);
    }
    if (auto* const* integers = std::get_if<std::vector<std::int64_t>*>(&slot))
        for (std::int64_t& entry : **integers) ++entry;
}

/// Refunds of repeats can be asked for where there are repeats.
const char* const repeats = "[set]\ntargets.repurchases_per_click = 0.02\n";

/// The address of `tiny` with one field moved to where the checks across fields let it be.
std::string address_when_moved(const SettingsField& field, const Settings& tiny) {
    for (const bool up : {true, false}) {
        Settings moved = tiny;
        move(field, moved, up);
        try {
            const char* set = field->name == "targets.refunds_per_click" ? repeats : "[set]\n";
            return plan_of(fmt::format("{}{} = {}\n", set, field->name, to_toml(*field, field.in(moved))))
                .runs.at(0)
                .address;
        } catch (const InputError&) {
            EXPECT_TRUE(up) << field->name << ": neither way";
        }
    }
    return "";
}

TEST(SweepAddress, depends_on_every_field) {
    std::set<std::string> seen = {address(""), address(repeats)};
    const Settings tiny = load_settings("tiny", {});
    for (const auto& row : settings_fields())
        // A sweep's seeds stand elsewhere, and the last network, `cells`, it cannot train.
        if (row->name != "seed" && row->name != "training.network") {
            EXPECT_TRUE(seen.insert(address_when_moved(row, tiny)).second) << row->name;
        }
    EXPECT_TRUE(seen.insert(address("seeds = [2]\n")).second);
    EXPECT_TRUE(seen.insert(address("bootstrap = 10\n")).second);
    for (const char* methods : {"\"es-dfm\"", "\"direct\", \"es-dfm\"", "\"es-dfm\", \"direct\", \"fnw\""}) {
        const auto plan = parse_sweep(
            fmt::format("name = \"s\"\nscenario = \"tiny\"\nmethods = [{}]\n", methods), "s.toml", "", {});
        EXPECT_TRUE(seen.insert(plan.runs.at(0).address).second) << methods;
    }
}

TEST(SweepAddress, depends_on_every_key_of_a_feature) {
    const auto with = [](const std::string& feature) {
        return address("[base]\npreset = \"tiny\"\n[[base.features]]\n" + feature);
    };
    std::set<std::string> seen;
    for (const char* feature :
         {"name = \"a\"\nsource = \"user.id\"\n", "name = \"b\"\nsource = \"user.id\"\n",
          "name = \"a\"\nsource = \"item.id\"\n", "name = \"a\"\nsource = \"user.id\"\ncardinality = 5\n",
          "name = \"a\"\nsource = \"user.id\"\nfidelity = 0.5\n",
          "name = \"a\"\nsource = \"user.id\"\nmissing = 0.5\n"})
        EXPECT_TRUE(seen.insert(with(feature)).second) << feature;
}

TEST(SweepAddress, depends_on_the_version_of_a_method) {
    // The table of methods is constant while the program runs; its versions are read from there.
    auto* version = const_cast<int*>(&find_method("direct").version);
    const std::string before = address("");
    ++*version;
    EXPECT_NE(address(""), before);
    --*version;
    EXPECT_EQ(address(""), before);
}

TEST(SweepPlanFile, reads_back_to_the_same_runs) {
    const ScratchFolder folder;
    write_bytes(folder.file("world.toml"),
                "preset = \"tiny\"\nname = \"a \\\"world\\\"\"\ntargets.cvr = 0.3\n");
    write_bytes(folder.file("s.toml"),
                "# Does it?\n#\n# It is asked.\nname = \"s\"\nscenario = \"world.toml\"\nreplicates = 2\n"
                "methods = [\"fnw\"]\nbootstrap = 5\n[set]\nlog.clicks = 1000\n[zip]\n"
                "conversion_drift.walk = [0.1, 0]\ntitle = \"t\"\nlabel = [\"a\\\"b\\\\\", \"c\"]\n[grid]\n"
                "training.hidden = [[8], [8, 4]]\nlog.follow_up = [\"7d\", \"8d\"]\n"
                "training.network = [\"mlp\"]\n");
    const auto plan = load_sweep(folder.file("s.toml"), {"scale=1/2"});
    std::filesystem::remove(folder.file("world.toml"));
    const auto back = parse_sweep(plan.toml, "plan.toml", "", {});
    EXPECT_EQ(addresses(back), addresses(plan));
    EXPECT_EQ(back.toml, plan.toml);
    EXPECT_EQ(back.question, "Does it?\n\nIt is asked.");
    EXPECT_EQ(back.axes, plan.axes);
    EXPECT_EQ(back.scenario, "world.toml");
    EXPECT_EQ(back.seeds, plan.seeds);
    for (std::size_t k = 0; k < plan.runs.size(); ++k) {
        EXPECT_EQ(back.runs[k].labels, plan.runs[k].labels);
        EXPECT_EQ(resolved_toml(back.runs[k].settings), resolved_toml(plan.runs[k].settings));
    }
    EXPECT_EQ(plan.runs[0].settings.scenario.scale, 0.5);
    EXPECT_EQ(plan.runs[0].settings.scenario.targets.cvr, 0.3);
}

TEST(SweepPlanFile, keeps_every_preset) {
    for (const auto& preset : presets()) {
        const auto text = fmt::format("name = \"s\"\nscenario = \"{}\"\nmethods = [\"fnw\"]\n", preset.name);
        const auto plan = parse_sweep(text, "s.toml", "", {});
        EXPECT_EQ(addresses(parse_sweep(plan.toml, "p", "", {})), addresses(plan)) << preset.name;
    }
}

TEST(SweepFile, says_where_it_is_wrong) {
    EXPECT_EQ(complaint("[grid]\ntargets.refund_per_conversion = [0.1]\n"),
              "s.toml:5:9: unknown key 'targets.refund_per_conversion'; did you mean "
              "'targets.refunds_per_conversion'?");
    EXPECT_EQ(complaint("replicate = 3\n"),
              "s.toml:4:1: unknown key 'replicate' of a sweep; did you mean 'replicates'?");
    EXPECT_EQ(
        complaint("scale = 0.1\n"),
        "s.toml:4:1: unknown key 'scale' of a sweep; fields of the scenario stand under [set], [grid] or "
        "[zip]");
    EXPECT_TRUE(complaint("[grid]\ntargets.cvr = [0.1, 1.5]\n")
                    .starts_with("s.toml:5:21: targets.cvr = 1.5 is outside "));
    EXPECT_TRUE(complaint("[set]\nlog.follow_up = 7\n")
                    .starts_with("s.toml:5:17: log.follow_up = 7 has no unit (s m h d w)"));
    EXPECT_EQ(complaint("[grid]\ntargets.cvr = 0.1\n"),
              "s.toml:5:15: targets.cvr is not a list of values, one for each level");
    EXPECT_EQ(complaint("[grid]\ntargets.cvr = []\n"), "s.toml:5:15: targets.cvr has no level");
    EXPECT_TRUE(
        contains(complaint("[grid]\ntraining.hidden = [64, 32]\n"), "training.hidden = 64 is not a list"));
    EXPECT_EQ(complaint("[grid]\ntargets.cvr = [0.1, 0.2, 0.10]\n"),
              "s.toml:5:26: targets.cvr: level 3 repeats an earlier one");
    EXPECT_EQ(complaint("[grid]\nfeatures = [1]\n"),
              "s.toml:5:1: 'features' can only stand in a scenario file or in [base]");
    EXPECT_EQ(complaint("grid = 3\n"), "s.toml:4:1: 'grid' is a section: write [grid]");
    EXPECT_TRUE(contains(complaint("[set]\ntargets.cvr = true\n"), "s.toml:5:15: true, false"));
}

TEST(SweepFile, gives_each_field_one_place) {
    EXPECT_EQ(complaint("[set]\ntargets.cvr = 0.1\n[grid]\ntargets.cvr = [0.1]\n"),
              "s.toml:5:9: 'targets.cvr' is both set and varied");
    EXPECT_EQ(complaint("[zip]\ntargets.cvr = [0.1]\n[grid]\ntargets.cvr = [0.1]\n"),
              "s.toml:5:9: 'targets.cvr' is varied twice");
    EXPECT_TRUE(
        contains(complaint("[grid]\n\"targets.cvr\" = [0.1]\ntargets.cvr = [0.2]\n"), "is varied twice"));
    EXPECT_EQ(complaint("[set]\n\"targets.cvr\" = 0.1\ntargets.cvr = 0.2\n"),
              "s.toml:6:9: 'targets.cvr' is set twice");
    EXPECT_EQ(complaint("[grid]\nseed = [1, 2]\n"),
              "s.toml:5:1: 'seed' is no axis: write replicates and first_seed, or seeds");
    EXPECT_TRUE(contains(complaint("[set]\nseed = 1\n"), "'seed' is no axis"));
    const auto set_complaint = [](const std::string& assignment) {
        return message(Exit::scenario, [&] {
            parse_sweep(head + std::string("[grid]\ntargets.cvr = [0.1]\n"), "s.toml", "", {assignment});
        });
    };
    EXPECT_EQ(set_complaint("targets.cvr=0.2"), "--set targets.cvr=0.2: s.toml varies 'targets.cvr'");
    EXPECT_TRUE(contains(set_complaint("seed=2"), "--set seed=2: 'seed' is no axis"));
    EXPECT_TRUE(contains(set_complaint("targets.cvrr=2"), "did you mean 'targets.cvr'?"));
    EXPECT_TRUE(contains(set_complaint("scale"), "write key=value"));
}

TEST(SweepFile, wants_a_zip_of_equal_lengths) {
    EXPECT_EQ(complaint("[zip]\nconversion_drift.walk = [0.1, 0]\nrefund_drift.walk = [0.1]\n"),
              "s.toml:6:21: refund_drift.walk has 1 levels, conversion_drift.walk has 2: fields of a zip "
              "move together");
    EXPECT_TRUE(contains(complaint("[zip]\nrefund_drift.walk = [0.1]\nlabel = [\"a\", \"b\"]\n"),
                         "s.toml:6:9: label has 2 levels, refund_drift.walk has 1"));
    EXPECT_TRUE(contains(complaint("[zip]\nlabel = [\"a\"]\n"), "a zip without a field"));
    EXPECT_TRUE(contains(complaint("[zip]\nrefund_drift.walk = [0.1, 0]\nlabel = [\"a\", \"a\"]\n"),
                         "refund_drift.walk: level 2 repeats an earlier one"));
    EXPECT_TRUE(
        contains(complaint("[zip]\nrefund_drift.walk = [0.1]\nlabel = [3]\n"), "a label is not a text"));
}

TEST(SweepFile, takes_all_methods_but_reproduced_errors_and_those_of_money) {
    const SweepPlan plan = parse_sweep(
        "name = \"s\"\nscenario = \"tiny\"\nmethods = [\"all\"]\nseeds = [1]\n", "s.toml", "", {});
    for (const Method& method : methods()) {
        const bool left_out = method.claim == Claim::as_coded || method.name == "gmv-direct";
        EXPECT_EQ(std::ranges::count(plan.methods, &method), left_out ? 0 : 1) << method.name;
    }
    EXPECT_EQ(plan.runs.size(), 1u);
}

TEST(SweepFile, wants_methods_that_exist) {
    const auto with = [](const std::string& methods) {
        return "name = \"s\"\nscenario = \"tiny\"\nmethods = " + methods + "\n";
    };
    EXPECT_EQ(complaint_of_all(with("[\"es-dmf\"]"), Exit::usage).substr(0, 33),
              "s.toml:3:12: unknown method 'es-d");
    EXPECT_EQ(complaint_of_all(with("[\"fnw\", \"fnw\"]"), Exit::usage),
              "s.toml:3:19: method 'fnw' is named twice");
    EXPECT_EQ(complaint_of_all(with("[]")), "s.toml:3:11: methods is empty");
    EXPECT_TRUE(contains(complaint_of_all(with("\"fnw\"")), "methods is not a list"));
}

TEST(SweepFile, wants_a_name_a_scenario_and_seeds) {
    EXPECT_EQ(complaint_of_all(""), "s.toml:1:1: a sweep without 'name'");
    EXPECT_EQ(complaint_of_all("name = \"s\"\n"),
              "s.toml:1:1: a sweep without 'scenario', a preset or a file");
    EXPECT_TRUE(
        contains(complaint_of_all("name = \"../s\"\n"), "s.toml:1:8: name is the name of a folder too"));
    EXPECT_EQ(complaint_of_all("name = \"s\"\nscenario = \"cascad\"\n"),
              "s.toml:2:12: unknown preset 'cascad'; did you mean 'cascade'? (a file's name ends in .toml)");
    EXPECT_EQ(complaint_of_all("name = \"s\"\nscenario = \"none.toml\"\n"),
              "s.toml:2:12: cannot read 'none.toml': No such file or directory");
    EXPECT_EQ(complaint("seeds = [1]\nreplicates = 2\n"),
              "s.toml:5:1: 'replicates' beside 'seeds': write one or the other");
    EXPECT_EQ(complaint("seeds = [1, 1]\n"), "s.toml:4:13: seed 1 appears twice");
    EXPECT_EQ(complaint("seeds = []\n"), "s.toml:4:9: seeds is empty");
    EXPECT_EQ(complaint("replicates = 0\n"), "s.toml:4:14: replicates = 0 is outside 1 … 10000");
    EXPECT_EQ(complaint("bootstrap = 10001\n"), "s.toml:4:13: bootstrap = 10001 is outside 0 … 10000");
    EXPECT_TRUE(contains(complaint("seeds = [-1]\n"), "a seed is a whole number"));
}

TEST(SweepFile, is_checked_across_fields_run_by_run) {
    EXPECT_TRUE(complaint("[grid]\nwindows.refund_attribution = [\"3d\", \"9d\"]\n")
                    .starts_with("s.toml: windows.refund_attribution = \"9d\": protocol.gap = "));
    EXPECT_TRUE(
        contains(complaint("[set]\nlog.duration = \"2d\"\n"), "s.toml: log.duration = 2d leaves no stream"));
    EXPECT_TRUE(contains(complaint("[set]\ntraining.network = \"cells\"\n"), "needs --fields"));
    EXPECT_TRUE(contains(complaint("replicates = 10000\n[grid]\ntargets.cvr = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, "
                                   "0.7, 0.8, 0.81, 0.82, 0.83]\n"),
                         "more than 100000 runs"));
}

TEST(SweepFile, that_is_damaged_is_an_input_error) {
    const std::string whole =
        std::string("# Why?\n") + head +
        "replicates = 2\nbootstrap = 3\n[set]\nscale = \"1/4\"\n[grid]\n"
        "targets.cvr = [0.1, 0.2]\n[zip]\nconversion_drift.walk = [0.2, 0]\n"
        "refund_drift.walk = [0.1, 0]\nlabel = [\"a\", \"b\"]\n[base]\npreset = \"tiny\"\n"
        "[[base.features]]\nname = \"u\"\nsource = \"user.id\"\n";
    ASSERT_EQ(parse_sweep(whole, "s.toml", "", {}).runs.size(), 8u);
    std::uint32_t state = 11;
    const auto next = [&](std::size_t n) { return (state = state * 1664525u + 1013904223u) / 65536 % n; };
    const std::string_view bytes = "\"'[]{}=.,#\n\\-0a\xff\x01";
    std::size_t refused = 0;
    for (int k = 0; k < 3000; ++k) {
        std::string damaged = whole;
        for (int j = 0; j <= k % 5; ++j) {
            const std::size_t at = next(damaged.size());
            const auto change = next(3);
            if (change == 0) damaged.erase(at, 1 + next(8));
            if (change == 1) damaged.insert(at, 1, bytes[next(bytes.size())]);
            if (change == 2) damaged[at] = bytes[next(bytes.size())];
        }
        try {
            parse_sweep(damaged, "s.toml", "", {});
        } catch (const InputError& error) {
            EXPECT_TRUE(error.exit == Exit::scenario || error.exit == Exit::usage) << damaged;
            EXPECT_EQ(std::string_view(error.what()).substr(0, 7), "s.toml:") << error.what();
            ++refused;
        }
    }
    EXPECT_GT(refused, 1500u);
}

TEST(Shard, takes_every_run_once_and_spreads_them) {
    const auto plan = plan_of("replicates = 7\n[grid]\ntargets.cvr = [0.1, 0.2]\n");
    std::vector<std::size_t> all;
    for (std::size_t part = 0; part < 4; ++part) {
        const auto runs = shard(plan, part, 4);
        EXPECT_GE(runs.size(), 3u);
        EXPECT_LE(runs.size(), 4u);
        all.insert(all.end(), runs.begin(), runs.end());
    }
    std::ranges::sort(all);
    for (std::size_t k = 0; k < 14; ++k) EXPECT_EQ(all.at(k), k);
    EXPECT_EQ(all.size(), 14u);
    EXPECT_TRUE(shard(plan, 20, 21).empty());
}

}  // namespace
}  // namespace netcvr
