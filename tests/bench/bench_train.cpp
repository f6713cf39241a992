// How fast the papers' network trains, on one thread and on two, against PyTorch doing the same work in the
// same run (train_torch.py) in three set-ups:
//   tuned         one sparse table, all its knobs turned, OpenBLAS sharing its threads
//   as installed  the same program with the libraries and threads that it finds
//   dense         Adam over every row of every table at each step, as public code runs it; otherwise tuned

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>

#include <fmt/core.h>

#include "estimators/trainer.h"
#include "scenarios/scenario_file.h"
#include "sim/parallel.h"
#include "sim/simulate.h"
#include "tests/bench/measure.h"
#include "tests/bench/peak.h"
#include "tests/bench/torch_program.h"

namespace netcvr {
namespace {

constexpr std::size_t copies = 40'000, dense_batches = 3;

struct Cell {
    std::size_t embedding, batch, batches;  // batches per measurement
    std::string name() const { return fmt::format("embedding {}, batch {}", embedding, batch); }
};
constexpr std::array<Cell, 4> cells = {{{8, 1024, 20}, {8, 5000, 4}, {32, 1024, 20}, {32, 5000, 4}}};
constexpr std::size_t dearest = 2;  // the cell in which dense Adam has most rows to sweep for a copy

/// Clicks of the preset, and their copies: the label by the end of the log, weights that differ.
struct Work {
    LogRows rows;
    Inputs inputs;
    std::vector<std::uint32_t> click;
    std::vector<std::uint8_t> label;
    std::vector<double> weight;

    Work() {
        const World world = make_world(
            load_settings("cascade", {fmt::format("log.clicks={}", copies + copies / 20)}).scenario,
            thread_count(0));
        rows = draw_rows(world, 0, row_count(world), false);
        inputs = separate_inputs(rows.log, {});
        for (std::size_t i = 0; i < copies; ++i) {
            click.push_back(static_cast<std::uint32_t>(i));
            label.push_back(rows.log.conversion_time[i] != never);
            weight.push_back(label[i] != 0 ? 1.25 : 0.75);
        }
    }
};

/// What train_torch.py reads of it.
struct WrittenWork : WrittenColumns {
    explicit WrittenWork(const Work& work) {
        std::vector<std::int32_t> value;
        for (std::size_t i = 0; i < copies; ++i)
            for (const auto& feature : work.rows.log.features) value.push_back(std::max(feature.value[i], 0));
        write("value.i32", value);
        write("label.f32", std::vector<float>(work.label.begin(), work.label.end()));
        write("weight.f32", std::vector<float>(work.weight.begin(), work.weight.end()));
    }
};

struct OurTraining {
    const Work& work;
    Cell cell;
    Crew crew;
    Trainer trainer;
    std::size_t begin = 0;

    OurTraining(const Work& all, const Cell& one, int threads, Network start)
        : work(all), cell(one), crew(threads), trainer(all.inputs, std::move(start), 1e-3, &crew) {}

    void pass() {
        for (std::size_t b = 0; b < cell.batches; ++b, begin += cell.batch) {
            if (begin + cell.batch > copies) begin = 0;
            const Batch batch{.label = std::span(work.label).subspan(begin, cell.batch),
                              .frozen = {},
                              .weight = std::span(work.weight).subspan(begin, cell.batch)};
            trainer.step(std::span(work.click).subspan(begin, cell.batch),
                         [&](auto z, auto dz) { return log_loss(batch, z, dz); });
        }
    }
};

/// Forward, backward by inputs and backward by weights of every layer: 2 · 3 operations a weight and copy.
double gigaflop_per_copy(std::size_t embedding) {
    return 6e-9 * (22.0 * static_cast<double>(embedding) * 256 + 256.0 * 256 + 256.0 * 128 + 128);
}

Candidate ours(const Work& work, const Cell& cell, int threads) {
    const Shape shape{.embedding = cell.embedding, .hidden = {256, 256, 128}, .batch_norm = true};
    const auto training =
        std::make_shared<OurTraining>(work, cell, threads, make_network(shape, work.inputs, 1, {-2.6}));
    return {fmt::format("{} threads", threads), static_cast<double>(cell.batch * cell.batches) / 1e3,
            "k copies/s", 0, timed([training] { training->pass(); })};
}

Candidate theirs(const char* name, TorchProgram& torch, const Cell& cell, std::size_t batches, int threads) {
    return {name, static_cast<double>(cell.batch * batches) / 1e3, "k copies/s", 0,
            [&torch, cell, batches, threads] {
                return torch.train(cell.embedding, cell.batch, batches, threads);
            }};
}

/// The three set-ups, each a process of its own.
struct Torch {
    TorchProgram tuned, as_installed, dense;

