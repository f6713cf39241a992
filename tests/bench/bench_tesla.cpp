// How fast TESLA trains: both towers with hybrid embeddings and ranking losses, against PyTorch doing what
// its public code does (train_torch.py, form tesla) in two set-ups: with the libraries and threads that it
// finds, and with all knobs turned.

#include <algorithm>
#include <memory>

#include <fmt/core.h>

#include "estimators/batches.h"
#include "estimators/protocol.h"
#include "estimators/trainer.h"
#include "scenarios/scenario_file.h"
#include "sim/parallel.h"
#include "sim/simulate.h"
#include "tests/bench/measure.h"
#include "tests/bench/torch_program.h"

namespace netcvr {
namespace {

// Those of the paper.
constexpr std::size_t embedding = 32, batch_size = 5000;
constexpr std::size_t batches_of_ours = 6;  // a measurement; PyTorch does one, of seconds

/// The copies that TESLA's rule sends of clicks of the preset, in order. The frozen heads answer .3.
struct Work {
    LogRows rows;
    const Learner& learner = find_method("tesla").learners.front();
    Inputs inputs;
    Outcomes all;
    Copies copies;
    std::vector<AnswerTable> answers;

    Work() {
        const World world =
            make_world(load_settings("cascade", {"log.clicks=60000"}).scenario, thread_count(0));
        rows = draw_rows(world, 0, row_count(world), false);
        inputs = separate_inputs(rows.log, {});
        all = outcomes(rows.log);
        Copies sent;
        learner.delivery(all, learner.stage, sent);
        copies = sorted_between(sent, 0, never);
        answers.assign(learner.frozen.size(),
                       {.probability = std::vector<float>(rows.log.click_time.size(), .3F)});
    }
    std::vector<const AnswerTable*> tables() const {
        std::vector<const AnswerTable*> all_tables;
        for (const AnswerTable& table : answers) all_tables.push_back(&table);
        return all_tables;
    }
};

/// What train_torch.py reads of it.
struct WrittenWork : WrittenColumns {
    explicit WrittenWork(const Work& work) {
        std::vector<std::int32_t> value;
        std::vector<float> label, hours;
        for (std::size_t k = 0; k < work.copies.size(); ++k) {
            const std::size_t i = work.copies.click[k];
            const bool positive = work.copies.label[k] != 0;
            for (const auto& feature : work.rows.log.features) value.push_back(std::max(feature.value[i], 0));
            label.push_back(positive ? 1 : 0);
            const Stage& stage = work.all.stage(work.learner.clock(work.copies.part[k]));
            hours.push_back(static_cast<float>(24 * delay_of(stage, i, work.copies.at[k], positive)));
        }
        write("value.i32", value);
        write("label.f32", label);
        write("delay.f32", hours);
        write("part.u8", std::vector<std::uint8_t>(work.copies.part.begin(), work.copies.part.end()));
    }
};

struct OurTraining {
    const Work& work;
    Crew crew;
    Trainer trainer;
    Batches batches;
    std::size_t begin = 0;

    OurTraining(const Work& all, int threads)
        : work(all),
          crew(threads),
          trainer(all.inputs, start(all), 1e-3, &crew),
          batches(all.learner, all.all, all.tables()) {}

    static Network start(const Work& all) {
        return make_network({.embedding = embedding,
                             .hidden = {256, 256, 128},
                             .heads = all.learner.heads,
                             .batch_norm = true,
                             .towers = all.learner.stages().size(),
                             .sharing = all.learner.sharing},
                            all.inputs, 1, {-2.6, -2.6});
    }
    void pass() {
        for (std::size_t b = 0; b < batches_of_ours; ++b, begin += batch_size) {
            if (begin + batch_size > work.copies.size()) begin = 0;
            Batch batch = batches.of(work.copies, begin, batch_size);
            batch.draw = begin;
            trainer.step(
                batch.click, [&](auto z, auto dz) { return work.learner.loss(batch, z, dz); }, batch.towers);
        }
    }
};

Candidate ours(const Work& work, int threads) {
    const auto training = std::make_shared<OurTraining>(work, threads);
    return {fmt::format("{} threads", threads), static_cast<double>(batch_size * batches_of_ours) / 1e3,
            "k copies/s", 0, timed([training] { training->pass(); })};
}

Candidate theirs(const char* name, TorchProgram& torch, int threads) {
    return {name, static_cast<double>(batch_size) / 1e3, "k copies/s", 0,
            [&torch, threads] { return torch.train(embedding, batch_size, 1, threads); }};
}

}  // namespace

void bench_tesla(int repeats) {
    use_one_blas_thread();
    const bool compare = !torch_version().empty();
    fmt::print("tesla: two towers of 256-256-128, embeddings of {}, batches of {}{}\n", embedding, batch_size,
               compare ? "" : "; PyTorch is not installed (python3-torch)");
    const Work work;
    std::vector<Candidate> all = {ours(work, 1), ours(work, 2)};
    const WrittenWork written(work);
    std::unique_ptr<TorchProgram> tuned, as_it_is;
    if (compare) {
        tuned = std::make_unique<TorchProgram>(written.folder, "tesla-foreach", torch_knobs());
        as_it_is = std::make_unique<TorchProgram>(written.folder, "tesla", std::vector<std::string>{});
        all.push_back(theirs("PyTorch, dense AdamW, tuned, 2 threads", *tuned, 2));
        all.push_back(theirs("PyTorch, dense AdamW, as installed", *as_it_is, 0));
    }
    measure(all, repeats);
    if (!compare) return;
    const double two = all[1].median();
    fmt::print("  2 threads over tuned: {:.1f} ×  {}\n", two / all[2].median(),
               verdict(two / all[2].median(), 5));
    fmt::print("  2 threads over as installed: {:.1f} ×  {}\n", two / all[3].median(),
               verdict(two / all[3].median(), 15));
}

}  // namespace netcvr
