#include "estimators/lifting.h"

#include <random>

#include <gtest/gtest.h>

#include "estimators/train.h"
#include "sim/errors.h"
#include "tests/estimators/cells.h"
#include "tests/estimators/enumeration.h"
#include "tests/estimators/small_log.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

std::vector<std::string> lifted_names(std::string_view lifting) {
    std::vector<std::string> names;
    for (const Method& method : methods()) {
        const bool towers = method.learners.size() == 2 && method.learners[0].delivery;
        if (towers) names.push_back(std::string(method.name).append(":refund=").append(lifting));
    }
    return names;
}

TEST(Liftings, settle_where_they_say_whatever_the_conversion_tower) {
    std::mt19937_64 random(21);
    for (const Modifier& lifting : liftings())
        for (const std::string& name : lifted_names(lifting.choices.front())) {
            const Learner& refunds = find_method(name).learners.at(1);
            const bool biased = lifting.choices.front() == "R1";
            const Output& output = refunds.outputs.at(0);
            for (int k = 0; k < 5; ++k) {
                const auto cell = cells::random_cell(random);
                const double settles = output.probability(solved(refunds, cell));
                EXPECT_NEAR(settles, output.optimum(cells::law_of(cell), StageKind::refund), 1e-6) << name;
                EXPECT_EQ(std::abs(settles - cells::truth_of(cell).refund) > 1e-4, biased) << name;
            }
        }
}

/// methods/spec.md 7.2: R1 on S1 and S3, R1 on S4.
TEST(Liftings, have_the_numbers_of_the_specification) {
    const double once[] = {.16667, .35065, .30314, .39394}, twice[] = {.10526, .26471, .20375, .35135};
    const auto cells = cells::specified();
    const auto r = [&](std::string_view name, std::size_t k) {
        const Learner& refunds = find_method(name).learners.at(1);
        return refunds.outputs.at(0).probability(solved(refunds, cells[k]));
    };
    for (std::size_t k = 0; k < cells.size(); ++k) {
        EXPECT_NEAR(r("es-dfm:refund=R1", k), once[k], 5.1e-6);
        EXPECT_NEAR(r("fnw:refund=R1", k), once[k], 5.1e-6);
        EXPECT_NEAR(r("ulc:refund=R1", k), once[k], 5.1e-6) << "at the conversion";
        EXPECT_NEAR(r("defer:refund=R1", k), twice[k], 5.1e-6);
    }
}

TEST(Liftings, exchange_the_refund_tower_alone) {
    const ClickLog log = small_log();
    const auto trained = [&](std::string_view name) {
        return train(log, {&find_method(name)}, small_training(), 1).at(0);
    };
    const Predictions own = trained("es-dfm"), same = trained("es-dfm:refund=R2"),
                      other = trained("es-dfm:refund=R1");
    EXPECT_EQ(own.refund_rate, same.refund_rate) << "R2 is the tower that ES-DFM brings";
    EXPECT_EQ(own.cvr, other.cvr);
    EXPECT_NE(own.refund_rate, other.refund_rate);
    EXPECT_EQ(other.method, "es-dfm:refund=R1");
}

TEST(Liftings, are_found_by_name_or_refused_with_the_names_there_are) {
    EXPECT_EQ(find_method("defer:refund=R1").claim, Claim::biased);
    EXPECT_EQ(find_method("defer:refund=R1-corrected").claim, Claim::consistent);
    EXPECT_EQ(find_method("dfm-snapshot:refund=R1").claim, Claim::biased);
    EXPECT_EQ(find_method("dfm-snapshot:logit-adjusted=1").claim, Claim::biased);
    for (const char* lifting : {"R1", "R1-corrected", "R2"})
        EXPECT_EQ(find_method(std::string("batch:refund=") + lifting).learners.at(1).collected, day)
            << lifting;
    EXPECT_EQ(&find_method("defer:refund=R1"), &find_method("defer:refund=R1"));
    EXPECT_EQ(message(Exit::usage, [] { find_method("defer:refund=R3"); }),
              "unknown modifier 'refund=R3'; did you mean 'refund=R1'?");
    EXPECT_EQ(message(Exit::usage, [] { find_method("direct:refund=R1"); }),
              "method 'direct' has no refund tower with a network of its own that could be exchanged");
    EXPECT_EQ(known_method("seer"), nullptr);
}

}  // namespace
}  // namespace netcvr
