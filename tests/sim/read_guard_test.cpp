#include "sim/read_guard.h"

#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

#include "sim/artifact.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

TEST(ReadGuard, turns_a_crash_into_a_message_that_names_the_file) {
    const ScratchFolder folder;
    EXPECT_EXIT(
        {
            blame_files_for_crashes();
            const Artifact artifact(folder.file("out.h5"), false);
            const std::string path = "log.h5";
            const ReadGuard guard(path);
            std::abort();
        },
        testing::ExitedWithCode(4), "netcvr: cannot read 'log.h5': damaged, HDF5 crashed on it");
    EXPECT_EQ(folder.entries(), 0u);
}

TEST(ReadGuard, blames_no_file_for_our_own_crashes) {
    EXPECT_EXIT(
        {
            blame_files_for_crashes();
            {
                const std::string path = "log.h5";
                const ReadGuard guard(path);
            }
            std::abort();
        },
        testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace netcvr
