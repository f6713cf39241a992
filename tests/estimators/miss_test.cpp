// The heads of MISS, one by one: their mixture has no closed form where α is a number.

#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "estimators/ages.h"
#include "tests/estimators/enumeration.h"

namespace netcvr {
namespace {

constexpr std::size_t heads = 3;

/// methods/spec.md 7.2, α = .7. The cells of the specification with W = 64 w, so that the first of its
/// windows is theirs; delays beyond that are late in any case and come sooner.
TEST(MissConstant, has_heads_with_the_numbers_of_the_specification) {
    const double first[] = {.05900, .12442, .31483, .51542};
    auto cells = cells::specified();
    for (std::size_t k = 0; k < cells.size(); ++k) {
        cells[k].windows.conversion_attribution = 64 * cells[k].windows.conversion_observation;
        for (auto& way : cells[k].ways)
            if (way.conversion != never) way.conversion = std::min<Time>(way.conversion, 1200);
        EXPECT_NEAR(sigmoid(solved(find_method("miss-constant").learners[0], cells[k])[0]), first[k], 5.1e-6)
            << "ABCD"[k];
    }
}

/// p A / (p A + 1 − p + d_k), A = 1 + .7 δ_k; with α = f / (1 − f) p itself.
TEST(Miss, has_heads_that_settle_where_it_says_in_random_cells) {
    std::mt19937_64 random(41);
    for (int round = 0; round < 20; ++round) {
        const cells::Cell cell = cells::random_cell(random);
        const CellLaw law = cells::law_of(cell);
        const double p = law.cvr();
        const auto with_constant = solved(find_method("miss-constant").learners[0], cell),
                   with_own = solved(find_method("miss").learners[0], cell);
        for (std::size_t k = 0; k < heads; ++k) {
            const Time window = age(cell.windows.conversion_attribution, age_count - heads + k);
            const double late = p - law.event_by(StageKind::conversion, window);
            const double positive = p * (1 + .7 * late / p);
            EXPECT_NEAR(sigmoid(with_constant[k]), positive / (positive + 1 - p + late), 1e-6);
            EXPECT_NEAR(sigmoid(with_own[k]), p, 1e-6);
        }
    }
}

/// Its weight grows like e^z while the loss of a positive falls like e^−z: unbounded, a click that came more
/// than once would be pushed on for ever.
TEST(Miss, lets_go_of_a_positive_that_it_is_sure_of) {
    const Loss& loss = find_method("miss").learners[0].loss;
    const std::uint8_t label = 1, part = 0;
    const std::vector<double> late(heads, .5), z(2 * heads, 40);
    Incidents incidents;
    const Batch batch{.label = {&label, 1},
                      .frozen = late,
                      .heads = 2 * heads,
                      .part = {&part, 1},
                      .incidents = &incidents};
    std::vector<double> dz(2 * heads);
    loss(batch, z, dz);
    EXPECT_LE(dz[0], 0);
    EXPECT_GT(dz[0], -20 * std::exp(-39.0));
    EXPECT_EQ(incidents.clipped, 1U);
}

}  // namespace
}  // namespace netcvr
