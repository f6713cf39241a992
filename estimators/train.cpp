// The prequential loop. Read from train() at the end upwards: what to fit once (starts, frozen heads), then
// one stream per method and learner: predict a segment's clicks with the model before it, train on what is
// delivered in it.

#include "estimators/train.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <stdexcept>

#include "estimators/trainer.h"
#include "sim/errors.h"
#include "sim/parallel.h"

namespace netcvr {
namespace {

class Meter {
public:
    explicit Meter(const std::function<void(const Progress&)>& report) : report_(report) {}
    void expect(std::ptrdiff_t more) { change(0, more); }
    void done(std::size_t copies) { change(copies, 0); }

private:
    void change(std::size_t done, std::ptrdiff_t expected) {
        if (!report_) return;
        const std::lock_guard lock(mutex_);
        progress_.copies_done += done;
        progress_.copies_total += static_cast<std::size_t>(expected);
        report_(progress_);
    }
    const std::function<void(const Progress&)>& report_;
    std::mutex mutex_;
    Progress progress_;
};

/// The common start of all learners of one stage.
struct Start {
    StageKind stage = StageKind::conversion;
    std::size_t heads = 1;
    Network network = {};
};

/// A frozen head, answered for every click whose copies can reach the stream.
struct FrozenAnswers {
    StageKind stage = StageKind::conversion;
    Frozen head;
    std::vector<float> probability = {};  // [clicks]
};

/// What every task reads; starts and answers are filled first.
struct Study {
    const ClickLog& log;
    const Training& training;
    Outcomes all;
    Inputs inputs;
    std::vector<Start> starts;
    std::vector<FrozenAnswers> answers;
    std::vector<std::uint32_t> streamed;   // the clicks to predict
    std::ptrdiff_t examples_expected = 0;  // of a fit, a guess
    Meter meter;

    Shape shape(std::size_t heads) const {
        Shape shape{.embedding = static_cast<std::size_t>(training.embedding), .heads = heads};
        shape.hidden.assign(training.hidden.begin(), training.hidden.end());
        if (training.network == "cells") shape.pooling = Pooling::sum;
        return shape;
    }
    const Start& start(const Learner& learner) const {
        return *std::ranges::find_if(starts, [&](const Start& start) {
            return start.stage == learner.stage && start.heads == learner.heads;
        });
    }
    const FrozenAnswers& answer(StageKind stage, const Frozen& head) const {
        return *std::ranges::find_if(answers, [&](const FrozenAnswers& known) {
            return known.stage == stage && known.head.name == head.name;
        });
    }
};

void check_protocol(const ClickLog& log) {
    const Protocol& protocol = log.protocol;
    const auto refuse = [](const std::string& why) { throw InputError(Exit::scenario, why); };
    if (protocol.segment <= 0) refuse("protocol.segment must be positive");
    if (protocol.gap < log.windows.maturity())
        refuse("protocol.gap is " + format_duration(protocol.gap) +
               "; labels of the pretrain period are final only " + format_duration(log.windows.maturity()) +
               " (both attribution windows) after it");
    if (log.size() == 0 || log.click_time.front() >= protocol.pretrain)
        refuse("no click in the pretrain period, the first " + format_duration(protocol.pretrain));
    if (log.click_time.back() < protocol.stream_start() || log.duration <= protocol.stream_start())
        refuse("no click in the stream, which starts at " + format_duration(protocol.stream_start()) +
               " (protocol.pretrain + protocol.gap)");
}

/// Each network has initial weights of its own, the same whichever others are fitted.
std::uint64_t seed_of(const Training& training, StageKind stage, std::string_view head) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const std::string_view part : {name_of(stage), std::string_view("/"), head})
        for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash ^ static_cast<std::uint64_t>(training.seed);
}

/// Clicks of the pretrain period that answer the question; final when the stream starts, as the gap is long
/// enough.
template <class AnswerOf>
Examples examples(const ClickLog& log, AnswerOf answer_of) {
    Examples found;
    for (std::size_t i = 0; i < log.size() && log.click_time[i] < log.protocol.pretrain; ++i) {
        const Answer answer = answer_of(i);
        if (answer != Answer::skip) found.add(i, answer == Answer::yes);
    }
    return found;
}

Network fit_counted(Study& study, const Examples& some, std::size_t heads, std::uint64_t seed) {
    const auto copies = static_cast<std::ptrdiff_t>(some.size()) * study.training.pretrain_passes;
    study.meter.expect(copies - study.examples_expected);
    return fit(some, study.inputs, study.shape(heads), study.training, seed,
               [&](std::size_t trained) { study.meter.done(trained); });
}