    explicit Torch(const std::filesystem::path& data)
        : tuned(data, "fused", torch_knobs()),
          as_installed(data, "fused", {}),
          dense(data, "dense", torch_knobs()) {}
};

enum Column : std::size_t { ours_1, ours_2, tuned_1, tuned_2, as_installed, dense, columns };

/// What the processor can do, then for each cell a candidate a column; without PyTorch its columns are empty.
struct Measurements {
    std::vector<Candidate> all = {fma_peak(), sgemm()};

    Measurements(const Work& work, Torch* torch) {
        for (std::size_t c = 0; c < cells.size(); ++c) {
            const Cell& cell = cells[c];
            all.push_back(ours(work, cell, 1));
            all.push_back(ours(work, cell, 2));
            all.resize(all.size() + columns - tuned_1);
            if (torch == nullptr) continue;
            Candidate* row = &at(c, ours_1);
            row[tuned_1] = theirs("tuned, 1", torch->tuned, cell, cell.batches, 1);
            row[tuned_2] = theirs("tuned, 2", torch->tuned, cell, cell.batches, 2);
            row[as_installed] = theirs("as installed", torch->as_installed, cell, cell.batches, 0);
            if (c == dearest) row[dense] = theirs("dense, 2", torch->dense, cell, dense_batches, 2);
        }
    }
    Candidate& at(std::size_t cell, std::size_t column) { return all[2 + cell * columns + column]; }

    /// Geometric mean over cells of the rates of two columns, repetition by repetition.
    Candidate ratio(const std::vector<std::size_t>& of_cells, Column a, Column b) {
        Candidate ratios{.name = at(of_cells[0], b).name, .unit = "×", .seconds = {}};
        for (std::size_t r = 0; r < at(of_cells[0], a).rate.size(); ++r) {
            double logarithm = 0;
            for (const std::size_t c : of_cells) logarithm += std::log(at(c, a).rate[r] / at(c, b).rate[r]);
            ratios.rate.push_back(std::exp(logarithm / static_cast<double>(of_cells.size())));
        }
        return ratios;
    }
};

void print_rates(Measurements& measured) {
    const double peak = measured.all[0].median(), product = measured.all[1].median();
    fmt::print("  one thread: fused multiply-adds {:.0f} GFLOP/s, sgemm {:.0f}\n", peak, product);
    for (std::size_t c = 0; c < cells.size(); ++c) {
        fmt::print("  {}, k copies/s (quartiles):\n", cells[c].name());
        for (std::size_t k = 0; k < columns; ++k) {
            const Candidate& one = measured.at(c, k);
            if (one.rate.empty()) continue;
            fmt::print("    {}{:<14} {:6.1f} ({:.1f} … {:.1f})", k < tuned_1 ? "" : "PyTorch ", one.name,
                       one.median(), one.quantile(0.25), one.quantile(0.75));
            if (k == ours_1 || k == ours_2) {
                const double flops =
                    one.median() * 1e3 * gigaflop_per_copy(cells[c].embedding) / static_cast<double>(k + 1);
                fmt::print("  {:.0f} % of sgemm, {:.0f} % of the peak", 100 * flops / product,
                           100 * flops / peak);
            }
            fmt::print("\n");
        }
    }
}

void print_ratios(Measurements& measured) {
    const std::vector<std::size_t> every = {0, 1, 2, 3};
    const auto print = [&](const char* what, const Candidate& ratio, double goal) {
        fmt::print("  {:<62} {:.2f} × ({:.2f} … {:.2f})  {}\n", what, ratio.median(), ratio.quantile(0.25),
                   ratio.quantile(0.75), verdict(ratio.median(), goal));
    };
    print("two threads over PyTorch tuned on two, geometric mean", measured.ratio(every, ours_2, tuned_2), 2);
    print("one thread over PyTorch tuned on one", measured.ratio(every, ours_1, tuned_1), 0);
    print("two threads over PyTorch as installed", measured.ratio(every, ours_2, as_installed), 5);
    print("two threads over dense Adam, embedding 32, batch 1024", measured.ratio({dearest}, ours_2, dense),
          10);
}

}  // namespace

void bench_train(int repeats) {
    use_one_blas_thread();
    const std::string version = torch_version();
    fmt::print("train: 22 fields, 256-256-128 with batch norm, Adam; BLAS core type {}; PyTorch {}\n",
               blas_core_type(), version.empty() ? "is not installed (python3-torch)" : version);
    if (!version.empty() && openmp_openblas().empty())
        fmt::print("  libopenblas0-openmp is not installed: PyTorch is not at its best\n");
    const Work work;
    const WrittenWork written(work);
    const auto torch = version.empty() ? nullptr : std::make_unique<Torch>(written.folder);
    Measurements measured(work, torch.get());
    take_turns(measured.all, repeats);
    print_rates(measured);
    if (torch) print_ratios(measured);
}

}  // namespace netcvr
