#include "sim/artifact.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/core.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

/// Names of unfinished files where a signal handler may read them: no allocation, no lock.
struct Unfinished {
    std::atomic<bool> taken = false, ready = false;
    std::array<char, 4096> name = {};
};
std::array<Unfinished, 32> unfinished;

std::size_t remember(const std::string& name) {
    for (std::size_t i = 0; i < unfinished.size(); ++i) {
        auto& entry = unfinished[i];
        if (name.size() >= entry.name.size() || entry.taken.exchange(true)) continue;
        std::memcpy(entry.name.data(), name.c_str(), name.size() + 1);
        entry.ready = true;
        return i;
    }
    return unfinished.size();  // too long or too many: removed by the destructor only
}

/// Removes a folder and the files in it; for a signal handler too, so without readdir.
void remove_folder(const char* name) {
    const int folder = ::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0) return;
    alignas(8) std::array<char, 4096> entries;
    for (;;) {
        const long size = ::syscall(SYS_getdents64, folder, entries.data(), entries.size());
        if (size <= 0) break;
        for (long at = 0; at < size;) {
            std::uint16_t length = 0;  // struct linux_dirent64: ino, off, reclen, type, name
            std::memcpy(&length, entries.data() + at + 16, sizeof length);
            ::unlinkat(folder, entries.data() + at + 19, 0);
            at += length;
        }
        ::lseek(folder, 0, SEEK_SET);
        if (::rmdir(name) == 0) break;
    }
    ::close(folder);
    ::rmdir(name);
}

void forget(std::size_t slot) {
    if (slot >= unfinished.size()) return;
    unfinished[slot].ready = false;
    unfinished[slot].taken = false;
}

extern "C" void on_signal(int signal) {
    remove_unfinished();
    ::_exit(128 + signal);
}

/// Owns a file descriptor.
struct Descriptor {
    int fd;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

void sync(const std::string& path, int flags) {
    const Descriptor file{::open(path.c_str(), flags | O_CLOEXEC)};
    if (file.fd < 0 || ::fsync(file.fd) != 0) throw_write_error(path, errno);
}

/// rename() that does not replace a file which appeared meanwhile, where the file system can say so.
int rename_unless_exists(const char* from, const char* to) {
    const int result = ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    return result != 0 && errno == EINVAL ? std::rename(from, to) : result;
}

[[noreturn]] void throw_exists(const std::string& path) {
    throw InputError(Exit::exists, fmt::format("'{}' exists; --force replaces it", path));
}

}  // namespace

void throw_write_error(const std::string& path, int error) {
    throw InputError(Exit::system,
                     fmt::format("cannot write '{}': {}", path, std::generic_category().message(error)));
}

std::string temporary_of(const std::string& path, pid_t process) {
    return fmt::format("{}.tmp.{}", path, process);
}

Artifact::Artifact(std::string path, bool force)
    : path_(std::move(path)), temporary_(temporary_of(path_, ::getpid())), force_(force), slot_(0) {
    struct stat info = {};
    if (::stat(path_.c_str(), &info) == 0) {
        if (S_ISDIR(info.st_mode)) throw_write_error(path_, EISDIR);
        if (!force_) throw_exists(path_);
        if (!S_ISREG(info.st_mode))
            throw InputError(Exit::system, fmt::format("cannot write '{}': not a regular file", path_));
    }
    slot_ = remember(temporary_);
    const Descriptor file{::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    if (file.fd >= 0) return;
    const int error = errno;
    forget(slot_);
    throw_write_error(path_, error);
}

void check_is_no_input(const std::string& path, const std::vector<std::string>& inputs) {
    for (const auto& input : inputs) {
        std::error_code ignored;
        for (std::filesystem::path at = std::filesystem::canonical(input, ignored); !at.empty();
             at = at == at.root_path() ? "" : at.parent_path())
            if (std::filesystem::equivalent(at, path, ignored))
                throw InputError(Exit::usage, fmt::format("the output '{}' is, or holds, the input '{}': "
                                                          "write to another file",
                                                          path, input));
    }
}

void check_can_write(const std::string& path, bool force, const std::vector<std::string>& inputs) {
    check_is_no_input(path, inputs);
    const Artifact probe(path, force);
}

Artifact::~Artifact() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    forget(slot_);
}

