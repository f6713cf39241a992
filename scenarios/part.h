#pragma once

#include <cstddef>
#include <string>

namespace netcvr {

/// A part of a plan (sweep.h, shard).
struct Part {
    std::size_t index = 0, count = 1;  // 0-based

    bool operator==(const Part&) const = default;
};

/// What `--shard` says, "I/N" and 1-based. Without it, the task of a Slurm array that has no holes, else the
/// whole plan. Throws InputError (usage).
Part part_of(const std::string& option);

}  // namespace netcvr
