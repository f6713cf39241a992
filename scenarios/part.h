#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace netcvr {

/// A part of a plan (sweep.h, shard) or of a log (log_shard.h).
struct Part {
    std::size_t index = 0, count = 1;  // 0-based

    bool operator==(const Part&) const = default;
};

/// What `--shard` says, "I/N" and 1-based; without it, the task of a Slurm array that has no holes. Neither
/// is there: nothing. Throws InputError (usage).
std::optional<Part> asked_part(const std::string& option);
/// The same, or the whole.
Part part_of(const std::string& option);

}  // namespace netcvr
