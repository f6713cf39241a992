// How fast the public text layouts are written and read, against a Python program (text_python.py).

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

#include <fmt/core.h>

#include "scenarios/scenario_file.h"
#include "sim/parallel.h"
#include "sim/simulate.h"
#include "sim/text_export.h"
#include "sim/text_import.h"
#include "sim/write_log.h"
#include "tests/bench/measure.h"

namespace netcvr {
namespace {

constexpr double goal = 100;  // MB/s, on two cores
constexpr Time origin = 1746028800;

double megabytes(const std::string& file) {
    return static_cast<double>(std::filesystem::file_size(file)) / 1e6;
}

void copy_lines(const std::string& from, const std::string& to, int lines) {
    std::ifstream whole(from);
    std::ofstream part(to);
    std::string line;
    for (int k = 0; k < lines && std::getline(whole, line); ++k) part << line << '\n';
}

struct Files {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / fmt::format("netcvr-bench-{}", getpid());
    Files() { std::filesystem::create_directories(folder); }
    ~Files() { std::filesystem::remove_all(folder); }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    std::string of(std::string_view name) const { return (folder / name).string(); }
};

Candidate import_to_hdf5(const Files& files, int threads) {
    const TextLayout& layout = *find_text_layout("criteo-refund");
    LogHeader header;
    header.truth = {.cvr = false, .refund_rate = false, .net_cvr = false, .more = {}, .law = {}};
    header.schema.has_ids = false;
    header.schema.features = layout.features;
    return {"read criteo-refund, write HDF5", megabytes(files.of(layout.name)), "MB/s", goal,
            timed([=, &files, &layout] {
                const auto text = read_text_log(TextSource(files.of(layout.name)), layout, 0, threads);
                write_log(files.of("log.h5"), header, text.log, {}, 1, threads, true);
            })};
}

Candidate python(const Files& files, const std::string& what) {
    return {fmt::format("Python's csv and NumPy, {}", what), megabytes(files.of("small")), "MB/s", 0,
            timed([&files, what] {
                const auto command = fmt::format("/usr/bin/python3 '{}/text_python.py' {} '{}'", BENCH_FOLDER,
                                                 what, files.of("small"));
                if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
            })};
}

}  // namespace

void bench_text(int repeats) {
    const int threads = thread_count(0);
    const World world = make_world(load_settings("cascade", {"scale=1/40"}).scenario, threads);
    const ClickLog log = simulate_in_memory(world, header_of(world, "", false), threads).log;
    const Files files;
    std::vector<Candidate> candidates;
    for (const TextLayout& layout : text_layouts()) {
        const auto write = [&] {
            write_text_log(files.of(layout.name), log, layout, {}, origin, threads, true);
        };
        write();
        const double size = megabytes(files.of(layout.name));
        candidates.push_back({fmt::format("write {}", layout.name), size, "MB/s", goal, timed(write)});
        candidates.push_back({fmt::format("read {}", layout.name), size, "MB/s", goal, timed([&] {
                                  read_text_log(TextSource(files.of(layout.name)), layout, origin, threads);
                              })});
    }
    candidates.push_back(import_to_hdf5(files, threads));
    copy_lines(files.of("criteo-refund"), files.of("small"), 50000);
    candidates.push_back(python(files, "read"));
    candidates.push_back(python(files, "write"));
    fmt::print("text: cascade at scale 1/40, {:.2f} M clicks, {} threads\n",
               static_cast<double>(log.size()) / 1e6, threads);
    measure(candidates, repeats);
    fmt::print("  reading criteo-refund over Python's: {:.0f} ×\n",
               candidates[3].median() / candidates[candidates.size() - 2].median());
}

}  // namespace netcvr
