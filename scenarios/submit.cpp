#include "scenarios/submit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <sys/wait.h>

#include <fmt/format.h>

#include "scenarios/print.h"
#include "scenarios/shell_word.h"
#include "sim/artifact.h"
#include "sim/digest.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

/// One word of an #SBATCH line, where a backslash escapes within double quotes and without.
std::string sbatch_word(const std::string& text) {
    std::string word = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') word += '\\';
        word += c;
    }
    return word + "\"";
}

/// "1-3,7" for {1, 2, 3, 7}.
std::string ranges(const std::vector<std::size_t>& increasing) {
    std::string text;
    for (std::size_t k = 0; k < increasing.size(); ++k) {
        const std::size_t first = increasing[k];
        while (k + 1 < increasing.size() && increasing[k + 1] == increasing[k] + 1) ++k;
        text += fmt::format("{}{}", text.empty() ? "" : ",", first);
        if (increasing[k] > first) text += fmt::format("-{}", increasing[k]);
    }
    return text;
}

void check_options(const std::vector<std::string>& options) {
    for (const std::string& option : options) {
        const auto refuse = [&](const std::string& why) {
            throw InputError(Exit::usage, fmt::format("--option '{}': {}", option, why));
        };
        if (!option.starts_with("--") || option.size() < 3)
            refuse("one long option of sbatch is wanted, as in --option=--partition=short");
        if (option.find('\n') != std::string::npos) refuse("a line break is in it");
        for (const char* ours : {"--array", "--chdir", "--job-name", "--wrap"})
            if (option.substr(0, option.find('=')) == ours) refuse("submit sets this itself");
    }
}

/// Seconds that `jobs` processors need at most for runs of these seconds, in any order (Graham 1966).
double longest_schedule(const std::vector<double>& seconds, int jobs) {
    double sum = 0, longest = 0;
    for (const double s : seconds) sum += s, longest = std::max(longest, s);
    return sum / jobs + longest * (1 - 1.0 / jobs);
}

struct Said {
    int exit = 0;
    std::string text;  // on stdout and stderr
};

Said ask(const std::string& command) {
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    if (!pipe) throw std::runtime_error("cannot start a shell");
    Said said;
    std::array<char, 4096> buffer{};
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
        said.text.append(buffer.data(), n);
    const int status = pclose(pipe);
    said.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return said;
}

/// What a program of Slurm's says; InputError (system) if it is not there or fails.
std::string ask_slurm(const std::string& program, const std::string& arguments) {
    constexpr int not_found = 127;
    const Said said = ask(program + " " + arguments);
    std::string text = said.text.substr(0, said.text.find_last_not_of('\n') + 1);
    if (said.exit == not_found)
        throw InputError(Exit::system,
                         fmt::format("no {} on the PATH: sweep submit needs Slurm; --dry-run only "
                                     "writes the batch script",
                                     program));
    if (said.exit != 0)
        throw InputError(Exit::system, fmt::format("{} failed, exit {}: {}", program, said.exit, text));
    return text;
}

void refuse_if_queued(const ArrayJob& job) {
    std::string queued = ask_slurm("squeue", "--all --noheader --format=%A --name=" + job.name);
    queued = queued.substr(0, queued.find('\n'));
    if (!queued.empty())
        throw InputError(Exit::exists,
                         fmt::format("job {} of {} is still queued or running; wait for its end "
                                     "(squeue --name={}) or cancel it (scancel --name={})",
                                     queued, job.folder, job.name, job.name));
}

}  // namespace

