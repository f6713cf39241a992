// Speed of the shipped program, as rates and as ratios within one run (measure.h).
//
//   bench [simulate|deliver|train|tesla|sweep|text] [--repeats N] [--clicks N]      goals stand beside the
//   figures

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "sim/parallel.h"
#include "tests/bench/measure.h"

namespace netcvr {
namespace {

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
    // OpenBLAS chooses its kernels when it is loaded, and an environment that names an old processor or
    // another cache halves its speed.
    for (const char* name : {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"})
        if (std::getenv(name) != nullptr) {
            unsetenv(name);
            execv("/proc/self/exe", argv);
        }
    std::string what;
    int repeats = 9;
    double clicks = 4.1e6;
    const std::vector<std::pair<std::string, std::function<void()>>> parts = {
        {"simulate", [&] { netcvr::bench_simulate(repeats, clicks); }},
        {"deliver", [&] { netcvr::bench_deliver(repeats); }},
        {"train", [&] { netcvr::bench_train(repeats); }},
        {"tesla", [&] { netcvr::bench_tesla(repeats); }},
        {"sweep", [&] { netcvr::bench_sweep(repeats); }},
        {"text", [&] { netcvr::bench_text(repeats); }}};
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--repeats" && i + 1 < argc)
            repeats = std::max(1, std::atoi(argv[++i]));
        else if (argument == "--clicks" && i + 1 < argc)
            clicks = std::max(1.0, std::atof(argv[++i]));
        else
            what = argument;
    }
    bool known = what.empty();
    for (const auto& [name, part] : parts)
        if (what.empty() || what == name) part(), known = true;
    if (known) return 0;
    fmt::print(stderr, "usage: bench [simulate|deliver|train|tesla|sweep|text] [--repeats N] [--clicks N]\n");
    return 2;
}
