#pragma once
// A sweep as its file says it, every key and value checked by itself. sweep.h makes runs of it.

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario_file.h"
#include "scenarios/sweep.h"

namespace netcvr {

/// An axis as written: what each of its fields is given at each level.
struct WrittenAxis {
    bool zip = false;  // else of the grid: one field
    std::vector<const SettingsField*> fields;
    std::vector<std::vector<Given>> given;  // given[f][l]: for fields[f] at level l; every row as long
    std::vector<std::string> names = {};    // names[l], from the `label` of a zip; or empty
    std::string title = {};                 // of a zip; or ""
};

struct SweepFile {
    std::string name, question, scenario;
    Settings base;                          // the scenario, before any assignment
    Settings common;                        // with [set] and the assignments from outside
    std::vector<const SettingsField*> set;  // what those assign, in the table's order
    std::vector<WrittenAxis> axes;          // as the file has them; a zip before or after all of the grid
    std::vector<const Method*> methods;
    std::vector<std::int64_t> seeds;
    int bootstrap = 0;
};

/// Throws as parse_sweep() does.
SweepFile read_sweep_file(std::string_view toml,
                          const std::string& source,
                          const std::string& folder,
                          const std::vector<std::string>& sets);

/// The comment that opens a text, a line each, without its marks.
std::string opening_comment(std::string_view text);

}  // namespace netcvr
