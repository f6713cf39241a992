// How fast logs are drawn, against a careful NumPy program that draws a poorer world into the same layout
// (simulate_numpy.py); and that time is linear in clicks and memory flat.

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/core.h>

#include "scenarios/scenario_file.h"
#include "sim/parallel.h"
#include "sim/simulate.h"
#include "tests/bench/measure.h"

namespace netcvr {
namespace {

// The product's goals, on two cores.
constexpr double goal_uncompressed = 12, goal_deflate = 2.5;  // M clicks/s
constexpr double goal_memory = 1024;                          // MiB at the preset's 41 M clicks

constexpr double preset_clicks = 41e6;

/// The preset's 2.0 M users, 3.1 M items and 22 features, with /log, /features and three columns of truth: no
/// repeat purchases, which have a table of their own.
Settings cascade(double clicks) {
    return load_settings("cascade",
                         {fmt::format("log.clicks={:.0f}", clicks), "targets.purchases_per_click=0",
                          "targets.repurchases_per_click=0", "targets.refunds_per_click=0"});
}

struct Folders {
    std::string name = fmt::format("netcvr-bench-{}", getpid());
    std::filesystem::path disk = std::filesystem::temp_directory_path() / name;
    std::filesystem::path memory =
        std::filesystem::is_directory("/dev/shm") ? std::filesystem::path("/dev/shm") / name : disk;
    Folders() {
        std::filesystem::create_directories(disk);
        std::filesystem::create_directories(memory);
    }
    ~Folders() {
        std::filesystem::remove_all(disk);
        std::filesystem::remove_all(memory);
    }
};

struct Job {
    World world;
    LogHeader header;
    double setup = 0;  // seconds for people, items and calibration

    explicit Job(Settings settings) {
        setup = seconds_of([&] { world = make_world(settings.scenario, thread_count(0)); });
        settings.scenario = world.scenario;
        header = header_of(world, resolved_toml(settings), false);
    }
    double clicks() const { return static_cast<double>(row_count(world)); }
    void write(const std::filesystem::path& folder, int threads, int compress) const {
        simulate(
            world, header,
            {.path = (folder / "log.h5").string(), .threads = threads, .compress = compress, .force = true});
    }
};

/// Of all threads: what a busy machine distorts least.
double processor_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct ChildFigures {
    double clicks = 0, setup = 0, seconds = 0, processor = 0, peak_mib = 0;
};
/// One uncompressed log in a process of its own, so that its peak memory is its own.
ChildFigures in_child(const Settings& settings, const std::filesystem::path& folder) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        const Job job(settings);
        const double before = processor_seconds();
        const double seconds = seconds_of([&] { job.write(folder, thread_count(0), 0); });
        const ChildFigures figures{job.clicks(), job.setup, seconds, processor_seconds() - before, 0};
        _exit(write(ends[1], &figures, sizeof figures) == sizeof figures ? 0 : 1);
    }
    close(ends[1]);
    ChildFigures figures;
    const bool told = child > 0 && read(ends[0], &figures, sizeof figures) == sizeof figures;
    close(ends[0]);
    rusage usage{};
    int status = 0;
    if (child <= 0 || wait4(child, &status, 0, &usage) != child || !told)
        throw std::runtime_error("a log could not be drawn");
    figures.peak_mib = static_cast<double>(usage.ru_maxrss) / 1024;
    return figures;
}

/// Before anything else: a child begins with the memory of its parent.
void print_growth(const std::filesystem::path& folder) {
    fmt::print(
        "simulate: 2.0 M users, 3.1 M items, {} threads, uncompressed into memory's file system; each "
        "log in a process of its own\n",
        thread_count(0));
    fmt::print("  {:>12} {:>10} {:>10} {:>12} {:>10} {:>14} {:>10}\n", "clicks", "set-up s", "drawing s",
               "M clicks/s", "ns/click", "processor ns", "peak MiB");
    const auto print = [](const ChildFigures& f, const char* note) {
        fmt::print("  {:>12.0f} {:>10.2f} {:>10.3f} {:>12.2f} {:>10.1f} {:>14.1f} {:>10.0f}  {}\n", f.clicks,
                   f.setup, f.seconds, f.clicks / f.seconds / 1e6, f.seconds / f.clicks * 1e9,
                   f.processor / f.clicks * 1e9, f.peak_mib, note);
    };
    ChildFigures last;
    for (const double clicks : {1e5, 3e5, 1e6, 3e6, 1e7, preset_clicks})
        print(last = in_child(cascade(clicks), folder), "");
    print(in_child(load_settings("cascade", {}), folder), "the preset as it is, with /purchases");
    fmt::print("  peak memory at {:.0f} M clicks: {:.0f} MiB, goal < {:.0f}: {}\n", last.clicks / 1e6,
               last.peak_mib, goal_memory, last.peak_mib < goal_memory ? "met" : "missed");
}

