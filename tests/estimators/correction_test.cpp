// What corrections are fitted on, and what becomes of the predictions of whole streams. The fits themselves:
// calibration_test.cpp.
#include "estimators/correction.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "estimators/loss.h"
#include "estimators/protocol.h"
#include "estimators/strata.h"
#include "estimators/train.h"
#include "sim/errors.h"
#include "tests/estimators/altered_log.h"
#include "tests/estimators/small_log.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

/// Streams three days; labels are final after half a day and a day.
ClickLog three_days(std::size_t clicks = 3000, unsigned seed = 1) {
    ClickLog log = small_log(clicks, seed);
    log.protocol.pretrain = day;
    return log;
}

Predictions run(const ClickLog& log, const std::string& method) {
    return train(log, {&find_method(method)}, small_training(), 1).at(0);
}

using Column = std::vector<float> Predictions::*;

// -------------------------------------------------------------------------------------------------------
// when

TEST(Correction, is_refitted_at_the_first_segment_of_each_day_of_the_stream) {
    Protocol protocol{.pretrain = day, .gap = day, .segment = 6 * hour};
    const Time start = protocol.stream_start();
    EXPECT_EQ(refitted(protocol, start), start);
    EXPECT_EQ(refitted(protocol, start + day - 1), start);
    EXPECT_EQ(refitted(protocol, start + day), start + day);
    EXPECT_EQ(refitted(protocol, start + 2 * day + 7 * hour), start + 2 * day);
    protocol.segment = 7 * hour;  // 0, 7, 14, 21 | 28, 35, 42 | 49 hours
    EXPECT_EQ(refitted(protocol, start + 27 * hour), start) << "a segment that began the day before";
    EXPECT_EQ(refitted(protocol, start + 28 * hour), start + 28 * hour);
    EXPECT_EQ(refitted(protocol, start + 48 * hour), start + 28 * hour);
    EXPECT_EQ(refitted(protocol, start + 50 * hour), start + 49 * hour);
    protocol.segment = 36 * hour;
    EXPECT_EQ(refitted(protocol, start + 35 * hour), start);
    EXPECT_EQ(refitted(protocol, start + 40 * hour), start + 36 * hour);
}

/// Every fit, against a plain reading: clicks of the stream that are old enough, whatever became of them.
TEST(Correction, is_fitted_on_all_clicks_of_an_age_and_on_labels_known_by_then) {
    ClickLog log = three_days();
    log.protocol.segment = 7 * hour;
    const Outcomes all = outcomes(log);
    const std::vector<std::uint32_t> clicks = streamed_clicks(log);
    const Cells strata = strata_of(log, "");
    for (const StageKind stage : {StageKind::conversion, StageKind::refund, StageKind::net}) {
        std::vector<Judged> fits;
        const Correction recording{.stage = stage, .fit = [&](const Judged& judged) {
                                       fits.push_back(judged);
                                       return Mapping{};
                                   }};
        std::vector<double> predicted(clicks.size());
        for (std::size_t k = 0; k < clicks.size(); ++k) predicted[k] = 1e-6 * static_cast<double>(k + 1);
        const std::vector<double> said = predicted;
        correct(recording, all, clicks, strata.of, predicted);
        EXPECT_EQ(predicted, said);
        const Time age = stage == StageKind::conversion ? 12 * hour : day;
        std::size_t fit = 0;
        for (const Time now : {2 * day, 3 * day + 4 * hour, 4 * day + hour}) {
            const Outcomes known = known_at(all, now - 1);
            Judged expected;
            for (std::size_t k = 0; k < clicks.size(); ++k) {
                const std::uint32_t i = clicks[k];
                if (log.click_time[i] + age > now) continue;
                if (stage == StageKind::refund && !known.conversion.happens(i)) continue;
                const bool event = stage == StageKind::conversion ? known.conversion.happens(i)
                                   : stage == StageKind::refund   ? known.refund.happens(i)
                                                                  : known.net(i);
                expected.add(said[k], event, strata.of[i]);
            }
            if (expected.size() == 0) continue;
            ASSERT_LT(fit, fits.size());
            EXPECT_EQ(fits[fit].probability, expected.probability);
            EXPECT_EQ(fits[fit].happened, expected.happened);
            EXPECT_EQ(fits[fit].stratum, expected.stratum);
            ++fit;
        }
        EXPECT_EQ(fits.size(), fit);
        EXPECT_EQ(fit, 2U);
    }
}