void Artifact::commit() {
    sync(temporary_, O_RDONLY);
    const int result = force_ ? std::rename(temporary_.c_str(), path_.c_str())
                              : rename_unless_exists(temporary_.c_str(), path_.c_str());
    if (result != 0 && errno == EEXIST) throw_exists(path_);
    if (result != 0) throw_write_error(path_, errno);
    temporary_.clear();
    const auto folder = std::filesystem::path(path_).parent_path();
    sync(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
}

FolderArtifact::FolderArtifact(std::string path, std::string mark, bool force)
    : path_(std::move(path)), force_(force), slot_(0) {
    while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
    temporary_ = temporary_of(path_, ::getpid());
    struct stat info = {};
    if (::lstat(path_.c_str(), &info) == 0) {
        if (!force_) throw_exists(path_);
        if (::access((path_ + "/" + mark).c_str(), F_OK) != 0)
            throw InputError(
                Exit::system,
                fmt::format("cannot replace '{}': it has no {}, so it is something else", path_, mark));
    }
    slot_ = remember(temporary_);
    if (::mkdir(temporary_.c_str(), 0777) == 0) return;
    const int error = errno;
    forget(slot_);
    throw_write_error(path_, error);
}

FolderArtifact::~FolderArtifact() {
    if (!temporary_.empty()) remove_folder(temporary_.c_str());
    forget(slot_);
}

void FolderArtifact::write(const std::string& name, std::string_view head, std::string_view content) {
    const std::string file = temporary_ + "/" + name, shown = path_ + "/" + name;
    const Descriptor out{::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
    if (out.fd < 0) throw_write_error(shown, errno);
    for (std::string_view rest : {head, content})
        while (!rest.empty()) {
            const ssize_t written = ::write(out.fd, rest.data(), rest.size());
            if (written < 0) throw_write_error(shown, errno);
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
    if (::fsync(out.fd) != 0) throw_write_error(shown, errno);
}

void FolderArtifact::commit() {
    sync(temporary_, O_RDONLY | O_DIRECTORY);
    const bool replaces = force_ && ::access(path_.c_str(), F_OK) == 0;
    const int result =
        replaces ? ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE)
                 : rename_unless_exists(temporary_.c_str(), path_.c_str());
    if (result != 0 && errno == EEXIST) throw_exists(path_);
    if (result != 0) throw_write_error(path_, errno);
    if (replaces) remove_folder(temporary_.c_str());
    temporary_.clear();
    const auto folder = std::filesystem::path(path_).parent_path();
    sync(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
}

std::optional<std::string> read_text(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) return std::nullopt;
    std::string text;
    std::array<char, 65536> part;
    while (const std::size_t size = std::fread(part.data(), 1, part.size(), file))
        text.append(part.data(), size);
    const bool whole = std::ferror(file) == 0;  // a folder opens, but cannot be read
    std::fclose(file);
    return whole ? std::optional(std::move(text)) : std::nullopt;
}

void write_text(const std::string& path, std::string_view text, bool force) {
    Artifact artifact(path, force);
    std::FILE* file = std::fopen(artifact.temporary().c_str(), "wb");
    if (file == nullptr) throw_write_error(path, errno);
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const int error = errno;
    if (!written) std::fclose(file), throw_write_error(path, error);
    if (std::fclose(file) != 0) throw_write_error(path, errno);
    artifact.commit();
}

void remove_unfinished() {
    for (auto& entry : unfinished)
        if (entry.ready && ::unlink(entry.name.data()) != 0) remove_folder(entry.name.data());
}

void remove_unfinished_on_signals() {
    struct sigaction action = {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
    std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace netcvr
