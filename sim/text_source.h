#pragma once
// A text file that may be larger than memory, in pieces of whole lines that any thread may ask for.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace netcvr {

class TextSource {
public:
    static constexpr std::size_t piece_bytes = std::size_t{1} << 20;
    static constexpr std::size_t longest_line = std::size_t{1} << 20;  // without its end

    /// Throws InputError (data) for what is not there or is no regular file.
    explicit TextSource(const std::string& path);
    /// A text in memory, which outlives it; `name` stands in messages.
    TextSource(std::string name, std::string_view text);
    ~TextSource();
    TextSource(const TextSource&) = delete;
    TextSource& operator=(const TextSource&) = delete;

    const std::string& name() const { return name_; }
    std::size_t bytes() const { return bytes_; }
    std::size_t pieces() const { return (bytes_ + piece_bytes - 1) / piece_bytes; }

    /// The lines that begin in bytes [k, k + 1) · piece_bytes, whole. Returns false if the last of them is
    /// too long; `lines` then ends before it.
    bool read_piece(std::size_t k, std::string& lines) const;

private:
    void read(std::size_t begin, std::size_t end, std::string& to) const;

    std::string name_;
    std::string_view text_ = {};
    int file_ = -1;
    std::size_t bytes_ = 0;
};

}  // namespace netcvr
