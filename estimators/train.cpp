// The prequential loop: for each segment, predict its clicks with the model before it, then train on what is
// delivered in it. One stream per method and learner; all of them start from the study's common fits
// (study.h).

#include "estimators/train.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <utility>

#include "estimators/addressed.h"
#include "estimators/model.h"
#include "estimators/protocol.h"
#include "estimators/study.h"
#include "estimators/trainer.h"
#include "estimators/tuning.h"
#include "sim/parallel.h"

namespace netcvr {
namespace {

/// Appends the learner's probabilities given these logits, [clicks × outputs].
void append_probabilities(const Learner& learner, std::span<const double> z, std::vector<double>& to) {
    for (; !z.empty(); z = z.subspan(learner.heads))
        for (const Output& output : learner.outputs) to.push_back(output.probability(z.first(learner.heads)));
}

/// The loss of a stream is not finite.
struct Diverged : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One learner's way through the stream.
struct Stream {
    Study& study;
    const Method& method;
    const Learner& learner;
    Trainer trainer;
    Copies copies = {};             // delivered in the stream, in order of delivery
    std::size_t copies_before = 0;  // of a stream that goes on
    std::size_t next_copy = 0;
    std::vector<double> probability = {};  // [study.streamed, as far as the stream has come × outputs]
    Batches batches;
    Incidents incidents = {};

    std::size_t outputs() const { return learner.outputs.size(); }

    void deliver() {
        if (!learner.delivery) return;
        copies = stream_of(study.log, study.all, learner);
        study.meter.expect(static_cast<std::ptrdiff_t>(copies.size()) -
                           static_cast<std::ptrdiff_t>(study.streamed.size()));
    }

    void predict_until(Time end) {
        const std::size_t from = probability.size() / outputs();
        std::size_t to = from;
        while (to < study.streamed.size() && study.log.click_time[study.streamed[to]] < end) ++to;
        append_probabilities(learner, trainer.logits(std::span(study.streamed).subspan(from, to - from)),
                             probability);
    }

    void train_until(Time end) {
        const std::size_t batch_size = study.batch_of(learner.stages());
        while (next_copy < copies.size() && copies.at[next_copy] < end) {
            std::size_t n = 0;
            while (n < batch_size && next_copy + n < copies.size() && copies.at[next_copy + n] < end) ++n;
            train_batch(n);
            next_copy += n;
        }
    }

