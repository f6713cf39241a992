#pragma once
// Is a log what it says it is? Its structure, and its outcomes against its truth.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/log_file.h"
#include "sim/scenario.h"
#include "sim/world.h"

namespace netcvr {

/// A rule that all rows of a part of a log keep, beyond what read_log has refused already.
struct StructureCheck {
    std::string part, rule;   // "/log/conversion_time", "after the click, within the follow-up"
    std::size_t count = 0;    // what the rule was held against
    std::string broken = {};  // the first row that breaks it, and how; "" = none
};
/// Of a log that read_log returned: one line per part.
std::vector<StructureCheck> check_structure(const LogFile& file);
std::string structure_text(const std::vector<StructureCheck>& checks);

/// A partition of the rows that does not look at outcomes.
struct Strata {
    std::string name;  // "item category"
    std::size_t count = 0;
    std::vector<std::uint32_t> of_row;  // 0 … count − 1
};

/// What the world expects of its clicks, for logs that hold all of them.
struct ExpectedClicks {
    std::vector<double> per_user, per_item, per_day, per_hour;  // by id; of the log; since the time origin
    std::vector<Strata> strata;                                 // that only the world knows
};
ExpectedClicks expected_clicks(const World& world, const ClickLog& log);

/// One number that a right truth keeps below its bound.
struct TestCell {
    std::string name;
    double observed = 0, expected = 0;
    double statistic = 0;  // z, or Kolmogorov's distance times √n
};
/// Cells of one quantity, grouped in one way.
struct TruthTest {
    std::string quantity, by;
    bool kolmogorov = false;
    std::vector<TestCell> cells = {};
};
struct TruthValidation {
    std::vector<TruthTest> tests;
    std::size_t cells = 0;                     // of all of them
    double z_bound = 0, kolmogorov_bound = 0;  // the worst cell of a right truth exceeds them with
                                               // probability family_level
    std::vector<std::string> failing;          // "cvr by local hour 5: z = 9.1"

    double bound(const TruthTest& test) const { return test.kolmogorov ? kolmogorov_bound : z_bound; }
};

/// Of labels, delays, repeats and money, by these strata and by those the log itself shows.
std::vector<TruthTest> outcome_tests(const LogFile& file,
                                     const Scenario& scenario,
                                     const std::vector<Strata>& strata);
/// These and the clicks themselves. With a full truth by its uncensored times and with its delay laws; else
/// over clicks whose labels are final. `clicks`: nullptr if the log does not hold all clicks of its
/// scenario's world.
TruthValidation validate_truth(const LogFile& file, const Scenario& scenario, const ExpectedClicks* clicks);
std::string validation_text(const TruthValidation& validation);

}  // namespace netcvr
