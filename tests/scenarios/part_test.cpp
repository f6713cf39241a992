#include "scenarios/part.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

void be_task(const char* id, const char* low, const char* high, const char* count) {
    ::setenv("SLURM_ARRAY_TASK_ID", id, 1);
    ::setenv("SLURM_ARRAY_TASK_MIN", low, 1);
    ::setenv("SLURM_ARRAY_TASK_MAX", high, 1);
    ::setenv("SLURM_ARRAY_TASK_COUNT", count, 1);
}

class PartOf : public testing::Test {
protected:
    void TearDown() override {
        for (const char* end : {"ID", "MIN", "MAX", "COUNT"})
            ::unsetenv(("SLURM_ARRAY_TASK_" + std::string(end)).c_str());
    }
};

TEST_F(PartOf, an_option_counts_from_one) {
    EXPECT_EQ(part_of("1/1"), (Part{0, 1}));
    EXPECT_EQ(part_of("3/7"), (Part{2, 7}));
    EXPECT_EQ(part_of(""), (Part{0, 1}));
}

TEST_F(PartOf, an_option_that_is_none_is_refused) {
    for (const char* bad : {"3", "/", "1/", "/2", "0/2", "3/2", "-1/2", "1/2/3", "1 /2", "a/b", "1/100001",
                            "1/99999999999999999999999"})
        EXPECT_NE(message(Exit::usage, [&] { part_of(bad); }).find("--shard " + std::string(bad)),
                  std::string::npos);
}

TEST_F(PartOf, a_task_of_an_array_without_holes_says_the_part) {
    be_task("0", "0", "3", "4");
    EXPECT_EQ(part_of(""), (Part{0, 4}));
    be_task("7", "5", "7", "3");
    EXPECT_EQ(part_of(""), (Part{2, 3}));
    EXPECT_EQ(part_of("1/2"), (Part{0, 2})) << "the option decides";
}

TEST_F(PartOf, a_task_of_an_array_with_holes_must_be_told) {
    be_task("3", "3", "7", "2");
    EXPECT_EQ(message(Exit::usage, [] { part_of(""); }),
              "the array 3 … 7 has holes (2 tasks): say --shard I/N");
    be_task("x", "1", "2", "2");
    EXPECT_EQ(message(Exit::usage, [] { part_of(""); }), "SLURM_ARRAY_TASK_ID: 'x' is no whole number");
    ::unsetenv("SLURM_ARRAY_TASK_COUNT");
    EXPECT_EQ(message(Exit::usage, [] { part_of(""); }), "SLURM_ARRAY_TASK_COUNT: '' is no whole number");
}

}  // namespace
}  // namespace netcvr
