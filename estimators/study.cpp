#include "estimators/study.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "estimators/addressed.h"
#include "estimators/protocol.h"
#include "estimators/strata.h"
#include "sim/errors.h"
#include "sim/parallel.h"

namespace netcvr {
namespace {

/// Where `known` has this start or head, or its end.
template <class Known>
auto place(Known& known, const Learner& learner) {
    const Learner* owner = learner.own_start ? &learner : nullptr;
    return std::ranges::find_if(known, [&, owner](const Start& start) {
        return start.stages == learner.stages() && start.sharing == learner.sharing && start.owner == owner;
    });
}
template <class Known>
auto place(Known& known, StageKind stage, const Frozen& head) {
    return std::ranges::find_if(known, [stage, name = head.name](const FrozenAnswers& frozen) {
        return frozen.stage == stage && frozen.head.name == name;
    });
}

/// The logits, the same for every copy, at which the mean gradient of the learner's loss vanishes. Steps
/// follow its sign alone (Riedmiller and Braun 1993): no loss needs a step size of its own.
std::vector<double> constant_logits(const Learner& learner, const Copies& copies, Batches& batches) {
    constexpr std::size_t enough = 1 << 15, steps = 80;
    // Some of all periods, picked by address: a click's copies come in a rhythm that a stride could fall in
    // with.
    const std::size_t one_in = copies.size() / enough + 1;
    Copies some;
    for (std::size_t k = 0; k < copies.size(); ++k)
        if (mixed(k) % one_in == 0)
            some.add(copies.click[k], copies.at[k], copies.label[k] != 0, copies.part[k]);
    std::vector<double> logits(learner.heads, 0.0);
    if (some.size() == 0) return logits;
    const Batch batch = batches.of(some, 0, some.size());
    std::vector<double> z(some.size() * learner.heads), dz(z.size());
    std::vector<double> step(learner.heads, 1.0), before(learner.heads, 0.0);
    for (std::size_t round = 0; round < steps; ++round) {
        for (std::size_t k = 0; k < z.size(); ++k) z[k] = logits[k % learner.heads];
        std::ranges::fill(dz, 0.0);
        learner.loss(batch, z, dz);
        for (std::size_t h = 0; h < learner.heads; ++h) {
            double gradient = 0;
            for (std::size_t k = h; k < dz.size(); k += learner.heads) gradient += dz[k];
            if (round > 0) step[h] *= gradient * before[h] < 0 ? 0.5 : 1.2;
            before[h] = gradient;
            if (gradient != 0)
                logits[h] = std::clamp(logits[h] - std::copysign(step[h], gradient), -12.0, 12.0);
        }
    }
    return logits;
}

}  // namespace

std::uint64_t seed_of(const Training& training, const std::vector<StageKind>& stages, std::string_view head) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    const auto add = [&](std::string_view part) {
        for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    };
    for (const StageKind stage : stages) add(name_of(stage)), add("/");
    add(head);
    return hash ^ static_cast<std::uint64_t>(training.seed);
}

Shape shape_of(const Training& training, std::size_t towers, Sharing sharing) {
    Shape shape{.embedding = static_cast<std::size_t>(training.embedding),
                .heads = towers,
                .batch_norm = training.batch_norm == "on",
                .towers = towers,
                .sharing = sharing};
    shape.hidden.assign(training.hidden.begin(), training.hidden.end());
    if (training.network != "mlp") shape.pooling = Pooling::sum;
    return shape;
}

Study::Study(const ClickLog& log_,
             const std::vector<const Method*>& chosen,
             const Training& training_,
             Crew& crew_,
             const std::function<void(const Progress&)>& progress,
             const Privileged& given_,
             const Warm& warm_)
    : log(log_), training(training_), crew(crew_), given(given_), warm(warm_), meter(progress) {
    if (warm.save) check_savable(chosen);
    warm.from ? check_goes_on(*warm.from, log, chosen, training) : check_protocol(log);
    if (training.frozen == "exact" && !given.masses)
        throw InputError(
            Exit::data,
            "training.frozen = exact needs the truth of every click at any windows; simulate the "
            "log with --truth full");
    all = outcomes(log);
    inputs = inputs_of(log, training);
    if (warm.from) moving.emplace(*warm.from, inputs);
    streamed = streamed_clicks(log);
    const bool counts = std::ranges::any_of(chosen, [](auto* method) { return bool(method->counted.rates); });
    if (counts || std::ranges::any_of(chosen, [](auto* method) { return !method->corrections.empty(); }))
        strata = strata_of(log, training.strata);
    if (counts) history.emplace(all, strata.of, strata.count);
    list_fits(chosen);
    list_trajectories();
    expect_copies(chosen);
}

void Study::list_fits(const std::vector<const Method*>& chosen) {
    for (const Method* method : chosen)
        for (const Learner& learner : method->learners) {
            if (place(starts, learner) == starts.end())
                starts.push_back({.stages = learner.stages(),
                                  .sharing = learner.sharing,
                                  .method = method,
                                  .owner = learner.own_start ? &learner : nullptr});
            for (const Frozen& head : learner.frozen) {
                const StageKind stage = learner.stage_of(head);
                if (place(answers, stage, head) == answers.end())
                    answers.push_back({.stage = stage, .head = head});
                if (learner.own_start) place(answers, stage, head)->of_pretrain = true;
            }
        }
}