// -----------------------------------------------------------------------------------------------------
// streams

const char* const every_correction[] = {":shrinkage=all", ":platt=all", ":isotonic=all",
                                        ":shrinkage=all:platt=all:isotonic=all"};

TEST(Correction, leaves_predictions_alone_until_something_is_judged) {
    const ClickLog log = three_days();
    for (const std::string method : {"es-dfm", "direct", "bi-defuse"}) {
        const Predictions plain = run(log, method);
        for (const std::string correction : every_correction) {
            const Predictions corrected = run(log, method + correction);
            for (const Column column :
                 {&Predictions::cvr, &Predictions::refund_rate, &Predictions::net_cvr}) {
                ASSERT_EQ((corrected.*column).size(), (plain.*column).size());
                std::size_t changed = 0;
                for (std::size_t k = 0; k < (plain.*column).size(); ++k) {
                    const Time click = log.click_time[static_cast<std::size_t>(plain.row[k])];
                    const bool same = (corrected.*column)[k] == (plain.*column)[k];
                    if (click < 3 * day) {
                        ASSERT_TRUE(same);
                    }
                    changed += !same;
                }
                if (correction != ":shrinkage=all" && !(plain.*column).empty()) {
                    EXPECT_GT(changed, 500U) << method << correction;
                }
            }
        }
    }
}

TEST(Correction, knows_nothing_of_what_happens_later) {
    ClickLog log = three_days();
    for (std::size_t i = 0; i < log.size(); ++i) {  // so slow that many labels are about to be final
        Time &conversion = log.conversion_time[i], &refund = log.refund_time[i];
        if (refund != never) refund += 5 * (refund - log.click_time[i]);
        if (conversion != never) conversion += 3 * (conversion - log.click_time[i]);
    }
    for (const std::string method : {"es-dfm", "direct", "pretrained"}) {
        const std::string name = method + ":shrinkage=all:platt=all:isotonic=all";
        const Predictions one = run(log, name);
        for (const Time t :
             {3 * day + 10 * minute, 3 * day + 5 * hour, 4 * day + 10 * minute, 5 * day - 7 * hour}) {
            const Predictions two = run(altered_after(log, t), name);
            std::size_t compared = 0;
            for (std::size_t k = 0; k < one.row.size(); ++k) {
                if (log.click_time[static_cast<std::size_t>(one.row[k])] > t) continue;
                ++compared;
                for (const Column column :
                     {&Predictions::cvr, &Predictions::refund_rate, &Predictions::net_cvr})
                    ASSERT_TRUE((one.*column).empty() || (one.*column)[k] == (two.*column)[k])
                        << name << ", row " << one.row[k] << ", t = " << t;
            }
            EXPECT_GT(compared, 400U);
        }
    }
}

/// A click's outcome reaches the predictions of the first day that begins when it is judged, no sooner. The
/// network of `pretrained` sees nothing of it.
TEST(Correction, learns_of_an_outcome_when_its_click_is_judged) {
    const ClickLog log = three_days();
    const Time begin = 2 * day + 13 * hour,
               end = 2 * day + 20 * hour;  // judged at 4 d, refunds and cvr alike
    ClickLog other = log;
    for (std::size_t i = 0; i < log.size(); ++i)
        if (log.click_time[i] >= begin && log.click_time[i] < end) {
            other.conversion_time[i] = log.click_time[i] + minute;
            other.refund_time[i] = log.click_time[i] + 2 * minute;
        }
    for (const std::string correction : every_correction) {
        const Predictions one = run(log, "pretrained" + correction),
                          two = run(other, "pretrained" + correction);
        for (const Column column : {&Predictions::cvr, &Predictions::refund_rate}) {
            std::size_t changed = 0, after = 0;
            for (std::size_t k = 0; k < one.row.size(); ++k) {
                const bool same = (one.*column)[k] == (two.*column)[k];
                const Time click = log.click_time[static_cast<std::size_t>(one.row[k])];
                if (click < 4 * day) {
                    ASSERT_TRUE(same) << correction << ", row " << one.row[k];
                }
                after += click >= 4 * day, changed += !same;
            }
            EXPECT_GT(changed, after / 2) << correction;
        }
    }
}

