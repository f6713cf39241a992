#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace netcvr {

/// An output file that appears whole or not at all: written under a temporary name beside `path`, then
/// synced, renamed and its directory synced. Destruction without commit() removes the temporary file.
class Artifact {
public:
    /// Throws InputError: `exists` if there is a file and !force, `system` if it cannot be written.
    Artifact(std::string path, bool force);
    ~Artifact();
    Artifact(const Artifact&) = delete;
    Artifact& operator=(const Artifact&) = delete;

    const std::string& path() const { return path_; }
    const std::string& temporary() const {
        return temporary_;
    }  // exists and is empty; write here, close, then commit
    void commit();

private:
    std::string path_, temporary_;
    bool force_;
    std::size_t slot_;
};

/// The same for a folder of files. `mark` is a file that every folder of its kind has: --force replaces no
/// other folder.
class FolderArtifact {
public:
    FolderArtifact(std::string path, std::string mark, bool force);
    ~FolderArtifact();
    FolderArtifact(const FolderArtifact&) = delete;
    FolderArtifact& operator=(const FolderArtifact&) = delete;

    /// Creates a file in the folder; failures name it as it will be called.
    void write(const std::string& name, std::string_view head, std::string_view content);
    void commit();

private:
    std::string path_, temporary_;
    bool force_;
    std::size_t slot_;
};

/// The name under which `process` writes what becomes `path`.
std::string temporary_of(const std::string& path, pid_t process);

/// Throws what Artifact would throw, before the work whose result would not be kept; and InputError (usage)
/// if `path` is one of the files that the work reads, or a folder that holds one, which --force would
/// replace.
void check_can_write(const std::string& path, bool force, const std::vector<std::string>& inputs);
/// The second of these alone, for a folder.
void check_is_no_input(const std::string& path, const std::vector<std::string>& inputs);

/// A whole file; nothing if it cannot be read.
std::optional<std::string> read_text(const std::string& path);
/// A whole text file at once.
void write_text(const std::string& path, std::string_view text, bool force);

/// Removes every temporary file there is. May be called in a signal handler.
void remove_unfinished();
/// From now on SIGINT and SIGTERM remove what is unfinished and end the program with 130 and 143, and a file
/// beyond the limit of file sizes (ulimit -f) is an error like a full disk instead of a death by SIGXFSZ.
void remove_unfinished_on_signals();

/// "cannot write 'log.h5': No space left on device" as an InputError (system).
[[noreturn]] void throw_write_error(const std::string& path, int error);

}  // namespace netcvr
