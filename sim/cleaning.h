#pragma once
// The cleaning of a raw ad log before users are sampled: rows that are no click on an item's own ad are
// dropped. A raw log is a TSV whose header names entity_source, entity_id and ad_item_id among others.

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace netcvr {

/// Why a row is dropped; the first that applies counts.
enum class Dirt : std::uint8_t { other_source, no_entity, no_item, dash_item, other_item };
inline constexpr std::array<std::string_view, 5> dirt_names = {
    "entity_source is not 'item'", "entity_id is '0'", "ad_item_id is null", "ad_item_id is '-'",
    "ad_item_id is not entity_id"};

struct CleaningCounts {
    std::size_t rows = 0, clean = 0;                     // of the input, without its header
    std::array<std::size_t, dirt_names.size()> dirty{};  // by Dirt: dropped, or injected
};

/// Copies the header and the clean rows, byte by byte. `name` stands in messages. Throws InputError (data)
/// naming file and line for a missing column, a row of another length, bytes that are no UTF-8 or a line
/// longer than TextSource::longest_line.
CleaningCounts clean_ad_log(std::istream& in, const std::string& name, std::ostream& out);

/// Copies a clean log and adds, after each row with probability `share`, a copy of it that is dirty in one of
/// the ways: what clean_ad_log makes of it is the input again. Throws InputError (data) for a row that is
/// dirty already.
CleaningCounts inject_dirt(
    std::istream& in, const std::string& name, double share, std::uint64_t seed, std::ostream& out);

}  // namespace netcvr
