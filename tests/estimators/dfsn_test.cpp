// The satellites of DFSN, one by one: its prediction settles where it does whatever they say.

#include <random>

#include <gtest/gtest.h>

#include "tests/estimators/enumeration.h"

namespace netcvr {
namespace {

TEST(Dfsn, has_satellites_that_settle_at_p_and_at_what_half_the_window_shows) {
    std::mt19937_64 random(43);
    for (int round = 0; round < 20; ++round) {
        const cells::Cell cell = cells::random_cell(random);
        const CellLaw law = cells::law_of(cell);
        const std::vector<double> z = solved(find_method("dfsn").learners[0], cell);
        const double seen = law.event_by(StageKind::conversion, cell.windows.conversion_observation / 2);
        EXPECT_NEAR(sigmoid(z[2]), law.cvr(), 1e-6) << "unbiased";
        EXPECT_NEAR(sigmoid(z[1]), seen, 1e-6) << "short window";
        EXPECT_NEAR(sigmoid(z[0] + z[2]), law.cvr() / (1 + law.late()), 1e-6) << "main";
    }
}

}  // namespace
}  // namespace netcvr
