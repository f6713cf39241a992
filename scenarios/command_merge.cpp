#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/commands.h"
#include "scenarios/print.h"
#include "scenarios/progress.h"
#include "sim/artifact.h"
#include "sim/log_shard.h"

namespace netcvr {
namespace {

std::string manifest_text(const std::vector<ShardFile>& shards) {
    std::string text;
    for (const auto& [path, shard, bytes, digest] : shards)
        text += fmt::format("{}: shard {} of {}, {} rows from row {}, {} bytes, content digest {}\n", path,
                            shard.index + 1, shard.count, shard.rows, shard.first_row, bytes, digest);
    return text;
}

std::string manifest_json(const std::vector<ShardFile>& shards) {
    auto lines = nlohmann::ordered_json::array();
    for (const auto& [path, shard, bytes, digest] : shards)
        lines.push_back({{"file", path},
                         {"shard", shard.index + 1},
                         {"first_row", shard.first_row},
                         {"rows", shard.rows},
                         {"bytes", bytes},
                         {"digest_log", digest}});
    const nlohmann::ordered_json manifest = {
        {"rows", shards[0].shard.total_rows}, {"count", shards.size()}, {"shards", lines}};
    return manifest.dump(2) + "\n";
}

}  // namespace

void run(const MergeArguments& arguments) {
    if (!arguments.dry_run) check_can_write(arguments.output, arguments.force);
    const auto shards = check_shards(arguments.shards);
    std::string text = arguments.json ? manifest_json(shards) : manifest_text(shards);
    if (!arguments.dry_run) {
        ProgressLine line("merge", "clicks");
        const std::string digest =
            merge_shards(shards, arguments.output, arguments.force,
                         [&](std::size_t done, std::size_t total) { line.show(done, total); });
        if (!arguments.json)
            text += fmt::format("{}: {} clicks, content digest {}\n", arguments.output,
                                shards[0].shard.total_rows, digest);
    }
    print(text);
}

}  // namespace netcvr
