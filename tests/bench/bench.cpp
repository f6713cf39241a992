// Speed of the shipped program, as rates and as ratios within one run (measure.h).
//
//   bench [simulate|train|sweep|text] [--repeats N] [--clicks N]      goals stand beside the figures

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include <Eigen/Core>
#include <fmt/core.h>

#include "estimators/trainer.h"
#include "scenarios/scenario_file.h"
#include "sim/parallel.h"
#include "sim/simulate.h"
#include "tests/bench/measure.h"

extern "C" char* openblas_get_corename() __attribute__((weak));

namespace netcvr {
namespace {

/// Forward, backward by inputs and backward by weights of every layer: 2 · 3 operations a weight and copy.
double operations_per_copy(const Network& network) {
    double weights = 0;
    for (const auto& layer : network.layers) weights += static_cast<double>(layer.inputs * layer.outputs);
    return 6 * weights;
}

struct TrainingCase {
    Trainer trainer;
    std::vector<std::uint32_t> clicks;
    std::vector<std::uint8_t> labels;
    std::size_t batch;

    void pass() {
        for (std::size_t begin = 0; begin + batch <= clicks.size(); begin += batch) {
            const Batch b{.label = std::span(labels).subspan(begin, batch), .frozen = {}, .heads = 1};
            trainer.step(std::span(clicks).subspan(begin, batch),
                         [&](auto z, auto dz) { return log_loss(b, z, dz); });
        }
    }
};

void bench_train(int repeats) {
    use_one_blas_thread();
    const World world = make_world(load_settings("cascade", {"scale=1/200"}).scenario, thread_count(0));
    const LogRows rows = draw_rows(world, 0, row_count(world), false);
    const Inputs inputs = separate_inputs(rows.log, {});
    Eigen::MatrixXf a = Eigen::MatrixXf::Random(1024, 1024), b = a, c = a;
    std::vector<Candidate> candidates = {
        {"sgemm 1024 × 1024 × 1024", 2 * 1.073741824, "GFLOP/s", 0, timed([&] { c.noalias() = a * b; })}};
    std::vector<TrainingCase> cases;
    cases.reserve(4);
    for (const std::size_t embedding : {8, 32})
        for (const std::size_t batch : {1024, 5000}) {
            const Shape shape{.embedding = embedding, .hidden = {256, 256, 128}};
            TrainingCase one{Trainer(inputs, make_network(shape, inputs, 1, {-2.6}), 1e-3), {}, {}, batch};
            for (std::size_t i = 0; i < 4 * batch; ++i) {
                one.clicks.push_back(static_cast<std::uint32_t>(i % rows.log.size()));
                one.labels.push_back(rows.log.conversion_time[i % rows.log.size()] != never);
            }
            cases.push_back(std::move(one));
        }
    for (auto& one : cases)
        candidates.push_back(
            {fmt::format("embedding {}, batch {}", one.trainer.network.shape.embedding, one.batch),
             static_cast<double>(one.clicks.size()) / 1e3, "k copies/s", 0, timed([&one] { one.pass(); })});
    fmt::print("train: 22 fields, 256-256-128, Adam, one thread; BLAS core type {}\n",
               openblas_get_corename ? openblas_get_corename() : "none (Eigen's own products)");
    measure(candidates, repeats);
    const double sgemm = candidates[0].quantile(0.5);
    for (std::size_t k = 0; k < cases.size(); ++k)
        fmt::print("  {}: {:.0f} % of the sgemm rate in its layers' products\n", candidates[k + 1].name,
                   100 * candidates[k + 1].quantile(0.5) * operations_per_copy(cases[k].trainer.network) /
                       1e6 / sgemm);
}

/// Runs a minute of `netcvr sweep run`, the program beside this one, from an empty folder to merged results.
void bench_sweep(int repeats) {
    const int jobs = thread_count(0), runs = 8 * jobs;
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "netcvr";
    const auto folder = std::filesystem::temp_directory_path() / fmt::format("netcvr-bench-{}", getpid());
    std::filesystem::create_directories(folder);
    const std::string plan = folder / "sweep.toml", output = folder / "runs";
    std::ofstream(plan) << fmt::format(
        "name = \"bench\"\nscenario = \"tiny\"\nmethods = [\"pretrained\", \"es-dfm\", \"direct\"]\n"
        "replicates = {}\n[set]\nlog.clicks = 40000\ntraining.hidden = [64, 32]\n",
        runs);
    const auto sweep_with = [&](int used) {
        return [&, used] {
            std::filesystem::remove_all(output);
            const std::string command = fmt::format("'{}' sweep run '{}' -o '{}' -j {} > /dev/null",
                                                    program.string(), plan, output, used);
            if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
        };
    };
    fmt::print("sweep: {} runs of 40 k clicks and three methods, 64-32, each in a process of its own\n",
               runs);
    std::vector<Candidate> candidates = {
        {"-j 1", 60.0 * runs, "runs/min", 0, timed(sweep_with(1))},
        {fmt::format("-j {}", jobs), 60.0 * runs, "runs/min", 0, timed(sweep_with(jobs))}};
    measure(candidates, repeats);
    fmt::print("  -j {} over -j 1: {:.2f} × (goal {:.2f})\n", jobs,
               candidates[1].quantile(0.5) / candidates[0].quantile(0.5), 0.95 * jobs);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace netcvr

int main(int argc, char** argv) {
    // An environment that names an old core type halves OpenBLAS, which reads it when it is loaded.
    if (std::getenv("OPENBLAS_CORETYPE") != nullptr) {
        unsetenv("OPENBLAS_CORETYPE");
        execv("/proc/self/exe", argv);
    }
    std::string what;
    int repeats = 9;
    double clicks = 4.1e6;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--repeats" && i + 1 < argc)
            repeats = std::max(1, std::atoi(argv[++i]));
        else if (argument == "--clicks" && i + 1 < argc)
            clicks = std::max(1.0, std::atof(argv[++i]));
        else
            what = argument;
    }
    if (!what.empty() && what != "simulate" && what != "train" && what != "sweep" && what != "text") {
        fmt::print(stderr, "usage: bench [simulate|train|sweep|text] [--repeats N] [--clicks N]\n");
        return 2;
    }
    if (what.empty() || what == "simulate") netcvr::bench_simulate(repeats, clicks);
    if (what.empty() || what == "train") netcvr::bench_train(repeats);
    if (what.empty() || what == "sweep") netcvr::bench_sweep(repeats);
    if (what.empty() || what == "text") netcvr::bench_text(repeats);
    return 0;
}
