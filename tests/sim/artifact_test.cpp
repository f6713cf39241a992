#include "sim/artifact.h"

#include <csignal>

#include <gtest/gtest.h>

#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

TEST(Artifact, appears_whole_or_not_at_all) {
    const ScratchFolder folder;
    const auto path = folder.file("a.txt");
    {
        const Artifact artifact(path, false);
        write_bytes(artifact.temporary(), "half");
        EXPECT_EQ(folder.entries(), 1u);
        EXPECT_FALSE(std::filesystem::exists(path));
    }
    EXPECT_EQ(folder.entries(), 0u);
    write_text(path, "whole", false);
    EXPECT_EQ(bytes_of(path), "whole");
    EXPECT_EQ(folder.entries(), 1u);
}

TEST(Artifact, replaces_a_file_only_by_force) {
    const ScratchFolder folder;
    const auto path = folder.file("a.txt");
    write_text(path, "first", false);
    EXPECT_EQ(message(Exit::exists, [&] { write_text(path, "second", false); }),
              "'" + path + "' exists; --force replaces it");
    EXPECT_EQ(bytes_of(path), "first");
    write_text(path, "second", true);
    EXPECT_EQ(bytes_of(path), "second");
}

TEST(Artifact, is_read_whole_and_nothing_else_is_read) {
    const ScratchFolder folder;
    const std::string text = std::string(200000, 'x') + std::string("\0\r\n", 3);
    write_text(folder.file("a.txt"), text, false);
    write_text(folder.file("empty.txt"), "", false);
    EXPECT_EQ(read_text(folder.file("a.txt")), text);
    EXPECT_EQ(read_text(folder.file("empty.txt")), "");
    EXPECT_EQ(read_text(folder.file("nowhere.txt")), std::nullopt);
    EXPECT_EQ(read_text(folder.path.string()), std::nullopt);
}

TEST(Artifact, does_not_replace_a_file_that_appeared_meanwhile) {
    const ScratchFolder folder;
    const auto path = folder.file("a.txt");
    Artifact artifact(path, false);
    write_bytes(path, "theirs");
    message(Exit::exists, [&] { artifact.commit(); });
    EXPECT_EQ(bytes_of(path), "theirs");
}

TEST(Artifact, names_the_reason_a_file_cannot_be_made) {
    const ScratchFolder folder;
    const auto nowhere = folder.file("nowhere/a.txt");
    EXPECT_EQ(message(Exit::system, [&] { write_text(nowhere, "", false); }),
              "cannot write '" + nowhere + "': No such file or directory");
    write_text(folder.file("file"), "", false);
    const auto below = folder.file("file/a.txt");
    EXPECT_EQ(message(Exit::system, [&] { write_text(below, "", false); }),
              "cannot write '" + below + "': Not a directory");
    EXPECT_NE(
        message(Exit::system, [&] { write_text(folder.path.string(), "", true); }).find("Is a directory"),
        std::string::npos);
    message(Exit::system, [] { write_text("/dev/null", "", true); });
}

TEST(Artifact, is_removed_when_the_program_is_interrupted) {
    const ScratchFolder folder;
    for (const auto& [signal, code] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
        EXPECT_EXIT(
            {
                remove_unfinished_on_signals();
                const Artifact artifact(folder.file("a.h5"), false);
                ::raise(signal);
            },
            testing::ExitedWithCode(code), "");
        EXPECT_EQ(folder.entries(), 0u);
    }
}

}  // namespace
}  // namespace netcvr
