#include "scenarios/execute.h"

#include <chrono>
#include <sys/resource.h>

#include "estimators/train.h"
#include "scenarios/masses_of_log.h"
#include "scenarios/run_result.h"
#include "scenarios/scenario_file.h"
#include "scenarios/version.h"
#include "sim/simulate.h"
#include "sim/world.h"

namespace netcvr {
namespace {

/// Seconds of wall clock since the last lap.
struct Stopwatch {
    using Clock = std::chrono::steady_clock;
    Clock::time_point begin = Clock::now();

    double lap() {
        const auto end = Clock::now();
        const std::chrono::duration<double> seconds = end - begin;
        begin = end;
        return seconds.count();
    }
};

/// Solves the settings and draws their log; the world is gone before the networks need its memory.
LogFile draw(Settings& settings, int threads) {
    const World world = make_world(settings.scenario, threads);
    settings.scenario = world.scenario;
    const bool full = settings.training.frozen == "exact";
    LogHeader header = header_of(world, resolved_toml(settings), full);
    header.created_by = program_version();
    return simulate_in_memory(world, header, threads);
}

std::size_t peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

Executed execute(const SweepRun& run, const std::vector<const Method*>& methods, int bootstrap, int threads) {
    Executed done;
    Stopwatch watch;
    Settings settings = run.settings;
    const LogFile file = draw(settings, threads);
    done.cost.simulate_seconds = watch.lap();
    const auto predictions = train(file.log, methods, settings.training, threads, {},
                                   {.masses = masses_of(file, settings.scenario)});
    done.cost.train_seconds = watch.lap();
    done.result = result_of(file, settings, predictions, bootstrap);
    done.result.labels = run.labels;
    done.cost.score_seconds = watch.lap();
    for (const auto& one : predictions) done.cost.method_seconds[one.method] = one.seconds;
    done.cost.peak_memory = peak_memory();
    return done;
}

}  // namespace netcvr
