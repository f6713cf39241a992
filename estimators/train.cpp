// The prequential loop: for each segment, predict its clicks with the model before it, then train on what is
// delivered in it. One stream per method and learner; all of them start from the study's common fits
// (study.h).

#include "estimators/train.h"

#include <cmath>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "estimators/protocol.h"
#include "estimators/study.h"
#include "estimators/trainer.h"
#include "sim/parallel.h"

namespace netcvr {
namespace {

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
        copies = stream_of(study.log, study.all, learner);
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

/// What one learner leaves behind.
struct Streamed {
    std::vector<double> probability;  // of study.streamed
    std::size_t copies = 0;
    double seconds = 0;
};

/// Processor time of the calling thread, so that what else the machine does is not counted.
double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Streamed run_stream(Study& study, const Method& method, const Learner& learner) {
    const double begin_seconds = thread_seconds();
    Stream stream{.study = study,
                  .method = method,
                  .learner = learner,
                  .trainer = {study.inputs, study.start(learner.stage, learner.heads).network,
                              study.training.learning_rate}};
    stream.deliver();
    const Protocol& protocol = study.log.protocol;
    for (std::size_t k = 0; k < segments(study.log); ++k) {
        const Time end = protocol.stream_start() + static_cast<Time>(k + 1) * protocol.segment;
        stream.predict_until(end);
        stream.train_until(end);
    }
    return {std::move(stream.probability), stream.next_copy, thread_seconds() - begin_seconds};
}

/// A net learner speaks for itself; a conversion and a refund learner make net = cvr · (1 − refund rate).
Predictions composed(const Study& study, const Method& method, const std::vector<Streamed>& of_learner) {
    Predictions out;
    out.method = method.name;
    out.row.assign(study.streamed.begin(), study.streamed.end());
    std::vector<double> net(study.streamed.size(), 1.0);
    for (std::size_t l = 0; l < method.learners.size(); ++l) {
        const StageKind stage = method.learners[l].stage;
        const std::vector<double>& p = of_learner[l].probability;
        out.copies += of_learner[l].copies;
        out.seconds += of_learner[l].seconds;
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
    Study study(log, chosen, training, progress);
    study.fit_all(thread_count(threads));

    struct Task {
        std::size_t method, learner;
    };
    std::vector<Task> tasks;
    std::vector<std::vector<Streamed>> streamed(chosen.size());
    for (std::size_t m = 0; m < chosen.size(); ++m) {
        streamed[m].resize(chosen[m]->learners.size());
        for (std::size_t l = 0; l < chosen[m]->learners.size(); ++l) tasks.push_back({m, l});
    }
    parallel_for(tasks.size(), thread_count(threads), [&](std::size_t k) {
        const auto [m, l] = tasks[k];
        streamed[m][l] = run_stream(study, *chosen[m], chosen[m]->learners[l]);
    });

    std::vector<Predictions> all;
    for (std::size_t m = 0; m < chosen.size(); ++m) all.push_back(composed(study, *chosen[m], streamed[m]));
    return all;
}

}  // namespace netcvr
