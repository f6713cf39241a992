#pragma once
// HDF5 is not hardened against hostile files: some make it read or free memory that is not its own. The
// program then ends with a message that names the file, like any other damaged file, instead of a bare crash.

#include <string>

namespace netcvr {

/// While one lives, this thread is inside HDF5 because of the file `path`, which outlives it.
class ReadGuard {
public:
    explicit ReadGuard(const std::string& path);
    ~ReadGuard();
    ReadGuard(const ReadGuard&) = delete;
    ReadGuard& operator=(const ReadGuard&) = delete;

private:
    const char* outer_;
};

/// From now on a crash under a ReadGuard removes what is unfinished, names the file on stderr and exits 4.
void blame_files_for_crashes();

}  // namespace netcvr
