#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

#include <fmt/core.h>

#include "scenarios/run_folder.h"
#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

/// Opens the file for writing, as a lock over NFS demands, and takes it. It is never removed: a new file by
/// the same name would be another lock.
int take(const RunFolder& folder, const std::string& name, int kind) {
    const std::string path = folder.path() + "/" + name;
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) throw_write_error(path, errno);
    // Somebody may be just looking (is_locked), or be dead and not quite gone.
    int error = 0;
    for (int tries = 0; tries < 10; ++tries) {
        if (::flock(file, kind | LOCK_NB) == 0) return file;
        error = errno;
        if (error != EWOULDBLOCK) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ::close(file);
    if (error != EWOULDBLOCK) throw_write_error(path, error);
    throw InputError(
        Exit::exists,
        fmt::format("'{}': a sweep runs there already; `netcvr sweep status {}` shows how far it is",
                    folder.path(), folder.path()));
}

}  // namespace

FolderLock::FolderLock(const RunFolder& folder) : whole_(take(folder, "lock", LOCK_SH)) {}

FolderLock::FolderLock(const RunFolder& folder, std::size_t part, std::size_t parts)
    : whole_(take(folder, "lock", parts == 1 ? LOCK_EX : LOCK_SH)) {
    if (parts == 1) return;
    try {
        part_ = take(folder, fmt::format("lock.{}-of-{}", part + 1, parts), LOCK_EX);
    } catch (...) {
        ::close(whole_);
        throw;
    }
}

FolderLock::~FolderLock() {
    if (part_ >= 0) ::close(part_);
    ::close(whole_);
}

bool is_locked(const RunFolder& folder) {
    const int file = ::open((folder.path() + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    // Shared would do beside other parts: only what nobody holds can be had alone.
    const bool held = ::flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(file);
    return held;
}

}  // namespace netcvr