void fit_start(Study& study, Start& start) {
    const Stage& stage = study.all.stage(start.stage);
    const Examples final_labels = examples(study.log, [&](std::size_t i) {
        if (!stage.entered(i)) return Answer::skip;
        return study.all.label(start.stage, i) ? Answer::yes : Answer::no;
    });
    start.network = fit_counted(study, final_labels, start.heads, seed_of(study.training, start.stage, ""));
}

void fit_frozen(Study& study, FrozenAnswers& frozen) {
    const Stage& stage = study.all.stage(frozen.stage);
    const Examples answered =
        examples(study.log, [&](std::size_t i) { return frozen.head.answer(stage, i); });
    const std::uint64_t seed = seed_of(study.training, frozen.stage, frozen.head.name);
    Trainer trainer(study.inputs, fit_counted(study, answered, 1, seed), study.training.learning_rate);

    std::vector<std::uint32_t> asked;
    for (std::size_t i = 0; i < study.log.size(); ++i)
        if (stage.entered(i) && stage.start[i] + stage.settled() >= study.log.protocol.stream_start())
            asked.push_back(static_cast<std::uint32_t>(i));
    const std::vector<double> z = trainer.logits(asked);
    frozen.probability.resize(study.log.size());
    for (std::size_t k = 0; k < asked.size(); ++k)
        frozen.probability[asked[k]] = static_cast<float>(sigmoid(z[k]));
}

/// One learner's way through the stream.
struct Stream {
    Study& study;
    const Method& method;
    const Learner& learner;
    Trainer trainer;
    Copies copies = {};  // delivered in the stream, in order of delivery
    std::size_t next_copy = 0;
    std::vector<double> probability = {};  // of study.streamed, as far as the stream has come
    std::vector<double> frozen = {};       // of the batch

    void deliver() {
        if (!learner.delivery) return;
        Copies all;
        learner.delivery(study.all, learner.stage, all);
        // Beyond the last click only late positives arrive: training on them would pull every estimate up.
        copies = sorted_between(all, study.log.protocol.stream_start(), study.log.duration);
        study.meter.expect(static_cast<std::ptrdiff_t>(copies.size()) -
                           static_cast<std::ptrdiff_t>(study.streamed.size()));
    }

    void predict_until(Time end) {
        const std::size_t from = probability.size();
        std::size_t to = from;
        while (to < study.streamed.size() && study.log.click_time[study.streamed[to]] < end) ++to;
        const std::vector<double> z = trainer.logits(std::span(study.streamed).subspan(from, to - from));
        for (std::size_t k = 0; k < to - from; ++k)
            probability.push_back(
                learner.probability(std::span(z).subspan(k * learner.heads, learner.heads)));
    }

    void train_until(Time end) {
        const auto batch_size = static_cast<std::size_t>(study.training.batch);
        while (next_copy < copies.size() && copies.at[next_copy] < end) {
            std::size_t n = 0;
            while (n < batch_size && next_copy + n < copies.size() && copies.at[next_copy + n] < end) ++n;
            train_batch(std::span(copies.click).subspan(next_copy, n),
                        std::span(copies.label).subspan(next_copy, n));
            next_copy += n;
        }
    }

    void train_batch(std::span<const std::uint32_t> clicks, std::span<const std::uint8_t> labels) {
        const std::size_t heads = learner.frozen.size();
        frozen.resize(clicks.size() * heads);
        for (std::size_t h = 0; h < heads; ++h) {
            const auto& known = study.answer(learner.stage, learner.frozen[h]).probability;
            for (std::size_t k = 0; k < clicks.size(); ++k) frozen[k * heads + h] = known[clicks[k]];
        }
        const Batch batch{.label = labels, .frozen = frozen, .heads = learner.heads};
        const double loss = trainer.step(clicks, batch, learner.loss);
        if (!std::isfinite(loss))
            throw std::runtime_error("the loss of " + std::string(method.name) + ", " +
                                     std::string(name_of(learner.stage)) + " stage, is not finite at " +
                                     format_duration(copies.at[next_copy]));
        study.meter.done(clicks.size());
    }
};

std::vector<double> run_stream(Study& study, const Method& method, const Learner& learner) {
    Stream stream{.study = study,
                  .method = method,
                  .learner = learner,
                  .trainer = {study.inputs, study.start(learner).network, study.training.learning_rate}};
    stream.deliver();
    const Time end = std::max(study.log.duration, study.log.click_time.back() + 1);
    for (Time begin = study.log.protocol.stream_start(); begin < end; begin += study.log.protocol.segment) {
        stream.predict_until(begin + study.log.protocol.segment);
        stream.train_until(begin + study.log.protocol.segment);
    }
    return stream.probability;
}

