// Who answers the frozen heads (training.frozen). Whatever it is, answers are probabilities of questions
// about the seven trajectories, and a click's come from history that is closed when the click enters the
// stage, unless they are exact.

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "estimators/loss.h"
#include "estimators/protocol.h"
#include "estimators/study.h"

namespace netcvr {
namespace {

constexpr std::size_t seven = trajectory_names.size();

/// From entering the stage until the answer is final.
Time settled(const Outcomes& all, StageKind kind) {
    return kind == StageKind::net ? settled(all.windows) : all.stage(kind).settled();
}

/// No copy waits longer to be collected (Learner::collected).
constexpr Time longest_wait = day;

std::optional<StageKind> ages_of(const FrozenAnswers& frozen) {
    return frozen.head.by_age ? std::optional(frozen.stage) : std::nullopt;
}

/// Writes σ of the logits [clicks × questions].
void write_logits(std::span<const std::uint32_t> clicks, std::span<const double> z, AnswerTable& table) {
    for (std::size_t k = 0; k < z.size(); ++k)
        table.probability[clicks[k / table.questions] * table.questions + k % table.questions] =
            static_cast<float>(sigmoid(z[k]));
}

}  // namespace

void Study::list_trajectories() {
    if (training.frozen != "trajectories") return;
    for (const FrozenAnswers& frozen : answers) {
        const auto ages = ages_of(frozen);
        if (std::ranges::find(trajectories, ages, &FrozenTrajectories::ages) == trajectories.end())
            trajectories.push_back(
                {.ages = ages, .windows = windows_of(frozen.head, frozen.stage, all.windows)});
    }
}

/// Networks fitted for frozen heads.
std::size_t Study::frozen_fits() const {
    if (training.frozen == "exact") return 0;
    return training.frozen == "trajectories" ? trajectories.size() : answers.size();
}

void Study::fit_trajectories(FrozenTrajectories& masses) {
    const std::uint64_t seed = seed_of(training, {}, masses.name());
    if (moving) {
        masses.network = moving->frozen(masses.name(), seed, seven * masses.windows.size());
        return;
    }
    const TrajectoryExamples examples = pretrain_trajectories(log, all, masses.windows);
    meter.expect(static_cast<std::ptrdiff_t>(examples.size()) * training.pretrain_passes -
                 examples_expected_);
    Shape shape = shape_of(training);
    shape.heads = seven * examples.settings;
    Trainer trainer(inputs, make_network(shape, inputs, seed, examples.base_logits()), training.learning_rate,
                    &crew);
    const auto step = [&](std::size_t begin, std::size_t n) {
        const auto some =
            std::span(examples.trajectory).subspan(begin * examples.settings, n * examples.settings);
        return trainer.step(std::span(examples.click).subspan(begin, n), [&](auto z, auto dz) {
            return trajectories_log_loss(some, examples.settings, z, dz);
        });
    };
    for (std::int64_t pass = 0; pass < training.pretrain_passes; ++pass)
        in_batches(masses.name(), 0, examples.size(), static_cast<std::size_t>(training.batch), step,
                   [&](std::size_t n) { meter.done(n); });
    masses.network = std::move(trainer.network);
}

/// By time of entering the stage: the clicks of the pretrain period that only an own start is trained on,
/// those whose copies are in the stream only if they are collected, and the others of the stream. They are
/// answered apart, as products of matrices round by a click's place in its block: an answer must depend
/// neither on who else asks nor on where the stream was interrupted.
Study::Asked Study::clicks_asked(const FrozenAnswers& frozen) const {
    const Stage& stage = all.stage(frozen.stage);
    const Time first_stream = warm.from ? std::min(warm.from->stream_start, log.protocol.stream_start())
                                        : log.protocol.stream_start();
    Asked asked;
    stage.for_each_entered([&](std::size_t i) {
        const Time last_copy = stage.start[i] + settled(all, frozen.stage);
        const auto click = static_cast<std::uint32_t>(i);
        if (last_copy >= first_stream)
            asked.of_stream.push_back(click);
        else if (last_copy + longest_wait >= first_stream)
            asked.collected.push_back(click);
        else if (frozen.of_pretrain && log.click_time[i] < log.protocol.pretrain)
            asked.of_pretrain.push_back(click);
    });
    for (auto* clicks : {&asked.of_pretrain, &asked.collected, &asked.of_stream})
        std::ranges::stable_sort(*clicks, {}, [&](std::uint32_t i) { return stage.start[i]; });
    return asked;
}

void Study::answer_all(FrozenAnswers& frozen) {
    const Asked asked = clicks_asked(frozen);
    const std::size_t questions = windows_of(frozen.head, frozen.stage, all.windows).size();
    // A copy that nobody answers is to stop its stream: its loss is no number.
    constexpr float unanswered = std::numeric_limits<float>::quiet_NaN();
    frozen.table = {.questions = questions,
                    .probability = std::vector<float>(log.size() * questions, unanswered)};
    if (training.frozen != "exact" && training.frozen != "trajectories") return answer_by_fit(frozen, asked);
    for (const auto* clicks : {&asked.of_pretrain, &asked.collected, &asked.of_stream})
        training.frozen == "exact" ? answer_exactly(frozen, *clicks)
                                   : answer_by_trajectories(frozen, *clicks);
}

void Study::answer_by_fit(FrozenAnswers& frozen, const Asked& asked) {
    const std::uint64_t seed = seed_of(training, {frozen.stage}, frozen.head.name);
    const std::string name = frozen_name(frozen.stage, frozen.head);
    const auto network = [&] {
        if (moving) return moving->frozen(name, seed, frozen.table.questions);
        return fit_counted(name, {frozen.stage}, pretrain_examples(log, all, frozen.stage, frozen.head),
                           shape_of(training), seed);
    };
    Trainer trainer(inputs, network(), training.learning_rate, &crew);
    for (const auto* clicks : {&asked.of_pretrain, &asked.collected})
        write_logits(*clicks, trainer.logits(*clicks), frozen.table);
    if (training.frozen == "daily") return answer_by_day(frozen, trainer, asked.of_stream);
    write_logits(asked.of_stream, trainer.logits(asked.of_stream), frozen.table);
    if (warm.save) frozen.network = std::move(trainer.network);
}

/// Each day begins with training, once, on what has become final since; then it answers the clicks that enter
/// the stage until the next.
void Study::answer_by_day(FrozenAnswers& frozen, Trainer& trainer, std::span<const std::uint32_t> asked) {
    const std::vector<Time>& start = all.stage(frozen.stage).start;
    const Examples later = later_examples(log, all, frozen.stage, frozen.head);
    /// How many of the clicks enter the stage before t.
    const auto before = [&](std::span<const std::uint32_t> clicks, Time t) {
        const auto begin = [&](std::uint32_t i) { return start[i]; };
        return static_cast<std::size_t>(std::ranges::lower_bound(clicks, t, {}, begin) - clicks.begin());
    };
    std::size_t learned = 0, answered = 0;
    for (Time today = log.protocol.stream_start(); answered < asked.size(); today += day) {
        const std::size_t end = before(asked, today);
        const auto some = asked.subspan(answered, end - answered);
        write_logits(some, trainer.logits(some), frozen.table);
        answered = end;
        const std::size_t final = before(later.click, today - settled(all, frozen.stage) + 1);
        meter.expect(static_cast<std::ptrdiff_t>(final - learned));
        learn(frozen_name(frozen.stage, frozen.head), trainer, later, learned, final,
              batch_of({frozen.stage}), [&](std::size_t copies) { meter.done(copies); });
        learned = final;
    }
}

void Study::answer_by_trajectories(FrozenAnswers& frozen, const std::vector<std::uint32_t>& asked) {
    const auto masses = std::ranges::find(trajectories, ages_of(frozen), &FrozenTrajectories::ages);
    Trainer trainer(inputs, masses->network, training.learning_rate, &crew);
    const std::vector<double> z = trainer.logits(asked);
    const Question question = frozen.head.question(frozen.stage);
    const std::size_t questions = frozen.table.questions;
    for (std::size_t k = 0; k < asked.size() * questions; ++k)
        frozen.table.probability[asked[k / questions] * questions + k % questions] =
            static_cast<float>(answer(question, softmax(std::span(z).subspan(k * seven, seven))));
}

void Study::answer_exactly(FrozenAnswers& frozen, const std::vector<std::uint32_t>& asked) {
    const std::vector<Windows> windows = windows_of(frozen.head, frozen.stage, all.windows);
    const Question question = frozen.head.question(frozen.stage);
    for (const std::uint32_t i : asked)
        for (std::size_t k = 0; k < windows.size(); ++k)
            frozen.table.probability[i * windows.size() + k] =
                static_cast<float>(answer(question, given.masses(i, windows[k])));
}

}  // namespace netcvr
