#include "tests/bench/torch_program.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace netcvr {
namespace {

constexpr const char* python = "/usr/bin/python3";  // Debian's, which has Debian's packages

}  // namespace

TorchProgram::TorchProgram(const std::filesystem::path& data,
                           const std::string& form,
                           const std::vector<std::string>& environment) {
    std::array<int, 2> in{}, out{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe for PyTorch");
    std::vector<std::string> words = {"env"};
    words.insert(words.end(), environment.begin(), environment.end());
    for (const std::string& word :
         {std::string(python), std::string(BENCH_FOLDER) + "/train_torch.py", data.string(), form})
        words.push_back(word);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    process_ = fork();
    if (process_ == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execvp("env", arguments.data());
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    to_ = fdopen(in[1], "w");
    from_ = fdopen(out[0], "r");
}

TorchProgram::~TorchProgram() {
    std::fclose(to_);
    std::fclose(from_);
    waitpid(process_, nullptr, 0);
}

double TorchProgram::train(std::size_t embedding, std::size_t batch, std::size_t batches, int threads) {
    std::fprintf(to_, "%zu %zu %zu %d\n", embedding, batch, batches, threads);
    std::fflush(to_);
    double seconds = 0;
    if (std::fscanf(from_, "%lf", &seconds) != 1) throw std::runtime_error("train_torch.py failed");
    // Its threads go on looking for work for a moment before they sleep; they must not look into our turn.
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    return seconds;
}

WrittenColumns::WrittenColumns() {
    std::string name = (std::filesystem::temp_directory_path() / "netcvr-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for PyTorch's columns");
    folder = name;
}

WrittenColumns::~WrittenColumns() {
    std::filesystem::remove_all(folder);
}

std::vector<std::string> torch_knobs() {
    std::vector<std::string> all = {
        "GLIBC_TUNABLES=glibc.malloc.mmap_threshold=4294967296:"
        "glibc.malloc.trim_threshold=4294967296:glibc.malloc.hugetlb=1"};
    if (!openmp_openblas().empty()) all.push_back("LD_LIBRARY_PATH=" + openmp_openblas().string());
    return all;
}

std::string torch_version() {
    const std::string command =
        std::string(python) + " -c 'import torch; print(torch.__version__)' 2>/dev/null";
    FILE* answer = popen(command.c_str(), "r");
    std::array<char, 64> version{};
    const bool there = answer != nullptr && std::fscanf(answer, "%63s", version.data()) == 1;
    if (answer != nullptr) pclose(answer);
    return there ? version.data() : "";
}

std::filesystem::path openmp_openblas() {
    const std::filesystem::path folder = "/usr/lib/x86_64-linux-gnu/openblas-openmp";
    return std::filesystem::exists(folder / "libblas.so.3") ? folder : "";
}

}  // namespace netcvr