    void train_batch(std::size_t n) {
        Batch batch = batches.of(copies, next_copy, n);
        batch.draw =
            mixed(static_cast<std::uint64_t>(study.training.seed) ^ mixed(copies_before + next_copy));
        batch.incidents = &incidents;
        const double loss = trainer.step(
            batch.click, [&](auto z, auto dz) { return learner.loss(batch, z, dz); }, batch.towers);
        if (!std::isfinite(loss))
            throw Diverged("the loss of " + std::string(method.name) + ", " +
                           std::string(name_of(learner.stage)) + " stage, is not finite at " +
                           format_duration(copies.at[next_copy]));
        study.meter.done(n);
    }
};

/// What one learner leaves behind.
struct Streamed {
    std::vector<double> probability;  // [study.streamed × outputs]
    std::size_t copies = 0;
    Incidents incidents;
    double seconds = 0;
    Model::Stopped stopped = {};  // if it is to be saved
    std::string failure = {};     // if it broke off: nothing else is set then
};

/// Processor time of the calling thread, so that what else the machine does is not counted. Nor is what other
/// threads help it with, when they have no network of their own left.
double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Streamed run_stream(Study& study, const Method& method, std::size_t l, double learning_rate) {
    const double begin_seconds = thread_seconds();
    const Learner& learner = method.learners[l];
    Stream stream{.study = study,
                  .method = method,
                  .learner = learner,
                  .trainer = study.trainer(method, l, learning_rate),
                  .batches = {learner, study.all, study.answers_for(learner)}};
    if (study.warm.from) stream.copies_before = find_method(*study.warm.from, method).learners[l].copies;
    stream.trainer.align(study.training);
    stream.deliver();
    const Protocol& protocol = study.log.protocol;
    for (std::size_t k = 0; k < segments(study.log); ++k) {
        const Time end = protocol.stream_start() + static_cast<Time>(k + 1) * protocol.segment;
        stream.predict_until(end);
        stream.trainer.begin_segment();
        stream.train_until(end);
    }
    Streamed streamed{.probability = std::move(stream.probability),
                      .copies = stream.next_copy,
                      .incidents = stream.incidents,
                      .seconds = thread_seconds() - begin_seconds};
    if (study.warm.save)
        streamed.stopped = {std::move(stream.trainer.network), std::move(stream.trainer.adam),
                            stream.copies_before + stream.next_copy};
    return streamed;
}

/// What a method without networks predicts, counted at the start of each segment.
Streamed run_counted(const Study& study, const Method& method) {
    const double begin_seconds = thread_seconds();
    const Protocol& protocol = study.log.protocol;
    Streamed done;
    std::optional<std::size_t> segment;
    StratumRates rates;
    for (const std::uint32_t i : study.streamed) {
        if (const std::size_t k = segment_of(protocol, study.log.click_time[i]); segment != k) {
            segment = k;
            rates = method.counted.rates(*study.history,
                                         protocol.stream_start() + static_cast<Time>(k) * protocol.segment);
        }
        const std::uint32_t s = study.strata.of[i];
        done.probability.insert(done.probability.end(), {rates.cvr[s], rates.refund_rate[s]});
    }
    done.seconds = thread_seconds() - begin_seconds;
    return done;
}

/// What each stream of a method predicts: its learners', or what it counts.
std::vector<const std::vector<Output>*> parts(const Method& method) {
    if (method.counted.rates) return {&method.counted.outputs};
    std::vector<const std::vector<Output>*> all;
    for (const Learner& learner : method.learners) all.push_back(&learner.outputs);
    return all;
}

/// Makes the method's corrections, each of its own output, in order.
void correct_all(const Study& study, const Method& method, std::vector<Streamed>& of_learner) {
    const double begin_seconds = thread_seconds();
    for (const Correction& correction : method.corrections)
        for (std::size_t l = 0; l < of_learner.size(); ++l) {
            const auto& outputs = *parts(method)[l];
            for (std::size_t o = 0; o < outputs.size(); ++o) {
                if (outputs[o].stage != correction.stage || outputs[o].of_value) continue;
                std::vector<double> column;
                for (std::size_t k = 0; k < study.streamed.size(); ++k)
                    column.push_back(of_learner[l].probability[k * outputs.size() + o]);
                correct(correction, study.all, study.streamed, study.strata.of, column);
                for (std::size_t k = 0; k < study.streamed.size(); ++k)
                    of_learner[l].probability[k * outputs.size() + o] = column[k];
            }
        }
    if (!method.corrections.empty()) of_learner.front().seconds += thread_seconds() - begin_seconds;
}

/// A net output speaks for itself; conversion and refund outputs make net = cvr · (1 − refund rate). Money:
/// gmv = cvr · E[value | conversion], net gmv = gmv · (1 − refund rate · E[share paid back | refund]).
Predictions composed(const std::vector<std::uint32_t>& rows,
                     const Method& method,
                     const std::vector<Streamed>& of_learner) {
    Predictions out;
    out.method = method.name;
    out.row.assign(rows.begin(), rows.end());
    const auto column = [&](StageKind stage, bool of_value = false) {
        std::vector<double> found;
        for (std::size_t l = 0; l < of_learner.size(); ++l) {
            const auto& outputs = *parts(method)[l];
            for (std::size_t o = 0; o < outputs.size(); ++o)
                if (outputs[o].stage == stage && outputs[o].of_value == of_value)
                    for (std::size_t k = 0; k < rows.size(); ++k)
                        found.push_back(of_learner[l].probability[k * outputs.size() + o]);
        }
        return found;
    };
    const std::vector<double> cvr = column(StageKind::conversion), refund = column(StageKind::refund);
    std::vector<double> net = column(StageKind::net);
    if (net.empty() && !refund.empty())
        for (std::size_t k = 0; k < cvr.size(); ++k) net.push_back(cvr[k] * (1 - refund[k]));
    const std::vector<double> value = column(StageKind::conversion, true),
                              share = column(StageKind::refund, true), kept = column(StageKind::net, true);
    out.net_gmv.assign(kept.begin(), kept.end());
    for (std::size_t k = 0; k < value.size(); ++k) {
        const double gmv = cvr[k] * value[k];
        out.gmv.push_back(static_cast<float>(gmv));
        if (!share.empty()) out.net_gmv.push_back(static_cast<float>(gmv * (1 - refund[k] * share[k])));
    }
    for (const Streamed& streamed : of_learner) {
        out.copies += streamed.copies;
        out.seconds += streamed.seconds;
        out.incidents += streamed.incidents;
    }
    out.cvr.assign(cvr.begin(), cvr.end());
    out.refund_rate.assign(refund.begin(), refund.end());
    out.net_cvr.assign(net.begin(), net.end());
    return out;
}

/// run(m, l) of learner l of method m, by method.
template <class Run>
std::vector<std::vector<Streamed>> of_every_learner(const std::vector<const Method*>& chosen,
                                                    Crew& crew,
                                                    Run run) {
    struct Task {
        std::size_t method, learner;
    };
    std::vector<Task> tasks;
    std::vector<std::vector<Streamed>> streamed(chosen.size());
    for (std::size_t m = 0; m < chosen.size(); ++m) {
        streamed[m].resize(parts(*chosen[m]).size());
        for (std::size_t l = 0; l < streamed[m].size(); ++l) tasks.push_back({m, l});
    }
    crew.share(tasks.size(), [&](std::size_t k) {
        const auto [m, l] = tasks[k];
        streamed[m][l] = run(m, l);
    });
    return streamed;
}

std::vector<double> learning_rates_of(const Model& model, const std::vector<const Method*>& chosen) {
    std::vector<double> rates;
    rates.reserve(chosen.size());
    for (const Method* method : chosen)
        rates.push_back(find_method(model, *method).learners.front().adam.learning_rate);
    return rates;
}

}  // namespace

std::vector<Predictions> train_at(const ClickLog& log,
                                  const std::vector<const Method*>& chosen,
                                  const Training& training,
                                  const std::vector<double>& learning_rates,
                                  int threads,
                                  const std::function<void(const Progress&)>& progress,
                                  const Privileged& given,
                                  const Warm& warm) {
    use_one_blas_thread();
    check_values(log, chosen);
    Crew crew(thread_count(threads));
    Study study(log, chosen, training, crew, progress, given, warm);
    study.fit_all();
    auto streamed = of_every_learner(chosen, crew, [&](std::size_t m, std::size_t l) -> Streamed {
        if (chosen[m]->counted.rates) return run_counted(study, *chosen[m]);
        try {
            return run_stream(study, *chosen[m], l, learning_rates[m]);
        } catch (const Diverged& diverged) {
            Streamed none;
            none.failure = diverged.what();
            return none;
        }
    });

    std::vector<Predictions> all;
    std::vector<Model::OfMethod> stopped;
    for (std::size_t m = 0; m < chosen.size(); ++m) {
        const auto failed = std::ranges::find_if_not(streamed[m], &std::string::empty, &Streamed::failure);
        if (failed != streamed[m].end()) {
            all.emplace_back().method = chosen[m]->name;
            all.back().failure = failed->failure;
            continue;
        }
        correct_all(study, *chosen[m], streamed[m]);
        all.push_back(composed(study.streamed, *chosen[m], streamed[m]));
        if (all.back().copies > 0) all.back().learning_rate = learning_rates[m];
        stopped.push_back({.method = chosen[m]});
        for (Streamed& each : streamed[m]) stopped.back().learners.push_back(std::move(each.stopped));
    }
    if (warm.save) *warm.save = study.model(std::move(stopped));
    return all;
}

std::vector<Predictions> train(const ClickLog& log,
                               const std::vector<const Method*>& chosen,
                               const Training& training,
                               int threads,
                               const std::function<void(const Progress&)>& progress,
                               const Privileged& given,
                               const Warm& warm) {
    const std::vector<double> rates = warm.from
                                          ? learning_rates_of(*warm.from, chosen)
                                          : learning_rates(log, chosen, training, threads, progress, given);
    auto all = train_at(log, chosen, training, rates, threads, progress, given, warm);
    for (const Predictions& each : all)
        if (!each.failure.empty()) throw std::runtime_error(each.failure);
    return all;
}

std::vector<Predictions> predict(const Model& model,
                                 const ClickLog& log,
                                 const std::vector<const Method*>& chosen,
                                 int threads) {
    use_one_blas_thread();
    check_fits(model, log);
    check_stream(log);
    Crew crew(thread_count(threads));
    Inputs inputs = inputs_of(log, model.training);
    const Moving moving(model, inputs);
    const std::vector<std::uint32_t> rows = streamed_clicks(log);
    const auto answered = of_every_learner(chosen, crew, [&](std::size_t m, std::size_t l) {
        Streamed all;
        append_probabilities(chosen[m]->learners[l], moving.trainer(*chosen[m], l, &crew).logits(rows),
                             all.probability);
        return all;
    });
    std::vector<Predictions> all;
    for (std::size_t m = 0; m < chosen.size(); ++m) all.push_back(composed(rows, *chosen[m], answered[m]));
    return all;
}

}  // namespace netcvr
