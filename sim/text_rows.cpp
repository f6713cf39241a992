#include "sim/text_rows.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/core.h>

#include "sim/artifact.h"
#include "sim/parallel.h"

namespace netcvr {
namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Bytes of the character that begins a text, 0 if none of UTF-8 does (overlong forms, surrogates, …) or it
/// is NUL.
std::size_t character_bytes(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return lead == 0 ? 0 : 1;
    const std::size_t size = lead >= 0xC2 && lead < 0xE0   ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
    if (size == 0 || text.size() < size) return 0;
    for (std::size_t k = 1; k < size; ++k)
        if (!is_continuation(text[k])) return 0;
    const auto second = static_cast<unsigned char>(text[1]);
    const bool bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second >= 0xA0) ||
                     (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second >= 0x90);
    return bad ? 0 : size;
}

/// Whether every byte is ASCII and none is NUL; eight bytes at a time.
bool is_plain(std::string_view text) {
    constexpr std::uint64_t high = 0x8080808080808080ULL, ones = 0x0101010101010101ULL;
    std::uint64_t bad = 0;
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        bad |= (word | (word - ones)) & high;
    }
    for (; at < text.size(); ++at) bad |= text[at] <= 0 ? high : 0;
    return bad == 0;
}

/// Place of the first byte that is no UTF-8, or NUL.
std::size_t first_bad_byte(std::string_view text) {
    if (is_plain(text)) return text.size();
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t size = character_bytes(text.substr(at));
        if (size == 0) return at;
        at += size;
    }
    return at;
}

std::size_t count(std::string_view text, char c) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

}  // namespace

TextFields::TextFields(std::string_view text, std::size_t columns, std::string_view layout)
    : text_(text), columns_(columns) {
    lines_ = count(text, '\n') + (!text.empty() && text.back() != '\n' ? 1 : 0);
    start_.reserve(lines_ * (columns + 1));
    const std::size_t bad = first_bad_byte(text);
    std::size_t begin = 0;
    while (begin < text.size() && !fault_) {
        const void* found = std::memchr(text.data() + begin, '\n', text.size() - begin);
        const std::size_t end =
            found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) : text.size();
        if (bad < end) {
            fault_ = byte_fault(rows_, text.substr(begin, end - begin));
        } else {
            cut_line(begin, end, layout);
        }
        begin = end + 1;
    }
}

void TextFields::cut_line(std::size_t begin, std::size_t end, std::string_view layout) {
    if (end > begin && text_[end - 1] == '\r') --end;
    const std::size_t kept = start_.size();
    std::size_t fields = 0, at = begin;
    for (;;) {
        if (fields < columns_) start_.push_back(static_cast<std::uint32_t>(at));
        ++fields;
        const void* found = std::memchr(text_.data() + at, '\t', end - at);
        if (found == nullptr) break;
        at = static_cast<std::size_t>(static_cast<const char*>(found) - text_.data()) + 1;
    }
    if (fields == columns_) {
        start_.push_back(static_cast<std::uint32_t>(end + 1));
        ++rows_;
        return;
    }
    start_.resize(kept);
    fault_ = TextFault{
        rows_, fmt::format("{} columns separated by tabs, layout {} has {}", fields, layout, columns_)};
}

std::string shown(std::string_view field) {
    constexpr std::size_t most = 40;
    std::string text = "'";
    std::size_t at = 0;
    while (at < std::min(field.size(), most)) {
        const std::size_t size = character_bytes(field.substr(at));
        const char c = field[at];
        if (c == '\\' || c == '\'')
            text += {'\\', c};
        else if (size == 0 || (size == 1 && (c < ' ' || c == '\x7f')))
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else
            text += field.substr(at, size);
        at += std::max<std::size_t>(size, 1);
    }
    return text + (at < field.size() ? "…'" : "'");
}

TextFault field_fault(std::size_t line, std::size_t column, std::string_view field, std::string_view what) {
    return {line, fmt::format("column {}: {} {}", column + 1, shown(field), what)};
}

std::optional<TextFault> byte_fault(std::size_t line, std::string_view text) {
    const std::size_t bad = first_bad_byte(text);
    if (bad == text.size()) return std::nullopt;
    const std::string_view field = text.substr(bad, 1);
    return field_fault(line, count(text.substr(0, bad), '\t'), field,
                       field[0] == '\0' ? "is a NUL byte" : "is no UTF-8");
}

void write_rows(const std::string& path,
                bool force,
                int threads,
                std::string_view head,
                std::size_t rows,
                const std::function<void(std::size_t, std::size_t, std::string&)>& append) {
    constexpr std::size_t run = 8192;
    Artifact artifact(path, force);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
        std::fopen(artifact.temporary().c_str(), "wb"), [](std::FILE* open) { return std::fclose(open); });
    if (!file) throw_write_error(path, errno);
    const auto write = [&](std::string_view text) {
        if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size())
            throw_write_error(path, errno);
    };
    write(head);
    const std::size_t window = 2 * static_cast<std::size_t>(thread_count(threads)) + 1;
    std::vector<std::string> texts(window);
    ordered_pipeline((rows + run - 1) / run, thread_count(threads), window,
                     [&](std::size_t k, std::size_t slot) {
                         texts[slot].clear();
                         append(k * run, std::min(rows, (k + 1) * run), texts[slot]);
                     },
                     [&](std::size_t, std::size_t slot) { write(texts[slot]); });
    if (std::fflush(file.get()) != 0) throw_write_error(path, errno);
    artifact.commit();
}

}  // namespace netcvr
