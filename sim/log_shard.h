#pragma once
// Parts of a log. A shard holds whole chunks of consecutive rows, so that joining shards is copying.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "sim/log_file.h"

namespace netcvr {

/// Shard `index` (0-based) of `count` of a log of `total_rows` rows: as many chunks as the others, or one
/// more. It is empty where there are more shards than chunks.
Shard make_shard(std::size_t total_rows, std::size_t index, std::size_t count);

/// What a shard file says about itself: a line of the manifest of its set.
struct ShardFile {
    std::string path;
    Shard shard;
    std::size_t bytes = 0;
    std::string digest_log;  // of its /log and /features
};

/// The shards of one log in order. Throws InputError (data) that names the file at fault if one is damaged
/// or belongs to another log, or which shard is missing or there twice.
std::vector<ShardFile> check_shards(const std::vector<std::string>& paths);

/// Reads them all. Throws InputError (data) that names the first chunk that is not what its digest says.
void verify_shards(const std::vector<ShardFile>& shards,
                   const std::function<void(std::size_t done, std::size_t total)>& progress = {});

/// Joins shards into the log they are of: its digests are those of the log drawn at once, and so are its
/// bytes. Chunks are copied as they lie in the files, against the digests kept beside them: of an
/// uncompressed chunk the values are hashed, of a compressed one the checksum is computed and the digest
/// believed, which every reader of the result then holds against the values. Returns the digest of /log and
/// /features.
std::string merge_shards(const std::vector<ShardFile>& shards,
                         const std::string& output,
                         bool force,
                         const std::function<void(std::size_t done, std::size_t total)>& progress = {});

}  // namespace netcvr
