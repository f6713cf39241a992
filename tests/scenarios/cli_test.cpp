#include "scenarios/cli.h"

#include <sstream>

#include <gtest/gtest.h>

#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

TEST(EveryVerb, ends_its_help_with_its_example) {
    const ScratchFolder folder;
    for (const auto& [verb, command] : examples()) {
        const auto help = run_in(folder, "netcvr " + std::string(verb) + " --help");
        EXPECT_EQ(help.exit, 0) << verb;
        EXPECT_TRUE(help.out.ends_with("Example:\n  " + std::string(command) + "\n")) << help.out;
        EXPECT_NE(help.out.find("Usage: netcvr " + std::string(verb)), std::string::npos) << help.out;
    }
}

TEST(EveryVerb, has_an_example_that_runs) {
    const ScratchFolder folder;
    std::filesystem::create_directory_symlink(SOURCE_DIR "/scenarios", folder.file("scenarios"));
    for (const std::string part : {"1", "2"})
        run_in(folder, "netcvr simulate tiny --shard " + part + "/2 -o part" + part + ".h5");
    for (const auto& [verb, command] : examples()) {
        const auto ran = run_in(folder, std::string(command));
        EXPECT_EQ(ran.exit, 0) << command << "\n" << ran.err;
        EXPECT_EQ(ran.err, "") << command;
        const bool redirected = command.find('>') != std::string_view::npos;
        EXPECT_NE(ran.out.empty(), !redirected) << command;
    }
    for (const char* file : {"log.h5", "merged.h5", "buyers.h5", "clean.tsv", "predictions.h5", "scores.json",
                             "stream.h5", "labels.h5", "log.tsv", "imported.h5", "model.h5", "answers.h5"})
        EXPECT_GT(std::filesystem::file_size(folder.file(file)), 0u) << file;
    EXPECT_EQ(folder.entries(), 12u + 3u);  // two shards and scenarios/ were there
}

TEST(EveryVerb, has_an_example_and_stands_in_the_help) {
    const ScratchFolder folder;
    const auto help = run_in(folder, "netcvr --help");
    std::istringstream lines(help.out.substr(help.out.find("Subcommands:")));
    std::size_t verbs = 0;
    for (std::string line; std::getline(lines, line);) verbs += line.starts_with("  ");
    EXPECT_EQ(verbs, examples().size());
    for (const auto& example : examples())
        EXPECT_NE(help.out.find("\n  " + std::string(example.verb) + " "), std::string::npos) << example.verb;
}

TEST(EveryOption, states_its_default) {
    const ScratchFolder folder;
    for (const auto& example : examples()) {
        std::istringstream lines(run_in(folder, "netcvr " + std::string(example.verb) + " --help").out);
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with("  -") || line.starts_with("  -h")) continue;
            const bool stated =
                line.find("default") != std::string::npos || line.find("required") != std::string::npos;
            EXPECT_TRUE(stated) << example.verb << ": " << line;
        }
    }
}

TEST(Version, names_program_compiler_libraries_and_streams) {
    const ScratchFolder folder;
    const auto ran = run_in(folder, "netcvr --version");
    EXPECT_EQ(ran.exit, 0);
    for (const char* part : {"netcvr ", "compiler ", "HDF5 1.", "Boost 1.", "stream_version "})
        EXPECT_NE(ran.out.find(part), std::string::npos) << part;
}

TEST(DryRun, prints_a_scenario_that_shows_as_itself) {
    const ScratchFolder folder;
    const auto dry =
        run_in(folder, "netcvr simulate tiny --seed 5 --set targets.cvr=0.1 --dry-run > plan.toml");
    EXPECT_EQ(dry.exit, 0) << dry.err;
    const auto shown = run_in(folder, "netcvr show plan.toml");
    EXPECT_EQ(shown.exit, 0) << shown.err;
    const std::string plan = bytes_of(folder.file("plan.toml"));
    EXPECT_TRUE(plan.starts_with(shown.out));
    EXPECT_NE(plan.find("\nseed = 5 "), std::string::npos);
    EXPECT_NE(plan.find("# expected: 20000 clicks of "), std::string::npos);
    EXPECT_EQ(folder.entries(), 1u);
}

TEST(Simulate, gives_one_content_for_any_threads_and_compression) {
    const ScratchFolder folder;
    const auto digest = [&](const std::string& options) {
        const auto ran = run_in(folder, "netcvr simulate tiny -o log.h5 --force " + options);
        EXPECT_EQ(ran.exit, 0) << ran.err;
        return ran.out;
    };
    const auto first = digest("");
    EXPECT_EQ(digest("--threads 1 --compress 0"), first);
    EXPECT_EQ(digest("--threads 3 --compress 9 --truth full"), first);
    EXPECT_NE(digest("--seed 2"), first);
}

TEST(Simulate, draws_a_log_without_features) {
    const ScratchFolder folder;
    write_bytes(folder.file("bare.toml"), "[log]\nclicks = 2000\n");
    ASSERT_EQ(run_in(folder, "netcvr simulate bare.toml -o bare.h5").exit, 0);
    EXPECT_NE(run_in(folder, "netcvr inspect bare.h5").out.find(", 0 features"), std::string::npos);
}

TEST(Help, explains_methods_metrics_fields_sources_and_statistics_and_points_to_verbs) {
    const ScratchFolder folder;
    for (const std::string name : {"es-dfm", "pcoc_truth", "targets.cvr", "user.id", "lowest_hour"})
        EXPECT_TRUE(run_in(folder, "netcvr help " + name).out.starts_with(name)) << name;
    EXPECT_NE(run_in(folder, "netcvr help label").err.find("netcvr label --help"), std::string::npos);
}

TEST(Simulate, resolves_a_log_whose_scenario_makes_the_same_log) {
    const ScratchFolder folder;
    const auto made =
        run_in(folder, "netcvr simulate tiny -o log.h5 && /usr/bin/python3 -c 'import h5py' 2>/dev/null");
    if (made.exit != 0) GTEST_SKIP() << "no h5py here";
    const auto again = run_in(folder,
                              "/usr/bin/python3 -c 'import h5py; "
                              "print(h5py.File(\"log.h5\").attrs[\"scenario_toml\"])' > again.toml && "
                              "netcvr simulate again.toml -o log.h5 --force");
    EXPECT_EQ(again.exit, 0) << again.err;
    EXPECT_EQ(again.out, made.out);
}

}  // namespace
}  // namespace netcvr