TEST(Correction, of_a_cascade_is_part_of_its_net) {
    const Predictions corrected = run(three_days(), "es-dfm:platt=refund");
    const Predictions plain = run(three_days(), "es-dfm");
    EXPECT_EQ(corrected.cvr, plain.cvr);
    EXPECT_NE(corrected.refund_rate, plain.refund_rate);
    for (std::size_t k = 0; k < corrected.row.size(); ++k)
        ASSERT_NEAR(corrected.net_cvr[k], corrected.cvr[k] * (1 - corrected.refund_rate[k]), 1e-6);
}

/// In the order of the table, whatever that of the name; the second is fitted on what the first made.
TEST(Correction, composes_in_the_order_of_the_table) {
    const Method& both = find_method("pretrained:platt=cvr:shrinkage=cvr");
    EXPECT_EQ(&both, &find_method("pretrained:shrinkage=cvr:platt=cvr"));
    EXPECT_EQ(both.name, "pretrained:shrinkage=cvr:platt=cvr");
    const ClickLog log = three_days();
    const Outcomes all = outcomes(log);
    Training training = small_training();
    training.strata = "colour";
    const auto trained = train(log, {&find_method("pretrained"), &both}, training, 1);
    const Predictions &plain = trained[0], &corrected = trained[1];
    const std::vector<std::uint32_t> clicks = streamed_clicks(log);
    const Cells strata = strata_of(log, "colour");
    const auto chained = [&](const Calibration& first, const Calibration& second) {
        std::vector<double> column(plain.cvr.begin(), plain.cvr.end());
        correct({StageKind::conversion, first}, all, clicks, strata.of, column);
        correct({StageKind::conversion, second}, all, clicks, strata.of, column);
        return column;
    };
    const std::vector<double> expected = chained(shrinkage, platt), reversed = chained(platt, shrinkage);
    double apart = 0;
    for (std::size_t k = 0; k < expected.size(); ++k) {
        ASSERT_NEAR(corrected.cvr[k], expected[k], 1e-5);
        apart = std::max(apart, std::abs(expected[k] - reversed[k]));
    }
    EXPECT_GT(apart, 1e-3) << "the order does not matter here";
}

/// A head whose logit is one too low, in a world whose features tell the rates: Σ predicted over the number
/// of events has a relative error of √(1 / fitted events + 1 / scored events).
TEST(Correction, brings_the_mean_of_a_miscalibrated_head_to_the_rate) {
    const ClickLog log = three_days(20000, 3);
    const Outcomes all = outcomes(log);
    Method low = find_method("pretrained");
    for (Learner& learner : low.learners)
        learner.outputs[0].probability = [](std::span<const double> z) { return sigmoid(z[0] - 1); };
    Training training = small_training();
    training.learning_rate = 0.01;
    training.strata = "colour";
    const auto pcoc_of_last_day = [&](const std::vector<float>& column, StageKind stage,
                                      const std::vector<std::int64_t>& rows) {
        double sum = 0, events = 0, judged = 0;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            const auto i = static_cast<std::size_t>(rows[k]);
            if (!all.stage(stage).entered(i)) continue;
            if (log.click_time[i] >= 4 * day)
                sum += column[k], events += all.label(stage, i);
            else if (log.click_time[i] + judged_at_age(log.windows, stage) <= 4 * day)
                judged += all.label(stage, i);
        }
        return std::pair{sum / events, std::sqrt(1 / events + 1 / judged)};
    };
    for (const Calibration fit : {shrinkage, platt, isotonic}) {
        Method corrected = low;
        corrected.corrections = {{StageKind::conversion, fit}, {StageKind::refund, fit}};
        const auto both = train(log, {&low, &corrected}, training, 2);
        for (const auto& [column, stage] : {std::pair{&Predictions::cvr, StageKind::conversion},
                                            {&Predictions::refund_rate, StageKind::refund}}) {
            const auto [before, error] = pcoc_of_last_day(both[0].*column, stage, both[0].row);
            const auto [after, same_error] = pcoc_of_last_day(both[1].*column, stage, both[1].row);
            EXPECT_LT(before, 1 - 5 * error);
            EXPECT_NEAR(after, 1, 5 * error) << name_of(stage);
        }
    }
}