/// Runs the program beside this source, which says how long it drew; empty where Python or its libraries are
/// missing.
std::function<double()> numpy(double rows, const std::filesystem::path& folder, int compress) {
    const std::string program = BENCH_FOLDER "/simulate_numpy.py";
    if (std::system("/usr/bin/python3 -c 'import numpy, h5py' 2> /dev/null") != 0) return {};
    return [=] {
        const std::string command = fmt::format("/usr/bin/python3 '{}' {:.0f} '{}' {}", program, rows,
                                                (folder / "numpy.h5").string(), compress);
        FILE* const output = popen(command.c_str(), "r");
        double seconds = 0;
        const bool told = output != nullptr && std::fscanf(output, "%lf", &seconds) == 1;
        if (output == nullptr || pclose(output) != 0 || !told) throw std::runtime_error("failed: " + command);
        return seconds;
    };
}

void print_ratio(const std::vector<Candidate>& all, const std::string& name, const std::string& than) {
    const auto find = [&](const std::string& of) {
        return std::find_if(all.begin(), all.end(), [&](const Candidate& c) { return c.name == of; });
    };
    const auto a = find(name), b = find(than);
    if (a != all.end() && b != all.end())
        fmt::print("  {} over {}: {:.2f} ×\n", name, than, a->median() / b->median());
}

}  // namespace

void bench_simulate(int repeats, double clicks) {
    const Folders folders;
    print_growth(folders.memory);
    const int threads = thread_count(0);
    const Job job(cascade(clicks));
    const double amount = job.clicks() / 1e6;
    const auto file = [&](const std::filesystem::path& folder, int used, int compress) {
        return timed([&, folder, used, compress] { job.write(folder, used, compress); });
    };
    const auto memory = [&](int used) {
        return timed([&, used] { simulate_in_memory(job.world, job.header, used); });
    };
    std::vector<Candidate> candidates;
    const auto add = [&](const std::string& name, double goal, std::function<double()> seconds) {
        if (seconds) candidates.push_back({name, amount, "M clicks/s", goal, std::move(seconds)});
    };
    const std::string all = fmt::format("{} threads", threads);
    add("file, " + all, goal_uncompressed, file(folders.memory, threads, 0));
    add("file, 1 thread", 0, file(folders.memory, 1, 0));
    add("deflate 1, " + all, goal_deflate, file(folders.memory, threads, 1));
    add("deflate 1, 1 thread", 0, file(folders.memory, 1, 1));
    add("into memory, " + all, 0, memory(threads));
    add("into memory, 1 thread", 0, memory(1));
    add("file on disk, fsync, " + all, 0, file(folders.disk, threads, 0));
    add("deflate 1 on disk, fsync, " + all, 0, file(folders.disk, threads, 1));
    add("NumPy + h5py, file", 0, numpy(job.clicks(), folders.memory, 0));
    add("NumPy + h5py, gzip 1", 0, numpy(job.clicks(), folders.memory, 1));
    fmt::print("simulate: {:.2f} M clicks of that, in turn; file: uncompressed in memory's file system\n",
               amount);
    measure(candidates, repeats);
    print_ratio(candidates, "file, " + all, "file, 1 thread");
    print_ratio(candidates, "deflate 1, " + all, "deflate 1, 1 thread");
    print_ratio(candidates, "file, 1 thread", "NumPy + h5py, file");
    print_ratio(candidates, "file, " + all, "NumPy + h5py, file");
    print_ratio(candidates, "deflate 1, " + all, "NumPy + h5py, gzip 1");
}

}  // namespace netcvr
