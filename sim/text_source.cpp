#include "sim/text_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/core.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
    throw InputError(Exit::data, fmt::format("cannot read '{}': {}", name, why));
}

[[noreturn]] void refuse(const std::string& name, int error) {
    refuse(name, std::generic_category().message(error));
}

}  // namespace

TextSource::TextSource(const std::string& path) : name_(path) {
    if (path == "-") refuse(path, "a log is read from a file, in pieces, not from standard input");
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO would wait for its writer
    if (file_ < 0) refuse(path, errno);
    struct stat info = {};
    const bool known = ::fstat(file_, &info) == 0;
    const int error = !known ? errno : S_ISDIR(info.st_mode) ? EISDIR : 0;
    const bool regular = known && S_ISREG(info.st_mode);
    if (!regular) ::close(std::exchange(file_, -1));
    if (error != 0) refuse(path, error);
    if (!regular) refuse(path, "not a regular file");
    bytes_ = static_cast<std::size_t>(info.st_size);
}

TextSource::TextSource(std::string name, std::string_view text)
    : name_(std::move(name)), text_(text), bytes_(text.size()) {}

TextSource::~TextSource() {
    if (file_ >= 0) ::close(file_);
}

/// Appends bytes [begin, end).
void TextSource::read(std::size_t begin, std::size_t end, std::string& to) const {
    if (file_ < 0) {
        to.append(text_.substr(begin, end - begin));
        return;
    }
    std::size_t at = to.size();
    to.resize(at + end - begin);
    while (begin < end) {
        const ssize_t got = ::pread(file_, to.data() + at, end - begin, static_cast<off_t>(begin));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) refuse(name_, errno);
        if (got == 0) refuse(name_, "it was cut short while it was read");
        at += static_cast<std::size_t>(got), begin += static_cast<std::size_t>(got);
    }
}

bool TextSource::read_piece(std::size_t k, std::string& lines) const {
    constexpr std::size_t step = std::size_t{1} << 16;
    const std::size_t first = k * piece_bytes, last = std::min(first + piece_bytes, bytes_);
    lines.clear();
    std::size_t before = 0;  // bytes of `lines` that belong to the piece before
    if (k > 0) {
        read(first - 1, last, lines);
        before = lines.find('\n') + 1;
        if (before == 0 || before > last - first) return lines.clear(), true;  // no line begins here
    } else {
        read(first, last, lines);
    }
    std::size_t end = last;
    while (end < bytes_ && lines.back() != '\n' && lines.size() - before <= piece_bytes + longest_line + 1) {
        const std::size_t size = lines.size(), more = std::min(end + step, bytes_);
        read(end, more, lines);
        end = more;
        if (const std::size_t stop = lines.find('\n', size); stop != std::string::npos)
            lines.resize(stop + 1);
    }
    lines.erase(0, before);
    const std::size_t content = lines.size() - (lines.ends_with('\n') ? 1 : 0);
    const std::size_t start = content == 0 ? 0 : lines.rfind('\n', content - 1) + 1;
    if (content - start <= longest_line) return true;
    lines.resize(start);
    return false;
}

}  // namespace netcvr