/// The starts and frozen heads that the chosen methods ask for, each once.
void list_fits(Study& study, const std::vector<const Method*>& chosen) {
    for (const Method* method : chosen)
        for (const Learner& learner : method->learners) {
            if (std::ranges::none_of(study.starts, [&](const Start& start) {
                    return start.stage == learner.stage && start.heads == learner.heads;
                }))
                study.starts.push_back({.stage = learner.stage, .heads = learner.heads});
            for (const Frozen& head : learner.frozen)
                if (std::ranges::none_of(study.answers, [&](const FrozenAnswers& known) {
                        return known.stage == learner.stage && known.head.name == head.name;
                    }))
                    study.answers.push_back({.stage = learner.stage, .head = head});
        }
}

/// One copy per click of the pretrain period and fit, one per click of the stream and learner that trains.
void expect_copies(Study& study, const std::vector<const Method*>& chosen) {
    const auto& times = study.log.click_time;
    const auto pretrained = std::ranges::lower_bound(times, study.log.protocol.pretrain) - times.begin();
    study.examples_expected = pretrained * study.training.pretrain_passes;
    auto expected =
        study.examples_expected * static_cast<std::ptrdiff_t>(study.starts.size() + study.answers.size());
    for (const Method* method : chosen)
        for (const Learner& learner : method->learners)
            if (learner.delivery) expected += static_cast<std::ptrdiff_t>(study.streamed.size());
    study.meter.expect(expected);
}

void fit_all(Study& study, int threads) {
    const std::size_t starts = study.starts.size();
    parallel_for(starts + study.answers.size(), threads, [&](std::size_t k) {
        if (k < starts)
            fit_start(study, study.starts[k]);
        else
            fit_frozen(study, study.answers[k - starts]);
    });
}

/// A net learner speaks for itself; a conversion and a refund learner make net = cvr · (1 − refund rate).
Predictions composed(const Study& study,
                     const Method& method,
                     const std::vector<std::vector<double>>& of_learner) {
    Predictions out;
    out.method = method.name;
    out.row.assign(study.streamed.begin(), study.streamed.end());
    std::vector<double> net(study.streamed.size(), 1.0);
    for (std::size_t l = 0; l < method.learners.size(); ++l) {
        const StageKind stage = method.learners[l].stage;
        const std::vector<double>& p = of_learner[l];
        for (std::size_t k = 0; k < p.size(); ++k) net[k] *= stage == StageKind::refund ? 1 - p[k] : p[k];
        if (stage == StageKind::conversion) out.cvr.assign(p.begin(), p.end());
        if (stage == StageKind::refund) out.refund_rate.assign(p.begin(), p.end());
    }
    out.net_cvr.assign(net.begin(), net.end());
    return out;
}

}  // namespace

std::vector<Predictions> train(const ClickLog& log,
                               const std::vector<const Method*>& chosen,
                               const Training& training,
                               int threads,
                               const std::function<void(const Progress&)>& progress) {
    use_one_blas_thread();
    check_protocol(log);
    const bool cells = training.network == "cells";
    Study study{
        .log = log,
        .training = training,
        .all = outcomes(log),
        .inputs = cells ? combined_inputs(log, training.fields) : separate_inputs(log, training.fields),
        .starts = {},
        .answers = {},
        .streamed = {},
        .examples_expected = 0,
        .meter = Meter(progress)};
    for (std::size_t i = 0; i < log.size(); ++i)
        if (log.click_time[i] >= log.protocol.stream_start())
            study.streamed.push_back(static_cast<std::uint32_t>(i));
    list_fits(study, chosen);
    expect_copies(study, chosen);
    fit_all(study, thread_count(threads));

    struct Task {
        std::size_t method, learner;
    };
    std::vector<Task> tasks;
    std::vector<std::vector<std::vector<double>>> probability(chosen.size());
    for (std::size_t m = 0; m < chosen.size(); ++m) {
        probability[m].resize(chosen[m]->learners.size());
        for (std::size_t l = 0; l < chosen[m]->learners.size(); ++l) tasks.push_back({m, l});
    }
    parallel_for(tasks.size(), thread_count(threads), [&](std::size_t k) {
        const auto [m, l] = tasks[k];
        probability[m][l] = run_stream(study, *chosen[m], chosen[m]->learners[l]);
    });

    std::vector<Predictions> all;
    for (std::size_t m = 0; m < chosen.size(); ++m)
        all.push_back(composed(study, *chosen[m], probability[m]));
    return all;
}

}  // namespace netcvr
