#pragma once
// train_torch.py as a process that trains on demand, so that its passes and ours can be taken in turn.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/types.h>
#include <vector>

namespace netcvr {

class TorchProgram {
public:
    /// form: as train_torch.py names it; environment: "NAME=value"s for it alone.
    TorchProgram(const std::filesystem::path& data,
                 const std::string& form,
                 const std::vector<std::string>& environment);
    ~TorchProgram();
    TorchProgram(const TorchProgram&) = delete;
    TorchProgram& operator=(const TorchProgram&) = delete;

    /// Seconds for so many batches; threads 0: as many as it takes by itself.
    double train(std::size_t embedding, std::size_t batch, std::size_t batches, int threads);

private:
    pid_t process_ = -1;
    FILE *to_ = nullptr, *from_ = nullptr;
};

/// Raw columns in files of a folder that goes when this goes.
class WrittenColumns {
public:
    WrittenColumns();
    ~WrittenColumns();
    WrittenColumns(const WrittenColumns&) = delete;
    WrittenColumns& operator=(const WrittenColumns&) = delete;

    template <class T>
    void write(const char* name, const std::vector<T>& column) const {
        std::ofstream(folder / name, std::ios::binary)
            .write(reinterpret_cast<const char*>(column.data()),
                   static_cast<std::streamsize>(column.size() * sizeof(T)));
    }
    std::filesystem::path folder;
};

/// The environment in which PyTorch is at its best here.
std::vector<std::string> torch_knobs();

/// PyTorch's version, empty if Debian's Python has none.
std::string torch_version();

/// Where Debian puts the OpenBLAS that shares PyTorch's OpenMP threads, empty if it is not installed.
std::filesystem::path openmp_openblas();

}  // namespace netcvr