ArrayJob array_job(const SweepArguments& arguments, const SweepPlan& plan, const RunFolder& folder) {
    check_options(arguments.engine_options);
    ArrayJob job{.name = {},
                 .folder = std::filesystem::weakly_canonical(folder.path()),
                 .program = std::filesystem::read_symlink("/proc/self/exe"),
                 .tasks = {},
                 .parts = std::min(plan.runs.size(), static_cast<std::size_t>(arguments.array)),
                 .jobs = std::max(1, arguments.jobs),
                 .options = arguments.engine_options};
    job.name =
        fmt::format("netcvr-{}-{:016x}", plan.name, digest_of(job.folder.data(), job.folder.size()).low);
    for (std::size_t part = 0; part < job.parts; ++part) {
        std::vector<double> seconds;
        std::size_t largest = 0;
        for (const std::size_t k : shard(plan, part, job.parts)) {
            if (folder.state(plan.runs[k]) == RunState::done) continue;
            const RunEstimate expected = estimate(plan.runs[k], plan.methods);
            seconds.push_back(expected.seconds);
            largest = std::max(largest, expected.memory);
        }
        if (seconds.empty()) continue;
        job.tasks.push_back(part + 1);
        job.runs += seconds.size();
        job.seconds = std::max(job.seconds, longest_schedule(seconds, job.jobs));
        const auto at_once = std::min(seconds.size(), static_cast<std::size_t>(job.jobs));
        job.memory = std::max(job.memory, largest * at_once);
    }
    return job;
}

std::string batch_script(const ArrayJob& job) {
    const double minutes = std::ceil(time_margin * job.seconds / 60) + minutes_to_start;
    const double mebibytes = std::ceil(memory_margin * static_cast<double>(job.memory) / (1 << 20));
    std::string options;
    for (const auto& option : job.options) options += "#SBATCH " + sbatch_word(option) + "\n";
    return fmt::format(
        R"(#!/bin/sh
# {runs} runs in {tasks} of {parts} parts of a sweep, one part a task. `netcvr sweep submit` wrote this and, after a
# failure, writes it again for what is then missing.
# Estimated for the longest task: {seconds:.0f} s, of which --time is {time_margin:.0f} times as much and {start} minutes to start;
# for the largest: {memory:.0f} MiB, of which --mem is {memory_margin:.0f} times as much.
#SBATCH --job-name={name}
#SBATCH --array={array}
#SBATCH --cpus-per-task={jobs}
#SBATCH --time={minutes:.0f}
#SBATCH --mem={mebibytes:.0f}M
#SBATCH --requeue
#SBATCH {chdir}
#SBATCH --output=slurm/%A_%a.log
{options}
exec {program} sweep run {folder} --shard "$SLURM_ARRAY_TASK_ID/{parts}" -j {jobs}
)",
        fmt::arg("runs", job.runs), fmt::arg("tasks", job.tasks.size()), fmt::arg("parts", job.parts),
        fmt::arg("seconds", job.seconds), fmt::arg("time_margin", time_margin),
        fmt::arg("start", minutes_to_start), fmt::arg("memory", static_cast<double>(job.memory) / (1 << 20)),
        fmt::arg("memory_margin", memory_margin), fmt::arg("name", job.name),
        fmt::arg("array", ranges(job.tasks)), fmt::arg("jobs", job.jobs), fmt::arg("minutes", minutes),
        fmt::arg("mebibytes", mebibytes), fmt::arg("chdir", sbatch_word("--chdir=" + job.folder)),
        fmt::arg("options", options), fmt::arg("program", shell_word(job.program)),
        fmt::arg("folder", shell_word(job.folder)));
}

void submit(const SweepArguments& arguments, const SweepPlan& plan, const RunFolder& folder) {
    const ArrayJob job = array_job(arguments, plan, folder);
    if (job.tasks.empty())
        return print(
            fmt::format("{}: all {} runs are done, nothing to submit\n", folder.path(), plan.runs.size()));
    if (!arguments.dry_run) refuse_if_queued(job);
    folder.begin(plan);
    std::filesystem::create_directories(job.folder + "/slurm");  // sbatch makes no folder for a task's output
    const std::string script = job.folder + "/submit.sbatch";
    write_text(script, batch_script(job), true);
    const std::string said =
        arguments.dry_run ? "sbatch " + shell_word(script) : ask_slurm("sbatch", shell_word(script));
    print(fmt::format(
        "{}\nruns: {}, tasks: {}; sweep status shows how far they are, sweep merge collects them\n", said,
        job.runs, job.tasks.size()));
}

}  // namespace netcvr
