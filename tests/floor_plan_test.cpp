// Who may include whom: the floor plan of the README as a test. Rooms build on one another from left to
// right, sim → estimators → output → scenarios, and a library is known to as few files as possible.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace netcvr {
namespace {

using Strings = std::vector<std::string>;

/// Folder → what its files may include of the project: a folder ("sim/") or a file.
const std::map<std::string, Strings> rooms = {
    {"sim", {"sim/"}},
    // Not sim/truth.h, world.h, simulate.h, scenario.h or log_file.h: what they hold no estimator may know.
    {"estimators",
     {"estimators/", "sim/click_log.h", "sim/errors.h", "sim/fields.h", "sim/huge_pages.h", "sim/parallel.h",
      "sim/rng.h", "sim/time.h", "sim/trajectory.h", "sim/windows.h"}},
    {"estimators/methods",
     {"estimators/ages.h", "estimators/beta_prior.h", "estimators/delivery.h", "estimators/frozen.h",
      "estimators/loss.h", "estimators/method.h", "estimators/product_limit.h", "estimators/ranking.h",
      "estimators/value.h", "sim/time.h"}},
    {"output",
     {"output/", "sim/", "estimators/copies.h", "estimators/method.h", "estimators/model.h",
      "estimators/network.h", "estimators/protocol.h", "estimators/stage.h", "estimators/train.h"}},
    {"scenarios", {"sim/", "estimators/", "output/", "scenarios/"}},
};

/// Header of a library → the files or folders that may include it. Tests may include everything.
const std::map<std::string, Strings> libraries = {
    {"Eigen/", {"estimators/"}},
    {"Random123/", {"sim/rng.cpp"}},
    {"boost/",
     {"sim/arrivals.cpp", "sim/pilot.cpp", "sim/distributions.cpp", "sim/distributions.h",
      "sim/trajectories.cpp", "output/compare_statistics.cpp", "output/goodness.cpp",
      "scenarios/version.cpp"}},
    {"hdf5.h", {"sim/hdf5_file.cpp"}},
    {"libdeflate.h", {"sim/chunk_filter.cpp"}},
    {"xxhash.h", {"sim/digest.cpp"}},
    {"farmhash.h", {"sim/cascade_text.cpp"}},
    {"CLI/", {"scenarios/cli.cpp"}},
    {"toml++/", {"scenarios/toml_document.cpp"}},
    {"nlohmann/", {"output/", "scenarios/"}},
    {"gtest/", {}},
    {"benchmark/", {}},
};

bool covered(const std::string& path, const Strings& by) {
    return std::any_of(by.begin(), by.end(), [&](const std::string& entry) {
        return entry.ends_with('/') ? path.starts_with(entry) : path == entry;
    });
}

/// The header with its quotes or brackets if `line` includes one, else "".
std::string included(std::string line) {
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t'; });
    constexpr std::string_view directive = "#include";
    if (!line.starts_with(directive)) return "";
    return line.substr(directive.size(), line.find_first_of("\">", directive.size() + 1) - directive.size());
}

/// What the text of file `path` includes against the plan.
Strings violations(const std::string& path, const std::string& text) {
    const std::string folder = path.substr(0, path.rfind('/'));
    Strings found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::string quoted = included(line);
        if (quoted.empty()) continue;
        const std::string header = quoted.substr(1);
        bool allowed = quoted[0] == '<' || (rooms.contains(folder) && covered(header, rooms.at(folder)));
        for (const auto& [library, users] : libraries)
            if (covered(header, {library})) allowed = covered(path, users);
        if (!allowed) found.push_back(std::string(path).append(" includes ").append(header));
    }
    return found;
}

Strings sources() {
    const std::filesystem::path root = SOURCE_DIR;
    Strings files;
    for (const char* room : {"sim", "estimators", "output", "scenarios"})
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / room))
            if (const auto kind = entry.path().extension(); kind == ".h" || kind == ".cpp")
                files.push_back(entry.path().lexically_relative(root).string());
    return files;
}

std::string text_of(const std::string& file) {
    std::ifstream stream(std::string(SOURCE_DIR) + "/" + file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(FloorPlan, is_kept_by_every_file) {
    const auto files = sources();
    EXPECT_GT(files.size(), 50u);
    for (const auto& file : files)
        for (const auto& violation : violations(file, text_of(file))) ADD_FAILURE() << violation;
}

TEST(FloorPlan, notices_what_it_forbids) {
    const std::vector<std::pair<std::string, std::string>> forbidden = {
        {"estimators/train.cpp", "#include \"sim/truth.h\""},
        {"estimators/x.h", "#include \"sim/log_file.h\""},
        {"estimators/x.cpp", " # include \"sim/scenario.h\""},
        {"estimators/methods/x.cpp", "#include \"sim/world.h\""},
        {"estimators/methods/x.cpp", "#include \"estimators/network.h\""},
        {"sim/world.cpp", "#include \"estimators/stage.h\""},
        {"output/score.cpp", "#include \"scenarios/print.h\""},
        {"output/score.cpp", "#include \"estimators/adam.h\""},
        {"sim/log_file.cpp", "#include <hdf5.h>"},
        {"output/x.cpp", "#include <Eigen/Core>"},
        {"scenarios/main.cpp", "#include <CLI/CLI.hpp>"},
        {"scenarios/sweep.cpp", "#include <toml++/toml.h>"},
        {"sim/x.cpp", "#include <nlohmann/json.hpp>"},
        {"sim/x.cpp", "#include <gtest/gtest.h>"},
        {"sim/world.cpp", "int x;\n#include <boost/math.hpp>"},
        {"sim/new_folder/x.cpp", "#include \"sim/time.h\""},
    };
    for (const auto& [path, text] : forbidden)
        EXPECT_EQ(violations(path, text).size(), 1u) << path << ": " << text;
    EXPECT_TRUE(violations("estimators/x.cpp", "#include <vector>\n#include \"sim/time.h\"\n").empty());
}

TEST(FloorPlan, names_only_files_that_exist) {
    for (const auto* table : {&rooms, &libraries})
        for (const auto& [key, entries] : *table)
            for (const auto& entry : entries)
                EXPECT_TRUE(std::filesystem::exists(std::string(SOURCE_DIR) + "/" + entry)) << entry;
}

}  // namespace
}  // namespace netcvr
