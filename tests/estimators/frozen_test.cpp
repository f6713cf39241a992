// Frozen heads in their modes, in a world of three cells in which everything can be enumerated.

#include "estimators/frozen.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "estimators/study.h"
#include "tests/estimators/cells.h"
#include "tests/estimators/small_log.h"
#include "tests/sim/expect_error.h"

namespace netcvr {
namespace {

constexpr std::size_t cell_count = 3;

/// Three of the specification's cells, whose windows of 6000 s leave a stream of four days.
std::vector<cells::Cell> world() {
    const auto all = cells::specified();
    return {all[1], all[2], all[3]};
}

ClickLog log_of(std::size_t clicks, unsigned seed = 3) {
    std::mt19937_64 random(seed);
    const std::vector<cells::Cell> cells = world();
    ClickLog log;
    log.windows = cells[0].windows;
    log.protocol = {.pretrain = 2 * day, .gap = day, .segment = day / 4};
    log.duration = 7 * day;
    log.features = {{.name = "cell", .cardinality = cell_count, .value = {}}};
    for (std::size_t i = 0; i < clicks; ++i)
        log.click_time.push_back(std::uniform_int_distribution<Time>(0, log.duration - 1)(random));
    std::ranges::sort(log.click_time);
    std::vector<std::discrete_distribution<std::size_t>> ways;
    for (const auto& cell : cells) {
        std::vector<double> masses;
        for (const auto& way : cell.ways) masses.push_back(way.mass);
        ways.emplace_back(masses.begin(), masses.end());
    }
    for (const Time click : log.click_time) {
        const std::size_t c = random() % cell_count;
        const cells::Way& way = cells[c].ways[ways[c](random)];
        const Time conversion = way.conversion == never ? never : click + way.conversion;
        log.features[0].value.push_back(static_cast<std::int32_t>(c));
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(conversion == never || way.refund == never ? never
                                                                             : conversion + way.refund);
    }
    return log;
}

Training training_of(const std::string& frozen) {
    Training training;
    training.network = "cells";
    training.fields = {"cell"};
    training.batch = 128;
    training.learning_rate = 0.01;
    training.pretrain_passes = 20;
    training.frozen = frozen;
    return training;
}

std::size_t cell_of(const ClickLog& log, std::size_t click) {
    return static_cast<std::size_t>(log.features[0].value[click]);
}

MassesOf truth_of_log(const ClickLog& log) {
    return [&log, cells = world()](std::size_t click, const Windows& windows) {
        return cells::trajectories_of(cells[cell_of(log, click)], windows);
    };
}

/// Methods whose heads are all there are; those that read order values need another log, those with a start
/// of their own need time, and ask nothing new.
std::vector<const Method*> everybody() {
    std::vector<const Method*> chosen;
    for (const Method& method : methods())
        if (std::ranges::none_of(method.learners,
                                 [](const Learner& l) { return l.reads_value || l.own_start; }))
            chosen.push_back(&method);
    return chosen;
}

/// Shares of asked and yes by plain enumeration of the cell's ways.
struct Shares {
    double asked = 0, yes = 0;
};
Shares shares_of(const cells::Cell& cell, const Question& question, const Windows& windows) {
    const Trajectories masses = cells::trajectories_of(cell, windows);
    Shares shares;
    for (std::size_t j = 0; j < masses.size(); ++j) {
        if (question.asked >> j & 1) shares.asked += masses[j];
        if (question.yes >> j & 1) shares.yes += masses[j];
    }
    return shares;
}

/// Calls check(head, click, answer, shares by cell) for each answer to the last click of each cell.
template <class Check>
std::size_t for_every_answer(const Study& study, const ClickLog& log, Check check) {
    const std::vector<cells::Cell> cells = world();
    std::size_t answers = 0;
    for (const FrozenAnswers& frozen : study.answers) {
        const auto windows = windows_of(frozen.head, frozen.stage, log.windows);
        std::map<std::size_t, std::size_t> last;  // click of each cell
        for (std::size_t i = 0; i < log.size(); ++i)
            if (study.all.stage(frozen.stage).entered(i)) last[cell_of(log, i)] = i;
        for (std::size_t k = 0; k < windows.size(); ++k) {
            std::vector<Shares> shares;
            for (const auto& cell : cells)
                shares.push_back(shares_of(cell, frozen.head.question(frozen.stage), windows[k]));
            for (const auto& [cell, i] : last)
                check(frozen, i, frozen.table.probability[i * windows.size() + k], shares), ++answers;
        }
    }
    return answers;
}

TEST(FrozenModes, that_are_exact_are_what_enumeration_says) {
    const ClickLog log = log_of(3000);
    const Training training = training_of("exact");
    const Privileged given{.masses = truth_of_log(log)};
    Crew crew(2);
    Study study(log, everybody(), training, crew, {}, given);
    study.fit_all();
    const auto check = [&](const FrozenAnswers& frozen, std::size_t click, double found, const auto& shares) {
        const auto [asked, yes] = shares[cell_of(log, click)];
        EXPECT_NEAR(found, asked > 0 ? yes / asked : 0, 1e-6) << frozen.head.name;
    };
    EXPECT_GT(for_every_answer(study, log, check), 10U);
}

/// n clicks of a cell in the pretrain period, asked of a share `asked` with answer q. The maximum of the
/// likelihood errs by 1 / √(n asked q (1 − q)) in the logit. Adam's last iterate wanders beside it, by
/// rate / (2 √(k q (1 − q))) squared, k asked entries a batch. Answers of the softmax are ratios of sums of
/// masses, of the same likelihood; they wander by its heads' steps, at most two of seven logits of which move
/// a ratio. Six standard errors: false alarm 2e-9 each, below 1e-6 for all.
void expect_convergence(const std::string& mode) {
    const ClickLog log = log_of(70'000);
    const Training training = training_of(mode);
    const Privileged given;
    Crew crew(2);
    Study study(log, everybody(), training, crew, {}, given);
    study.fit_all();
    const double n = 70'000.0 * 2 / 7 / cell_count, in_batch = 128.0 / cell_count;
    const double heads = mode == "trajectories" ? 2 : 1;
    std::size_t compared = 0;
    const auto information = [](const Shares& s) {
        return s.asked > 0 ? s.yes * (s.asked - s.yes) / s.asked : 0.0;
    };
    const auto check = [&](const FrozenAnswers& frozen, std::size_t click, double found, const auto& shares) {
        // A cell without doubt has no finite logit, and drags the bias that all share along for ever.
        for (const Shares& each : shares)
            if (n * information(each) < 50) return;
        const Shares& own = shares[cell_of(log, click)];
        const double wander = training.learning_rate / (2 * std::sqrt(in_batch * information(own)));
        const double deviation = std::sqrt(1 / (n * information(own)) + heads * wander);
        EXPECT_LT(std::abs(logit(found) - logit(own.yes / own.asked)), 6 * deviation)
            << frozen.head.name << ", " << name_of(frozen.stage) << ", cell " << cell_of(log, click) << ": "
            << found << " instead of " << own.yes / own.asked;
        ++compared;
    };
    for_every_answer(study, log, check);
    EXPECT_GT(compared, 40U);
}

TEST(FrozenModes, that_are_fitted_come_to_the_truth) {
    expect_convergence("fitted");
}

TEST(FrozenModes, that_are_refreshed_daily_come_to_the_truth) {
    expect_convergence("daily");
}

TEST(FrozenModes, of_one_softmax_come_to_the_truth) {
    expect_convergence("trajectories");
}

std::vector<float> answers_of(const ClickLog& log, const std::string& mode, std::string_view head) {
    const Training training = training_of(mode);
    const Privileged given;
    Crew crew(2);
    Study study(log, {&find_method("es-dfm")}, training, crew, {}, given);
    study.fit_all();
    for (const FrozenAnswers& frozen : study.answers)
        if (frozen.stage == StageKind::conversion && frozen.head.name == head)
            return frozen.table.probability;
    return {};
}

TEST(FrozenModes, of_one_softmax_agree_with_one_another) {
    // real_negative = (1 − p) / (1 − p + late); with p = P(event | x) of a third head of the same softmax.
    const ClickLog log = log_of(20'000);
    const Training training = training_of("trajectories");
    const Privileged given;
    Crew crew(2);
    Study study(log, {&find_method("es-dfm"), &find_method("fnw-frozen")}, training, crew, {}, given);
    study.fit_all();
    EXPECT_EQ(study.trajectories.size(), 1U);
    std::map<std::string_view, const std::vector<float>*> found;
    for (const FrozenAnswers& frozen : study.answers)
        if (frozen.stage == StageKind::conversion) found[frozen.head.name] = &frozen.table.probability;
    for (std::size_t i = 0; i < log.size(); ++i) {
        if (log.click_time[i] < log.protocol.stream_start()) continue;
        const double p = (*found.at("event"))[i], late = (*found.at("late"))[i];
        ASSERT_NEAR((*found.at("real_negative"))[i], (1 - p) / (1 - p + late), 1e-6);
    }
}

TEST(FrozenModes, that_are_refreshed_daily_follow_a_change_once_its_answers_are_final) {
    // From the first day of the stream on nobody is early any more: late rises, a day later and not before.
    ClickLog log = log_of(60'000);
    const Time start = log.protocol.stream_start(), changed = start + day;
    for (std::size_t i = 0; i < log.size(); ++i)
        if (log.click_time[i] >= changed && log.conversion_time[i] != never) {
            log.conversion_time[i] = log.click_time[i] + 3000;
            log.refund_time[i] = never;
        }
    const auto fitted = answers_of(log, "fitted", "late"), daily = answers_of(log, "daily", "late");
    const auto mean_of_day = [&](const std::vector<float>& late, Time from) {
        double sum = 0, n = 0;
        for (std::size_t i = 0; i < log.size(); ++i)
            if (log.click_time[i] >= from && log.click_time[i] < from + day) sum += late[i], ++n;
        return sum / n;
    };
    EXPECT_NEAR(mean_of_day(daily, changed), mean_of_day(fitted, changed), 0.02);
    EXPECT_GT(mean_of_day(daily, changed + day), mean_of_day(fitted, changed + day) + 0.03);
    EXPECT_GT(mean_of_day(daily, changed + 2 * day), mean_of_day(daily, changed + day));
    // Those before it are answered alike, if anybody asks.
    for (std::size_t i = 0; i < log.size(); ++i)
        ASSERT_TRUE(log.click_time[i] >= start || daily[i] == fitted[i] ||
                    (std::isnan(daily[i]) && std::isnan(fitted[i])));
}

TEST(FrozenModes, that_are_exact_lead_es_dfm_to_the_truth) {
    // The mean logit of the second half of the stream is as good as the optimum on its copies (Polyak and
    // Juditsky 1992): variance 1 / (n p (1 − p)) for n entries of the stage. Six standard errors.
    const ClickLog log = log_of(140'000);
    const auto cells = world();
    const Predictions found =
        train(log, {&find_method("es-dfm")}, training_of("exact"), 2, {}, {.masses = truth_of_log(log)})
            .at(0);
    std::vector<double> cvr(cell_count, 0), refund(cell_count, 0), n(cell_count, 0);
    for (std::size_t k = 0; k < found.row.size(); ++k) {
        const auto row = static_cast<std::size_t>(found.row[k]);
        if (log.click_time[row] < 5 * day) continue;
        const std::size_t c = cell_of(log, row);
        cvr[c] += logit(found.cvr[k]), refund[c] += logit(found.refund_rate[k]), ++n[c];
    }
    for (std::size_t c = 0; c < cell_count; ++c) {
        const cells::Truth truth = cells::truth_of(cells[c]);
        const auto expect = [&](double sum, double p, double entries) {
            EXPECT_NEAR(sum / n[c], logit(p), 6 / std::sqrt(entries * p * (1 - p))) << "cell " << c;
        };
        expect(cvr[c], truth.cvr, n[c]);
        expect(refund[c], truth.refund, n[c] * truth.cvr);
    }
}

TEST(FrozenModes, that_are_to_be_exact_need_the_truth) {
    const ClickLog log = log_of(3000);
    EXPECT_EQ(message(Exit::data, [&] { train(log, {&find_method("es-dfm")}, training_of("exact"), 1); }),
              "training.frozen = exact needs the truth of every click at any windows; simulate the log with "
              "--truth full");
}

TEST(TrajectoriesLogLoss, has_its_gradient) {
    const std::vector<Trajectory> taken = {t0, a1, b2, a0};
    std::mt19937_64 random(5);
    std::vector<double> z(std::size_t{4} * 7), dz(z.size(), 0.5);
    for (double& each : z) each = std::uniform_real_distribution<double>(-4, 4)(random);
    trajectories_log_loss(taken, 2, z, dz);
    for (std::size_t j = 0; j < z.size(); ++j) {
        const auto at = [&](double moved) {
            std::vector<double> other = z, unused(z.size(), 0.0);
            other[j] = moved;
            return trajectories_log_loss(taken, 2, other, unused);
        };
        EXPECT_NEAR(dz[j] - 0.5, (at(z[j] + 1e-4) - at(z[j] - 1e-4)) / 2e-4, 1e-8);
    }
}

TEST(FrozenHeads, answer_alike_whoever_else_asks_them) {
    // An own start asks of the pretrain period too. Layers wide enough for a matrix product to round by
    // place.
    const ClickLog log = small_log(20000);
    Training training;
    training.hidden = {64, 32};
    const Method &some = find_method("es-dfm:pseudo-refunds=0.2"),
                 &other = find_method("es-dfm:logit-adjusted=0.5");
    const Predictions alone = train(log, {&some}, training, 1).at(0),
                      in_company = train(log, {&some, &other}, training, 1).at(0);
    EXPECT_EQ(alone.refund_rate, in_company.refund_rate);
}

}  // namespace
}  // namespace netcvr
