#include "estimators/method.h"

#include <filesystem>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

TEST(Methods, have_a_row_for_each_file_and_are_sorted_by_name) {
    std::set<std::string> files, rows;
    for (const auto& file :
         std::filesystem::directory_iterator(std::string(SOURCE_DIR) + "/estimators/methods"))
        files.insert(file.path().stem().string());
    std::string before;
    for (const Method& method : methods()) {
        EXPECT_LT(before, method.name);
        before = method.name;
        std::string stem(method.name);
        for (auto& c : stem) c = c == '-' ? '_' : c;
        rows.insert(stem);
    }
    for (const auto& file : files) EXPECT_TRUE(rows.contains(file)) << file;
}

TEST(Methods, are_found_by_name) {
    EXPECT_EQ(find_method("es-dfm").name, "es-dfm");
}

TEST(Methods, name_the_nearest_for_a_typo) {
    try {
        find_method("es-dmf");
        FAIL();
    } catch (const InputError& error) {
        EXPECT_EQ(error.exit, Exit::usage);
        EXPECT_STREQ(error.what(), "unknown method 'es-dmf'; did you mean 'es-dfm'?");
    }
}

}  // namespace
}  // namespace netcvr