// -------------------------------------------------------------------------------------------------------
// names

std::string refusal(std::string_view name) {
    return message(Exit::usage, [name] { find_method(name); });
}

TEST(Correction, is_refused_where_it_has_nothing_to_act_on) {
    EXPECT_EQ(refusal("direct:platt=refund"),
              "method 'direct' has no refund head of its own: platt=refund has nothing to act on");
    EXPECT_EQ(refusal("es-dfm:isotonic=net"),
              "method 'es-dfm' has no net head of its own: isotonic=net has nothing to act on");
    EXPECT_EQ(refusal("es-dfm:shrinkage").find("modifier 'shrinkage' needs a choice: one of "), 0U);
    EXPECT_EQ(refusal("es-dfm:plat=refund"), "unknown modifier 'plat=refund'; did you mean 'platt=refund'?");
    EXPECT_EQ(refusal("es-dfm:platt=refnd"), "unknown modifier 'platt=refnd'; did you mean 'platt=refund'?");
    for (const Method& method : methods())
        EXPECT_NE(known_method(std::string(method.name) + ":isotonic=all"), nullptr) << method.name;
}

TEST(Correction, claims_no_closed_form_for_what_was_biased) {
    const Method& vanilla = find_method("vanilla:platt=cvr");
    EXPECT_FALSE(vanilla.learners[0].outputs[0].optimum);
    EXPECT_TRUE(vanilla.learners[1].outputs[0].optimum);
    EXPECT_TRUE(find_method("es-dfm:platt=cvr").learners[0].outputs[0].consistent());
}

// ------------------------------------------------------------------------------------------------------
// strata

TEST(Strata, are_combinations_of_named_features_or_of_one_with_up_to_256_categories) {
    ClickLog log;
    log.click_time.resize(4);
    log.features = {{"a", 3, {2, -1, 2, 0}}, {"id", 257, {0, 1, 2, 3}}, {"b", 256, {7, 7, 9, 7}}};
    EXPECT_EQ(strata_of(log, "").of, (std::vector<std::uint32_t>{0, 0, 1, 0}));
    EXPECT_EQ(strata_of(log, "a").of, (std::vector<std::uint32_t>{0, 1, 0, 2}));
    EXPECT_EQ(strata_of(log, "b,a").of, (std::vector<std::uint32_t>{0, 1, 2, 3}));
    EXPECT_EQ(strata_of(log, "b,a").count, 4U);
    log.features.erase(log.features.begin() + 2);
    log.features.erase(log.features.begin());
    EXPECT_EQ(strata_of(log, "").of, (std::vector<std::uint32_t>(4, 0))) << "ids alone: one stratum";
    EXPECT_EQ(strata_of(log, "").count, 1U);
}

TEST(Strata, are_refused_with_the_nearest_name) {
    const ClickLog log = three_days(300);
    Training training = small_training();
    training.strata = "colour,shp";
    EXPECT_EQ(message(Exit::scenario,
                      [&] { train(log, {&find_method("pretrained:shrinkage=refund")}, training, 1); }),
              "training.strata: no feature 'shp' in the log; did you mean 'shop'?");
}

}  // namespace
}  // namespace netcvr