/// One copy per click of the pretrain period and fit, one per click of the stream and learner that trains.
void Study::expect_copies(const std::vector<const Method*>& chosen) {
    const auto pretrained = std::ranges::lower_bound(log.click_time, log.protocol.pretrain);
    examples_expected_ = (pretrained - log.click_time.begin()) * training.pretrain_passes;
    auto expected = examples_expected_ * static_cast<std::ptrdiff_t>(starts.size() + frozen_fits());
    if (warm.from) expected = 0;
    for (const Method* method : chosen)
        for (const Learner& learner : method->learners)
            if (learner.delivery) expected += static_cast<std::ptrdiff_t>(streamed.size());
    meter.expect(expected);
}

std::size_t Study::batch_of(const std::vector<StageKind>& stages) const {
    const bool of_refunds = stages == std::vector{StageKind::refund} && training.refund_batch > 0;
    return static_cast<std::size_t>(of_refunds ? training.refund_batch : training.batch);
}

Network Study::fit_counted(const std::string& what,
                           const std::vector<StageKind>& stages,
                           const Examples& some,
                           const Shape& shape,
                           std::uint64_t seed) {
    meter.expect(static_cast<std::ptrdiff_t>(some.size()) * training.pretrain_passes - examples_expected_);
    const auto done = [&](std::size_t copies) { meter.done(copies); };
    Training own = training;
    own.batch = static_cast<std::int64_t>(batch_of(stages));
    return fit(what, some, inputs, shape, own, seed, done, &crew);
}

Network Study::fit_own(const Start& start, std::uint64_t seed) {
    const Learner& learner = *start.owner;
    const Copies copies = sent_of_pretrain(log, all, learner);
    meter.expect(static_cast<std::ptrdiff_t>(copies.size()) * training.pretrain_passes - examples_expected_);
    Batches batches(learner, all, answers_for(learner));
    Shape shape = shape_of(training, learner.stages().size(), learner.sharing);
    shape.heads = learner.heads;
    Trainer trainer(inputs, make_network(shape, inputs, seed, constant_logits(learner, copies, batches)),
                    training.learning_rate, &crew);
    const auto step = [&](std::size_t begin, std::size_t n) {
        Batch batch = batches.of(copies, begin, n);
        batch.draw = mixed(seed ^ begin);
        return trainer.step(
            batch.click, [&](auto z, auto dz) { return learner.loss(batch, z, dz); }, batch.towers);
    };
    for (std::int64_t pass = 0; pass < training.pretrain_passes; ++pass)
        in_batches(start.name(), 0, copies.size(), batch_of(start.stages), step,
                   [&](std::size_t n) { meter.done(n); });
    return std::move(trainer.network);
}

void Study::fit_start(Start& start) {
    const std::uint64_t seed =
        seed_of(training, start.stages, start.owner ? start_name(*start.method, *start.owner) : "");
    if (start.owner) {
        start.network = fit_own(start, seed);
        return;
    }
    start.network = fit_counted(start.name(), start.stages, pretrain_examples(log, all, start.stages),
                                shape_of(training, start.stages.size(), start.sharing), seed);
}

void Study::fit_all() {
    // Answers may come from trajectories; own starts are trained with answers.
    std::vector<std::function<void()>> first, then, last;
    if (!warm.from)
        for (Start& start : starts) (start.owner ? last : first).push_back([&] { fit_start(start); });
    for (FrozenTrajectories& masses : trajectories) first.push_back([&] { fit_trajectories(masses); });
    for (FrozenAnswers& frozen : answers)
        (trajectories.empty() ? first : then).push_back([&] { answer_all(frozen); });
    for (const auto& fits : {first, then, last}) crew.share(fits.size(), [&](std::size_t k) { fits[k](); });
}

Trainer Study::trainer(const Method& method, std::size_t l, double learning_rate) const {
    if (!moving) return {inputs, place(starts, method.learners[l])->network, learning_rate, &crew};
    Trainer trainer = moving->trainer(method, l, &crew);
    trainer.adam.learning_rate = learning_rate;
    return trainer;
}

std::vector<const AnswerTable*> Study::answers_for(const Learner& learner) const {
    std::vector<const AnswerTable*> tables;
    for (const Frozen& head : learner.frozen)
        tables.push_back(&place(answers, learner.stage_of(head), head)->table);
    return tables;
}

Model Study::model(std::vector<Model::OfMethod> stopped) {
    Model model{.training = training,
                .windows = log.windows,
                .stream_start = log.protocol.stream_start(),
                .rows = keys_of(inputs),
                .methods = std::move(stopped)};
    if (warm.from) model.stream_start = std::min(model.stream_start, warm.from->stream_start);
    std::vector<std::string>& fields = model.training.fields;
    if (fields.empty())
        for (const FeatureColumn& column : log.features) fields.push_back(column.name);
    for (const std::string& name : fields)
        model.features.push_back(
            {name, std::ranges::find(log.features, name, &FeatureColumn::name)->cardinality});
    const auto keep = [&](const std::string& name, Network& network) {
        if (!network.layers.empty()) model.frozen.push_back({name, std::move(network)});
    };
    for (FrozenTrajectories& masses : trajectories) keep(masses.name(), masses.network);
    for (FrozenAnswers& frozen : answers) keep(frozen_name(frozen.stage, frozen.head), frozen.network);
    return model;
}

}  // namespace netcvr
