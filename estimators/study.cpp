#include "estimators/study.h"

#include <algorithm>

#include "estimators/protocol.h"
#include "sim/parallel.h"

namespace netcvr {
namespace {

/// Each network has initial weights of its own, the same whichever others are fitted.
std::uint64_t seed_of(const Training& training, StageKind stage, std::string_view head) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const std::string_view part : {name_of(stage), std::string_view("/"), head})
        for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash ^ static_cast<std::uint64_t>(training.seed);
}

Inputs inputs_of(const ClickLog& log, const Training& training) {
    return training.network == "cells" ? combined_inputs(log, training.fields)
                                       : separate_inputs(log, training.fields);
}

Shape shape_of(const Training& training, std::size_t heads) {
    Shape shape{.embedding = static_cast<std::size_t>(training.embedding), .heads = heads};
    shape.hidden.assign(training.hidden.begin(), training.hidden.end());
    if (training.network == "cells") shape.pooling = Pooling::sum;
    return shape;
}

/// Where `known` has this start or head, or its end.
template <class Known>
auto place(Known& known, StageKind stage, std::size_t heads) {
    return std::ranges::find_if(
        known, [=](const Start& start) { return start.stage == stage && start.heads == heads; });
}
template <class Known>
auto place(Known& known, StageKind stage, const Frozen& head) {
    return std::ranges::find_if(known, [stage, name = head.name](const FrozenAnswers& frozen) {
        return frozen.stage == stage && frozen.head.name == name;
    });
}

}  // namespace

Study::Study(const ClickLog& log_,
             const std::vector<const Method*>& chosen,
             const Training& training_,
             const std::function<void(const Progress&)>& progress)
    : log(log_), training(training_), meter(progress) {
    check_protocol(log);
    all = outcomes(log);
    inputs = inputs_of(log, training);
    streamed = streamed_clicks(log);
    list_fits(chosen);
    expect_copies(chosen);
}

void Study::list_fits(const std::vector<const Method*>& chosen) {
    for (const Method* method : chosen)
        for (const Learner& learner : method->learners) {
            if (place(starts, learner.stage, learner.heads) == starts.end())
                starts.push_back({.stage = learner.stage, .heads = learner.heads});
            for (const Frozen& head : learner.frozen)
                if (place(answers, learner.stage, head) == answers.end())
                    answers.push_back({.stage = learner.stage, .head = head});
        }
}

/// One copy per click of the pretrain period and fit, one per click of the stream and learner that trains.
void Study::expect_copies(const std::vector<const Method*>& chosen) {
    const auto pretrained = std::ranges::lower_bound(log.click_time, log.protocol.pretrain);
    examples_expected_ = (pretrained - log.click_time.begin()) * training.pretrain_passes;
    auto expected = examples_expected_ * static_cast<std::ptrdiff_t>(starts.size() + answers.size());
    for (const Method* method : chosen)
        for (const Learner& learner : method->learners)
            if (learner.delivery) expected += static_cast<std::ptrdiff_t>(streamed.size());
    meter.expect(expected);
}

Network Study::fit_counted(const Examples& some, std::size_t heads, std::uint64_t seed) {
    meter.expect(static_cast<std::ptrdiff_t>(some.size()) * training.pretrain_passes - examples_expected_);
    return fit(some, inputs, shape_of(training, heads), training, seed,
               [&](std::size_t copies) { meter.done(copies); });
}

void Study::fit_start(Start& start) {
    const Examples labelled = pretrain_examples(log, all, start.stage);
    start.network = fit_counted(labelled, start.heads, seed_of(training, start.stage, ""));
}

void Study::fit_frozen(FrozenAnswers& frozen) {
    const Stage& stage = all.stage(frozen.stage);
    const Examples answered = pretrain_examples(log, all, frozen.stage, frozen.head);
    const std::uint64_t seed = seed_of(training, frozen.stage, frozen.head.name);
    Trainer trainer(inputs, fit_counted(answered, 1, seed), training.learning_rate);

    std::vector<std::uint32_t> asked;
    for (std::size_t i = 0; i < log.size(); ++i)
        if (stage.entered(i) && stage.start[i] + stage.settled() >= log.protocol.stream_start())
            asked.push_back(static_cast<std::uint32_t>(i));
    const std::vector<double> z = trainer.logits(asked);
    frozen.probability.resize(log.size());
    for (std::size_t k = 0; k < asked.size(); ++k)
        frozen.probability[asked[k]] = static_cast<float>(sigmoid(z[k]));
}

void Study::fit_all(int threads) {
    parallel_for(starts.size() + answers.size(), threads, [&](std::size_t k) {
        if (k < starts.size())
            fit_start(starts[k]);
        else
            fit_frozen(answers[k - starts.size()]);
    });
}

const Start& Study::start(StageKind stage, std::size_t heads) const {
    return *place(starts, stage, heads);
}

const FrozenAnswers& Study::answer(StageKind stage, const Frozen& head) const {
    return *place(answers, stage, head);
}

}  // namespace netcvr
