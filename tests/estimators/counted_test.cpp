// Methods that count instead of training a network.
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "estimators/history.h"
#include "estimators/method.h"
#include "estimators/product_limit.h"
#include "estimators/protocol.h"
#include "estimators/strata.h"
#include "estimators/train.h"
#include "tests/estimators/small_log.h"

namespace netcvr {
namespace {

StratumRates rates_of(const char* method, const History& history, Time t) {
    return find_method(method).counted.rates(history, t);
}

const char* const counting[] = {"empirical-bayes", "aalen-johansen"};

// ----------------------------------------------------------------------------------------------- product
// limit

/// Weeks of remission under 6-mercaptopurine (Freireich et al. 1963), the textbooks' table; + is censored.
TEST(ProductLimit, is_that_of_the_textbook) {
    constexpr Time now = 100;
    const Time events[] = {6, 6, 6, 7, 10, 13, 16, 22, 23};
    const Time censored[] = {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35};
    const std::pair<Time, double> table[] = {{5, 1},     {6, .857},  {7, .807},  {10, .753},
                                             {13, .690}, {16, .627}, {22, .538}, {23, .448}};
    for (const auto& [until, survival] : table) {
        Stage stage;
        for (const Time delay : events) {
            stage.start.push_back(0);
            stage.event.push_back(delay <= until ? delay : never);
        }
        for (const Time delay : censored) {
            stage.start.push_back(now - 1 - delay);  // watched through that second
            stage.event.push_back(never);
        }
        const std::vector<std::uint32_t> stratum(stage.start.size(), 0);
        const auto found = product_limit(stage, order_of(stage), stratum, 1, 0, now);
        EXPECT_NEAR(found[0].survival, survival, .0005) << until;
        EXPECT_EQ(found[0].survival, found[1].survival);
        EXPECT_EQ(found[0].starts, 21);
    }
}

/// Some clicks whose delays tie often and hit every edge of the windows, 1 to 12 s each.
Outcomes random_outcomes(std::mt19937_64& random, std::size_t clicks) {
    ClickLog log;
    const auto some = [&](Time below) {
        return static_cast<Time>(random() % static_cast<std::uint64_t>(below));
    };
    log.windows = {.conversion_attribution = 1 + some(12), .refund_attribution = 1 + some(12)};
    for (std::size_t i = 0; i < clicks; ++i) {
        log.click_time.push_back(some(40));
        const Time conversion = random() % 2 ? log.click_time[i] + some(14) : never;
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(conversion == never || random() % 2 ? never : conversion + some(14));
    }
    return outcomes(log);
}

/// P(event | start) of the clicks chosen, second by second, click by click: what was seen before t of those
/// that entered in [from, t).
double slow_product_limit(const Stage& stage, const std::vector<std::size_t>& chosen, Time from, Time t) {
    double survival = 1;
    for (Time u = 0; u < stage.attribution; ++u) {
        double at_risk = 0, events = 0;
        for (const std::size_t i : chosen) {
            if (stage.start[i] < from || stage.start[i] >= t || stage.start[i] + u >= t) continue;
            if (stage.event[i] != never && stage.event[i] < stage.start[i] + u) continue;
            ++at_risk;
            events += stage.event[i] == stage.start[i] + u;
        }
        if (at_risk > 0) survival *= 1 - events / at_risk;
    }
    return 1 - survival;
}

double slow_starts(const Stage& stage, const std::vector<std::size_t>& chosen, Time from, Time t) {
    return static_cast<double>(std::ranges::count_if(
        chosen, [&](std::size_t i) { return stage.start[i] >= from && stage.start[i] < t; }));
}

TEST(AalenJohansen, agrees_with_a_plain_reading_of_the_product) {
    std::mt19937_64 random(51);
    for (int world = 0; world < 300; ++world) {
        const std::size_t clicks = 1 + random() % 60, strata = 1 + random() % 4;
        const Outcomes all = random_outcomes(random, clicks);
        std::vector<std::uint32_t> stratum(clicks);
        std::vector<std::vector<std::size_t>> of(strata + 1);
        for (std::size_t i = 0; i < clicks; ++i) {
            stratum[i] = static_cast<std::uint32_t>(random() % strata);
            of[stratum[i]].push_back(i);
            of[strata].push_back(i);
        }
        const History history(all, stratum, strata);
        const Time begin = std::ranges::min(all.conversion.start);
        for (const Time t : {Time{0}, Time{7}, Time{15}, Time{30}, Time{80}}) {
            const StratumRates found = rates_of("aalen-johansen", history, t);
            const auto expect = [&](const Stage& stage, Time from, const std::vector<double>& column) {
                const auto event = [&](std::size_t s) { return slow_product_limit(stage, of[s], from, t); };
                const auto starts = [&](std::size_t s) { return slow_starts(stage, of[s], from, t); };
                const double together = (starts(strata) * event(strata) + .5) / (starts(strata) + 1);
                for (std::size_t s = 0; s < strata; ++s)
                    ASSERT_NEAR(column[s], (starts(s) * event(s) + together) / (starts(s) + 1), 1e-12);
            };
            expect(all.conversion, begin, found.cvr);
            expect(all.refund, begin + all.windows.conversion_attribution, found.refund_rate);
        }
    }
}

// ---------------------------------------------------------------------------------------------- empirical
// Bayes

/// Ten clicks in each of two strata, six and two convert, none is refunded. θ = 8.5 / 21; squares 1.9524² and
/// 2.0476², less 2.4093 each, over 180 · .24093: m = 12.612. Refunds: no spread, so all have .5 / 9.
TEST(EmpiricalBayes, is_what_a_hand_finds) {
    ClickLog log;
    log.windows = {.conversion_attribution = 10, .refund_attribution = 10};
    std::vector<std::uint32_t> stratum;
    for (std::uint32_t k = 0; k < 20; ++k) {
        log.click_time.push_back(0);
        log.conversion_time.push_back(k % 10 < (k < 10 ? 6 : 2) ? 5 : never);
        log.refund_time.push_back(never);
        stratum.push_back(k / 10);
    }
    const Outcomes all = outcomes(log);
    const History history(all, stratum, 3);  // the third is empty
    const StratumRates found = rates_of("empirical-bayes", history, 20);
    EXPECT_NEAR(found.cvr[0], .491104, 1e-6);
    EXPECT_NEAR(found.cvr[1], .314208, 1e-6);
    EXPECT_NEAR(found.cvr[2], 8.5 / 21, 1e-12);
    for (const double r : found.refund_rate) EXPECT_NEAR(r, .5 / 9, 1e-12);
    EXPECT_NEAR(rates_of("empirical-bayes", history, 9).cvr[0], .5, 1e-12) << "not final yet";
    EXPECT_NEAR(rates_of("empirical-bayes", history, 10).cvr[0], .491104, 1e-6);
    EXPECT_NEAR(rates_of("empirical-bayes", history, 19).refund_rate[0], .5, 1e-12) << "not final yet";
}

// --------------------------------------------------------------------------------------------------------
// both

TEST(Counting, gives_probabilities_to_empty_strata_and_without_any_events) {
    ClickLog log;
    const std::vector<std::uint32_t> none;
    const Outcomes nothing = outcomes(log);
    log.click_time = {0, 1, 5 * day};
    log.conversion_time = log.refund_time = std::vector<Time>(3, never);
    const Outcomes no_event = outcomes(log);
    log.conversion_time = log.refund_time = {4, 1, 5 * day};
    const Outcomes all_events = outcomes(log);
    const std::vector<std::uint32_t> stratum = {0, 0, 2};
    for (const char* method : counting)
        for (const Time t : {Time{0}, Time{1}, 7 * day, 20 * day})
            for (const Outcomes* all : {&nothing, &no_event, &all_events}) {
                const History history(*all, all == &nothing ? none : stratum, 4);
                const StratumRates found = rates_of(method, history, t);
                ASSERT_EQ(found.cvr.size(), 4U);
                ASSERT_EQ(found.refund_rate.size(), 4U);
                for (const auto* column : {&found.cvr, &found.refund_rate})
                    for (const double p : *column) EXPECT_TRUE(p > 0 && p < 1) << method << ", t = " << t;
            }
}

/// Two kinds of buyers: the quick convert within hours and are refunded often, the slow within a day and
/// seldom. Standard errors are those of the clicks whose labels are final, which Aalen–Johansen undercuts.
TEST(Counting, recovers_the_rates_of_strata_in_a_world_that_stands_still) {
    constexpr std::size_t clicks = 200'000, strata = 3;
    constexpr Time now = 4 * day, quick = 2 * hour, slow = 16 * hour;
    std::mt19937_64 random(52);
    std::uniform_real_distribution<double> uniform;
    const auto after = [&](Time mean) {
        return static_cast<Time>(-std::log(1 - uniform(random)) * static_cast<double>(mean));
    };
    const auto by = [](Time w, Time mean) {
        return 1 - std::exp(-static_cast<double>(w) / static_cast<double>(mean));
    };
    ClickLog log;
    log.windows = {.conversion_attribution = day, .refund_attribution = day};
    std::vector<std::uint32_t> stratum;
    for (std::size_t i = 0; i < clicks; ++i)
        log.click_time.push_back(static_cast<Time>(uniform(random) * double(now)));
    std::ranges::sort(log.click_time);
    for (const Time click : log.click_time) {
        const auto s = static_cast<std::uint32_t>(random() % strata);
        stratum.push_back(s);
        const bool is_quick = uniform(random) < .5, converts = uniform(random) < .25 + .15 * s;
        const Time conversion = converts ? click + after(is_quick ? quick : slow) : never;
        const bool refunded = uniform(random) < (is_quick ? .6 : .1) && converts;
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(refunded ? conversion + after(12 * hour) : never);
    }
    const Outcomes all = outcomes(log);
    const History history(all, stratum, strata);
    const double of_quick = .5 * by(day, quick), of_slow = .5 * by(day, slow);
    const double refund_rate = (of_quick * .6 + of_slow * .1) / (of_quick + of_slow) * by(day, 12 * hour);
    for (const char* method : counting) {
        const StratumRates found = rates_of(method, history, now);
        for (std::size_t s = 0; s < strata; ++s) {
            const double cvr = (.25 + .15 * double(s)) * (of_quick + of_slow);
            double clicks_final = 0, conversions_final = 0, seen = 0, all_clicks = 0;
            for (std::size_t i = 0; i < clicks; ++i) {
                if (stratum[i] != s) continue;
                ++all_clicks, seen += all.conversion.happens(i) && all.conversion.event[i] < now;
                clicks_final += log.click_time[i] + day <= now;
                conversions_final += log.click_time[i] + 2 * day <= now && all.conversion.happens(i);
            }
            const double error = std::sqrt(cvr * (1 - cvr) / clicks_final);
            EXPECT_NEAR(found.cvr[s], cvr, 5 * error) << method << ", stratum " << s;
            EXPECT_LT(seen / all_clicks, cvr - 5 * error)
                << "taking censored clicks for negatives would pass";
            EXPECT_NEAR(found.refund_rate[s], refund_rate,
                        5 * std::sqrt(refund_rate * (1 - refund_rate) / conversions_final))
                << method << ", stratum " << s;
        }
    }
}

TEST(Counting, is_done_at_the_start_of_each_segment_for_the_clicks_in_it) {
    const ClickLog log = small_log();
    const Outcomes all = outcomes(log);
    Training training = small_training();
    training.strata = "colour";
    const Cells strata = strata_of(log, training.strata);
    const History history(all, strata.of, strata.count);
    for (const char* method : counting) {
        const Predictions predictions = train(log, {&find_method(method)}, training, 1).at(0);
        EXPECT_EQ(predictions.copies, 0U);
        EXPECT_EQ(predictions.learning_rate, 0);
        ASSERT_EQ(predictions.row.size(), streamed_clicks(log).size());
        for (std::size_t k = 0; k < predictions.row.size(); ++k) {
            const auto i = static_cast<std::size_t>(predictions.row[k]);
            const auto segment = static_cast<Time>(segment_of(log.protocol, log.click_time[i]));
            const StratumRates then =
                rates_of(method, history, log.protocol.stream_start() + segment * log.protocol.segment);
            const double p = then.cvr[strata.of[i]], r = then.refund_rate[strata.of[i]];
            ASSERT_EQ(predictions.cvr[k], static_cast<float>(p));
            ASSERT_EQ(predictions.refund_rate[k], static_cast<float>(r));
            ASSERT_EQ(predictions.net_cvr[k], static_cast<float>(p * (1 - r)));
        }
    }
}

TEST(Counting, takes_corrections_and_no_remedies_of_training) {
    EXPECT_NE(known_method("aalen-johansen:platt=cvr"), nullptr);
    EXPECT_EQ(known_method("aalen-johansen:refund=R1"), nullptr);
    EXPECT_EQ(known_method("aalen-johansen:over-sampling=2"), nullptr);
    EXPECT_EQ(known_method("aalen-johansen:value=ziln"), nullptr);
}

}  // namespace
}  // namespace netcvr
