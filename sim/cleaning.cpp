#include "sim/cleaning.h"

#include <algorithm>
#include <istream>
#include <optional>
#include <ostream>
#include <vector>

#include <fmt/format.h>

#include "sim/errors.h"
#include "sim/rng.h"
#include "sim/text_rows.h"
#include "sim/text_source.h"

namespace netcvr {
namespace {

using Cells = std::vector<std::string_view>;

Cells split(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    Cells cells;
    while (true) {
        const auto tab = line.find('\t');
        cells.push_back(line.substr(0, tab));
        if (tab == std::string_view::npos) return cells;
        line.remove_prefix(tab + 1);
    }
}

/// Reads a raw log row by row.
class AdLog {
public:
    AdLog(std::istream& in, std::string name) : in_(in), name_(std::move(name)) {
        if (!read_line()) throw InputError(Exit::data, name_ + ": is empty, a header is expected");
        const Cells header = split(line);
        width_ = header.size();
        source_ = column(header, "entity_source");
        entity_ = column(header, "entity_id");
        item_ = column(header, "ad_item_id");
    }

    /// False at the end.
    bool next() {
        if (!read_line()) return false;
        cells_ = split(line);
        if (cells_.size() != width_)
            refuse(fmt::format("{} columns separated by tabs, the header has {}", cells_.size(), width_));
        return true;
    }
    std::optional<Dirt> dirt() const {
        const std::string_view entity = cells_[entity_], item = cells_[item_];
        if (cells_[source_] != "item") return Dirt::other_source;
        if (entity == "0") return Dirt::no_entity;
        if (item.empty() || item == "null" || item == "NULL" || item == "\\N") return Dirt::no_item;
        if (item == "-") return Dirt::dash_item;
        if (item != entity) return Dirt::other_item;
        return std::nullopt;
    }
    /// The row, dirty in this way.
    std::string dirtied(Dirt how) const {
        Cells cells = cells_;
        const std::string other = fmt::format("{}1", cells_[item_]);
        switch (how) {
            case Dirt::other_source:
                cells[source_] = "shop";
                break;
            case Dirt::no_entity:
                cells[entity_] = cells[item_] = "0";
                break;
            case Dirt::no_item:
                cells[item_] = "";
                break;
            case Dirt::dash_item:
                cells[item_] = "-";
                break;
            case Dirt::other_item:
                cells[item_] = other;
                break;
        }
        return fmt::format("{}{}", fmt::join(cells, "\t"), line.ends_with('\r') ? "\r" : "");
    }
    [[noreturn]] void refuse(const std::string& why) const {
        throw InputError(Exit::data, fmt::format("{}:{}: {}", name_, number_, why));
    }

    std::string line;

private:
    /// The next line, within the limits of every text that is read. False at the end.
    bool read_line() {
        in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
        const auto read = static_cast<std::size_t>(in_.gcount());
        if (read == 0) return false;
        ++number_;
        const bool ended = in_.good();  // by a line end, which is counted
        if (!ended && !in_.eof())
            refuse(fmt::format("the line is longer than {} bytes", TextSource::longest_line));
        line.assign(buffer_.data(), read - (ended ? 1 : 0));
        if (const auto fault = byte_fault(0, line)) refuse(fault->what);
        return true;
    }
    std::size_t column(const Cells& header, std::string_view name) const {
        const auto at = std::ranges::find(header, name);
        if (at == header.end())
            refuse(fmt::format("no column '{}'{}", name, suggestion(name, {header.begin(), header.end()})));
        return static_cast<std::size_t>(at - header.begin());
    }

    std::istream& in_;
    std::string name_;
    std::vector<char> buffer_ = std::vector<char>(TextSource::longest_line + 1);
    std::size_t number_ = 0, width_ = 0, source_ = 0, entity_ = 0, item_ = 0;
    Cells cells_;
};

}  // namespace

CleaningCounts clean_ad_log(std::istream& in, const std::string& name, std::ostream& out) {
    AdLog log(in, name);
    out << log.line << '\n';
    CleaningCounts counts;
    while (log.next()) {
        ++counts.rows;
        if (const auto dirt = log.dirt()) {
            ++counts.dirty[static_cast<std::size_t>(*dirt)];
            continue;
        }
        ++counts.clean;
        out << log.line << '\n';
    }
    return counts;
}

CleaningCounts inject_dirt(
    std::istream& in, const std::string& name, double share, std::uint64_t seed, std::ostream& out) {
    AdLog log(in, name);
    out << log.line << '\n';
    CleaningCounts counts;
    for (; log.next(); ++counts.rows, ++counts.clean) {
        if (const auto dirt = log.dirt())
            log.refuse(
                fmt::format("{}: a clean log is expected", dirt_names[static_cast<std::size_t>(*dirt)]));
        out << log.line << '\n';
        const Words w = philox(seed, Draw::dirt, static_cast<std::uint32_t>(counts.rows),
                               static_cast<std::uint32_t>(counts.rows >> 32), 0);
        if (uniform(w[0], w[1]) >= share) continue;
        const auto how = static_cast<std::size_t>(static_cast<std::uint64_t>(w[2]) * dirt_names.size() >> 32);
        out << log.dirtied(static_cast<Dirt>(how)) << '\n';
        ++counts.dirty[how];
    }
    return counts;
}

}  // namespace netcvr
